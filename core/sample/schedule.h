/*
 * When to sample.
 *
 *     tick        0         1         2         3         4
 *                 │    ×    │ ×       │      ×  │        ×│         one in each period, anywhere in it
 *
 * Evenly spaced samples beat with a target that does something as evenly; a
 * moment drawn from the whole of each period is as likely to see every phase
 * of it. Time is absolute: neither waking late nor a long sample moves the
 * ticks after it. A tick for which it is too late by a period is left out.
 *
 * And whatever the rate: after a tick the target has its CPU for itself at
 * least as long as the tick had taken it away. A rate that is too high for the
 * machine, or for a very deep stack, costs ticks and not the target's life.
 */
#ifndef HOG_SAMPLE_SCHEDULE_H
#define HOG_SAMPLE_SCHEDULE_H

#include "base/status.h"

struct schedule {
    double start; /* CLOCK_MONOTONIC, seconds */
    double interval;
    uint64_t next;   /* number of the next tick */
    uint64_t random; /* state of the generator */
    double planned;  /* when that tick is due */
    double due;      /* when the tick was that schedule_wait returned for */
    double earliest; /* but not before: rest that is owed to the target */
};

void schedule_init(struct schedule *schedule, double start, double rate, uint64_t seed);
/*
 * Sleeps until the next tick is due, or `stop` is not 0 and was woken by
 * schedule_wake. False when told to stop.
 */
bool schedule_wait(struct schedule *schedule, int *stop);
/* The tick in progress comes so many seconds from now: sleeps until then. False when told to stop. */
bool schedule_put_off(struct schedule *schedule, double seconds, int *stop);
void schedule_wake(int *stop);
/* A tick is over now, for which the sampler had so many seconds of CPU. While it waited for a lock of the kernel's, the
 * CPU was the target's. */
void schedule_rest(struct schedule *schedule, double cpu_seconds);

#endif
