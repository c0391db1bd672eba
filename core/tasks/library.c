/* See library.h. */
#include "tasks/library.h"

#include <string.h>

static bool is_of(const struct task_library *library, const struct hog_frame *frame)
{
    size_t length = strlen(library->name);

    return frame->code && frame->module && strncmp(frame->module, library->name, length) == 0 &&
           frame->module[length] == '.';
}

/* "Lock.acquire" of a frame of Lock or of a class that it inherits from; else the name of the function. */
static const char *called(struct tasks_reader *reader, const struct hog_frame *frame, uint64_t *ret_self)
{
    const struct hog_value_type *type;

    *ret_self = 0;
    if (!frame_variable(reader, frame, "self", ret_self) ||
        hog_value_type(reader->values, *ret_self, &type) != HOG_OK)
        return frame->code->name;
    return WORDS(reader, "%s.%s", type->name, frame->code->name);
}

/* A lock may know which task has it. */
static void add_owner(struct tasks_reader *reader, uint64_t lock, struct hog_task_wait *wait)
{
    const char *name;

    wait->held_by = object_linked(reader, lock, "_owner");
    name = object_text(reader, wait->held_by, "name");
    if (name)
        wait->text = WORDS(reader, "%s, held by %s", wait->text, name);
}

uint64_t library_read_wait(struct tasks_reader *reader, const struct task_library *library,
                           struct raw_task *raw)
{
    struct hog_task_wait *wait = &raw->task.wait;
    const char *words;
    uint64_t self;
    size_t count = 0;

    while (count < raw->task.frame_count && is_of(library, &raw->task.frames[count]))
        count++;
    if (!count)
        return 0;
    words = called(reader, &raw->task.frames[count - 1], &self);
    *wait = (struct hog_task_wait){.kind = "future", .text = WORDS(reader, "%s's %s", library->name, words)};
    for (size_t i = 0; i < library->call_count; i++) {
        const struct library_call *call = &library->calls[i];

        if (strncmp(words, call->begins, strlen(call->begins)) != 0)
            continue;
        wait->kind = call->kind;
        wait->is_shared = call->is_shared;
        wait->address = call->is_shared ? self : 0;
        break;
    }
    if (strcmp(wait->kind, "lock") == 0)
        add_owner(reader, self, wait);
    return self;
}

struct raw_task *library_add_task(struct tasks_reader *reader, uint64_t object, uint32_t loop)
{
    struct raw_task *raw = tasks_add_object(reader, object);

    if (!raw)
        return NULL;
    raw->task.loop = loop;
    raw->coroutine = object_linked(reader, object, "coro");
    raw->task.name = object_text(reader, object, "name");
    raw->task.state = HOG_TASK_WAITING;
    task_read_frames(reader, raw);
    return raw;
}

static void add_loop(struct tasks_reader *reader, const struct library_loops *loops, uint64_t object,
                     uint32_t thread)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    uint32_t loop;

    if (!hog_value_is_a(reader->values, object, loops->module, loops->class))
        return;
    loop = loop_at(reader, object, loops->library->name);
    if (loop == HOG_TASK_NONE || reader->loops[loop].is_running)
        return;
    reader->loops[loop].thread = thread;
    reader->loops[loop].is_running = true;
    if (hog_value_walk_start(reader->values, object_linked(reader, object, loops->tasks), &walk) != HOG_OK) {
        tasks_warn(reader, "the tasks of %s's %s at " HOG_ADDRESS " could not be read", loops->library->name,
                   loops->class, object);
        return;
    }
    while (walk.taken < MAX_TASKS && !reader->no_memory &&
           hog_value_walk_next(reader->values, &walk, &item) && !tasks_interrupted(reader))
        loops->add_task(reader, item.value, loop);
    if (walk.status != HOG_OK)
        tasks_warn(reader, "the tasks of %s's %s at " HOG_ADDRESS " could not be read", loops->library->name,
                   loops->class, object);
}

static bool runs_loop(const struct library_loops *loops, const struct hog_frame *frame)
{
    if (!frame->code || !frame->module || strcmp(frame->module, loops->module) != 0)
        return false;
    for (size_t i = 0; loops->functions[i]; i++)
        if (strcmp(frame->code->name, loops->functions[i]) == 0)
            return true;
    return false;
}

void library_find_loops(struct tasks_reader *reader, const struct library_loops *loops)
{
    const struct hog_snapshot *snapshot = reader->snapshot;
    uint64_t object;

    for (uint32_t i = 0; i < snapshot->thread_count; i++)
        for (size_t k = 0; k < snapshot->threads[i].frame_count; k++) {
            const struct hog_frame *frame = &snapshot->threads[i].frames[k];

            if (runs_loop(loops, frame) && frame_variable(reader, frame, loops->variable, &object))
                add_loop(reader, loops, object, i);
        }
}
