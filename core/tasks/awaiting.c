/*
 * A task that runs, and those that await it; see awaiting.h.
 *
 *     task T ── callbacks ──▶ a method of task A, which waits for T            A awaits T
 *                        └──▶ what ends a future F ── callbacks of F ──▶ …     A awaits T through gather(), wait(), …
 *     task T ── fut_awaited_by ──▶ A                                           as asyncio records it (3.14+), else
 *
 * Which task runs: _PyThreadStateImpl.asyncio_running_task (3.14+), before that the dict _current_tasks, of whose tasks
 * the thread runs the one that has its coroutine on the thread's stack. Source: Modules/_asynciomodule.c
 * (enter_task), Lib/asyncio/tasks.py; in 3.6 the dict of C is a static variable of _asyncio.
 */
#include "tasks/awaiting.h"

#include "tasks/reader.h"
#include "value/coroutine.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAME_TEXT = 128,        /* bytes of a name */
    ARENA_LIMIT = 16 << 20, /* a reader that has filled half of it begins anew */
    STEPS_LIMIT = 1 << 17,  /* of walks, of one reader */
    MOST_RUNNING = 64,      /* tasks of the dict that are looked at */
    MOST_CALLBACKS = 512,   /* looked at for one chain */
    MOST_DEEP = 8,          /* futures that stand for others */
    MOST_COROUTINES = 256,  /* of one task, those without a frame too */
};

struct hog_awaiting_reader {
    struct tasks_reader tasks;
    struct hog_arena arena;
    struct known_callback known[MOST_DEEP];
    unsigned callbacks; /* looked at so far for the chain in question */
};

static bool renew(struct hog_awaiting_reader *reader)
{
    const struct hog_values_options options = {.max_text = NAME_TEXT, .max_steps = STEPS_LIMIT};
    struct tasks_reader *tasks = &reader->tasks;

    HASH_CLEAR(hh, tasks->classes);
    hog_values_destroy(tasks->values);
    hog_arena_deinit(&reader->arena);
    hog_arena_init(&reader->arena, ARENA_LIMIT);
    tasks->no_memory = false;
    tasks->warning_count = 0;
    tasks->values =
        hog_values_create(tasks->process, tasks->location, tasks->memory, &reader->arena, &options);
    return tasks->values != NULL;
}

struct hog_awaiting_reader *hog_awaiting_create(const struct hog_process *process,
                                                const struct hog_location *location,
                                                struct hog_memory *memory)
{
    struct hog_awaiting_reader *reader = calloc(1, sizeof *reader);

    if (!reader)
        return NULL;
    reader->tasks = (struct tasks_reader){.process = process,
                                          .location = location,
                                          .layout = &location->python.layout,
                                          .memory = memory,
                                          .arena = &reader->arena};
    hog_arena_init(&reader->arena, ARENA_LIMIT);
    if (renew(reader))
        return reader;
    hog_awaiting_destroy(reader);
    return NULL;
}

void hog_awaiting_destroy(struct hog_awaiting_reader *reader)
{
    if (!reader)
        return;
    HASH_CLEAR(hh, reader->tasks.classes);
    hog_values_destroy(reader->tasks.values);
    hog_arena_deinit(&reader->arena);
    free(reader);
}

void hog_awaiting_forget(struct hog_awaiting_reader *reader)
{
    reader->tasks.no_memory = !renew(reader);
}

/* A dict of tasks, or as long as there is none one that is empty: those of classes are not. */
static void take_variable(struct tasks_reader *reader, uint64_t object, void *context)
{
    uint64_t *dict = context;
    struct hog_value_walk walk;
    struct hog_value_item item;

    if (!hog_value_is(reader->values, object, "builtins", "dict") ||
        hog_value_walk_start(reader->values, object, &walk) != HOG_OK)
        return;
    if (hog_value_walk_next(reader->values, &walk, &item) ? future_is_task(reader, item.value)
                                                          : walk.status == HOG_OK && !*dict)
        *dict = object;
}

static uint64_t dict_of(struct tasks_reader *reader, uint64_t interpreter)
{
    uint64_t module, class, dict = 0;

    if (hog_value_module(reader->values, interpreter, "asyncio.tasks", &module) != HOG_OK ||
        hog_value_attribute(reader->values, module, "_current_tasks", &dict) == HOG_OK)
        return dict;
    tasks_scan_module(reader, take_variable, &dict);
    if (!dict && hog_value_attribute(reader->values, module, "_PyTask", &class) == HOG_OK)
        (void)!hog_value_attribute(reader->values, class, "_current_tasks", &dict);
    return dict;
}

