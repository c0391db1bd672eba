/*
 * Event loops: those that tasks belong to, and those that threads run, tasks or none.
 *
 *     thread stack … run_forever(self=loop) …          the thread that runs it, in every version
 *     loop._thread_id                                  the same, as BaseEventLoop keeps it
 *     _PyThreadStateImpl.asyncio_running_loop          3.13+, whoever wrote the loop (uvloop has no frames)
 *     PyThreadState.dict                               3.7 - 3.12 the same, under a name of asyncio's; to 3.11 in a holder
 *
 * Source: Modules/_asynciomodule.c (set_running_loop).
 */
#include "tasks/reader.h"

#include "base/clock.h"
#include "base/grow.h"
#include "value/variables.h"

#include <string.h>

enum { MOST_CANCELLED = 10000 };

bool loop_is_of_asyncio(const struct hog_loop *loop)
{
    return loop->type && strncmp(loop->type, "asyncio.", strlen("asyncio.")) == 0;
}

static uint32_t loop_number(struct tasks_reader *reader, uint64_t address)
{
    for (uint32_t i = 0; i < reader->loop_count; i++)
        if (reader->loops[i].address == address)
            return i;
    return HOG_TASK_NONE;
}

uint32_t loop_at(struct tasks_reader *reader, uint64_t address, const char *kind)
{
    const struct hog_value_type *type;
    uint32_t number = loop_number(reader, address);

    if (number != HOG_TASK_NONE || !address || hog_value_type(reader->values, address, &type) != HOG_OK ||
        hog_value_is_none(reader->values, address))
        return number;
    if (reader->loop_count >= MAX_LOOPS) {
        tasks_warn(reader, "there are more than %d event loops: tasks of the others have none here",
                   MAX_LOOPS);
        return HOG_TASK_NONE;
    }
    if (!HOG_GROW(reader->loops, reader->loop_capacity, reader->loop_count + 1)) {
        reader->no_memory = true;
        return HOG_TASK_NONE;
    }
    reader->loops[reader->loop_count] = (struct hog_loop){.kind = kind,
                                                          .address = address,
                                                          .type = hog_value_type_name(reader->values, type),
                                                          .thread = HOG_TASK_NONE};
    return reader->loop_count++;
}

static uint32_t loop_add(struct tasks_reader *reader, uint64_t address)
{
    return loop_at(reader, address, "asyncio");
}

static void runs(struct tasks_reader *reader, uint64_t address, uint32_t thread)
{
    uint32_t number = loop_add(reader, address);

    if (number == HOG_TASK_NONE)
        return;
    reader->loops[number].is_running = true;
    reader->loops[number].thread = thread;
}

/* What lies where asyncio notes it; 0: nothing. */
static uint64_t noted_object(struct tasks_reader *reader, uint64_t tstate)
{
    uint64_t loop = 0, dict;

    if (hog_layout_has(reader->layout, HOG_F_tstateimpl_asyncio_running_loop))
        return read_member(reader, tstate, HOG_F_tstateimpl_asyncio_running_loop, &loop) ? loop : 0;
    if (!hog_layout_has(reader->layout, HOG_F_tstate_dict) ||
        !read_member(reader, tstate, HOG_F_tstate_dict, &dict) || !dict ||
        hog_value_dict_find(reader->values, dict, "__asyncio_running_event_loop__", &loop) != HOG_OK)
        return 0;
    if (hog_value_is(reader->values, loop, "builtins", "_RunningLoopHolder") &&
        !read_member(reader, loop, HOG_F_loopholder_rl_loop, &loop))
        return 0;
    return loop;
}

/* The loop a thread runs, by its own stack or by what CPython keeps of it. */
static void of_thread(struct tasks_reader *reader, uint32_t number)
{
    const struct hog_thread *thread = &reader->snapshot->threads[number];
    uint64_t loop = thread->tstate ? noted_object(reader, thread->tstate) : 0;

    if (loop && hog_value_is_a(reader->values, loop, "asyncio.events", "AbstractEventLoop"))
        runs(reader, loop, number);
    for (size_t i = thread->frame_count; i-- > 0;) {
        const struct hog_frame *frame = &thread->frames[i];

        if (strcmp(frame->code->name, "run_forever") != 0 || !frame->module ||
            strncmp(frame->module, "asyncio.", strlen("asyncio.")) != 0 ||
            hog_variable_find(reader->values, frame, "self", &loop) != HOG_OK)
            continue;
        runs(reader, loop, number);
    }
}

