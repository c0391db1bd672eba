/* Where the sampler's thread runs; see placement.h. */
#define _GNU_SOURCE
#include "sample/placement.h"
#include "base/clock.h"
#include "base/thread.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum {
    HIGHEST_NICE = -20,
    CPUS_MAX = 1 << 16,
};

static const double BURST_SECONDS = 0.004; /* at real-time priority, on end */

/* Real-time: a wake-up takes the CPU from whoever has it at once, instead of when the scheduler finds it
 * fair. */
static enum placement_priority take_priority(int level)
{
    if (hog_thread_schedule(SCHED_FIFO, level))
        return PRIORITY_REAL_TIME;
    if (setpriority(PRIO_PROCESS, 0, HIGHEST_NICE) == 0) /* on Linux: of this thread alone */
        return PRIORITY_NICE;
    return PRIORITY_NORMAL;
}

void placement_init(struct placement *placement, bool keep_priority, int level)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    prctl(PR_SET_NAME, "hognose-sampler");
    prctl(PR_SET_TIMERSLACK, 1UL);
    *placement = (struct placement){.priority = PRIORITY_NORMAL, .level = level, .cpu = -1};
    if (keep_priority)
        return;
    placement->priority = take_priority(level);
    if (placement->priority == PRIORITY_REAL_TIME || level == 1)
        return;
    placement->level = 1;
    placement->priority = take_priority(1);
}

void placement_lend(struct placement *placement)
{
    if (placement->priority != PRIORITY_REAL_TIME)
        return;
    if (placement->eased)
        take_priority(placement->level);
    placement->eased = false;
    placement->until = hog_clock_monotonic() + BURST_SECONDS;
}

void placement_poll(struct placement *placement)
{
    if (placement->priority != PRIORITY_REAL_TIME || placement->eased ||
        hog_clock_monotonic() < placement->until)
        return;
    placement->eased = hog_thread_schedule(SCHED_OTHER, 0);
}

bool placement_move(struct placement *placement, int cpu)
{
    cpu_set_t *set;
    size_t size;
    int failed;

    if (cpu == placement->cpu)
        return cpu >= 0;
    if (cpu < 0 || cpu >= CPUS_MAX)
        return false;
    set = CPU_ALLOC((size_t)cpu + 1);
    if (!set)
        return false;
    size = CPU_ALLOC_SIZE((size_t)cpu + 1);
    CPU_ZERO_S(size, set);
    CPU_SET_S((size_t)cpu, size, set);
    failed = sched_setaffinity(0, size, set);
    CPU_FREE(set);
    placement->moves++;
    /* A set that a cpuset cut down to nothing is refused; one that it replaced would leave us elsewhere. */
    if (failed || sched_getcpu() != cpu)
        return false;
    placement->cpu = cpu;
    return true;
}

const char *placement_priority_words(enum placement_priority priority)
{
    switch (priority) {
    case PRIORITY_REAL_TIME:
        return "at real-time priority";
    case PRIORITY_NICE:
        return "at high priority";
    default:
        return "at normal priority";
    }
}
