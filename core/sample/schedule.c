/* When to sample; see schedule.h. */
#define _GNU_SOURCE
#include "sample/schedule.h"
#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <math.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define WAKING 30e-6 /* seconds; generous: what the kernel takes to wake us and to go on with the target */

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators". In [0, 1). */
static double draw(struct schedule *schedule)
{
    uint64_t x = schedule->random;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    schedule->random = x;
    return (double)((x * UINT64_C(0x2545f4914f6cdd1d)) >> 11) / (double)(UINT64_C(1) << 53);
}

static void plan(struct schedule *schedule)
{
    schedule->planned = schedule->start + ((double)schedule->next + draw(schedule)) * schedule->interval;
}

void schedule_init(struct schedule *schedule, double start, double rate, uint64_t seed)
{
    *schedule = (struct schedule){.start = start, .interval = 1 / rate};
    schedule->random = seed ? seed : (uint64_t)(start * 1e9) | 1;
    for (int i = 0; i < 8; i++) /* away from seeds that are mostly zeros */
        draw(schedule);
    plan(schedule);
}

/* 0 once the time has come; else why it was left. */
static int wait_until(double when, int *stop)
{
    struct timespec at = {.tv_sec = (time_t)when};
    long result;

    at.tv_nsec = (long)((when - (double)at.tv_sec) * 1e9);
    result = syscall(SYS_futex, stop, FUTEX_WAIT_BITSET_PRIVATE, 0, &at, NULL, FUTEX_BITSET_MATCH_ANY);
    return result < 0 && errno == ETIMEDOUT ? 0 : EAGAIN;
}

bool schedule_wait(struct schedule *schedule, int *stop)
{
    double now;

    while (!__atomic_load_n(stop, __ATOMIC_ACQUIRE) &&
           wait_until(fmax(schedule->planned, schedule->earliest), stop) != 0)
        continue;
    if (__atomic_load_n(stop, __ATOMIC_ACQUIRE))
        return false;
    now = hog_clock_monotonic();
    schedule->due = schedule->planned;
    schedule->next++;
    if (now - schedule->planned > schedule->interval) {
        uint64_t present = (uint64_t)floor((now - schedule->start) / schedule->interval);

        if (present > schedule->next)
            schedule->next = present;
    }
    plan(schedule);
    return true;
}

bool schedule_put_off(struct schedule *schedule, double seconds, int *stop)
{
    schedule->due = hog_clock_monotonic() + seconds;
    while (!__atomic_load_n(stop, __ATOMIC_ACQUIRE))
        if (wait_until(schedule->due, stop) == 0)
            return true;
    return false;
}

void schedule_rest(struct schedule *schedule, double cpu_seconds)
{
    schedule->earliest = hog_clock_monotonic() + cpu_seconds + WAKING;
}

void schedule_wake(int *stop)
{
    __atomic_store_n(stop, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, stop, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
