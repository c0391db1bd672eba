/* One reading of all tasks, from beginning to end; see tasks.h. */
#include "tasks/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TASKS_LIMIT = 1 << 30, POLL_EVERY = 64, CONFIRM_ROUNDS = 8 };

const char *hog_task_state_key(enum hog_task_state state)
{
    switch (state) {
    case HOG_TASK_RUNNING:
        return "running";
    case HOG_TASK_READY:
        return "ready";
    case HOG_TASK_WAITING:
        return "waiting";
    case HOG_TASK_DONE:
        return "done";
    case HOG_TASK_CANCELLING:
        return "cancelling";
    case HOG_TASK_SUSPENDED:
        return "suspended";
    case HOG_TASK_CREATED:
        return "created";
    case HOG_TASK_STATES:
        break;
    }
    return "unknown";
}

static bool read_one(struct tasks_reader *reader, struct raw_task *raw)
{
    if (!task_read(reader, raw)) {
        tasks_warn(reader, "the task at " HOG_ADDRESS " could not be read", raw->task.address);
        return false;
    }
    if (raw->task.state != HOG_TASK_DONE)
        task_read_frames(reader, raw);
    return true;
}

/* What cannot be read is no task that could be shown, and nobody's address leads to it. */
static void read_tasks(struct tasks_reader *reader)
{
    uint32_t kept = 0;
    bool goes_on = true;

    for (uint32_t i = 0; i < reader->task_count; i++) {
        struct raw_task *raw = reader->tasks[i];

        goes_on = goes_on && !reader->no_memory && !(i % POLL_EVERY == 0 && tasks_interrupted(reader));
        if (goes_on && read_one(reader, raw))
            reader->tasks[kept++] = raw;
        else
            /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): what is in `tasks` is in the hash */
            HASH_DEL(reader->by_address, raw);
    }
    reader->task_count = kept;
}

/*
 * Order: loop after loop; in each by name, those that are numbered by number; else by address.
 */

static int compare_names(const char *one, const char *other)
{
    size_t length = strlen(one), other_length = strlen(other);

    if (strncmp(one, "Task-", 5) == 0 && strncmp(other, "Task-", 5) == 0 && length != other_length)
        return length < other_length ? -1 : 1;
    return strcmp(one, other);
}

static int compare_tasks(const void *one, const void *other)
{
    const struct hog_task *a = &(*(struct raw_task *const *)one)->task;
    const struct hog_task *b = &(*(struct raw_task *const *)other)->task;
    int order;

    if (a->loop != b->loop)
        return a->loop < b->loop ? -1 : 1;
    if (a->is_default_name != b->is_default_name)
        return a->is_default_name ? -1 : 1;
    order = a->name && b->name ? compare_names(a->name, b->name) : !!b->name - !!a->name;
    return order ? order : a->address < b->address ? -1 : a->address > b->address;
}

static void put_in_order(struct tasks_reader *reader)
{
    if (reader->task_count)
        qsort(reader->tasks, reader->task_count, sizeof(struct raw_task *), compare_tasks);
    for (uint32_t i = 0; i < reader->task_count; i++)
        reader->tasks[i]->number = i;
}

static bool seal(struct tasks_reader *reader, struct hog_tasks *tasks)
{
    struct hog_task *items = hog_arena_array(reader->arena, reader->task_count, sizeof *items);
    struct hog_loop *loops = hog_arena_array(reader->arena, reader->loop_count, sizeof *loops);
    const char **warnings = hog_arena_array(reader->arena, reader->warning_count, sizeof *warnings);

    if (!items || !loops || !warnings)
        return false;
    for (uint32_t i = 0; i < reader->task_count; i++)
        items[i] = reader->tasks[i]->task;
    if (reader->loop_count)
        memcpy(loops, reader->loops, reader->loop_count * sizeof *loops);
    memcpy(warnings, reader->warnings, reader->warning_count * sizeof *warnings);
    tasks->tasks = items;
    tasks->task_count = reader->task_count;
    tasks->loops = loops;
    tasks->loop_count = reader->loop_count;
    tasks->warnings = warnings;
    tasks->warning_count = reader->warning_count;
    return true;
}

/* Of what the other end does not know nothing follows. False: there was such. */
static bool confirm_rings(struct tasks_reader *reader, const struct hog_tasks *tasks, struct hog_task *items)
{
    bool confirmed = true;

    for (uint32_t i = 0; i < tasks->ring_count; i++) {
        const struct hog_task_ring *ring = &tasks->rings[i];

        for (uint32_t k = 0; k < ring->count; k++) {
            uint32_t number = ring->tasks[k];

            if (enders_confirm(reader, reader->tasks[number], &items[ring->tasks[(k + 1) % ring->count]]))
                continue;
            items[number].need = HOG_TASK_NEEDS_UNKNOWN;
            confirmed = false;
        }
    }
    return confirmed;
}

static void add_proofs(struct tasks_reader *reader, const struct hog_tasks *tasks, struct hog_task *items)
{
    for (uint32_t i = 0; i < tasks->ring_count; i++) {
        const struct hog_task_ring *ring = &tasks->rings[i];

        for (uint32_t k = 0; k < ring->count; k++)
            items[ring->tasks[k]].proof = enders_proof(reader, reader->tasks[ring->tasks[k]],
                                                       items[ring->tasks[(k + 1) % ring->count]].address);
    }
}

