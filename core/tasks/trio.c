/*
 * Tasks of trio: a tree of nurseries.
 *
 *     stack of a thread … run(runner = …) …         the thread that runs it
 *     runner.tasks ─▶ task ─┬─ name, coro
 *                           ├─ _next_send_fn          not None: it is to be run
 *                           └─ _parent_nursery ─▶ nursery ─ _parent_task ─▶ the task that waits at the nursery's end
 *
 * What a task waits for is the function of trio that it called: the outermost one of those on top of its stack.
 *
 * Source: trio 0.23.1 - 0.35.0, _core/_run.py.
 */
#include "tasks/reader.h"

#include "value/variables.h"

#include <string.h>

enum { RUNNER_TASKS = MAX_TASKS };

static bool is_of_trio(const struct hog_frame *frame)
{
    return frame->code && frame->module && strncmp(frame->module, "trio.", strlen("trio.")) == 0;
}

static uint64_t attribute(struct tasks_reader *reader, uint64_t object, const char *name)
{
    uint64_t value;

    return object && hog_value_attribute(reader->values, object, name, &value) == HOG_OK &&
                   !hog_value_is_none(reader->values, value)
               ? value
               : 0;
}

/* "Lock.acquire" of a frame of Lock or of a class that it inherits from; else the name of the function. */
static const char *called(struct tasks_reader *reader, const struct hog_frame *frame, uint64_t *ret_self)
{
    const struct hog_value_type *type;

    *ret_self = 0;
    if (hog_variable_find(reader->values, frame, "self", ret_self) != HOG_OK ||
        hog_value_type(reader->values, *ret_self, &type) != HOG_OK)
        return frame->code->name;
    return WORDS(reader, "%s.%s", type->name, frame->code->name);
}

/* A lock knows which task has it. */
static void add_owner(struct tasks_reader *reader, uint64_t lock, struct hog_task_wait *wait)
{
    uint64_t owner = attribute(reader, lock, "_owner"), name = attribute(reader, owner, "name");
    const char *text;

    wait->held_by = owner;
    if (name && hog_value_text(reader->values, name, &text) == HOG_OK)
        wait->text = WORDS(reader, "%s, held by %s", wait->text, text);
}

/* What the program called, in words, and what kind of thing that is. */
static void read_wait(struct tasks_reader *reader, struct hog_task *task)
{
    static const struct {
        const char *begins, *kind;
        bool is_shared;
    } known[] = {{"Lock.", "lock", true},
                 {"StrictFIFOLock.", "lock", true},
                 {"Event.", "event", true},
                 {"Semaphore.", "semaphore", true},
                 {"CapacityLimiter.", "semaphore", true},
                 {"Condition.", "condition", true},
                 {"MemoryReceiveChannel.", "queue", true},
                 {"MemorySendChannel.", "queue", true},
                 {"sleep", "sleep", false},
                 {"NurseryManager.", "task_group", false},
                 {"_SocketType.", "socket", true},
                 {"SocketStream.", "socket", true},
                 {"Process.", "process", true},
                 {"to_thread_run_sync", "executor", false}};
    struct hog_task_wait *wait = &task->wait;
    const char *words;
    uint64_t self;
    size_t count = 0;

    while (count < task->frame_count && is_of_trio(&task->frames[count]))
        count++;
    if (!count)
        return;
    words = called(reader, &task->frames[count - 1], &self);
    *wait = (struct hog_task_wait){.kind = "future", .text = WORDS(reader, "trio's %s", words)};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(words, known[i].begins, strlen(known[i].begins)) == 0) {
            wait->kind = known[i].kind;
            wait->is_shared = known[i].is_shared;
            wait->address = known[i].is_shared ? self : 0;
            break;
        }
    if (strcmp(wait->kind, "task_group") == 0)
        wait->text = "the tasks of its nursery";
    if (strcmp(wait->kind, "lock") == 0)
        add_owner(reader, self, wait);
}

static void add_task(struct tasks_reader *reader, uint64_t object, uint32_t loop)
{
    struct raw_task *raw;
    uint64_t name;
    const char *text;

    /* trio says of what it exports that it comes from where it does so. */
    if (!hog_value_is_a(reader->values, object, "trio.lowlevel", "Task") &&
        !hog_value_is_a(reader->values, object, "trio._core._run", "Task"))
        return;
    raw = tasks_add_object(reader, object);
    if (!raw)
        return;
    raw->task.loop = loop;
    raw->coroutine = attribute(reader, object, "coro");
    name = attribute(reader, object, "name");
    if (name && hog_value_text(reader->values, name, &text) == HOG_OK)
        raw->task.name = text;
    raw->task.parent = attribute(reader, attribute(reader, object, "_parent_nursery"), "_parent_task");
    raw->task.state = attribute(reader, object, "_next_send_fn") ? HOG_TASK_READY : HOG_TASK_WAITING;
    task_read_frames(reader, raw);
    if (raw->task.state == HOG_TASK_WAITING)
        read_wait(reader, &raw->task);
}

static void add_runner(struct tasks_reader *reader, uint64_t runner, uint32_t thread)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    uint32_t loop;

    if (!hog_value_is_a(reader->values, runner, "trio._core._run", "Runner"))
        return;
    loop = loop_at(reader, runner, "trio");
    if (loop == HOG_TASK_NONE || reader->loops[loop].is_running)
        return;
    reader->loops[loop].thread = thread;
    reader->loops[loop].is_running = true;
    if (hog_value_walk_start(reader->values, attribute(reader, runner, "tasks"), &walk) != HOG_OK) {
        tasks_warn(reader, "the tasks of trio's runner at " HOG_ADDRESS " could not be read", runner);
        return;
    }
    while (walk.taken < RUNNER_TASKS && !reader->no_memory &&
           hog_value_walk_next(reader->values, &walk, &item) && !tasks_interrupted(reader))
        add_task(reader, item.value, loop);
    if (walk.status != HOG_OK)
        tasks_warn(reader, "the tasks of trio's runner at " HOG_ADDRESS " could not be read", runner);
}

void trio_find(struct tasks_reader *reader)
{
    const struct hog_snapshot *snapshot = reader->snapshot;
    uint64_t runner;

    for (uint32_t i = 0; i < snapshot->thread_count; i++)
        for (size_t k = 0; k < snapshot->threads[i].frame_count; k++) {
            const struct hog_frame *frame = &snapshot->threads[i].frames[k];

            if (is_of_trio(frame) && strcmp(frame->module, "trio._core._run") == 0 &&
                (strcmp(frame->code->name, "run") == 0 || strcmp(frame->code->name, "unrolled_run") == 0) &&
                hog_variable_find(reader->values, frame, "runner", &runner) == HOG_OK)
                add_runner(reader, runner, i);
        }
}

void trio_find_parents(struct tasks_reader *reader)
{
    for (uint32_t i = 0; i < reader->task_count && !reader->no_memory; i++) {
        struct raw_task *raw = reader->tasks[i], *parent = NULL;
        uint32_t *awaiter;

        if (raw->is_greenlet || !raw->task.parent)
            continue;
        HASH_FIND(hh, reader->by_address, &raw->task.parent, sizeof raw->task.parent, parent);
        if (!parent || parent == raw)
            continue;
        awaiter = hog_arena_array(reader->arena, 1, sizeof *awaiter);
        if (!awaiter) {
            reader->no_memory = true;
            return;
        }
        *awaiter = parent->number;
        raw->task.awaited_by = awaiter;
        raw->task.awaited_by_count = 1;
    }
}
