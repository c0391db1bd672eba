/*
 * One tick: which threads are looked at, and from where.
 *
 *     every thread ─▶ what does its run record say?
 *                      ├ on the CPU, or wants it ──▶ sampled, on its CPU    first those that are on ours
 *                      └ asleep ─┬ holds the GIL ──▶ sampled
 *                                ├ mode "idle" ────▶ sampled, or counted again: it has not run since
 *                                └ else ───────────▶ counted as idle
 *
 * A thread that runs elsewhere is followed: the sampler goes to that CPU and
 * so takes it from the thread. Where that fails at every try, the look is
 * dropped.
 */
#include "sample/sampler_parts.h"

#include "sample/lwp.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    TRIES = 4,
    TALLY_EVERY = 8, /* ticks */
    MOMENT = 40000,  /* nanoseconds; twice as long each time */
};

/* Which threads a pass over the roster visits. */
enum pass { PASS_HERE, PASS_ELSEWHERE };

/* It runs, or the sampler has just taken the CPU from it. */
static bool is_active(const struct sampled_thread *thread)
{
    return thread->record.state == RUN_RUNNING ||
           (thread->record.state == RUN_READY && !thread->waits_for_cpu);
}

static void look(struct hog_sampler *sampler, struct sampled_thread *thread)
{
    bool fell_asleep = run_record_look(&thread->record);

    thread->waits_for_cpu =
        thread->record.state == RUN_READY && thread->record.since && thread->record.since < sampler->due;
    if (thread->record.state == RUN_READY || thread->record.state == RUN_RUNNING)
        thread->waits_for_gil = false;
    else if (fell_asleep)
        thread->waits_for_gil = lwp_awaits_gil(&sampler->roster, thread->lwp);
}

/* It was asleep: it may have been woken since, and wait for a CPU. */
static void look_again(struct hog_sampler *sampler, struct sampled_thread *thread)
{
    thread->record.known_asleep = false;
    look(sampler, thread);
}

static void drop(struct hog_sampler *sampler, struct sampled_thread *thread, enum hog_sample_drop why)
{
    thread->dropped[why]++;
    sampler->now.dropped[why]++;
}

static void note_waits(struct sampled_thread *thread)
{
    thread->waiting_for_gil += thread->waits_for_gil;
    thread->waiting_for_cpu += thread->waits_for_cpu;
}

static void idle(struct hog_sampler *sampler, struct sampled_thread *thread)
{
    thread->idle++;
    sampler->now.idle++;
    note_waits(thread);
}

/* It has ended, during this look or before it: that was no attempt. */
static void forget(struct hog_sampler *sampler, struct sampled_thread *thread)
{
    roster_lose(thread);
    sampler->wants_refresh = true;
}

/* On the CPU where it runs, if it runs. */
static bool go_there(struct hog_sampler *sampler, const struct sampled_thread *thread, bool tried)
{
    bool must = thread->record.state == RUN_RUNNING || (thread->record.state == RUN_READY && tried) ||
                sampler->placement->cpu < 0;

    if (sampler->stopped)
        return true;
    if (!must || thread->record.cpu == sampler->placement->cpu)
        return true;
    return placement_move(sampler->placement, thread->record.cpu) || sampler->placement->cpu < 0;
}

static void taken_note(struct hog_sampler *sampler, struct sampled_thread *thread, const struct taken *taken)
{
    struct hog_gil_state *gil = sampler->gils + thread->gil;

    thread->on_gil += taken->on_gil ? sampler->tally : 0;
    thread->collecting_garbage += taken->collecting ? sampler->tally : 0;
    if (taken->gil.known)
        *gil = taken->gil;
    else if (taken->on_gil)
        *gil = (struct hog_gil_state){.known = true, .locked = true, .holder = thread->tstate};
}

static void let_it_run(int tries)
{
    const struct timespec moment = {.tv_nsec = MOMENT << tries};

    clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL);
}

