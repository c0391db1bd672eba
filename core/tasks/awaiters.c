/*
 * Who awaits whom.
 *
 *     task A ── _fut_waiter ──▶ task B                                     A awaits B
 *     task A ── _fut_waiter ──▶ future F ◀── a callback of task B ends it   A awaits B: gather(), wait(), shield(), …
 *     task B ── fut_awaited_by ──▶ task A, or a set of such                 as asyncio itself records it (3.14+)
 *     task B ── its group ◀── task A waits for that                        curio; or A has the nursery of B: trio
 *
 * Which future a callback ends: callback.c. A future may be there for another one: a shield within a gather.
 *
 * Source: Lib/asyncio/tasks.py, Lib/asyncio/taskgroups.py, 3.6 - 3.15.
 */
#include "tasks/reader.h"

#include "base/grow.h"

#include <string.h>

enum { MOST_DEEP = 8, MOST_STEPS = 100000, MOST_AWAITERS = 1 << 16 };

struct found_awaiters {
    uint32_t *items; /* malloc'ed */
    uint32_t count, capacity;
    uint32_t self;  /* of whom they are */
    uint32_t steps; /* callbacks looked at */
};

static void add_awaiter(struct tasks_reader *reader, struct found_awaiters *found, uint32_t task)
{
    if (task == found->self || found->count >= MOST_AWAITERS)
        return;
    for (uint32_t i = 0; i < found->count; i++)
        if (found->items[i] == task)
            return;
    if (!HOG_GROW(found->items, found->capacity, found->count + 1)) {
        reader->no_memory = true;
        return;
    }
    found->items[found->count++] = task;
}

/* False: nobody waits for it. */
static bool add_waiting(struct tasks_reader *reader, struct found_awaiters *found, uint64_t future)
{
    struct waited_future *waited;

    HASH_FIND(hh, reader->waited, &future, sizeof future, waited);
    for (uint32_t i = waited ? waited->first : HOG_TASK_NONE; i != HOG_TASK_NONE;
         i = reader->tasks[i]->same_waiter)
        add_awaiter(reader, found, i);
    return waited != NULL;
}

static void add_object(struct tasks_reader *reader, struct found_awaiters *found, uint64_t object)
{
    struct raw_task *raw;

    HASH_FIND(hh, reader->by_address, &object, sizeof object, raw);
    if (raw)
        add_awaiter(reader, found, raw->number);
}

/* As asyncio records it. */
static void add_recorded(struct tasks_reader *reader, struct found_awaiters *found, uint64_t future)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    uint64_t object;
    uint8_t is_set = 0;

    if (!read_member(reader, future, HOG_F_future_fut_awaited_by, &object) || !object)
        return;
    if (!read_byte(reader, future, HOG_F_future_fut_awaited_by_is_set, &is_set) || !is_set) {
        add_object(reader, found, object);
        return;
    }
    if (hog_value_walk_start(reader->values, object, &walk) != HOG_OK)
        return;
    while (found->count < MOST_AWAITERS && hog_value_walk_next(reader->values, &walk, &item))
        add_object(reader, found, item.value);
}

static void add_by_callbacks(struct tasks_reader *reader, struct found_awaiters *found, uint64_t future,
                             unsigned deep)
{
    struct callback_walk walk = {.future = future};
    struct known_callback *known = &reader->known[deep];
    uint64_t callback;

    while (found->steps++ < MOST_STEPS && future_next_callback(reader, &walk, &callback)) {
        callback_futures(reader, callback, known);
        for (uint32_t i = 0; i < known->count; i++)
            if (known->futures[i] != future && !add_waiting(reader, found, known->futures[i]) &&
                deep + 1 < MOST_DEEP)
                add_by_callbacks(reader, found, known->futures[i], deep + 1);
    }
}

static int compare_numbers(const void *one, const void *other)
{
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;

    return a < b ? -1 : a > b;
}

static void find_awaiters(struct tasks_reader *reader, struct raw_task *raw, bool every_way)
{
    struct found_awaiters found = {.self = raw->number};
    uint32_t *kept;

    add_waiting(reader, &found, raw->task.address);
    if (raw->group)
        add_waiting(reader, &found, raw->group);
    if (raw->awaiter)
        add_object(reader, &found, raw->awaiter);
    if (raw->is_of_c)
        add_recorded(reader, &found, raw->task.address);
    if ((!found.count || every_way) && raw->task.state != HOG_TASK_DONE)
        add_by_callbacks(reader, &found, raw->task.address, 0);
    if (found.count) {
        qsort(found.items, found.count, sizeof *found.items, compare_numbers);
        kept = hog_arena_array(reader->arena, found.count, sizeof *kept);
        if (kept) {
            memcpy(kept, found.items, found.count * sizeof *kept);
            raw->task.awaited_by = kept;
            raw->task.awaited_by_count = found.count;
        } else {
            reader->no_memory = true;
        }
    }
    free(found.items);
}

/* Which tasks wait for each future. */
static void note_waiters(struct tasks_reader *reader)
{
    for (uint32_t i = 0; i < reader->task_count && !reader->no_memory; i++) {
        struct waited_future *waited;
        uint64_t future = reader->tasks[i]->waiter;

        if (!future)
            continue;
        HASH_FIND(hh, reader->waited, &future, sizeof future, waited);
        if (!waited) {
            waited = hog_arena_alloc(reader->arena, sizeof *waited);
            if (!waited) {
                reader->no_memory = true;
                return;
            }
            *waited = (struct waited_future){.address = future, .first = HOG_TASK_NONE};
            HASH_ADD(hh, reader->waited, address, sizeof waited->address, waited);
        }
        reader->tasks[i]->same_waiter = waited->first;
        waited->first = i;
    }
}

void tasks_find_awaiters(struct tasks_reader *reader)
{
    struct known_callback *known = hog_arena_array(reader->arena, MOST_DEEP, sizeof *known);

    if (!known) {
        reader->no_memory = true;
        return;
    }
    reader->known = known;
    note_waiters(reader);
    for (uint32_t i = 0; i < reader->task_count && !reader->no_memory && !tasks_interrupted(reader); i++)
        find_awaiters(reader, reader->tasks[i], false);
}

/* Who is awaited as such need not be looked at further for a tree of tasks, but may be awaited in other ways, too. */
void tasks_complete_awaiters(struct tasks_reader *reader, struct hog_task *tasks)
{
    for (uint32_t i = 0; i < reader->task_count && !reader->no_memory && !tasks_interrupted(reader); i++) {
        find_awaiters(reader, reader->tasks[i], true);
        tasks[i].awaited_by = reader->tasks[i]->task.awaited_by;
        tasks[i].awaited_by_count = reader->tasks[i]->task.awaited_by_count;
    }
}
