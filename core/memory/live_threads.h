/* The threads of a live process, from /proc/PID/task. For live_process.c alone. */
#ifndef HOG_MEMORY_LIVE_THREADS_H
#define HOG_MEMORY_LIVE_THREADS_H

#include "memory/process.h"

/* `folder` is /proc/PID, open. Fills process->threads, ascending by lwp. False when memory is exhausted. */
bool live_threads_read(struct hog_process *process, int folder) HOG_CHECKED;

/* One of a process that runs anew; `tasks` is /proc/PID/task, open. One that is gone stays as it was. */
void live_thread_look_again(const struct hog_process *process, int tasks, struct hog_os_thread *thread);
/* How often it was put on a CPU by now. False: the kernel does not say, or it is gone. */
bool live_thread_timeslices(int tasks, const struct hog_os_thread *thread,
                            uint64_t *ret_timeslices) HOG_CHECKED;
/* The files that were kept open. */
void live_threads_close(struct hog_process *process);

#endif
