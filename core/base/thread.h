/* Threads of our own, beside the debugger's. */
#ifndef HOG_BASE_THREAD_H
#define HOG_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * Starts one that runs `main` with `argument`. No signal reaches it: those of the debugger are for the debugger's own
 * threads. Its stack has room for what the core does anywhere, whatever the C library gives (musl: 128 KB). The
 * caller joins or detaches it. 0, or an error number of errno.h; then `*ret_thread` is undefined.
 */
int hog_thread_start(pthread_t *ret_thread, void *(*main)(void *argument), void *argument);

/*
 * This thread's policy (SCHED_FIFO, SCHED_OTHER) and its real-time priority, 0 for SCHED_OTHER; threads that it starts
 * do not inherit them. False: the kernel does not let it.
 */
bool hog_thread_schedule(int policy, int priority);

/* The real-time priority of any thread, by the kernel's number of it; 0: it has none, or cannot be asked for. */
int hog_thread_real_time(pid_t lwp);

#endif
