/*
 * Which waits end by themselves: the loop has a timer that cancels the task, or ends what it waits for.
 *
 *     loop._scheduled, loop._ready ─▶ handle ─▶ _callback(*_args) ─┬─ Timeout._on_timeout, CancelScope._deliver …  their tasks
 *                                                                  ├─ task.cancel                              that task
 *                                                                  ├─ a future among them                      who waits for it
 *                                                                  └─ something else that has the task         not known
 *     gevent: greenlet_waits.c;  trio: the deadline of each cancel scope that the task is in;  curio: Task.timeout
 *
 * A loop that is not asyncio's own keeps timers elsewhere, too: what they do is not known.
 *
 * Source: Lib/asyncio/{events,timeouts,tasks}.py, 3.6 - 3.15; async_timeout 3.0 - 5.0; anyio 3.7 - 4.16,
 * _backends/_asyncio.py (CancelScope); trio 0.23 - 0.35, _core/_run.py; curio 1.4 - 1.6, curio/task.py.
 */
#include "tasks/reader.h"

#include <string.h>

enum { MOST_HANDLES = 1000000, MOST_ITEMS = 64, MOST_SCOPES = 64, POLL_EVERY = 64 };

static const char may_be_ended[] = "a timer of the loop has it, and may end it";
static const char other_timers[] = "the timers of this loop are not known";

struct limits {
    struct tasks_reader *reader;
    struct hog_task *tasks; /* by number */
};

static void mark_task(const struct limits *limits, uint64_t address, bool sure)
{
    struct raw_task *raw;

    HASH_FIND(hh, limits->reader->by_address, &address, sizeof address, raw);
    if (raw && sure)
        limits->tasks[raw->number].has_limit = true;
    else if (raw)
        limits->tasks[raw->number].doubt = may_be_ended;
}

static void mark_waiting(const struct limits *limits, uint64_t future)
{
    struct waited_future *waited;

    HASH_FIND(hh, limits->reader->waited, &future, sizeof future, waited);
    for (uint32_t i = waited ? waited->first : HOG_TASK_NONE; i != HOG_TASK_NONE;
         i = limits->reader->tasks[i]->same_waiter)
        limits->tasks[i].has_limit = true;
}

/* The tasks in a scope of anyio, and in those within it. */
static void mark_scope(const struct limits *limits, uint64_t scope, unsigned *left)
{
    struct tasks_reader *reader = limits->reader;
    struct hog_value_walk walk;
    struct hog_value_item item;
    uint64_t inner;

    if (!*left)
        return;
    --*left;
    if (object_attribute(reader, scope, "_tasks", &inner) &&
        hog_value_walk_start(reader->values, inner, &walk) == HOG_OK)
        while (hog_value_walk_next(reader->values, &walk, &item))
            mark_task(limits, item.value, true);
    if (object_attribute(reader, scope, "_child_scopes", &inner) &&
        hog_value_walk_start(reader->values, inner, &walk) == HOG_OK)
        while (*left && hog_value_walk_next(reader->values, &walk, &item))
            mark_scope(limits, item.value, left);
}

/* One object that a callback has. */
static void mark(const struct limits *limits, uint64_t object, bool cancels)
{
    struct tasks_reader *reader = limits->reader;
    unsigned left = MOST_SCOPES;

    if (!object)
        return;
    if (future_is_task(reader, object))
        mark_task(limits, object, cancels);
    else if (future_kind(reader, object) != NO_FUTURE)
        mark_waiting(limits, object);
    else if (hog_value_is_a(reader->values, object, "asyncio.timeouts", "Timeout") ||
             hog_value_is_a(reader->values, object, "async_timeout", "Timeout") ||
             hog_value_is_a(reader->values, object, "async_timeout", "timeout"))
        mark_task(limits, object_linked(reader, object, "_task"), true);
    else if (hog_value_is_a(reader->values, object, "anyio._backends._asyncio", "CancelScope"))
        mark_scope(limits, object, &left);
}

static void mark_items(const struct limits *limits, uint64_t container, bool cells)
{
    struct tasks_reader *reader = limits->reader;
    struct hog_value_walk walk;
    struct hog_value_item item;
    uint64_t object;

    if (!container || hog_value_walk_start(reader->values, container, &walk) != HOG_OK)
        return;
    while (walk.taken < MOST_ITEMS && hog_value_walk_next(reader->values, &walk, &item)) {
        object = item.value;
        if (!cells || read_member(reader, item.value, HOG_F_cell_ob_ref, &object))
            mark(limits, object, false);
    }
}

/* task.cancel, of C or of Python; what else a method of a task does to it is not known. */
static bool is_cancel(struct tasks_reader *reader, uint64_t method)
{
    uint64_t function, name;

    return hog_value_is(reader->values, method, "builtins", "builtin_function_or_method") ||
           (read_member(reader, method, HOG_F_method_im_func, &function) &&
            hog_value_is(reader->values, function, "builtins", "function") &&
            read_member(reader, function, HOG_F_func_func_name, &name) &&
            hog_value_text_is(reader->values, name, "cancel"));
}

