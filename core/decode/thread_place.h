/* On which OS thread each state of an interpreter runs, where its ids do not tell. */
#ifndef HOG_DECODE_THREAD_PLACE_H
#define HOG_DECODE_THREAD_PLACE_H

#include "decode/decoder.h"

/* What to do with a thread that is on another OS thread than its ids say; NULL: on none that is known. */
typedef void (*thread_moved)(struct decoder *decoder, const void *context, struct raw_thread *thread,
                             const struct hog_os_thread *os_thread);

/* Looks at the states from `first` on: those of one interpreter, newest first. */
void thread_place(struct decoder *decoder, size_t first, thread_moved moved, const void *context);

#endif
