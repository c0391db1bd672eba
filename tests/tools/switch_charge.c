/*
 * What does the kernel charge a thread for being put on a CPU and taken off it, at moments at which it is on none?
 *
 *     account     ├─ chosen ── switched ── runs ── asks to sleep ── switched ─┤     sum_exec_runtime, thread_time
 *     record                            in ├──────────────────────┤ out             perf events, context_switch
 *
 *     switch_charge MICROSECONDS [ROUNDS]
 *
 * Sleeps 1.5 ms and runs for so long, over and over; no sampler takes part. Prints what its clock counts of a round, and
 * what lies between the records of its switches, which is all that a sample can meet.
 * Linux: kernel/sched/fair.c, set_next_entity and update_curr; kernel/events/core.c, __perf_event_task_sched_in.
 */
#define _GNU_SOURCE
#include "base/clock.h"
#include "sample/switches.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PAGES = 256, ROUNDS = 2000 };

#define NAP_NANOSECONDS 1500000

static void run_for(double seconds)
{
    double end = hog_clock_monotonic() + seconds;

    while (hog_clock_monotonic() < end)
        continue;
}

struct between {
    double seconds;
    int switches;
};

/* From each record "in" to the "out" that follows it. */
static struct between add_up(const struct perf_event_mmap_page *ring, uint64_t first, uint64_t last,
                             double begun, double ended)
{
    struct between sum = {0};
    struct switch_record record;
    double in = begun;

    for (uint64_t end = first + SWITCH_BYTES; end <= last; end += SWITCH_BYTES) {
        if (!switches_before(ring, PAGES, end, &record))
            continue;
        if (record.misc & PERF_RECORD_MISC_SWITCH_OUT) {
            sum.seconds += (double)record.time / 1e9 - in;
            continue;
        }
        in = (double)record.time / 1e9;
        sum.switches++;
    }
    sum.seconds += ended - in;
    return sum;
}

int main(int argc, char **argv)
{
    const struct timespec nap = {.tv_nsec = NAP_NANOSECONDS};
    double run = argc > 1 ? atof(argv[1]) / 1e6 : 100e-6;
    int rounds = argc > 2 ? atoi(argv[2]) : ROUNDS;
    int event = switches_open(0, -1);
    struct perf_event_mmap_page *ring = event >= 0 ? switches_map(event, PAGES) : NULL;
    double begun, ended, account;
    struct between between;
    uint64_t first;

    if (!ring) {
        fprintf(stderr, "switch_charge: the kernel gives no record of switches\n");
        return 1;
    }
    nanosleep(&nap, NULL);
    first = switches_head(ring);
    begun = hog_clock_monotonic();
    account = hog_clock_thread_cpu();
    for (int i = 0; i < rounds; i++) {
        nanosleep(&nap, NULL);
        run_for(run);
    }
    account = hog_clock_thread_cpu() - account;
    ended = hog_clock_monotonic();
    between = add_up(ring, first, switches_head(ring), begun, ended);
    printf(
        "%.0f us, %d switches: its clock %.1f us a round, between its switches %.1f: %.3f; %.1f us a switch\n",
        run * 1e6, between.switches, account / rounds * 1e6, between.seconds / rounds * 1e6,
        between.seconds / account, (account - between.seconds) / between.switches * 1e6);
    switches_unmap(ring, PAGES);
    close(event);
    return 0;
}
