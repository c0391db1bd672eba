/*
 * A ring of the kernel's records of who was put on a CPU and taken off it.
 *
 *     perf_event_mmap_page │ record │ record │ …        all of 32 bytes, so none is ever split
 *
 * Without the right to write the kernel overwrites the oldest records. What is
 * read here is as it is: a ring is the kernel's alone to write.
 */
#ifndef HOG_SAMPLE_SWITCHES_H
#define HOG_SAMPLE_SWITCHES_H

#include "base/status.h"

#include <linux/perf_event.h>

enum { SWITCH_BYTES = 32, SWITCH_PAGE = 4096 };

#ifndef PERF_RECORD_MISC_SWITCH_OUT_PREEMPT
#define PERF_RECORD_MISC_SWITCH_OUT_PREEMPT (1 << 14)
#endif

/* perf_event_header, then what sample_type asks for: TID, TIME, CPU. */
struct switch_record {
    uint32_t type;
    uint16_t misc, size;
    uint32_t pid, tid;
    uint64_t time; /* CLOCK_MONOTONIC */
    uint32_t cpu, reserved;
};

/* An event of a thread's switches, on one CPU (and of the threads that it starts) or on all (-1). -1: refused.
 */
int switches_open(int64_t lwp, int cpu);
/* The event's ring of that many pages of records; NULL when there is no memory that may be locked. */
struct perf_event_mmap_page *switches_map(int event, uint32_t pages);
void switches_unmap(struct perf_event_mmap_page *ring, uint32_t pages);

static inline uint64_t switches_head(const struct perf_event_mmap_page *ring)
{
    return __atomic_load_n(&ring->data_head, __ATOMIC_ACQUIRE);
}

/* The record that ends at `end`; false for one of another kind. */
bool switches_before(const struct perf_event_mmap_page *ring, uint32_t pages, uint64_t end,
                     struct switch_record *ret_record);

#endif
