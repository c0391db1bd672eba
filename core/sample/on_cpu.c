/*
 * One tick of one CPU, on that CPU: which thread of the process had it when
 * the tick came?
 *
 *     the CPU's ring:  … in tid 7 ─────── tick ── out tid 7 (we took the CPU from it)        sampled, stands still
 *                      … out tid 7        tick                                               nobody's: no sample
 *
 * A thread that waits for a CPU, or sleeps, is on none: it is not sampled,
 * however often it is looked at. So the samples are shares of the time that
 * the kernel ran the process. What waits is counted beside that, by the tick
 * of one of the CPUs, at the threads that it looks at in turn.
 */
#include "base/clock.h"
#include "sample/lwp.h"
#include "sample/sampler_parts.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum {
    TRIES = 4,
    TALLY_EVERY = 8,   /* ticks */
    LOOKS_A_TICK = 32, /* at threads that are not on this CPU */
    MOMENT = 40000,    /* nanoseconds; twice as long each time */
};

static const double MARKS_GOOD_FOR = 0.05; /* seconds; of states that are only counted as idle */
static const double STRANGER_REST = 0.0005, STRANGER_REST_MOST = 0.05; /* seconds */

static void drop(struct hog_sampler *sampler, struct sampled_thread *thread, enum hog_sample_drop why)
{
    thread->dropped[why]++;
    sampler->now.dropped[why]++;
}

/* Mode "gil": it ran without. */
static void leave_out(struct hog_sampler *sampler, struct sampled_thread *thread)
{
    thread->idle++;
    sampler->now.idle++;
}

static void note(struct hog_sampler *sampler, struct sampled_thread *thread, const struct taken *taken)
{
    thread->on_gil += taken->on_gil ? sampler->tally : 0;
    thread->collecting_garbage += taken->collecting ? sampler->tally : 0;
    if (taken->gil.locked && taken->gil.holder == thread->tstate)
        sampler->gils[thread->gil] = taken->gil;
}

static void wait_a_moment(int tries)
{
    const struct timespec moment = {.tv_nsec = MOMENT << tries};

    clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL);
}

static void sample_it(struct hog_sampler *sampler, uint32_t number)
{
    struct sampled_thread *thread = sampler->roster.threads[number];
    struct taken taken = {.drop = HOG_DROP_RAN};

    for (int tries = 0; tries < TRIES; tries++) {
        enum take_result result;

        sampler->now.retries += tries > 0;
        result = take_sample(sampler, number, &taken);
        if (result == TAKE_RAN)
            continue;
        if (result == TAKE_GONE) {
            roster_lose(thread);
            sampler->wants_refresh = true;
            sampler->now.no_python++;
            return;
        }
        if (result == TAKE_DROPPED && tries < TRIES - 1 && take_was_between(taken.drop)) {
            wait_a_moment(tries);
            continue;
        }
        note(sampler, thread, &taken);
        if (result == TAKE_DROPPED)
            drop(sampler, thread, taken.drop);
        else if (result == TAKE_NO_GIL)
            leave_out(sampler, thread);
        return;
    }
    if (run_record_is_over(&thread->record))
        roster_lose(thread);
    else
        drop(sampler, thread, taken.drop);
}

/* Threads of C alone are not looked for at each of their ticks. */
static bool may_be_met(struct hog_sampler *sampler, int64_t lwp)
{
    struct stranger *stranger = &sampler->strangers[(uint64_t)lwp % STRANGERS];
    double now = hog_clock_monotonic();

    if (stranger->lwp != lwp)
        *stranger = (struct stranger){.lwp = lwp, .rest = STRANGER_REST};
    if (now < stranger->next_at)
        return false;
    stranger->next_at = now + stranger->rest;
    stranger->rest = fmin(2 * stranger->rest, STRANGER_REST_MOST);
    return true;
}

/* The state that runs in it: of one that is new, the newest of the lists are looked through, then all of them. */
static uint32_t find_state(struct hog_sampler *sampler, int64_t lwp)
{
    uint32_t number = current_state(sampler, lwp);

    if (number == NO_STATE && may_be_met(sampler, lwp) && count_meet(sampler, lwp))
        number = current_state(sampler, lwp);
    if (number != NO_STATE || !count_may_refresh(sampler))
        return number;
    if (!count_now(sampler))
        return NO_STATE;
    return current_state(sampler, lwp);
}

