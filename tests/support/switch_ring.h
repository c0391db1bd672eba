/* A ring of records of switches, made by hand. */
#ifndef HOG_TEST_SWITCH_RING_H
#define HOG_TEST_SWITCH_RING_H

#include "sample/switches.h"

#include <string.h>

/* i: the thread is put on the CPU, p: taken off it, and wants it back, o: it leaves it to sleep. `time`: nanoseconds. */
static inline void switch_ring_put(struct perf_event_mmap_page *ring, uint32_t pages, char turn, uint32_t pid,
                                   int64_t lwp, uint64_t time, uint32_t cpu)
{
    const struct switch_record record = {
        .type = PERF_RECORD_SWITCH,
        .misc = (uint16_t)((turn == 'i' ? 0 : PERF_RECORD_MISC_SWITCH_OUT) |
                           (turn == 'p' ? PERF_RECORD_MISC_SWITCH_OUT_PREEMPT : 0)),
        .size = SWITCH_BYTES,
        .pid = pid,
        .tid = (uint32_t)lwp,
        .time = time,
        .cpu = cpu};

    memcpy((char *)ring + SWITCH_PAGE + ring->data_head % ((uint64_t)pages * SWITCH_PAGE), &record,
           sizeof record);
    ring->data_head += SWITCH_BYTES;
}

#endif
