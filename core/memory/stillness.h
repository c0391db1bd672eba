/*
 * Did a thread run while it was read? The kernel counts how often each thread
 * was put on a CPU, and that proves that one was read right without stopping it:
 *
 *     count ─▶ state: asleep ─▶ … its stack is read … ─▶ the same count
 *
 * A thread that slept after the first look cannot have run without being put
 * on a CPU, which the second look would see. The first two are read when the
 * process is opened with hog_process_open_running. Linux:
 * Documentation/scheduler/sched-stats.rst, /proc/PID/schedstat, third number.
 */
#ifndef HOG_MEMORY_STILLNESS_H
#define HOG_MEMORY_STILLNESS_H

#include "memory/process.h"

struct hog_movers {
    int64_t *lwps; /* ascending */
    size_t count;
};

/*
 * The threads of which it is not proven that they stood still since they were
 * last looked at: those that ran, that are on a CPU, that are new. False when
 * memory is exhausted.
 */
bool hog_movers_find(const struct hog_process *process, struct hog_movers *ret_movers) HOG_CHECKED;
/* Into order, each once. */
void hog_movers_sort(struct hog_movers *movers);
/* False when memory is exhausted. */
bool hog_movers_add(struct hog_movers *movers, const struct hog_movers *others) HOG_CHECKED;
bool hog_movers_contain(const struct hog_movers *movers, int64_t lwp);
void hog_movers_deinit(struct hog_movers *movers);

/* Looks at these threads again: count, state, system call. Those that are gone stay as they were. */
void hog_process_look_again(struct hog_process *process, const struct hog_movers *movers);

#endif
