/*
 * What anyio's functions wait for where it runs on asyncio. On trio it has tasks and locks of trio (trio.c).
 *
 * Beneath each of them asyncio waits for a future or an event that anyio made for this task alone, which tells less.
 *
 * Source: anyio 3.7.1 - 4.16.0, _backends/_asyncio.py, _core/_synchronization.py, streams/memory.py.
 */
#include "tasks/meanings.h"

#include <string.h>

/* The task is kept, or, to 4.4, a TaskInfo that has its address for its id. */
static uint64_t owner_of(struct tasks_reader *reader, uint64_t lock)
{
    uint64_t owner = object_linked(reader, lock, "_owner_task");
    int64_t id;

    if (owner && !future_is_task(reader, owner))
        owner = object_number(reader, owner, "id", &id) ? (uint64_t)id : 0;
    return owner;
}

static void describe_lock(struct tasks_reader *reader, const struct place *place, struct hog_task_wait *wait)
{
    uint64_t owner = owner_of(reader, place->self);
    struct raw_task *holder = NULL;

    meaning_lock(reader, place, wait);
    HASH_FIND(hh, reader->by_address, &owner, sizeof owner, holder);
    if (!holder)
        return;
    wait->held_by = owner;
    wait->text = holder->task.name ? WORDS(reader, "%s, held by %s", wait->text, holder->task.name)
                                   : WORDS(reader, "%s, held by task " HOG_ADDRESS, wait->text, owner);
}

static void describe_limiter(struct tasks_reader *reader, const struct place *place,
                             struct hog_task_wait *wait)
{
    uint64_t borrowers, total, count;
    const char *words;

    wait->address = place->self;
    wait->text = "anyio.CapacityLimiter";
    if (object_attribute(reader, place->self, "_borrowers", &borrowers) &&
        object_length(reader, borrowers, &count) &&
        object_attribute(reader, place->self, "_total_tokens", &total) &&
        (words = object_number_words(reader, total)))
        wait->text = WORDS(reader, "anyio.CapacityLimiter, %" PRIu64 " of %s tokens are taken", count, words);
}

/* Both ends of a stream have the same state. */
static void describe_stream(struct tasks_reader *reader, const struct place *place,
                            struct hog_task_wait *wait)
{
    const char *function = place->frame->code->name;
    uint64_t state = object_linked(reader, place->self, "_state"), items, size, count;
    const char *words;

    wait->address = state;
    wait->text = WORDS(reader, "%s() of a memory object stream", function);
    if (!object_attribute(reader, state, "buffer", &items) || !object_length(reader, items, &count))
        return;
    if (strcmp(function, "receive") == 0)
        wait->text = WORDS(reader, "%s, %" PRIu64 " are in it", wait->text, count);
    else if (object_attribute(reader, state, "max_buffer_size", &size) &&
             (words = object_number_words(reader, size)))
        wait->text = WORDS(reader, "%s, it is full: %" PRIu64 " of %s", wait->text, count, words);
}

/* "parse" of a function, or of a partial of one; NULL: it is neither. */
static const char *name_of(struct tasks_reader *reader, uint64_t callable)
{
    uint64_t inner, name;
    const char *text;

    if (hog_value_is(reader->values, callable, "functools", "partial") &&
        read_member(reader, callable, HOG_F_partial_fn, &inner))
        callable = inner;
    return hog_value_is(reader->values, callable, "builtins", "function") &&
                   read_member(reader, callable, HOG_F_func_func_qualname, &name) &&
                   hog_value_text(reader->values, name, &text) == HOG_OK
               ? text
               : NULL;
}

static void describe_thread(struct tasks_reader *reader, const struct place *place,
                            struct hog_task_wait *wait)
{
    uint64_t function;
    const char *name = NULL;

    if (frame_variable(reader, place->frame, "func", &function))
        name = name_of(reader, function);
    wait->text = name ? WORDS(reader, "%s, in a thread of anyio", name) : "work that a thread of anyio does";
}

static const struct meaning meanings[] = {
    {"anyio._backends._asyncio", "acquire", "Lock", "lock", describe_lock, true, true},
    {"anyio._core._synchronization", "acquire", "Lock", "lock", describe_lock, true, true},
    {"anyio._backends._asyncio", "acquire", "Semaphore", "semaphore", meaning_semaphore, true, true},
    {"anyio._core._synchronization", "acquire", "Semaphore", "semaphore", meaning_semaphore, true, true},
    {"anyio._backends._asyncio", "acquire_on_behalf_of", "CapacityLimiter", "semaphore", describe_limiter,
     true, true},
    {"anyio._core._synchronization", "wait", "Condition", "condition", meaning_lock, true, true},
    {"anyio.streams.memory", "receive", "MemoryObjectReceiveStream", "queue", describe_stream, true, true},
    {"anyio.streams.memory", "send", "MemoryObjectSendStream", "queue", describe_stream, true, true},
    {"anyio._backends._asyncio", "__aexit__", "TaskGroup", "task_group", meaning_group, false, true},
    {"anyio._backends._asyncio", "run_sync_in_worker_thread", NULL, "executor", describe_thread, false, true},
};

const struct meanings anyio_meanings = {"anyio", meanings, sizeof meanings / sizeof *meanings};
