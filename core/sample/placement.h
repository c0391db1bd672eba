/*
 * Where the sampler's thread runs: on the CPU of the thread that it reads,
 * before everybody else, and following it.
 *
 * Both concern the calling thread alone, which ends with the sampler: there is
 * nothing to restore.
 */
#ifndef HOG_SAMPLE_PLACEMENT_H
#define HOG_SAMPLE_PLACEMENT_H

#include "base/status.h"

enum placement_priority { PRIORITY_REAL_TIME, PRIORITY_NICE, PRIORITY_NORMAL };

struct placement {
    enum placement_priority priority;
    int cpu;        /* that we are pinned to; -1: none yet */
    uint64_t moves; /* system calls that changed it */
};

/* Blocks all signals, names the thread, takes the highest priority that is allowed. */
void placement_init(struct placement *placement, bool keep_priority);

/* Goes to that CPU. False when it may not be used (a cpuset), or is unknown. */
bool placement_move(struct placement *placement, int cpu);

/* "at real-time priority", … */
const char *placement_priority_words(enum placement_priority priority);

#endif
