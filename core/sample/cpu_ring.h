/*
 * Which of a process's threads was on a CPU at a given moment: the kernel's
 * record of its switches, one ring for each CPU.
 *
 *     CPU 0   … │ in  tid 7 │ out tid 7 │ in  tid 9 │ out tid 9 preempted │ …        data_head ─▶
 *     CPU 1   … │ in  tid 7 │ …
 *
 * Each thread has an event on each CPU, and all events of a CPU write into one
 * ring. A thread that starts later inherits the events of the one that started
 * it, so no time of it is missed. The records are of the process's threads
 * alone: what else runs on the CPU is not seen.
 */
#ifndef HOG_SAMPLE_CPU_RING_H
#define HOG_SAMPLE_CPU_RING_H

#include "base/status.h"

struct perf_event_mmap_page;

struct cpu_ring {
    int cpu;
    int event; /* whose ring it is; the others write into it too */
    struct perf_event_mmap_page *page;
};

struct cpu_rings {
    int64_t pid;
    struct cpu_ring *rings; /* ascending by CPU */
    uint32_t count, capacity;
    int *events; /* which live as long as they are open */
    uint32_t event_count, event_capacity, event_limit;
    bool whole; /* every thread that there was is watched on every CPU */
};

/*
 * Watches every thread of the process. HOG_DENIED where the kernel does not
 * allow it. `tasks` is /proc/PID/task.
 */
enum hog_status cpu_rings_open(struct cpu_rings *rings, int64_t pid, int tasks) HOG_CHECKED;
void cpu_rings_close(struct cpu_rings *rings);

/* The thread that was on the CPU at `when` (nanoseconds of CLOCK_MONOTONIC); 0: none of this process.
 * `is_here`: the caller has that CPU now, so the thread is off it. */
int64_t cpu_ring_at(const struct cpu_rings *rings, const struct cpu_ring *ring, uint64_t when, bool is_here);

#endif
