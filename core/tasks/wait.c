/*
 * What a task waits for, in words.
 *
 *     _fut_waiter            what the task really waits for: a future
 *     the innermost frames   what that means: a library's own functions wait for futures that they made (meanings.h)
 *     callbacks of it        who made it: shield(), an executor
 */
#include "tasks/meanings.h"

#include <string.h>

enum { FRAMES_LOOKED_AT = 16 };

static bool has_class(struct tasks_reader *reader, const struct meanings *library,
                      const struct meaning *meaning, uint64_t self)
{
    return !meaning->class ||
           (self && (hog_value_is_a(reader->values, self, meaning->module, meaning->class) ||
                     hog_value_is_a(reader->values, self, library->name, meaning->class)));
}

static bool is_function(const struct meaning *meaning, const struct hog_frame *frame)
{
    size_t length = strcspn(meaning->function, "*");

    return strncmp(frame->code->name, meaning->function, length + !meaning->function[length]) == 0 &&
           strcmp(frame->module, meaning->module) == 0;
}

/* NULL: it is of none of these. */
static const struct meanings *library_of(const struct hog_frame *frame)
{
    static const struct meanings *const libraries[] = {&asyncio_meanings, &anyio_meanings};

    for (size_t i = 0; frame->module && i < sizeof libraries / sizeof *libraries; i++) {
        size_t length = strlen(libraries[i]->name);

        if (strncmp(frame->module, libraries[i]->name, length) == 0 && frame->module[length] == '.')
            return libraries[i];
    }
    return NULL;
}

/* Locks of 3.6 - 3.9 that wait in a generator: acquire() may be one, and is a coroutine's frame like others. */
static const struct meaning *meaning_of(struct tasks_reader *reader, const struct meanings *library,
                                        const struct hog_frame *frame, struct place *ret_place)
{
    *ret_place = (struct place){.library = library->name, .frame = frame};
    for (size_t i = 0; i < library->count; i++) {
        const struct meaning *meaning = &library->items[i];

        if (!is_function(meaning, frame))
            continue;
        if (meaning->class && !ret_place->self && !frame_variable(reader, frame, "self", &ret_place->self))
            return NULL;
        if (has_class(reader, library, meaning, ret_place->self))
            return meaning;
    }
    return NULL;
}

static bool by_frames(struct tasks_reader *reader, struct raw_task *raw)
{
    const struct meaning *found = NULL;
    struct place where = {0};

    for (size_t i = 0; i < raw->task.frame_count && i < FRAMES_LOOKED_AT; i++) {
        const struct hog_frame *frame = &raw->task.frames[i];
        const struct meanings *library = library_of(frame);
        const struct meaning *meaning;
        struct place place;

        if (!library)
            break;
        meaning = meaning_of(reader, library, frame, &place);
        if (!meaning || (found && !meaning->is_outer))
            continue;
        found = meaning;
        where = place;
    }
    if (!found)
        return false;
    if (found->is_shared && reader->last_wait.meaning == found && reader->last_wait.address == where.self) {
        raw->task.wait = reader->last_wait.wait;
        return true;
    }
    raw->task.wait.kind = found->kind;
    raw->task.wait.is_shared = found->is_shared;
    found->describe(reader, &where, &raw->task.wait);
    reader->last_wait = (struct known_wait){found, where.self, raw->task.wait};
    return true;
}

/*
 * What the future itself tells.
 */

uint64_t closure_cell(struct tasks_reader *reader, uint64_t function, const char *qualname, const char *class)
{
    struct hog_value_walk walk;
    uint64_t content, found = 0;

    if (hog_value_closure_start(reader->values, function, qualname, &walk) != HOG_OK)
        return 0;
    while (hog_value_closure_next(reader->values, &walk, &content))
        if (class ? hog_value_is_a(reader->values, content, "concurrent.futures._base", class)
                  : future_kind(reader, content) != NO_FUTURE)
            found = content; /* cells are in the order of their names: cur_task, inner */
    return found;
}

static bool by_callbacks(struct tasks_reader *reader, struct raw_task *raw)
{
    struct callback_walk walk = {.future = raw->waiter};
    struct hog_task_wait *wait = &raw->task.wait;
    uint64_t callback, inner;

    while (future_next_callback(reader, &walk, &callback)) {
        inner = closure_cell(reader, callback, "shield.<locals>._outer_done_callback", NULL);
        if (inner) {
            *wait = (struct hog_task_wait){
                .kind = "shield", .address = inner, .text = "what a shield() protects"};
            return true;
        }
        inner = closure_cell(reader, callback, "_chain_future.<locals>._call_check_cancel", "Future");
        if (inner) {
            *wait = (struct hog_task_wait){
                .kind = "executor", .address = inner, .text = "work that an executor does"};
            return true;
        }
    }
    return false;
}

static bool by_type(struct tasks_reader *reader, struct raw_task *raw)
{
    struct hog_task_wait *wait = &raw->task.wait;
    uint64_t children, count;
    struct raw_task *other;

    if (future_is_task(reader, raw->waiter)) {
        HASH_FIND(hh, reader->by_address, &raw->waiter, sizeof raw->waiter, other);
        *wait = (struct hog_task_wait){.kind = "task", .address = raw->waiter, .text = "task"};
        if (other && other->task.name)
            wait->more = WORDS(reader, " %s", other->task.name);
        return true;
    }
    if (hog_value_is_a(reader->values, raw->waiter, "asyncio.tasks", "_GatheringFuture")) {
        *wait = (struct hog_task_wait){.kind = "gather", .address = raw->waiter, .text = "asyncio.gather()"};
        if (object_attribute(reader, raw->waiter, "_children", &children) &&
            object_length(reader, children, &count))
            wait->text = WORDS(reader, "asyncio.gather() of %" PRIu64, count);
        return true;
    }
    return false;
}

void task_read_wait(struct tasks_reader *reader, struct raw_task *raw)
{
    const struct hog_value_type *type;

    if (!raw->waiter || raw->task.wait.kind ||
        (raw->task.state != HOG_TASK_WAITING && raw->task.state != HOG_TASK_CANCELLING))
        return;
    if (by_type(reader, raw) || by_frames(reader, raw) || by_callbacks(reader, raw))
        return;
    raw->task.wait = (struct hog_task_wait){.kind = "future", .address = raw->waiter, .text = "a future"};
    if (hog_value_type(reader->values, raw->waiter, &type) == HOG_OK && strcmp(type->name, "Future") != 0)
        raw->task.wait.text = WORDS(reader, "a future: %s", hog_value_type_name(reader->values, type));
}