static void sample_lwp(struct hog_sampler *sampler, int64_t lwp)
{
    uint32_t number;

    sampler->now.ran++;
    if (sampler->options.only_lwp && lwp != sampler->options.only_lwp)
        return;
    number = find_state(sampler, lwp);
    if (number == NO_STATE)
        sampler->now.no_python++;
    else
        sample_it(sampler, number);
}

/* A thread that is not on this CPU: waits it for one, for the GIL, for something else? */
static void look_beside(struct hog_sampler *sampler, struct sampled_thread *thread, uint64_t when,
                        uint32_t weight)
{
    bool fell_asleep = run_record_look(&thread->record);
    bool ready = thread->record.state == RUN_READY && thread->record.since < when;

    if (thread->record.state == RUN_GONE) {
        roster_lose(thread);
        sampler->wants_refresh = true;
        return;
    }
    if (fell_asleep)
        thread->waits_for_gil = lwp_awaits_gil(&sampler->roster, thread->lwp);
    if (thread->record.state != RUN_ASLEEP && !ready) {
        thread->waits_for_gil = false;
        return;
    }
    thread->idle += weight;
    sampler->now.idle += weight;
    thread->waiting_for_cpu += ready ? weight : 0;
    thread->waiting_for_gil += !ready && thread->waits_for_gil ? weight : 0;
}

/* Some of the others, in turn; each look stands for as many as there are turns. */
static void look_at_others(struct hog_sampler *sampler, int64_t here, uint64_t when)
{
    const struct roster *roster = &sampler->roster;
    uint32_t turns = 1 + roster->count / LOOKS_A_TICK;

    current_mark(sampler, MARKS_GOOD_FOR);
    for (uint32_t i = (uint32_t)(sampler->beats++ % turns); i < roster->count; i += turns) {
        struct sampled_thread *thread = roster->threads[i];

        if (thread->gone || thread->lwp == here || !thread->is_current ||
            thread->visited_in == sampler->tick_number || thread->record.witness == RUN_NO_WITNESS ||
            (sampler->options.only_lwp && sampler->options.only_lwp != thread->lwp))
            continue;
        look_beside(sampler, thread, when, turns);
    }
}

/* On a CPU that the sampler may not use: it can be said that a thread ran there, and no more. */
static void count_closed(struct hog_sampler *sampler, uint64_t when)
{
    for (uint32_t i = 0; i < sampler->rings.count; i++) {
        int64_t lwp =
            sampler->crew[i].closed ? cpu_ring_at(&sampler->rings, sampler->rings.rings + i, when, false) : 0;
        uint32_t number = lwp ? current_state(sampler, lwp) : NO_STATE;

        sampler->now.ran += lwp != 0;
        if (number != NO_STATE)
            drop(sampler, sampler->roster.threads[number], HOG_DROP_CPU_CLOSED);
    }
}

/* Where not every thread could be given an event on each CPU. */
static int64_t search_records(const struct hog_sampler *sampler, int cpu, uint64_t when)
{
    for (uint32_t i = 0; !sampler->rings.whole && i < sampler->roster.count; i++)
        if (!sampler->roster.threads[i]->gone &&
            run_record_was_on(&sampler->roster.threads[i]->record, cpu, when))
            return sampler->roster.threads[i]->lwp;
    return 0;
}

void on_cpu_tick(struct hog_sampler *sampler, const struct cpu_ring *ring, double due, bool is_first)
{
    uint64_t when = (uint64_t)(due * 1e9);
    bool of_gil = sampler->options.mode == HOG_PROFILE_GIL;
    int64_t lwp = cpu_ring_at(&sampler->rings, ring, when, true);

    if (!lwp)
        lwp = search_records(sampler, ring->cpu, when);
    sampler->tick_number++;
    memset(sampler->gils, 0, sampler->roster.gil_count * sizeof *sampler->gils);
    sampler->wants_gil = of_gil || sampler->tick_number % TALLY_EVERY == 0;
    sampler->tally = of_gil ? 1 : sampler->wants_gil ? TALLY_EVERY : 0;
    if (lwp)
        sample_lwp(sampler, lwp);
    sampler->now.empty_ticks += is_first && !lwp;
    if (!is_first)
        return;
    if (of_gil)
        asleep_sample(sampler, lwp, when);
    look_at_others(sampler, lwp, when);
    count_closed(sampler, when);
}
