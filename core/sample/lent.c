/*
 * Which thread has the GIL of a state that is lent?
 *
 *     LWP 9   C stack   … _PyCFrame of its own state  ◀── tstate.cframe          asks to run in another interpreter:
 *                         _PyCFrame of state S        ◀── S.cframe               S is current, and has S's GIL
 *                       …
 *     LWP 7                                               S.thread_id, S.native_thread_id: who made S
 *
 * 3.12 runs what another interpreter is given in that interpreter's first state, whichever thread asks for it, and a
 * state keeps the ids of the thread that made it. But the innermost C frame of a state lies on the stack of the thread
 * that it runs in, right below that of the state that lent it the thread. From 3.13 on each thread has states of its
 * own there. CPython 3.12: Modules/_xxsubinterpretersmodule.c, _run_in_interpreter.
 */
#include "sample/sampler_parts.h"

#include <string.h>

enum {
    NEAR = 512 << 10, /* bytes of C stack between the two frames, at most */
    LENDERS_MAX =
        256, /* threads, and GILs; of more it is not asked: each state is looked for among all threads */
};

/* Where its innermost C frame lies; 0 unknown. */
static uint64_t stack_of(struct hog_sampler *sampler, const struct sampled_thread *thread)
{
    uint64_t address;

    return page_view_read(&sampler->view, thread->tstate + sampler->plan.head, &address, sizeof address)
               ? address
               : 0;
}

uint32_t lent_to(struct hog_sampler *sampler, const struct sampled_thread *state)
{
    const struct roster *roster = &sampler->roster;
    uint64_t address, nearest = NEAR;
    uint32_t found = NO_STATE;

    if (sampler->plan.chain != HOG_FRAMES_CFRAME || roster->gil_count < 2 || !state->shares_lwp ||
        roster->count > LENDERS_MAX || roster->gil_count > LENDERS_MAX)
        return NO_STATE;
    address = stack_of(sampler, state);
    for (uint32_t i = 0; address && i < roster->count; i++) {
        const struct sampled_thread *other = roster->threads[i];
        uint64_t above = other == state || other->gone ? 0 : stack_of(sampler, other);

        if (above <= address || above - address >= nearest)
            continue;
        nearest = above - address;
        found = i;
    }
    return found != NO_STATE && roster->threads[found]->lwp != state->lwp ? found : NO_STATE;
}

/* A state that is too new for the roster: from 3.13 on one is made for each call into another interpreter. */
static bool is_new_state_of(struct hog_sampler *sampler, const struct sampled_thread *thread, uint64_t state)
{
    uint64_t thread_id;

    return page_view_read(&sampler->view, state + roster_offset(&sampler->roster, HOG_F_tstate_thread_id),
                          &thread_id, sizeof thread_id) &&
           thread_id == thread->thread_id;
}

bool lent_holds_gil(struct hog_sampler *sampler, const struct sampled_thread *thread)
{
    const struct roster *roster = &sampler->roster;

    if (roster->gil_count < 2 || roster->gil_count > LENDERS_MAX)
        return false;
    for (uint32_t i = 0; i < roster->gil_count; i++) {
        struct hog_gil_state gil = hog_gil_read(roster->gils + i, page_view_read, &sampler->view);
        const struct sampled_thread *holder = gil.locked ? roster_find(roster, gil.holder) : NULL;
        uint32_t lender = holder ? lent_to(sampler, holder) : NO_STATE;

        if (holder ? lender != NO_STATE && roster->threads[lender] == thread
                   : gil.locked && is_new_state_of(sampler, thread, gil.holder))
            return true;
    }
    return false;
}
