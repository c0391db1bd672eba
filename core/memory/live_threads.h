/* The threads of a live process, from /proc/PID/task. For live_process.c alone. */
#ifndef HOG_MEMORY_LIVE_THREADS_H
#define HOG_MEMORY_LIVE_THREADS_H

#include "memory/process.h"

/* `folder` is /proc/PID, open. Fills process->threads, ascending by lwp. False when memory is exhausted. */
bool live_threads_read(struct hog_process *process, int folder) HOG_CHECKED;

/* One of them anew; `tasks` is /proc/PID/task, open. False, and nothing changed: it is gone. */
bool live_thread_read(int tasks, const char *lwp, bool with_timeslices, struct hog_os_thread *thread);
/* How often it was put on a CPU. False: the kernel does not say. */
bool live_thread_timeslices(int tasks, const char *lwp, uint64_t *ret_timeslices) HOG_CHECKED;

#endif
