/*
 * Members of tasks and futures: of C (Modules/_asynciomodule.c) they lie at
 * known offsets, of Python (Lib/asyncio/futures.py, tasks.py) they are
 * attributes. Whatever inherits from one of these is one too; in 3.6 Python's own Task is a Future of C.
 *
 * The name of a task is a str, or the number of Task-7 as an int as long as nobody has asked for it (3.12+).
 */
#include "tasks/reader.h"

#include <string.h>

enum { STATE_PENDING, STATE_CANCELLED, STATE_FINISHED, MUST_CANCEL_BIT = 4, MOST_CALLBACKS = 4096 };

/* What instances of a class are, by its MRO: asked once for each class. */
static const struct known_class *class_of(struct tasks_reader *reader, uint64_t object)
{
    static const struct known_class nothing = {.kind = NO_FUTURE};
    struct hog_values *values = reader->values;
    const struct hog_value_type *type;
    struct known_class *known;

    if (!object || hog_value_type(values, object, &type) != HOG_OK)
        return &nothing;
    HASH_FIND(hh, reader->classes, &type->address, sizeof type->address, known);
    if (known)
        return known;
    known = hog_arena_alloc(reader->arena, sizeof *known);
    if (!known) {
        reader->no_memory = true;
        return &nothing;
    }
    known->address = type->address;
    known->task = hog_value_is_a(values, object, "_asyncio", "Task")        ? FUTURE_OF_C
                  : hog_value_is_a(values, object, "asyncio.tasks", "Task") ? FUTURE_OF_PYTHON
                                                                            : NO_FUTURE;
    known->kind = known->task == FUTURE_OF_C || hog_value_is_a(values, object, "_asyncio", "Future")
                      ? FUTURE_OF_C
                  : hog_value_is_a(values, object, "asyncio.futures", "Future") ? FUTURE_OF_PYTHON
                                                                                : NO_FUTURE;
    HASH_ADD(hh, reader->classes, address, sizeof known->address, known);
    return known;
}

enum future_kind future_kind(struct tasks_reader *reader, uint64_t object)
{
    return class_of(reader, object)->kind;
}

bool future_is_task(struct tasks_reader *reader, uint64_t object)
{
    return class_of(reader, object)->task != NO_FUTURE;
}

static bool member(struct tasks_reader *reader, uint64_t future, enum future_kind kind, enum hog_field field,
                   const char *attribute, uint64_t *ret_value)
{
    if (kind == FUTURE_OF_C)
        return read_member(reader, future, field, ret_value);
    return hog_value_attribute(reader->values, future, attribute, ret_value) == HOG_OK;
}

/* None is 0. */
static uint64_t object_or_none(struct tasks_reader *reader, uint64_t future, enum future_kind kind,
                               enum hog_field field, const char *attribute)
{
    uint64_t object;

    if (!member(reader, future, kind, field, attribute, &object) || !object ||
        hog_value_is_none(reader->values, object))
        return 0;
    return object;
}

enum future_state future_state(struct tasks_reader *reader, uint64_t future)
{
    enum future_kind kind = future_kind(reader, future);
    uint64_t text;
    uint32_t number;

    if (kind == FUTURE_OF_C) {
        if (!hog_layout_has(reader->layout, HOG_F_future_fut_state) ||
            hog_memory_u32(reader->memory, future + reader->layout->offset[HOG_F_future_fut_state],
                           &number) != HOG_OK)
            return FUTURE_UNKNOWN;
        return number == STATE_PENDING     ? FUTURE_PENDING
               : number == STATE_CANCELLED ? FUTURE_CANCELLED
               : number == STATE_FINISHED  ? FUTURE_FINISHED
                                           : FUTURE_UNKNOWN;
    }
    if (kind == NO_FUTURE || hog_value_attribute(reader->values, future, "_state", &text) != HOG_OK)
        return FUTURE_UNKNOWN;
    return hog_value_text_is(reader->values, text, "PENDING")     ? FUTURE_PENDING
           : hog_value_text_is(reader->values, text, "CANCELLED") ? FUTURE_CANCELLED
           : hog_value_text_is(reader->values, text, "FINISHED")  ? FUTURE_FINISHED
                                                                  : FUTURE_UNKNOWN;
}

bool future_has_failed(struct tasks_reader *reader, uint64_t future)
{
    return future_state(reader, future) != FUTURE_FINISHED ||
           object_or_none(reader, future, future_kind(reader, future), HOG_F_future_fut_exception,
                          "_exception");
}

static void read_name(struct tasks_reader *reader, struct raw_task *raw, enum future_kind kind)
{
    struct hog_task *task = &raw->task;
    uint64_t object;
    int64_t number;
    const char *text;

    if (!member(reader, task->address, kind, HOG_F_task_task_name, "_name", &object) || !object)
        return;
    if (hog_value_text(reader->values, object, &text) == HOG_OK) {
        task->name = text;
        task->is_default_name =
            strncmp(text, "Task-", 5) == 0 && text[5] && strspn(text + 5, "0123456789") == strlen(text + 5);
    } else if (hog_value_i64(reader->values, object, &number) == HOG_OK) {
        task->name = WORDS(reader, "Task-%" PRId64, number);
        task->is_default_name = true;
    }
}

static bool is_true(struct tasks_reader *reader, uint64_t object)
{
    int64_t number;

    return hog_value_i64(reader->values, object, &number) == HOG_OK && number != 0;
}