uint64_t hog_awaiting_dict(const struct hog_process *process, const struct hog_location *location,
                           struct hog_memory *memory, uint64_t interpreter)
{
    struct hog_awaiting_reader *reader = hog_awaiting_create(process, location, memory);
    uint64_t dict = reader ? dict_of(&reader->tasks, interpreter) : 0;

    hog_awaiting_destroy(reader);
    return dict;
}

/*
 * The task that runs.
 */

/* The frame that a task's coroutine began with; 0: it has none. */
static uint64_t first_frame(struct tasks_reader *reader, uint64_t object)
{
    struct hog_coroutine coroutine;

    object = hog_awaitable_behind(reader->values, object);
    return hog_coroutine_read(reader->values, object, &coroutine) == HOG_OK ? coroutine.frame : 0;
}

static bool read_task(struct tasks_reader *reader, uint64_t task, struct raw_task *ret_raw)
{
    *ret_raw = (struct raw_task){.task.address = task};
    return task && future_is_task(reader, task) && task_read(reader, ret_raw);
}

static bool take_running(struct tasks_reader *reader, const struct hog_awaiting_thread *thread, uint64_t task,
                         struct raw_task *ret_raw, struct hog_awaiting *awaiting)
{
    if (!read_task(reader, task, ret_raw))
        return false;
    awaiting->frame = first_frame(reader, ret_raw->coroutine);
    return awaiting->frame && thread->has_frame(thread->context, awaiting->frame);
}

static bool find_running(struct tasks_reader *reader, const struct hog_awaiting_thread *thread,
                         struct raw_task *ret_raw, struct hog_awaiting *awaiting)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    uint64_t task;

    if (hog_layout_has(reader->layout, HOG_F_tstateimpl_asyncio_running_task) &&
        read_member(reader, thread->tstate, HOG_F_tstateimpl_asyncio_running_task, &task) &&
        take_running(reader, thread, task, ret_raw, awaiting))
        return true;
    if (!thread->dict || hog_value_walk_start(reader->values, thread->dict, &walk) != HOG_OK)
        return false;
    while (walk.taken < MOST_RUNNING && hog_value_walk_next(reader->values, &walk, &item))
        if (take_running(reader, thread, item.value, ret_raw, awaiting))
            return true;
    return false;
}

/*
 * Those that await it.
 */

static bool waits_for(struct tasks_reader *reader, uint64_t task, uint64_t future, struct raw_task *ret_raw)
{
    return read_task(reader, task, ret_raw) && ret_raw->waiter == future;
}

static bool find_awaiter(struct hog_awaiting_reader *reader, uint64_t future, unsigned deep,
                         struct raw_task *ret_raw)
{
    struct tasks_reader *tasks = &reader->tasks;
    struct callback_walk walk = {.future = future};
    struct known_callback *known = reader->known + deep;
    uint64_t callback;

    while (reader->callbacks++ < MOST_CALLBACKS && future_next_callback(tasks, &walk, &callback)) {
        if (waits_for(tasks, callback_task(tasks, callback), future, ret_raw))
            return true;
        callback_futures(tasks, callback, known);
        for (uint32_t i = 0; i < known->count; i++)
            if (known->futures[i] != future && deep + 1 < MOST_DEEP &&
                find_awaiter(reader, known->futures[i], deep + 1, ret_raw))
                return true;
    }
    return false;
}

/* What asyncio recorded, where it is one task. */
static bool find_recorded(struct tasks_reader *reader, uint64_t future, struct raw_task *ret_raw)
{
    uint64_t object;
    uint8_t is_set = 0;

    if (!read_member(reader, future, HOG_F_future_fut_awaited_by, &object) || !object ||
        !read_byte(reader, future, HOG_F_future_fut_awaited_by_is_set, &is_set) || is_set)
        return false;
    return read_task(reader, object, ret_raw);
}

