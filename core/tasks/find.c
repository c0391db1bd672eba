/*
 * Where tasks are kept.
 *
 *     3.6          a WeakSet that a static variable of _asyncio points to, and Task._all_tasks of Python's own Task
 *     3.7 - 3.11   asyncio.tasks._all_tasks, a WeakSet
 *     3.12, 3.13   asyncio.tasks._scheduled_tasks, a WeakSet, and _eager_tasks, a set
 *     3.14+        the same for tasks of Python; those of C are in lists of the thread that made them, and of the
 *                  interpreter when that thread has ended:
 *
 *                  _PyThreadStateImpl.asyncio_tasks_head ⇄ TaskObj.task_node ⇄ … ⇄ (back to the head)
 *
 * What a running thread stands in is a task too, even if asyncio has forgotten it. A list is believed only as long as
 * it is linked both ways.
 *
 * Source: Lib/asyncio/tasks.py, Modules/_asynciomodule.c (3.6 - 3.15), Include/internal/pycore_llist.h.
 */
#include "tasks/reader.h"

#include "base/grow.h"

#include <string.h>

enum { SCAN_MAX = 4 << 20, SCAN_WORDS = 512, POLL_EVERY = 256 };

struct raw_task *tasks_add_object(struct tasks_reader *reader, uint64_t object)
{
    struct raw_task *raw;

    HASH_FIND(hh, reader->by_address, &object, sizeof object, raw);
    if (!object || raw)
        return NULL;
    if (reader->task_count >= MAX_TASKS) {
        tasks_warn(reader, "there are more than %d tasks: the others are left out", MAX_TASKS);
        return NULL;
    }
    raw = hog_arena_alloc(reader->arena, sizeof *raw);
    if (!raw || !HOG_GROW(reader->tasks, reader->task_capacity, reader->task_count + 1)) {
        reader->no_memory = true;
        return NULL;
    }
    raw->task.address = object;
    raw->same_waiter = HOG_TASK_NONE;
    reader->tasks[reader->task_count++] = raw;
    HASH_ADD(hh, reader->by_address, task.address, sizeof raw->task.address, raw);
    return raw;
}

void tasks_add(struct tasks_reader *reader, uint64_t object)
{
    struct raw_task *raw;

    HASH_FIND(hh, reader->by_address, &object, sizeof object, raw);
    if (object && !raw && future_is_task(reader, object))
        (void)tasks_add_object(reader, object);
}

/* Weak references in a set, or the objects themselves. */
static void add_of_set(struct tasks_reader *reader, uint64_t set, bool weak, const char *name)
{
    struct hog_value_walk walk;
    struct hog_value_item item;

    if (hog_value_walk_start(reader->values, set, &walk) != HOG_OK) {
        tasks_warn(reader, "%s at " HOG_ADDRESS " could not be read: tasks are missing", name, set);
        return;
    }
    while (!reader->no_memory && hog_value_walk_next(reader->values, &walk, &item)) {
        uint64_t object = item.value;

        if (weak && !read_member(reader, item.value, HOG_F_weakref_wr_object, &object))
            continue;
        tasks_add(reader, object);
        if (walk.taken % POLL_EVERY == 0 && tasks_interrupted(reader))
            return;
    }
    if (walk.status != HOG_OK)
        tasks_warn(reader, "%s at " HOG_ADDRESS " is read in part: tasks are missing", name, set);
}

static bool is_weak_set(struct tasks_reader *reader, uint64_t object, uint64_t *ret_data)
{
    return hog_value_is(reader->values, object, "_weakrefset", "WeakSet") &&
           hog_value_attribute(reader->values, object, "data", ret_data) == HOG_OK;
}

static void add_of_weak_set(struct tasks_reader *reader, uint64_t object, const char *name)
{
    uint64_t data;

    if (is_weak_set(reader, object, &data))
        add_of_set(reader, data, true, name);
}

/*
 * 3.6: the WeakSet of C's tasks is known to a static variable of _asyncio alone.
 */

static bool is_of_asyncio(const struct hog_mapping *mapping)
{
    const char *slash = mapping->path ? strrchr(mapping->path, '/') : NULL;

    return slash && strncmp(slash, "/_asyncio.", strlen("/_asyncio.")) == 0;
}

static bool holds_tasks(struct tasks_reader *reader, uint64_t data)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    uint64_t object;

    return hog_value_walk_start(reader->values, data, &walk) == HOG_OK &&
           hog_value_walk_next(reader->values, &walk, &item) &&
           read_member(reader, item.value, HOG_F_weakref_wr_object, &object) &&
           future_is_task(reader, object);
}

static void scan_mapping(struct tasks_reader *reader, uint64_t start, uint64_t end, variable_visitor visit,
                         void *context)
{
    uint64_t words[SCAN_WORDS];

    for (uint64_t at = start; at < end && at - start < SCAN_MAX; at += sizeof words) {
        size_t room = end - at < sizeof words ? (size_t)(end - at) : sizeof words;
        size_t got = hog_memory_read_some(reader->memory, at, words, room) / 8;

        for (size_t i = 0; i < got; i++)
            if (words[i] && words[i] % 8 == 0 && words[i] >> 47 == 0 && words[i] > 0xffff)
                visit(reader, words[i], context);
    }
}

