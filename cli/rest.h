/*
 * Since when each thread of a process has not run, by the scheduler's record:
 *
 *     /proc/PID/task/TID/sched      se.exec_start : 804568.989141       when it was charged last: when it went to sleep
 *
 * The clock is that of the CPU on which it was, without the time that was taken from it: now is what our own thread
 * is charged when it runs there. Whoever attaches wakes every thread for a moment, so this is read before. Source:
 * kernel/sched/debug.c, proc_sched_show_task; Linux 3 - 6.
 */
#ifndef HOG_CLI_REST_H
#define HOG_CLI_REST_H

#include <stddef.h>
#include <stdint.h>

struct rest_of_thread {
    int64_t lwp;
    int cpu;     /* that it ran on last */
    double then; /* milliseconds by the clock of that CPU */
    double seconds;
};

struct rests {
    struct rest_of_thread *items; /* by lwp */
    size_t count;
};

/* Of the threads that there are; none where the kernel keeps no such record. What it held before is freed. */
void rests_read(struct rests *rests, int64_t pid);
void rests_deinit(struct rests *rests);
/* Negative: unknown. */
double rests_of(const struct rests *rests, int64_t lwp);

#endif
