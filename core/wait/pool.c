/*
 * Executors of concurrent.futures.
 *
 *     _worker(executor_reference, [context,] work_queue, …)      the outermost function of each worker
 *         work_item.run()      a _WorkItem whose `future` is the one it works on
 *
 *     a Future nobody works on yet stands in work_queue, as a _WorkItem or under its number: any of the workers
 *     that take from that queue could be the one that does it.
 *
 * So a pool all of whose workers wait for Futures that stand in its own queue is a ring like any other.
 *
 * Source: Lib/concurrent/futures/thread.py, 3.6 - 3.15; Modules/_queuemodule.c (SimpleQueue, 3.7+).
 */
#include "wait/pool.h"

#include "value/variables.h"
#include "wait/library.h"

#include <string.h>

enum { MAX_QUEUED = 4096, MAX_POOL = 4096 };

/* The frame of _worker: near the outermost end of its thread. */
static const struct hog_frame *worker_frame(const struct hog_thread *thread)
{
    for (size_t i = thread->frame_count; i-- > 0;)
        if (strcmp(thread->frames[i].code->name, "_worker") == 0 && thread->frames[i].module &&
            strcmp(thread->frames[i].module, "concurrent.futures.thread") == 0)
            return &thread->frames[i];
    return NULL;
}

static uint64_t queue_of(struct waits_reader *reader, const struct hog_frame *frame)
{
    uint64_t queue;

    return frame && hog_variable_find(reader->values, frame, "work_queue", &queue) == HOG_OK ? queue : 0;
}

/* Does the thread run this Future's work? */
static bool works_on(struct waits_reader *reader, const struct hog_thread *thread, uint64_t future)
{
    for (size_t i = thread->frame_count; i-- > 0;) {
        const struct hog_frame *frame = &thread->frames[i];
        uint64_t item, of;

        if (strcmp(frame->code->name, "run") != 0 || !frame->module ||
            strcmp(frame->module, "concurrent.futures.thread") != 0)
            continue;
        if (hog_variable_find(reader->values, frame, "self", &item) == HOG_OK &&
            hog_value_attribute(reader->values, item, "future", &of) == HOG_OK && of == future)
            return true;
    }
    return false;
}

static bool item_is_of(struct waits_reader *reader, uint64_t item, uint64_t future)
{
    uint64_t of;

    return item && !hog_value_is_none(reader->values, item) &&
           hog_value_attribute(reader->values, item, "future", &of) == HOG_OK && of == future;
}

static bool list_has(struct waits_reader *reader, uint64_t list, uint64_t future)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    unsigned count = 0;

    if (hog_value_walk_start(reader->values, list, &walk) != HOG_OK)
        return false;
    while (count++ < MAX_QUEUED && hog_value_walk_next(reader->values, &walk, &item))
        if (item_is_of(reader, item.value, future))
            return true;
    return false;
}

/* SimpleQueue from 3.13 on: a ring of pointers. */
static bool ring_has(struct waits_reader *reader, uint64_t queue, uint64_t future)
{
    uint64_t items, first, capacity, count, item;

    if (!read_member(reader, queue, HOG_F_simplequeue_items, &items) ||
        !read_member(reader, queue, HOG_F_simplequeue_get_idx, &first) ||
        !read_member(reader, queue, HOG_F_simplequeue_items_cap, &capacity) ||
        !read_member(reader, queue, HOG_F_simplequeue_num_items, &count) || !capacity || count > capacity)
        return false;
    for (uint64_t i = 0; i < count && i < MAX_QUEUED; i++)
        if (hog_memory_u64(reader->memory, items + (first + i) % capacity * 8, &item) == HOG_OK &&
            item_is_of(reader, item, future))
            return true;
    return false;
}

static bool queue_has(struct waits_reader *reader, uint64_t queue, uint64_t future)
{
    uint64_t list;

    if (!object_is_a(reader, queue, "_queue", "SimpleQueue"))
        return hog_value_attribute(reader->values, queue, "queue", &list) == HOG_OK &&
               list_has(reader, list, future);
    if (read_member(reader, queue, HOG_F_simplequeue_lst, &list))
        return list_has(reader, list, future);
    return ring_has(reader, queue, future);
}

/* All workers that take from the queue. */
static void held_by_pool(struct waits_reader *reader, uint32_t node, uint64_t queue)
{
    const struct hog_snapshot *snapshot = reader->snapshot;
    uint32_t *workers = hog_arena_array(reader->arena, snapshot->thread_count, sizeof *workers);
    uint32_t count = 0;

    for (uint32_t i = 0; workers && i < snapshot->thread_count && count < MAX_POOL; i++)
        if (queue_of(reader, worker_frame(&snapshot->threads[i])) == queue)
            workers[count++] = i;
    if (!count)
        return;
    node_at(reader, node)->grade = HOG_WAIT_HELD;
    node_at(reader, node)->holders = workers;
    node_at(reader, node)->holder_count = count;
    node_at(reader, node)->queued = true;
    node_at(reader, node)->what = WORDS(reader, "it stands in the queue of a pool of %u", count);
    node_at(reader, node)->evidence = WORDS(
        reader, "its work item is in the queue at " HOG_ADDRESS ", from which %u workers take", queue, count);
}

