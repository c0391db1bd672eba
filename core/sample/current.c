/*
 * Several thread states, one thread of the kernel: which of them runs?
 *
 *     LWP 7 ─┬ state of the main interpreter    run_worker ─▶ call …         on the C stack at 0x7f…e0
 *            ├ state of a subinterpreter        busy                         on the C stack at 0x7f…60  ◀ inmost
 *            └ state that it has just made for a thread that does not run yet: has its ids, and no frames
 *
 * A thread that calls into another interpreter has a state in each (mod_wsgi,
 * InterpreterPoolExecutor), and a state that was just made has the ids of the
 * thread that made it (to 3.11). One that runs in another thread is left out
 * (3.12, lent.c). Only one is current, but CPython keeps that in a variable of
 * the thread. What tells from outside: who holds its GIL is current; else the
 * one whose frames lie innermost on the C stack, where 3.12 and later keep a
 * mark; else the one that was current last.
 * CPython: Python/pystate.c, _PyThreadState_Attach, new_threadstate.
 */
#include "sample/sampler_parts.h"

enum { THREADS_A_TICK = 256 };

struct state {
    bool has_frames;
    uint64_t mark; /* of its innermost call from C; 0 unknown */
};

static struct state state_of(struct hog_sampler *sampler, const struct sampled_thread *thread)
{
    struct walk *walk = &sampler->walk;
    bool wanted = walk->wants_entries;
    struct state state = {0};

    page_view_begin(&sampler->view, sampler->memory, &thread->forecast);
    walk->wants_entries = true;
    if (walk_run(walk, &sampler->plan, &sampler->view, thread->tstate) == WALK_WHOLE)
        state.has_frames = walk->count > 0;
    for (uint32_t i = 0; state.has_frames && i < walk->entry_count && !state.mark; i++)
        state.mark = walk->entries[i].marker;
    walk->wants_entries = wanted;
    return state;
}

static bool holds_its_gil(const struct hog_sampler *sampler, const struct sampled_thread *thread)
{
    struct hog_gil_state gil = hog_gil_read_memory(sampler->roster.gils + thread->gil, sampler->memory);

    return gil.locked && gil.holder == thread->tstate;
}

/* Is `one` further in than what was found so far? */
static bool is_inner(const struct hog_sampler *sampler, const struct state *one, uint32_t number,
                     const struct state *best, uint32_t best_number)
{
    const struct roster *roster = &sampler->roster;

    if (one->has_frames != best->has_frames)
        return one->has_frames;
    if (one->mark && best->mark)
        return one->mark < best->mark;
    return roster->threads[number]->current_in > roster->threads[best_number]->current_in;
}

static uint32_t choose(struct hog_sampler *sampler, const uint32_t *numbers, uint32_t count)
{
    struct state best = state_of(sampler, sampler->roster.threads[numbers[0]]);
    uint32_t chosen = numbers[0];

    for (uint32_t i = 0; i < count; i++)
        if (holds_its_gil(sampler, sampler->roster.threads[numbers[i]]))
            return numbers[i];
    for (uint32_t i = 1; i < count; i++) {
        struct state state = state_of(sampler, sampler->roster.threads[numbers[i]]);

        if (!is_inner(sampler, &state, numbers[i], &best, chosen))
            continue;
        best = state;
        chosen = numbers[i];
    }
    return chosen;
}

/* Without those that run in another thread. How many are left. */
static uint32_t leave_lent_out(struct hog_sampler *sampler, uint32_t *numbers, uint32_t count)
{
    uint32_t kept = 0;

    page_view_begin(&sampler->view, sampler->memory, &sampler->gil_forecast);
    for (uint32_t i = 0; i < count; i++)
        if (lent_to(sampler, sampler->roster.threads[numbers[i]]) == NO_STATE)
            numbers[kept++] = numbers[i];
    return kept;
}

uint32_t current_state(struct hog_sampler *sampler, int64_t lwp)
{
    uint32_t numbers[ROSTER_STATES];
    uint32_t count = roster_of_lwp(&sampler->roster, lwp, numbers, ROSTER_STATES), chosen;

    if (count > 1)
        count = leave_lent_out(sampler, numbers, count);
    if (count < 2)
        return count ? numbers[0] : NO_STATE;
    chosen = choose(sampler, numbers, count);
    sampler->roster.threads[chosen]->current_in = sampler->tick_number;
    return chosen;
}

/* Of those that share a thread with this one. */
static void mark_alike(struct hog_sampler *sampler, int64_t lwp)
{
    uint32_t numbers[ROSTER_STATES];
    uint32_t count = roster_of_lwp(&sampler->roster, lwp, numbers, ROSTER_STATES);
    uint32_t chosen = current_state(sampler, lwp);

    for (uint32_t i = 0; i < count; i++) {
        struct sampled_thread *thread = sampler->roster.threads[numbers[i]];

        thread->is_current = numbers[i] == chosen;
        thread->marked_in = sampler->tick_number;
    }
}

void current_mark(struct hog_sampler *sampler, double good_for)
{
    struct roster *roster = &sampler->roster;
    double now = hog_clock_monotonic();
    bool still_good = now - sampler->marked_at < good_for;

    /* Who has very many is not looked through at each tick. */
    if (sampler->marked_in && sampler->tick_number - sampler->marked_in < roster->count / THREADS_A_TICK)
        return;
    sampler->marked_in = sampler->tick_number;
    if (!still_good)
        sampler->marked_at = now;
    for (uint32_t i = 0; i < roster->count; i++) {
        struct sampled_thread *thread = roster->threads[i];

        if (thread->shares_lwp && (still_good || thread->gone))
            continue;
        if (thread->shares_lwp && thread->marked_in != sampler->tick_number) {
            thread->is_current = false; /* one too many to be told apart */
            mark_alike(sampler, thread->lwp);
        } else if (!thread->shares_lwp) {
            thread->is_current = true;
        }
    }
}
