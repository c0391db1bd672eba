/* Of which moment is a snapshot of a process that runs; see take_judge.h. */
#include "command/take_judge.h"

#include <stdlib.h>

/* Has one thread had it all the time? `held`, and those that have not run, stood still. */
static bool gil_was_kept(const struct hog_interpreter *interpreter, const struct hog_movers *ran,
                         const struct hog_movers *held)
{
    int64_t holder = interpreter->gil_holder_known ? interpreter->gil_holder : 0;

    return holder && (hog_movers_contain(held, holder) || !hog_movers_contain(ran, holder));
}

static bool all_gils_were_kept(const struct hog_snapshot *snapshot, const struct hog_movers *ran,
                               const struct hog_movers *held)
{
    for (size_t i = 0; i < snapshot->interpreter_count; i++)
        if (!gil_was_kept(snapshot->interpreters + i, ran, held))
            return false;
    return true;
}

static bool gil_of_thread_was_kept(const struct hog_snapshot *snapshot, const struct hog_thread *thread,
                                   const struct hog_movers *ran, const struct hog_movers *held)
{
    for (size_t i = 0; i < snapshot->interpreter_count; i++)
        if (snapshot->interpreters[i].id == thread->interpreter)
            return gil_was_kept(snapshot->interpreters + i, ran, held);
    return all_gils_were_kept(snapshot, ran, held); /* a thread of C may come to any */
}

bool take_is_mixed(const struct hog_process *process, const struct hog_snapshot *snapshot,
                   const struct hog_movers *ran, const struct hog_movers *held)
{
    if (all_gils_were_kept(snapshot, ran, held) && snapshot->interpreter_count)
        return false;
    for (size_t i = 0; i < ran->count; i++)
        if (!hog_process_thread(process, ran->lwps[i]))
            return true; /* it is new */
    for (size_t i = 0; i < snapshot->thread_count; i++) {
        const struct hog_thread *thread = snapshot->threads + i;

        if (hog_movers_contain(ran, thread->os_thread_id) &&
            !hog_movers_contain(held, thread->os_thread_id) &&
            !gil_of_thread_was_kept(snapshot, thread, ran, held))
            return true;
    }
    return false;
}

bool take_gils_are_held(const struct hog_snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->interpreter_count; i++)
        if (!snapshot->interpreters[i].gil_holder_known || !snapshot->interpreters[i].gil_holder)
            return false;
    return snapshot->interpreter_count > 0;
}

bool take_choose_held(const struct hog_snapshot *snapshot, const struct hog_movers *ran,
                      struct hog_movers *ret_held)
{
    bool holders = take_gils_are_held(snapshot);
    size_t count = holders ? snapshot->interpreter_count : ran->count;
    struct hog_movers held = {.lwps = calloc(count + 1, sizeof *held.lwps), .count = count};

    if (!held.lwps)
        return false;
    for (size_t i = 0; i < count; i++)
        held.lwps[i] = holders ? snapshot->interpreters[i].gil_holder : ran->lwps[i];
    hog_movers_sort(&held); /* interpreters may share a GIL */
    *ret_held = held;
    return true;
}