/* Its .data and what follows it: .bss is an anonymous mapping behind the last one of the file. */
bool tasks_scan_module(struct tasks_reader *reader, variable_visitor visit, void *context)
{
    const struct hog_process *process = reader->process;
    bool found = false;

    for (size_t i = 0; i < process->mapping_count; i++) {
        const struct hog_mapping *mapping = &process->mappings[i];
        bool follows = i && is_of_asyncio(&process->mappings[i - 1]) &&
                       mapping->start == process->mappings[i - 1].end && (!mapping->path || !*mapping->path);

        if ((!is_of_asyncio(mapping) && !follows) || !mapping->writable)
            continue;
        found = true;
        scan_mapping(reader, mapping->start, mapping->end, visit, context);
    }
    return found;
}

static void add_of_variable(struct tasks_reader *reader, uint64_t object, void *context)
{
    uint64_t data;

    (void)context;
    if (is_weak_set(reader, object, &data) && holds_tasks(reader, data))
        add_of_set(reader, data, true, "the set of all tasks");
}

/*
 * 3.14+: lists.
 */

static void add_of_list(struct tasks_reader *reader, uint64_t head, const char *whose, uint64_t owner)
{
    uint32_t node_at = reader->layout->offset[HOG_F_task_task_node];
    uint64_t node, before = head, back;
    uint32_t count = 0;

    if (hog_memory_u64(reader->memory, head, &node) != HOG_OK) {
        tasks_warn(reader, "the list of tasks of %s " HOG_ADDRESS " could not be read", whose, owner);
        return;
    }
    if (!node)
        return; /* nobody has made a task there yet */
    while (node != head && !reader->no_memory) {
        if (node % 8 || hog_memory_u64(reader->memory, node + 8, &back) != HOG_OK || back != before ||
            count++ >= MAX_TASKS) {
            tasks_warn(reader,
                       "the list of tasks of %s " HOG_ADDRESS " breaks at " HOG_ADDRESS
                       ": tasks may be missing",
                       whose, owner, node);
            return;
        }
        tasks_add(reader, node - node_at);
        before = node;
        if (hog_memory_u64(reader->memory, node, &node) != HOG_OK)
            node = 1;
        if (count % POLL_EVERY == 0 && tasks_interrupted(reader))
            return;
    }
}

static void add_of_lists(struct tasks_reader *reader)
{
    const struct hog_snapshot *snapshot = reader->snapshot;

    if (!hog_layout_has(reader->layout, HOG_F_task_task_node))
        return;
    for (size_t i = 0; i < snapshot->thread_count; i++)
        if (snapshot->threads[i].tstate)
            add_of_list(reader,
                        snapshot->threads[i].tstate +
                            reader->layout->offset[HOG_F_tstateimpl_asyncio_tasks_head],
                        "thread state", snapshot->threads[i].tstate);
    for (size_t i = 0;
         hog_layout_has(reader->layout, HOG_F_interp_asyncio_tasks_head) && i < snapshot->interpreter_count;
         i++)
        add_of_list(reader,
                    snapshot->interpreters[i].address +
                        reader->layout->offset[HOG_F_interp_asyncio_tasks_head],
                    "interpreter", snapshot->interpreters[i].address);
}

static void add_of_interpreter(struct tasks_reader *reader, uint64_t interpreter)
{
    static const char *const weak[] = {"_all_tasks", "_scheduled_tasks"};
    uint64_t module, object, class;
    bool found = false;

    if (hog_value_module(reader->values, interpreter, "asyncio.tasks", &module) != HOG_OK)
        return;
    for (size_t i = 0; i < sizeof weak / sizeof *weak; i++) {
        if (hog_value_attribute(reader->values, module, weak[i], &object) != HOG_OK)
            continue;
        found = true;
        add_of_weak_set(reader, object, weak[i]);
    }
    if (hog_value_attribute(reader->values, module, "_eager_tasks", &object) == HOG_OK)
        add_of_set(reader, object, false, "_eager_tasks");
    if (found)
        return;
    if (hog_value_attribute(reader->values, module, "_PyTask", &class) == HOG_OK &&
        hog_value_attribute(reader->values, class, "_all_tasks", &object) == HOG_OK)
        add_of_weak_set(reader, object, "_all_tasks");
    if (!tasks_scan_module(reader, add_of_variable, NULL))
        tasks_warn(
            reader,
            "the module _asyncio was not found among the mappings: tasks made by the C implementation are missing");
}

void tasks_find(struct tasks_reader *reader)
{
    for (size_t i = 0; i < reader->snapshot->interpreter_count; i++)
        add_of_interpreter(reader, reader->snapshot->interpreters[i].address);
    add_of_lists(reader);
}
