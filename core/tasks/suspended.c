/*
 * Generators and coroutines that nothing runs: neither a thread, nor a task, nor another one that awaits them.
 *
 *     all of them, from the heap ─▶ those that are suspended, or have not begun ─▶ less those that another awaits
 *                                                                              less those of tasks
 *
 * Each is shown with those that it awaits, as a task is.
 */
#include "tasks/reader.h"

#include "value/coroutine.h"

struct known_coroutine {
    uint64_t address;
    bool is_inner; /* another one awaits it, or a task runs it */
    UT_hash_handle hh;
};

static void note_inner(struct tasks_reader *reader, struct known_coroutine *known, uint64_t object)
{
    struct known_coroutine *found;

    object = hog_awaitable_behind(reader->values, object);
    HASH_FIND(hh, known, &object, sizeof object, found);
    if (found)
        found->is_inner = true;
}

static void name_it(struct tasks_reader *reader, struct hog_task *task, enum hog_coroutine_kind kind)
{
    static const char *const words[] = {[HOG_COROUTINE] = "coroutine",
                                        [HOG_GENERATOR] = "generator",
                                        [HOG_ASYNC_GENERATOR] = "async_generator"};
    const struct hog_code *code = task->frame_count ? task->frames[task->frame_count - 1].code : NULL;

    task->kind = words[kind];
    task->name = !code ? NULL : code->qualname ? code->qualname : code->name;
    if (task->name)
        task->name = WORDS(reader, "%s", task->name);
}

static void add(struct tasks_reader *reader, struct hog_task *list, uint32_t *count, uint64_t object)
{
    struct raw_task raw = {.task = {.address = object, .loop = HOG_TASK_NONE}, .coroutine = object};
    struct hog_coroutine coroutine;

    if (hog_coroutine_read(reader->values, object, &coroutine) != HOG_OK ||
        (coroutine.state != HOG_COROUTINE_SUSPENDED && coroutine.state != HOG_COROUTINE_CREATED))
        return;
    raw.task.state = coroutine.state == HOG_COROUTINE_CREATED ? HOG_TASK_CREATED : HOG_TASK_SUSPENDED;
    task_read_frames(reader, &raw);
    name_it(reader, &raw.task, hog_coroutine_kind(reader->values, object));
    list[(*count)++] = raw.task;
}

static void find_inner(struct tasks_reader *reader, struct known_coroutine *known)
{
    struct known_coroutine *one, *next;
    struct hog_coroutine coroutine;

    HASH_ITER(hh, known, one, next)
    if (hog_coroutine_read(reader->values, one->address, &coroutine) == HOG_OK && coroutine.awaited)
        note_inner(reader, known, coroutine.awaited);
    for (uint32_t i = 0; i < reader->task_count; i++)
        if (reader->tasks[i]->coroutine)
            note_inner(reader, known, reader->tasks[i]->coroutine);
}

void suspended_find(struct tasks_reader *reader, struct hog_tasks *tasks)
{
    const struct heap_list *found = &reader->heap[HEAP_GENERATORS];
    struct known_coroutine *known = NULL,
                           *items = hog_arena_array(reader->arena, found->count, sizeof *items);
    struct hog_task *list = hog_arena_array(reader->arena, found->count, sizeof *list);
    uint32_t count = 0;

    if (!items || !list) {
        reader->no_memory = reader->no_memory || found->count;
        return;
    }
    for (uint32_t i = 0; i < found->count; i++) {
        struct known_coroutine *before;

        HASH_FIND(hh, known, &found->items[i], sizeof found->items[i], before);
        items[i].address = found->items[i];
        if (!before)
            HASH_ADD(hh, known, address, sizeof items[i].address, &items[i]);
    }
    find_inner(reader, known);
    for (uint32_t i = 0; i < found->count && !reader->no_memory && !tasks_interrupted(reader); i++)
        if (items[i].hh.tbl && !items[i].is_inner)
            add(reader, list, &count, items[i].address);
    HASH_CLEAR(hh, known);
    tasks->suspended = list;
    tasks->suspended_count = count;
}
