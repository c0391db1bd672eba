/* The threads of a live process, from /proc/PID/task. For live_process.c alone. */
#ifndef HOG_MEMORY_LIVE_THREADS_H
#define HOG_MEMORY_LIVE_THREADS_H

#include "memory/process.h"

/* `folder` is /proc/PID, open. Fills process->threads, ascending by lwp. False when memory is exhausted. */
bool live_threads_read(struct hog_process *process, int folder) HOG_CHECKED;

#endif
