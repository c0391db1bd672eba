/* Names of threads as the threading module has them. */
#ifndef HOG_DECODE_THREAD_NAME_H
#define HOG_DECODE_THREAD_NAME_H

#include "decode/decoder.h"

/* Sets the names of the raw threads of this interpreter from its threading._active; what fails keeps the OS's
 * name. */
void thread_name_all(struct decoder *decoder, const struct hog_interpreter *interpreter);

#endif
