/*
 * Where a sampler's thread runs, and at which priority: on one CPU, before
 * everybody else there.
 *
 *     lend ─▶ real-time priority ─▶ … work … ─ poll ─▶ still within its milliseconds? ─ no ─▶ normal priority
 *
 * At real-time priority nobody else gets the CPU, so it is lent for a few
 * milliseconds at a time; what takes longer, because the target is large or
 * means harm, goes on at normal priority. All of it concerns the calling
 * thread alone, which ends with the sampler: there is nothing to restore.
 */
#ifndef HOG_SAMPLE_PLACEMENT_H
#define HOG_SAMPLE_PLACEMENT_H

#include "base/status.h"

enum placement_priority { PRIORITY_REAL_TIME, PRIORITY_NICE, PRIORITY_NORMAL };

struct placement {
    enum placement_priority priority;
    int level;      /* of real-time priority */
    int cpu;        /* that we are pinned to; -1: none yet */
    uint64_t moves; /* system calls that changed it */
    bool eased;     /* at normal priority until it is lent again */
    double until;   /* that it is lent */
};

/* Blocks all signals, names the thread, takes the highest priority that is allowed: real-time at `level` (1 …
 * 99), so that it goes before a target of that level less one. */
void placement_init(struct placement *placement, bool keep_priority, int level);

/* Goes to that CPU. False when it may not be used (a cpuset), or is unknown. */
bool placement_move(struct placement *placement, int cpu);

/* Priority for a while. */
void placement_lend(struct placement *placement);
/* In every loop whose length the target decides. */
void placement_poll(struct placement *placement);

/* "at real-time priority", … */
const char *placement_priority_words(enum placement_priority priority);

#endif