/*
 * run_coroutine_threadsafe gives a Future that an event loop fulfils. The loop is to call
 * run_coroutine_threadsafe.<locals>.callback, which knows the Future; once it has, the Future has a callback
 * _chain_future.<locals>._call_check_cancel, which knows the loop. The thread that runs the loop is the one that all
 * wait for; it may be the waiter itself. Lib/asyncio/tasks.py, Lib/asyncio/futures.py, 3.6 - 3.15.
 */
static bool closure_has(struct waits_reader *reader, uint64_t function, const char *qualname, uint64_t object)
{
    struct hog_value_walk walk;
    uint64_t content;

    if (hog_value_closure_start(reader->values, function, qualname, &walk) != HOG_OK)
        return false;
    while (hog_value_closure_next(reader->values, &walk, &content))
        if (content == object)
            return true;
    return false;
}

/* The function by which the loop and the Future are tied to each other; 0: they are not. */
static uint64_t tie_of(struct waits_reader *reader, uint64_t loop, uint64_t future)
{
    uint64_t list, function;
    struct hog_value_walk walk;
    struct hog_value_item item;
    unsigned count = 0;

    if (hog_value_attribute(reader->values, future, "_done_callbacks", &list) == HOG_OK &&
        hog_value_walk_start(reader->values, list, &walk) == HOG_OK)
        while (count++ < MAX_QUEUED && hog_value_walk_next(reader->values, &walk, &item))
            if (closure_has(reader, item.value, "_chain_future.<locals>._call_check_cancel", loop))
                return item.value;
    if (hog_value_attribute(reader->values, loop, "_ready", &list) != HOG_OK ||
        hog_value_walk_start(reader->values, list, &walk) != HOG_OK)
        return 0;
    while (count++ < 2 * MAX_QUEUED && hog_value_walk_next(reader->values, &walk, &item))
        if (hog_value_attribute(reader->values, item.value, "_callback", &function) == HOG_OK &&
            closure_has(reader, function, "run_coroutine_threadsafe.<locals>.callback", future))
            return function;
    return 0;
}

/* The event loop that the thread runs; 0: none. */
static uint64_t loop_of(struct waits_reader *reader, const struct hog_thread *thread)
{
    uint64_t loop;

    for (size_t i = thread->frame_count; i-- > 0;)
        if (strcmp(thread->frames[i].code->name, "run_forever") == 0 &&
            hog_variable_find(reader->values, &thread->frames[i], "self", &loop) == HOG_OK)
            return loop;
    return 0;
}

static void find_loop(struct waits_reader *reader, uint32_t node, uint64_t future)
{
    for (uint32_t i = 0; i < reader->snapshot->thread_count; i++) {
        uint64_t loop = loop_of(reader, &reader->snapshot->threads[i]);
        uint64_t tie = loop ? tie_of(reader, loop, future) : 0;

        if (!tie)
            continue;
        node_held_by(reader, node, HOG_WAIT_HELD, i,
                     WORDS(reader,
                           "the function at " HOG_ADDRESS " ties it to the event loop at " HOG_ADDRESS
                           ", which that thread runs",
                           tie, loop));
        node_at(reader, node)->what = "an event loop has to run for it";
        return;
    }
}

void pool_find_owner(struct waits_reader *reader, uint32_t node)
{
    const struct hog_snapshot *snapshot = reader->snapshot;
    uint64_t future = node_at(reader, node)->address, looked_at = 0;

    for (uint32_t i = 0; i < snapshot->thread_count; i++) {
        if (!works_on(reader, &snapshot->threads[i], future))
            continue;
        node_held_by(reader, node, HOG_WAIT_HELD, i,
                     WORDS(reader, "the thread runs the work item of the Future at " HOG_ADDRESS, future));
        return;
    }
    for (uint32_t i = 0; i < snapshot->thread_count; i++) {
        uint64_t queue = queue_of(reader, worker_frame(&snapshot->threads[i]));

        if (!queue || queue == looked_at)
            continue;
        looked_at = queue;
        if (!queue_has(reader, queue, future))
            continue;
        held_by_pool(reader, node, queue);
        return;
    }
    find_loop(reader, node, future);
}

bool pool_worker_is_idle(const struct hog_thread *thread)
{
    const struct hog_frame *frame = worker_frame(thread);

    for (size_t i = 0; frame && &thread->frames[i] != frame; i++)
        if (!library_has(thread->frames[i].module) ||
            strncmp(thread->frames[i].module, "concurrent.futures", strlen("concurrent.futures")) == 0)
            return false;
    return frame != NULL;
}
