/*
 * The clocks. Seconds as a double are good to a microsecond for a century;
 * where less matters, nanoseconds as an integer.
 */
#ifndef HOG_BASE_CLOCK_H
#define HOG_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t hog_clock_nanoseconds(clockid_t clock)
{
    struct timespec now;

    return clock_gettime(clock, &now) == 0 ? (int64_t)now.tv_sec * 1000000000 + now.tv_nsec : 0;
}

/* Seconds since some moment in the past; never goes back. */
static inline double hog_clock_monotonic(void)
{
    return (double)hog_clock_nanoseconds(CLOCK_MONOTONIC) / 1e9;
}

/* Seconds of CPU that the calling thread has had. */
static inline double hog_clock_thread_cpu(void)
{
    return (double)hog_clock_nanoseconds(CLOCK_THREAD_CPUTIME_ID) / 1e9;
}

/* Seconds since 1970. */
static inline double hog_clock_epoch(void)
{
    return (double)hog_clock_nanoseconds(CLOCK_REALTIME) / 1e9;
}

#endif