/* False: they did not all have room, or could not be read. */
static bool add_frames(struct tasks_reader *reader, struct hog_awaiting *awaiting, uint64_t object)
{
    struct hog_awaiting_task *task = awaiting->tasks + awaiting->task_count;
    struct hog_coroutine coroutine;
    uint64_t *frames = awaiting->frames + awaiting->frame_count;
    unsigned steps = 0;

    task->first = awaiting->frame_count;
    for (uint64_t inner; object && steps < MOST_COROUTINES; steps++, object = inner) {
        inner = hog_awaitable_inner(reader->values, object);
        if (inner)
            continue;
        if (hog_coroutine_kind(reader->values, object) == HOG_COROUTINE_NONE)
            break;
        if (hog_coroutine_read(reader->values, object, &coroutine) != HOG_OK || !coroutine.frame ||
            coroutine.state != HOG_COROUTINE_SUSPENDED || awaiting->frame_count == HOG_AWAITING_FRAMES)
            return false;
        awaiting->frames[awaiting->frame_count++] = coroutine.frame;
        inner = coroutine.awaited;
    }
    task->count = awaiting->frame_count - task->first;
    for (uint32_t i = 0; i < task->count / 2; i++) {
        uint64_t frame = frames[i];

        frames[i] = frames[task->count - 1 - i];
        frames[task->count - 1 - i] = frame;
    }
    return steps < MOST_COROUTINES;
}

static bool is_met(const uint64_t *met, uint32_t count, uint64_t task)
{
    for (uint32_t i = 0; i < count; i++)
        if (met[i] == task)
            return true;
    return false;
}

static void add_name(struct hog_awaiting *awaiting, const struct raw_task *raw)
{
    awaiting->tasks[awaiting->task_count].name = raw->task.is_default_name ? NULL : raw->task.name;
}

static void add_awaiters(struct hog_awaiting_reader *reader, struct raw_task *raw,
                         struct hog_awaiting *awaiting)
{
    uint64_t met[HOG_AWAITING_TASKS] = {0};

    reader->callbacks = 0;
    for (;;) {
        uint64_t task = raw->task.address;

        met[awaiting->task_count - 1] = task;
        if (!find_awaiter(reader, task, 0, raw) && !find_recorded(&reader->tasks, task, raw))
            break;
        awaiting->is_cut = is_met(met, awaiting->task_count, raw->task.address) ||
                           awaiting->task_count == HOG_AWAITING_TASKS ||
                           !add_frames(&reader->tasks, awaiting, raw->coroutine);
        if (awaiting->is_cut)
            break;
        add_name(awaiting, raw);
        awaiting->task_count++;
    }
    awaiting->is_cut = awaiting->is_cut || reader->callbacks > MOST_CALLBACKS;
    if (awaiting->task_count < HOG_AWAITING_TASKS && awaiting->is_cut)
        awaiting->frame_count =
            awaiting->tasks[awaiting->task_count - 1].first + awaiting->tasks[awaiting->task_count - 1].count;
}

static bool begin(struct hog_awaiting_reader *reader, struct hog_awaiting *awaiting)
{
    awaiting->task_count = awaiting->frame_count = 0;
    awaiting->is_cut = false;
    memset(reader->known, 0, sizeof reader->known);
    if (reader->arena.used > ARENA_LIMIT / 2 || !reader->tasks.values ||
        hog_values_interrupted(reader->tasks.values))
        hog_awaiting_forget(reader);
    return !reader->tasks.no_memory;
}

static void follow(struct hog_awaiting_reader *reader, struct raw_task *raw, struct hog_awaiting *awaiting)
{
    awaiting->tasks[0] = (struct hog_awaiting_task){0};
    add_name(awaiting, raw);
    awaiting->task_count = 1;
    add_awaiters(reader, raw, awaiting);
}

void hog_awaiting_read(struct hog_awaiting_reader *reader, const struct hog_awaiting_thread *thread,
                       struct hog_awaiting *ret_awaiting)
{
    struct raw_task raw;

    if (begin(reader, ret_awaiting) && find_running(&reader->tasks, thread, &raw, ret_awaiting))
        follow(reader, &raw, ret_awaiting);
}

void hog_awaiting_of_task(struct hog_awaiting_reader *reader, uint64_t task,
                          struct hog_awaiting *ret_awaiting)
{
    struct raw_task raw;

    if (!begin(reader, ret_awaiting) || !read_task(&reader->tasks, task, &raw))
        return;
    ret_awaiting->frame = first_frame(&reader->tasks, raw.coroutine);
    follow(reader, &raw, ret_awaiting);
}
