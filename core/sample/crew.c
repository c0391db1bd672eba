/*
 * The sampler's threads: one on each CPU, for samples of what runs there.
 *
 *     CPU 0   worker 0, the first   ── tick ──── tick ──── tick ──      each at moments of its own,
 *     CPU 1   worker 1              ─── tick ── tick ──── tick ───      one at a time has its turn
 *
 * None of them ever moves: at its tick it takes the CPU from whoever has it,
 * so a thread of the target stands still while it is read, and is where it was
 * when the tick came. Between ticks whoever finds that it is time hands over
 * samples.
 */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/thread.h"
#include "sample/sampler_parts.h"

#include <math.h>
#include <stdlib.h>

static const double PATIENCE = 200e-6; /* seconds to wait for a turn, and to leave the CPU alone after that */

static bool spin_for_turn(struct hog_sampler *sampler)
{
    double start = hog_clock_monotonic();

    while (pthread_mutex_trylock(&sampler->turn) != 0)
        if (hog_clock_monotonic() - start > PATIENCE)
            return false;
    return true;
}

/*
 * Whose turn it is may have to wait, for the lock of the process's memory: for whoever maps and unmaps there, and may
 * be put aside with it. If it lasts, the CPU is given back meanwhile, and the tick comes later.
 */
static bool take_turn(struct hog_sampler *sampler, struct schedule *schedule)
{
    bool taken = spin_for_turn(sampler);
    double latest = schedule->due + schedule->interval;

    while (!taken && hog_clock_monotonic() + PATIENCE < latest &&
           schedule_put_off(schedule, PATIENCE, &sampler->stop))
        taken = spin_for_turn(sampler);
    return taken;
}

static void end_all(struct hog_sampler *sampler, const char *reason)
{
    if (!sampler->reason)
        sampler->reason = reason;
    schedule_wake(&sampler->stop);
}

/* In its turn. */
static void tick(struct hog_sampler *sampler, struct worker *worker, double awake)
{
    const char *reason;

    sampler->placement = &worker->placement;
    sampler->worker_ticks++;
    on_cpu_tick(sampler, sampler->rings.rings + worker->number, worker->schedule.due, worker->is_first);
    reason = sampler->reason ? sampler->reason : count_between_ticks(sampler);
    if (!reason && sampler_is_kept_out(sampler))
        reason = "the process runs on CPUs that this one may not use (a cpuset): use --stop";
    sampler->now.work_seconds += hog_clock_monotonic() - awake;
    if (reason)
        end_all(sampler, reason);
}

static void *worker_main(void *context)
{
    struct worker *worker = context;
    struct hog_sampler *sampler = worker->sampler;
    double end = sampler->options.seconds > 0 ? sampler->started_at + sampler->options.seconds : INFINITY;

    placement_init(&worker->placement, sampler->options.no_priority, sampler->level);
    worker->closed = !placement_move(&worker->placement, sampler->rings.rings[worker->number].cpu);
    if (worker->closed && !worker->is_first)
        return NULL;
    if (worker->is_first)
        sampler_tell_way(sampler, &worker->placement);
    schedule_init(&worker->schedule, sampler->started_at, sampler->options.rate,
                  sampler->options.seed ? sampler->options.seed + worker->number : 0);
    while (schedule_wait(&worker->schedule, &sampler->stop)) {
        double awake = hog_clock_monotonic(), before;

        if (awake >= end) {
            end_all(sampler, "the time was up");
            break;
        }
        placement_lend(&worker->placement);
        if (take_turn(sampler, &worker->schedule)) {
            tick(sampler, worker, awake);
            pthread_mutex_unlock(&sampler->turn);
        }
        before = worker->cpu_seconds;
        worker->cpu_seconds = hog_clock_thread_cpu();
        schedule_rest(&worker->schedule, worker->cpu_seconds - before);
        if (worker->is_first)
            sampler_tell_progress(sampler, awake);
    }
    worker->cpu_seconds = hog_clock_thread_cpu();
    return NULL;
}

/* Signals are blocked in the thread that calls, and so in those that it starts. */
const char *crew_run(struct hog_sampler *sampler)
{
    struct worker *first = sampler->crew;

    sampler->worker_ticks = 0;
    sampler->reason = NULL;
    for (uint32_t i = 0; i < sampler->rings.count; i++)
        sampler->crew[i] = (struct worker){.sampler = sampler, .number = i};
    /* The first is one that may stay on its CPU. */
    for (uint32_t i = 0; i < sampler->rings.count; i++) {
        struct placement trial = {.cpu = -1};

        if (!placement_move(&trial, sampler->rings.rings[i].cpu))
            continue;
        first = sampler->crew + i;
        break;
    }
    first->is_first = true;
    for (uint32_t i = 0; i < sampler->rings.count; i++) {
        struct worker *worker = sampler->crew + i;

        if (worker != first)
            worker->started = hog_thread_start(&worker->thread, worker_main, worker) == 0;
    }
    worker_main(first);
    schedule_wake(&sampler->stop);
    for (uint32_t i = 0; i < sampler->rings.count; i++)
        if (sampler->crew[i].started)
            pthread_join(sampler->crew[i].thread, NULL);
    sampler->placement = &first->placement;
    return sampler->reason;
}