static void mark_callback(const struct limits *limits, uint64_t callback)
{
    struct tasks_reader *reader = limits->reader;
    uint64_t object;

    if (hog_value_is(reader->values, callback, "functools", "partial")) {
        if (read_member(reader, callback, HOG_F_partial_args, &object))
            mark_items(limits, object, false);
        if (!read_member(reader, callback, HOG_F_partial_fn, &callback))
            return;
    }
    if (hog_value_is(reader->values, callback, "builtins", "function")) {
        if (read_member(reader, callback, HOG_F_func_func_closure, &object))
            mark_items(limits, object, true);
    } else if (hog_value_is(reader->values, callback, "builtins", "method")) {
        if (read_member(reader, callback, HOG_F_method_im_self, &object))
            mark(limits, object, is_cancel(reader, callback));
    } else if (hog_value_is(reader->values, callback, "builtins", "builtin_function_or_method")) {
        if (read_member(reader, callback, HOG_F_cfunction_m_self, &object))
            mark(limits, object, true);
    }
}

/* False: these are not handles that can be read. */
static bool mark_handles(const struct limits *limits, uint64_t loop, const char *name)
{
    struct tasks_reader *reader = limits->reader;
    const struct hog_value_type *type;
    struct hog_value_walk walk;
    struct hog_value_item item;
    uint64_t handles, object;
    int64_t cancelled;

    if (!object_attribute(reader, loop, name, &handles) ||
        hog_value_walk_start(reader->values, handles, &walk) != HOG_OK)
        return false;
    while (hog_value_walk_next(reader->values, &walk, &item)) {
        if (walk.taken > MOST_HANDLES || (walk.taken % POLL_EVERY == 0 && tasks_interrupted(reader)))
            return false;
        if (object_number(reader, item.value, "_cancelled", &cancelled) && cancelled)
            continue;
        if (!object_attribute(reader, item.value, "_callback", &object) ||
            hog_value_type(reader->values, object, &type) != HOG_OK)
            return false;
        mark_callback(limits, object);
        if (object_attribute(reader, item.value, "_args", &object))
            mark_items(limits, object, false);
    }
    return walk.status == HOG_OK;
}

static void doubt_all(const struct limits *limits, uint32_t loop)
{
    for (uint32_t i = 0; i < limits->reader->task_count; i++)
        if (limits->tasks[i].loop == loop)
            limits->tasks[i].doubt = other_timers;
}

/* trio: a deadline of a scope around it. A scope that cannot be read may have one. */
static bool has_deadline(struct tasks_reader *reader, uint64_t task)
{
    uint64_t status = object_linked(reader, task, "_cancel_status"), scope, deadline, bits, next;
    double seconds;

    for (unsigned i = 0; status; i++) {
        scope = object_linked(reader, status, "_scope");
        if (i >= MOST_SCOPES || !object_attribute(reader, scope, "_registered_deadline", &deadline) ||
            !hog_value_is(reader->values, deadline, "builtins", "float") ||
            !read_member(reader, deadline, HOG_F_float_ob_fval, &bits))
            return true;
        memcpy(&seconds, &bits, sizeof seconds);
        if (seconds < 1e300) /* not inf */
            return true;
        if (!object_attribute(reader, status, "_parent", &next))
            return true;
        status = hog_value_is_none(reader->values, next) ? 0 : next;
    }
    return false;
}

void tasks_find_limits(struct tasks_reader *reader, struct hog_task *tasks)
{
    const struct limits limits = {.reader = reader, .tasks = tasks};

    for (uint32_t i = 0; i < reader->loop_count; i++) {
        const struct hog_loop *loop = &reader->loops[i];

        if (strcmp(loop->kind, "gevent") == 0 && !reader->has_libev)
            doubt_all(&limits, i);
        if (strcmp(loop->kind, "asyncio") != 0 || !loop->is_running)
            continue;
        if (!mark_handles(&limits, loop->address, "_scheduled") ||
            !mark_handles(&limits, loop->address, "_ready") || !loop_is_of_asyncio(loop))
            doubt_all(&limits, i);
    }
    for (uint32_t i = 0; i < reader->task_count && !tasks_interrupted(reader); i++) {
        const char *kind = tasks[i].loop < reader->loop_count ? reader->loops[tasks[i].loop].kind : "";

        if (!tasks[i].ender_count)
            continue;
        if (strcmp(kind, "trio") == 0)
            tasks[i].has_limit = has_deadline(reader, tasks[i].address);
        else if (strcmp(kind, "curio") == 0)
            tasks[i].has_limit = object_linked(reader, tasks[i].address, "timeout") != 0;
    }
}
