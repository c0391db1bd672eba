/* Names of threads as the threading module has them. */
#ifndef HOG_DECODE_THREAD_NAME_H
#define HOG_DECODE_THREAD_NAME_H

#include "decode/decoder.h"

/* Sets the names of the raw threads of this interpreter from its threading._active; what fails keeps the OS's
 * name. */
void thread_name_all(struct decoder *decoder, const struct hog_interpreter *interpreter);
/* The main thread, by its pthread_self(), is there and no state is its: the list has ended before the first of all. */
void thread_name_miss_main(struct decoder *decoder, uint64_t ident);

#endif