/* Runnable, and somebody else had this CPU when the sampler took it. Told by its switches in `look` already,
 * where there are any. */
static bool is_put_aside(const struct hog_sampler *sampler, const struct sampled_thread *thread)
{
    return !sampler->stopped && thread->record.witness == RUN_SCHEDSTAT &&
           thread->record.state == RUN_RUNNING && thread->record.cpu == sampler->placement->cpu &&
           !run_record_was_taken_from(&thread->record);
}

/* Samples a thread, here or where it runs. `must_be_active`: unless it has fallen asleep in the meantime. */
static void visit(struct hog_sampler *sampler, uint32_t number, bool must_be_active)
{
    struct sampled_thread *thread = sampler->roster.threads[number];
    struct taken taken = {0};

    for (int tries = 0; tries < TRIES; tries++) {
        enum take_result result;

        if (tries) {
            sampler->now.retries++;
            look(sampler, thread);
            if (!sampler->stopped && run_record_is_over(&thread->record)) {
                forget(sampler, thread);
                return;
            }
        }
        if (!go_there(sampler, thread, tries > 0)) {
            drop(sampler, thread, HOG_DROP_CPU_CLOSED);
            return;
        }
        if (must_be_active && thread->record.state == RUN_ASLEEP) {
            idle(sampler, thread);
            return;
        }
        if (is_put_aside(sampler, thread)) {
            thread->waits_for_cpu = true;
            if (must_be_active || sampler->options.mode == HOG_PROFILE_GIL) {
                idle(sampler, thread);
                return;
            }
            thread->waiting_for_cpu++;
        }
        result = take_sample(sampler, number, &taken);
        if (result == TAKE_RAN)
            continue;
        if (result == TAKE_GONE) {
            forget(sampler, thread);
            return;
        }
        if (result == TAKE_DROPPED && tries < TRIES - 1 && take_was_between(taken.drop) &&
            !sampler->stopped) {
            let_it_run(tries);
            continue;
        }
        taken_note(sampler, thread, &taken);
        if (result == TAKE_DROPPED)
            drop(sampler, thread, taken.drop);
        else if (result == TAKE_NO_GIL)
            idle(sampler, thread);
        return;
    }
    drop(sampler, thread, HOG_DROP_RAN);
}

static bool is_watched(const struct hog_sampler *sampler, const struct sampled_thread *thread)
{
    return !thread->gone && thread->is_current &&
           (!sampler->options.only_lwp || sampler->options.only_lwp == thread->lwp);
}

/* Active threads: those on our CPU, or on none, before those we have to follow. */
static uint32_t visit_active(struct hog_sampler *sampler, enum pass pass)
{
    uint32_t visited = 0;

    for (uint32_t i = 0; i < sampler->roster.count; i++) {
        struct sampled_thread *thread = sampler->roster.threads[i];
        bool elsewhere = thread->record.state == RUN_RUNNING && thread->record.cpu != sampler->placement->cpu;

        if (!is_watched(sampler, thread) || thread->looked_in != sampler->tick_number ||
            thread->visited_in == sampler->tick_number || !is_active(thread) ||
            (pass == PASS_HERE && elsewhere))
            continue;
        thread->visited_in = sampler->tick_number;
        visit(sampler, i, sampler->options.mode != HOG_PROFILE_IDLE);
        visited++;
    }
    return visited;
}

static void look_at_all(struct hog_sampler *sampler)
{
    for (uint32_t i = 0; i < sampler->roster.count; i++) {
        struct sampled_thread *thread = sampler->roster.threads[i];

        if (!is_watched(sampler, thread))
            continue;
        if (thread->record.witness == RUN_NO_WITNESS) {
            drop(sampler, thread, HOG_DROP_NO_THREAD);
            continue;
        }
        look(sampler, thread);
        if (thread->record.state == RUN_GONE) {
            forget(sampler, thread);
        } else if (thread->record.state != RUN_HELD) {
            thread->looked_in = sampler->tick_number;
        } else {
            sampler->now.paused++;
        }
    }
}

