/*
 * What a callback of a future does: which futures it ends, which task it wakes.
 *
 * Callbacks that end a future are functions with that future in their closure (gather, wait, shield), or a partial of
 * one (gather, 3.6), a partial with it among its arguments (wait_for, to 3.11), or a method of a TaskGroup or a function
 * with one in its closure (anyio's), which ends the future that the group has while it is waited for.
 *
 * A task that awaits a future has its own method among the callbacks: of C a builtin method of the task (3.9+) or a
 * TaskWakeupMethWrapper (to 3.8), of Python a bound one. Whatever has a task for its self looks alike; only what the
 * task itself names as that for which it waits tells that it does.
 *
 * Source: Lib/asyncio/tasks.py, Lib/asyncio/taskgroups.py, Modules/_asynciomodule.c (task_step_impl), 3.6 - 3.15;
 * anyio 4.7 - 4.16, _backends/_asyncio.py (TaskGroup._spawn).
 */
#include "tasks/reader.h"

/* What a task waits for at the end of a group of tasks; 0: it is no such group, or nothing waits there. */
static uint64_t group_future(struct tasks_reader *reader, uint64_t object)
{
    uint64_t future;

    if (!hog_value_is_a(reader->values, object, "asyncio.taskgroups", "TaskGroup") &&
        !hog_value_is_a(reader->values, object, "anyio._backends._asyncio", "TaskGroup"))
        return 0;
    future = object_linked(reader, object, "_on_completed_fut");
    return future && future_kind(reader, future) != NO_FUTURE ? future : 0;
}

/* Futures among the items of a tuple, cells looked through; of groups of tasks in cells theirs. */
static void take_futures(struct tasks_reader *reader, uint64_t tuple, bool cells,
                         struct known_callback *known)
{
    struct hog_value_walk walk;
    struct hog_value_item item;

    if (hog_value_walk_start(reader->values, tuple, &walk) != HOG_OK)
        return;
    while (walk.taken < CALLBACK_FUTURES && known->count < CALLBACK_FUTURES &&
           hog_value_walk_next(reader->values, &walk, &item)) {
        uint64_t object = item.value, future;

        if (cells && !read_member(reader, item.value, HOG_F_cell_ob_ref, &object))
            continue;
        if (object && future_kind(reader, object) != NO_FUTURE && !future_is_task(reader, object))
            known->futures[known->count++] = object;
        else if (cells && object && (future = group_future(reader, object)))
            known->futures[known->count++] = future;
    }
}

/* The futures that a callback ends. */
void callback_futures(struct tasks_reader *reader, uint64_t callback, struct known_callback *known)
{
    uint64_t object, inner;

    if (known->function == callback)
        return;
    *known = (struct known_callback){.function = callback};
    if (hog_value_is(reader->values, callback, "functools", "partial")) {
        if (read_member(reader, callback, HOG_F_partial_args, &object))
            take_futures(reader, object, false, known);
        if (!read_member(reader, callback, HOG_F_partial_fn, &callback))
            return;
    }
    if (hog_value_is(reader->values, callback, "builtins", "function")) {
        if (read_member(reader, callback, HOG_F_func_func_closure, &object) && object)
            take_futures(reader, object, true, known);
    } else if (hog_value_is(reader->values, callback, "builtins", "method")) {
        if (read_member(reader, callback, HOG_F_method_im_self, &object) &&
            (inner = group_future(reader, object)))
            known->futures[known->count++] = inner;
    }
}

uint64_t callback_task(struct tasks_reader *reader, uint64_t callback)
{
    uint64_t task = 0;

    if (hog_value_is(reader->values, callback, "builtins", "TaskWakeupMethWrapper"))
        (void)!read_member(reader, callback, HOG_F_taskwakeup_ww_task, &task);
    else if (hog_value_is(reader->values, callback, "builtins", "builtin_function_or_method"))
        (void)!read_member(reader, callback, HOG_F_cfunction_m_self, &task);
    else if (hog_value_is(reader->values, callback, "builtins", "method"))
        (void)!read_member(reader, callback, HOG_F_method_im_self, &task);
    return task && future_is_task(reader, task) ? task : 0;
}
