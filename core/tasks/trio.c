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
#include "tasks/library.h"

#include <string.h>

static const struct library_call calls[] = {{"Lock.", "lock", true},
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
static const struct task_library trio = {"trio", calls, sizeof calls / sizeof *calls};

/* trio says of what it exports that it comes from where it does so. */
static void add_task(struct tasks_reader *reader, uint64_t object, uint32_t loop)
{
    struct raw_task *raw;

    if (!hog_value_is_a(reader->values, object, "trio.lowlevel", "Task") &&
        !hog_value_is_a(reader->values, object, "trio._core._run", "Task"))
        return;
    raw = library_add_task(reader, object, loop);
    if (!raw)
        return;
    raw->task.parent =
        object_linked(reader, object_linked(reader, object, "_parent_nursery"), "_parent_task");
    raw->awaiter = raw->task.parent;
    if (raw->task.state == HOG_TASK_WAITING && object_linked(reader, object, "_next_send_fn"))
        raw->task.state = HOG_TASK_READY;
    if (raw->task.state == HOG_TASK_WAITING)
        (void)library_read_wait(reader, &trio, raw);
    if (raw->task.wait.kind && strcmp(raw->task.wait.kind, "task_group") == 0)
        raw->task.wait.text = "the tasks of its nursery";
}

void trio_find(struct tasks_reader *reader)
{
    static const char *const runs[] = {"run", "unrolled_run", NULL};

    library_find_loops(reader, &(struct library_loops){.library = &trio,
                                                       .module = "trio._core._run",
                                                       .functions = runs,
                                                       .variable = "runner",
                                                       .class = "Runner",
                                                       .tasks = "tasks",
                                                       .add_task = add_task});
}