/*
 * A thread that is on the CPU is sampled whoever has the GIL. Where all are,
 * looking at it (a range more to read) is only for the tallies: now and then
 * will do, and each look stands for as many.
 */
static void decide_on_gil(struct hog_sampler *sampler)
{
    bool needed = sampler->stopped || sampler->options.mode == HOG_PROFILE_GIL;

    for (uint32_t i = 0; i < sampler->roster.count && !needed; i++)
        needed = sampler->roster.threads[i]->looked_in == sampler->tick_number &&
                 !is_active(sampler->roster.threads[i]);
    sampler->wants_gil = needed || sampler->tick_number % TALLY_EVERY == 0;
    sampler->tally = needed ? 1 : sampler->wants_gil ? TALLY_EVERY : 0;
}

/* Who holds each GIL, where no sample of this tick has told. */
static void ask_gils(struct hog_sampler *sampler)
{
    for (uint32_t i = 0; i < sampler->roster.gil_count; i++) {
        if (!sampler->gils[i].known)
            sampler->gils[i] = hog_gil_read_memory(sampler->roster.gils + i, sampler->memory);
        if (sampler->gils[i].holder && !roster_find(&sampler->roster, sampler->gils[i].holder))
            sampler->wants_refresh = true;
    }
}

static bool holds_gil(const struct hog_sampler *sampler, const struct sampled_thread *thread)
{
    return sampler->gils[thread->gil].holder == thread->tstate;
}

/* Those that sleep or wait for a CPU. */
static void visit_asleep(struct hog_sampler *sampler)
{
    for (uint32_t i = 0; i < sampler->roster.count; i++) {
        struct sampled_thread *thread = sampler->roster.threads[i];
        if (!is_watched(sampler, thread) || thread->looked_in != sampler->tick_number ||
            thread->visited_in == sampler->tick_number)
            continue;
        if (sampler->options.mode != HOG_PROFILE_IDLE) {
            idle(sampler, thread);
            continue;
        }
        note_waits(thread);
        visit(sampler, i, false);
    }
}

/* Mode "gil": the holders alone, but for one that waits for a CPU, or for another GIL: that is told beside. */
static uint32_t visit_holders(struct hog_sampler *sampler)
{
    uint32_t visited = 0;

    ask_gils(sampler);
    for (uint32_t i = 0; i < sampler->roster.count; i++) {
        struct sampled_thread *thread = sampler->roster.threads[i];

        if (!is_watched(sampler, thread) || thread->looked_in != sampler->tick_number)
            continue;
        if (holds_gil(sampler, thread) && thread->record.state == RUN_ASLEEP && !sampler->stopped)
            look_again(sampler, thread);
        if (!holds_gil(sampler, thread) || thread->waits_for_cpu || thread->waits_for_gil) {
            idle(sampler, thread);
            continue;
        }
        visit(sampler, i, false);
        visited++;
    }
    return visited;
}

void tick_run(struct hog_sampler *sampler, double due)
{
    uint32_t visited;

    sampler->tick_number++;
    sampler->due = (uint64_t)(due * 1e9);
    memset(sampler->gils, 0, sampler->roster.gil_count * sizeof *sampler->gils);
    current_mark(sampler, 0);
    if (sampler->stopped)
        standing_look(sampler);
    else
        look_at_all(sampler);
    decide_on_gil(sampler);
    if (sampler->options.mode == HOG_PROFILE_GIL) {
        visited = visit_holders(sampler);
    } else {
        visited = visit_active(sampler, PASS_HERE);
        visited += visit_active(sampler, PASS_ELSEWHERE);
        if (sampler->wants_gil)
            ask_gils(sampler);
        visit_asleep(sampler);
    }
    sampler->now.ticks++;
    sampler->now.empty_ticks += visited == 0;
    sampler->now.moves = sampler->placement->moves;
}
