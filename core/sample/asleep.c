/*
 * Mode "gil", on each CPU: who sleeps with a GIL?
 *
 *     GIL ──▶ holder ──▶ its switches   … │ in │ out ──── tick ────      asleep since before the tick: sampled
 *                                       … │ in ────────── tick ────      on a CPU: that CPU's own ticks sample it
 *                                       … │ out preempted ─ tick ──      wants a CPU: not sampled, told beside
 *                                       … │ in │ out ──── tick ────      in futex(2) on another GIL: the same
 *
 * A thread that waits in a system call and has not let go of its GIL keeps all others from running Python, so its
 * time is the GIL's though it is no CPU's. One of the CPUs' ticks looks for them. CPython has each interpreter's
 * holder in one place: decode/gil.h.
 */
#include "sample/lwp.h"
#include "sample/sampler_parts.h"

#include <math.h>
#include <string.h>

enum {
    GILS_A_TICK = 1024
}; /* that are asked for their holders: a program has as many interpreters as it likes */

/* All GILs that no sample of this tick has told of, in one batch of reads. */
static void ask_gils(struct hog_sampler *sampler)
{
    page_view_begin(&sampler->view, sampler->memory, &sampler->gil_forecast);
    for (uint32_t i = 0; i < sampler->roster.gil_count && i < GILS_A_TICK; i++)
        if (!sampler->gils[i].known)
            sampler->gils[i] = hog_gil_read(sampler->roster.gils + i, page_view_read, &sampler->view);
    page_view_learn(&sampler->view, &sampler->gil_forecast);
}

/* And not because it waits for the GIL of another interpreter. */
static bool slept_at(struct hog_sampler *sampler, struct sampled_thread *thread, uint64_t when)
{
    thread->record.known_asleep = false; /* it may have been woken since, which is no switch yet */
    run_record_look(&thread->record);
    thread->waits_for_gil =
        thread->record.state == RUN_ASLEEP && lwp_awaits_gil(&sampler->roster, thread->lwp);
    return thread->record.state == RUN_ASLEEP && !thread->waits_for_gil && thread->record.since <= when;
}

/* A sample of the profile is so much time on a CPU; as much sleep, by the clock on the wall, is more of them, or fewer. */
static uint32_t samples_a_look(struct hog_sampler *sampler)
{
    double weight = fmin(fmax(sampler->asleep_weight, 0.5), 2);
    uint32_t samples = (uint32_t)(sampler->asleep_owed + weight);

    sampler->asleep_owed += weight - samples;
    return samples;
}

static void sample_holder(struct hog_sampler *sampler, uint32_t number, uint64_t when)
{
    struct sampled_thread *thread = sampler->roster.threads[number];
    struct taken taken = {0};
    uint32_t samples;

    if (thread->record.witness == RUN_NO_WITNESS || !slept_at(sampler, thread, when))
        return;
    samples = samples_a_look(sampler);
    if (!samples)
        return;
    switch (take_sample(sampler, number, &taken)) {
    case TAKE_KEPT:
        thread->on_gil += samples;
        if (samples > 1)
            pending_again(&sampler->pending, thread->last_stack);
        break;
    case TAKE_DROPPED:
        thread->dropped[taken.drop] += samples;
        sampler->now.dropped[taken.drop] += samples;
        break;
    default: /* it woke up, or has let go of it */
        return;
    }
    thread->collecting_garbage += taken.collecting ? samples : 0;
    thread->visited_in = sampler->tick_number;
}

void asleep_sample(struct hog_sampler *sampler, int64_t here, uint64_t when)
{
    ask_gils(sampler);
    for (uint32_t i = 0; i < sampler->roster.count; i++) {
        const struct sampled_thread *thread = sampler->roster.threads[i];
        const struct hog_gil_state *gil = sampler->gils + thread->gil;
        uint32_t runs_in;

        if (!gil->locked || gil->holder != thread->tstate || thread->gone)
            continue;
        runs_in = lent_to(sampler, thread);
        runs_in = runs_in == NO_STATE ? i : runs_in;
        thread = sampler->roster.threads[runs_in];
        if (thread->lwp != here && (!sampler->options.only_lwp || sampler->options.only_lwp == thread->lwp))
            sample_holder(sampler, runs_in, when);
    }
}