/* Was it asked to end? */
static bool is_being_cancelled(struct tasks_reader *reader, uint64_t task, enum future_kind kind)
{
    uint64_t object;
    uint32_t requests;
    uint8_t byte;

    if (kind == FUTURE_OF_PYTHON)
        return (hog_value_attribute(reader->values, task, "_must_cancel", &object) == HOG_OK &&
                is_true(reader, object)) ||
               (hog_value_attribute(reader->values, task, "_num_cancels_requested", &object) == HOG_OK &&
                is_true(reader, object));
    if (read_byte(reader, task, HOG_F_task_task_must_cancel, &byte) &&
        (byte & (reader->layout->traits.task_has_bits ? MUST_CANCEL_BIT : 1)))
        return true;
    return hog_layout_has(reader->layout, HOG_F_task_task_num_cancels_requested) &&
           hog_memory_u32(reader->memory,
                          task + reader->layout->offset[HOG_F_task_task_num_cancels_requested],
                          &requests) == HOG_OK &&
           requests;
}

/* Is it to be told at its end that nobody asked for its exception? */
static bool logs_traceback(struct tasks_reader *reader, uint64_t future, enum future_kind kind)
{
    uint64_t object;
    uint8_t byte;

    if (kind == FUTURE_OF_C)
        return read_byte(reader, future, HOG_F_future_fut_log_tb, &byte) && (byte & 1);
    return (hog_value_attribute(reader->values, future, "_Future__log_traceback", &object) == HOG_OK ||
            hog_value_attribute(reader->values, future, "_log_traceback", &object) == HOG_OK) &&
           is_true(reader, object);
}

static void read_end(struct tasks_reader *reader, struct raw_task *raw, enum future_kind kind)
{
    struct hog_task *task = &raw->task;
    uint64_t exception =
        object_or_none(reader, task->address, kind, HOG_F_future_fut_exception, "_exception");
    const struct hog_value_type *type;
    struct hog_text text = {0};

    task->state = HOG_TASK_DONE;
    if (!exception || hog_value_type(reader->values, exception, &type) != HOG_OK)
        return;
    task->exception = hog_value_type_name(reader->values, type);
    if (reader->options.limits) {
        hog_value_render(reader->values, exception, reader->options.limits, &text);
        if (!text.failed && text.length)
            task->exception = hog_arena_copy_text(reader->arena, text.bytes, text.length);
        hog_text_deinit(&text);
    }
    task->is_never_retrieved = logs_traceback(reader, task->address, kind);
}

bool task_read(struct tasks_reader *reader, struct raw_task *raw)
{
    struct hog_task *task = &raw->task;
    enum future_kind kind = future_kind(reader, task->address), task_kind;
    enum future_state state = future_state(reader, task->address);

    if (kind == NO_FUTURE || state == FUTURE_UNKNOWN ||
        !member(reader, task->address, kind, HOG_F_future_fut_loop, "_loop", &raw->loop))
        return false;
    raw->is_of_c = kind == FUTURE_OF_C;
    task_kind = class_of(reader, task->address)->task;
    read_name(reader, raw, task_kind);
    raw->coroutine = object_or_none(reader, task->address, task_kind, HOG_F_task_task_coro, "_coro");
    if (state == FUTURE_FINISHED || state == FUTURE_CANCELLED) {
        read_end(reader, raw, kind);
        task->is_cancelled = state == FUTURE_CANCELLED;
        return true;
    }
    raw->waiter = object_or_none(reader, task->address, task_kind, HOG_F_task_task_fut_waiter, "_fut_waiter");
    task->state = raw->waiter && future_state(reader, raw->waiter) != FUTURE_FINISHED &&
                          future_state(reader, raw->waiter) != FUTURE_CANCELLED
                      ? HOG_TASK_WAITING
                      : HOG_TASK_READY;
    if (is_being_cancelled(reader, task->address, task_kind))
        task->state = HOG_TASK_CANCELLING;
    return true;
}

/* The first is by itself (of C, 3.7+); in the list are callbacks, or tuples of one and its context (3.7+). */
bool future_next_callback(struct tasks_reader *reader, struct callback_walk *walk, uint64_t *ret_callback)
{
    enum future_kind kind = future_kind(reader, walk->future);
    struct hog_value_item item;
    uint64_t inner;

    if (kind == NO_FUTURE || walk->taken++ >= MOST_CALLBACKS)
        return false;
    if (!walk->first_taken) {
        walk->first_taken = true;
        if (kind == FUTURE_OF_C && read_member(reader, walk->future, HOG_F_future_fut_callback0, &inner) &&
            inner) {
            *ret_callback = inner;
            return true;
        }
    }
    if (!walk->begun) {
        walk->begun = true;
        walk->list = object_or_none(reader, walk->future, kind, HOG_F_future_fut_callbacks, "_callbacks");
        walk->has_list =
            walk->list && hog_value_walk_start(reader->values, walk->list, &walk->items) == HOG_OK;
    }
    if (!walk->has_list || !hog_value_walk_next(reader->values, &walk->items, &item))
        return false;
    if (hog_value_base(reader->values, item.value) == HOG_VALUE_TUPLE &&
        hog_value_index(reader->values, item.value, 0, &inner) == HOG_OK)
        item.value = inner;
    *ret_callback = item.value;
    return true;
}
