/*
 * From a PyThreadState to the operating system's thread. Used by decoding and
 * by sampling.
 */
#ifndef HOG_DECODE_OS_THREAD_H
#define HOG_DECODE_OS_THREAD_H

#include "locate/locate.h"

struct hog_thread_finder {
    const struct hog_process *process;
    struct hog_memory *memory;
    /* Our number for the thread that the process itself calls `id`; 0 when it has none. NULL: asks the
     * process's list of threads. */
    int64_t (*by_own_id)(void *context, int64_t id);
    void *context;
    uint32_t pthread_tid; /* where in struct pthread the id was found; 0 not yet */
    uint32_t searches;    /* for that place that may still be made; each asks for up to 256 ids */
};

/*
 * The LWP of the thread whose pthread_self() is `thread_id` and whose kernel id, as the process itself sees
 * it, is `native_id` (0 unknown). 0 when none fits.
 */
int64_t hog_thread_find(struct hog_thread_finder *finder, uint64_t thread_id, int64_t native_id);

#endif