/* What the loop says of itself. */
static void ask_loop(struct tasks_reader *reader, struct hog_loop *loop)
{
    uint64_t object;
    int64_t number;

    if (hog_value_attribute(reader->values, loop->address, "_closed", &object) == HOG_OK &&
        hog_value_i64(reader->values, object, &number) == HOG_OK)
        loop->is_closed = number != 0;
    if (loop->is_running ||
        hog_value_attribute(reader->values, loop->address, "_thread_id", &object) != HOG_OK ||
        hog_value_i64(reader->values, object, &number) != HOG_OK)
        return;
    loop->is_running = true;
    for (uint32_t i = 0; i < reader->snapshot->thread_count; i++)
        if (number && reader->snapshot->threads[i].thread_id == (uint64_t)number)
            loop->thread = i;
}

void loops_find(struct tasks_reader *reader)
{
    for (uint32_t i = 0; i < reader->snapshot->thread_count; i++)
        of_thread(reader, i);
    for (uint32_t i = 0; i < reader->task_count; i++)
        reader->tasks[i]->task.loop = loop_add(reader, reader->tasks[i]->loop);
    for (uint32_t i = 0; i < reader->loop_count; i++)
        ask_loop(reader, &reader->loops[i]);
}

/*
 * What may wake a loop of asyncio. Source: Lib/asyncio/{base_events,selector_events,unix_events,events}.py, 3.6 - 3.15.
 */

bool loop_timer_left(struct tasks_reader *reader, uint64_t handle, double *ret_left)
{
    uint64_t when, bits;

    if (reader->process->kind != HOG_TARGET_LIVE || !object_attribute(reader, handle, "_when", &when) ||
        !hog_value_is(reader->values, when, "builtins", "float") ||
        !read_member(reader, when, HOG_F_float_ob_fval, &bits))
        return false;
    memcpy(ret_left, &bits, sizeof *ret_left);
    *ret_left -= hog_clock_monotonic();
    return *ret_left > -1e9 && *ret_left < 1e12;
}

/* _scheduled is a heap: its first is due first. */
static double overdue(struct tasks_reader *reader, uint64_t loop)
{
    uint64_t timers, first;
    double left;

    return object_attribute(reader, loop, "_scheduled", &timers) &&
                   hog_value_index(reader->values, timers, 0, &first) == HOG_OK &&
                   loop_timer_left(reader, first, &left) && left < 0
               ? -left
               : 0;
}

/* Handles that are not cancelled; true also where they cannot be read. */
static bool has_handles(struct tasks_reader *reader, uint64_t loop, const char *name)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    uint64_t handles;
    int64_t cancelled;

    if (!object_attribute(reader, loop, name, &handles) ||
        hog_value_walk_start(reader->values, handles, &walk) != HOG_OK)
        return true;
    while (hog_value_walk_next(reader->values, &walk, &item))
        if (walk.taken > MOST_CANCELLED || !object_number(reader, item.value, "_cancelled", &cancelled) ||
            !cancelled)
            return true;
    return walk.status != HOG_OK;
}

/* No file but its own pipe. */
static bool watches_no_file(struct tasks_reader *reader, uint64_t loop)
{
    uint64_t selector, files, count;
    int64_t own;

    return object_attribute(reader, loop, "_selector", &selector) &&
           object_attribute(reader, selector, "_fd_to_key", &files) && object_length(reader, files, &count) &&
           object_number(reader, loop, "_internal_fds", &own) && count == (uint64_t)own;
}

static bool handles_no_signal(struct tasks_reader *reader, uint64_t loop)
{
    uint64_t handlers, count;

    return object_attribute(reader, loop, "_signal_handlers", &handlers) &&
           object_length(reader, handlers, &count) && !count;
}

void loops_look_ahead(struct tasks_reader *reader, struct hog_loop *loops)
{
    for (uint32_t i = 0; i < reader->loop_count; i++) {
        struct hog_loop *loop = &loops[i];

        if (strcmp(loop->kind, "asyncio") != 0 || !loop->is_running)
            continue;
        loop->overdue = overdue(reader, loop->address);
        loop->has_nothing_to_come =
            loop_is_of_asyncio(loop) && !has_handles(reader, loop->address, "_scheduled") &&
            !has_handles(reader, loop->address, "_ready") && watches_no_file(reader, loop->address) &&
            handles_no_signal(reader, loop->address);
    }
}
