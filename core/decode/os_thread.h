/* From a PyThreadState to the operating system's thread. */
#ifndef HOG_DECODE_OS_THREAD_H
#define HOG_DECODE_OS_THREAD_H

#include "decode/decoder.h"

/*
 * The OS thread whose pthread_self() is `thread_id` and whose kernel id, as
 * the process itself sees it, is `native_id` (0 unknown). NULL when none fits.
 */
const struct hog_os_thread *os_thread_of(struct decoder *decoder, uint64_t thread_id, int64_t native_id);

#endif