/* Who waits for one another. What else may end that is looked at only where somebody seems to. */
static bool read_rings(struct tasks_reader *reader, struct hog_tasks *tasks)
{
    struct hog_task *items = (struct hog_task *)tasks->tasks; /* of our arena, as seal() made them */
    bool confirmed = false;

    if (!reader->options.rings)
        return true;
    loops_look_ahead(reader, (struct hog_loop *)tasks->loops);
    if (!hog_tasks_find_rings(tasks, reader->arena))
        return false;
    if (!tasks->ring_count)
        return true;
    tasks_find_limits(reader, items);
    tasks_complete_awaiters(reader, items);
    for (int round = 0; round < CONFIRM_ROUNDS && !confirmed; round++) {
        if (reader->no_memory || !hog_tasks_find_rings(tasks, reader->arena))
            return false;
        confirmed = confirm_rings(reader, tasks, items);
    }
    if (!confirmed || tasks_interrupted(reader))
        tasks->ring_count = 0; /* what may end them is not known */
    add_proofs(reader, tasks, items);
    return true;
}

static const char *no_heap_words(const struct tasks_reader *reader)
{
    return reader->layout->build.free_threaded
               ? "free-threaded Python keeps no list of its objects"
               : "where this Python keeps the list of its objects is not known";
}

static bool has_greenlets(struct tasks_reader *reader)
{
    uint64_t module;

    for (size_t i = 0; i < reader->snapshot->interpreter_count; i++)
        if (hog_value_module(reader->values, reader->snapshot->interpreters[i].address, "greenlet",
                             &module) == HOG_OK)
            return true;
    return false;
}

/* What is known to the collector alone. False: it was not wanted, or could not be had. */
static bool read_heap(struct tasks_reader *reader)
{
    bool greenlets = has_greenlets(reader), has_heap;

    if (!reader->options.generators && !greenlets)
        return false;
    has_heap = heap_read(reader);
    if (has_heap)
        greenlets_find(reader);
    else if (greenlets)
        tasks_warn(reader, "greenlets are not shown: %s", no_heap_words(reader));
    return has_heap;
}

static void read_suspended(struct tasks_reader *reader, struct hog_tasks *tasks, bool has_heap)
{
    if (!reader->options.generators)
        return;
    if (has_heap)
        suspended_find(reader, tasks);
    else
        tasks->suspended_unknown = no_heap_words(reader);
}

static bool read_all(struct tasks_reader *reader, struct hog_tasks *tasks)
{
    bool has_heap;

    places_build(reader);
    tasks_find(reader);
    read_tasks(reader);
    loops_find(reader);
    trio_find(reader);
    curio_find(reader);
    has_heap = read_heap(reader);
    put_in_order(reader);
    for (uint32_t i = 0; i < reader->task_count && !tasks_interrupted(reader); i++)
        task_read_wait(reader, reader->tasks[i]);
    tasks_find_holders(reader);
    tasks_find_awaiters(reader);
    greenlets_find_waits(reader);
    if (reader->options.rings)
        tasks_find_enders(reader);
    read_suspended(reader, tasks, has_heap);
    return !reader->no_memory && seal(reader, tasks) && read_rings(reader, tasks);
}

static void release(struct tasks_reader *reader)
{
    HASH_CLEAR(hh, reader->by_address);
    HASH_CLEAR(hh, reader->waited);
    HASH_CLEAR(hh, reader->places);
    HASH_CLEAR(hh, reader->classes);
    heap_release(reader);
    free(reader->tasks);
    free(reader->loops);
    hog_values_destroy(reader->values);
}

enum hog_status hog_tasks_read(const struct hog_process *process, const struct hog_location *location,
                               struct hog_memory *memory, const struct hog_snapshot *snapshot,
                               const struct hog_tasks_options *options, struct hog_tasks **ret_tasks,
                               struct hog_error *error)
{
    struct hog_tasks *tasks = calloc(1, sizeof *tasks);
    const struct hog_values_options values = {.interrupted = options->interrupted,
                                              .context = options->context};
    struct tasks_reader reader = {.process = process,
                                  .location = location,
                                  .layout = &location->python.layout,
                                  .memory = memory,
                                  .snapshot = snapshot,
                                  .options = *options};
    bool done;

    if (!tasks)
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory");
    hog_arena_init(&tasks->arena, TASKS_LIMIT);
    reader.arena = &tasks->arena;
    reader.values = hog_values_create(process, location, memory, &tasks->arena, &values);
    done = reader.values && read_all(&reader, tasks);
    if (done && tasks_interrupted(&reader))
        tasks->interrupted = true;
    release(&reader);
    if (!done) {
        hog_tasks_destroy(tasks);
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory");
    }
    *ret_tasks = tasks;
    return HOG_OK;
}

void hog_tasks_destroy(struct hog_tasks *tasks)
{
    if (!tasks)
        return;
    hog_arena_deinit(&tasks->arena);
    free(tasks);
}
