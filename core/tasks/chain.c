/*
 * A task's coroutines.
 *
 *     task_coro ──▶ coroutine ──awaits──▶ coroutine ──awaits──▶ generator ──▶ … ──▶ what it really waits for
 *                    frame                 frame                 frame
 *
 * Frames are collected from the outermost in, and shown the other way round. Of
 * a task that runs the coroutines are frames of a thread: its stack down to the
 * task's own outermost coroutine is the task's.
 */
#include "tasks/reader.h"

#include "base/grow.h"
#include "value/coroutine.h"

#include <string.h>

enum { FIRST_ROOM = 8 };

void places_build(struct tasks_reader *reader)
{
    const struct hog_snapshot *snapshot = reader->snapshot;

    for (uint32_t i = 0; i < snapshot->thread_count; i++) {
        for (size_t k = 0; k < snapshot->threads[i].frame_count; k++) {
            struct frame_place *place;
            uint64_t frame = snapshot->threads[i].frames[k].frame;

            HASH_FIND(hh, reader->places, &frame, sizeof frame, place);
            if (!frame || place)
                continue;
            place = hog_arena_alloc(reader->arena, sizeof *place);
            if (!place) {
                reader->no_memory = true;
                return;
            }
            *place = (struct frame_place){.frame = frame, .thread = i, .index = k};
            HASH_ADD(hh, reader->places, frame, sizeof place->frame, place);
        }
    }
}

/* The frames of a thread that this coroutine is the outermost of. */
static bool take_running(struct tasks_reader *reader, struct raw_task *raw, uint64_t frame)
{
    struct frame_place *place;

    HASH_FIND(hh, reader->places, &frame, sizeof frame, place);
    if (!place)
        return false;
    raw->task.frames = reader->snapshot->threads[place->thread].frames;
    raw->task.frame_count = place->index + 1;
    return true;
}

struct frame_list {
    struct hog_frame *items; /* malloc'ed */
    size_t count, capacity;
};

/* Innermost first, in the arena. */
static void keep_frames(struct tasks_reader *reader, struct raw_task *raw, const struct frame_list *list)
{
    struct hog_frame *frames = hog_arena_array(reader->arena, list->count, sizeof *frames);

    if (!frames) {
        reader->no_memory = reader->no_memory || list->count;
        return;
    }
    for (size_t i = 0; i < list->count; i++)
        frames[i] = list->items[list->count - 1 - i];
    raw->task.frames = frames;
    raw->task.frame_count = list->count;
}

/* Why the chain ends here before its end; NULL: it does not, and `*object` is the next. 0: the end. */
static const char *step(struct tasks_reader *reader, struct raw_task *raw, struct frame_list *list,
                        uint64_t *object)
{
    struct hog_coroutine coroutine;
    uint64_t inner = hog_awaitable_inner(reader->values, *object);

    if (inner) {
        *object = inner;
        return NULL;
    }
    if (hog_coroutine_kind(reader->values, *object) == HOG_COROUTINE_NONE) {
        *object = 0;
        return NULL;
    }
    if (hog_coroutine_read(reader->values, *object, &coroutine) != HOG_OK)
        return WORDS(reader, "the coroutine at " HOG_ADDRESS " could not be read", *object);
    if (coroutine.state == HOG_COROUTINE_RUNNING && !list->count &&
        take_running(reader, raw, coroutine.frame)) {
        raw->task.state = HOG_TASK_RUNNING;
        *object = 0;
        return NULL;
    }
    if (!coroutine.frame) {
        *object = 0;
        return NULL;
    }
    if (!HOG_GROW(list->items, list->capacity, list->count + 1))
        return "not enough memory";
    if (hog_coroutine_frame(reader->values, &coroutine, &list->items[list->count]) != HOG_OK)
        return WORDS(reader, "the frame of the coroutine at " HOG_ADDRESS " could not be read", *object);
    list->count++;
    *object = coroutine.awaited;
    return NULL;
}

void task_read_frames(struct tasks_reader *reader, struct raw_task *raw)
{
    struct frame_list list = {0};
    uint64_t object = raw->coroutine;

    for (size_t steps = 0; object && !raw->task.stopped_because; steps++) {
        if (steps >= MAX_CHAIN || reader->chain_steps++ >= MAX_CHAIN_IN_ALL)
            raw->task.stopped_because = "the task has more coroutines than are read";
        else
            raw->task.stopped_because = step(reader, raw, &list, &object);
    }
    if (!raw->task.frames)
        keep_frames(reader, raw, &list);
    free(list.items);
}
