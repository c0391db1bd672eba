/*
 * Tasks of curio.
 *
 *     stack of a thread … kernel_run(kernel = …) …     the thread that runs it
 *     kernel._tasks ─▶ {id: task} ─┬─ name, coro, state
 *                                  ├─ parentid                  of the task that spawned it
 *                                  └─ taskgroup ─▶ group        who waits at its end awaits the task
 *
 * Who joins a task or a group stands in a method of that.
 *
 * Source: curio 1.4 - 1.6, curio/kernel.py, curio/task.py.
 */
#include "tasks/library.h"

#include <string.h>

static const struct library_call calls[] = {{"Lock.", "lock", true},
                                            {"RLock.", "lock", true},
                                            {"Event.", "event", true},
                                            {"UniversalEvent.", "event", true},
                                            {"Semaphore.", "semaphore", true},
                                            {"Condition.", "condition", true},
                                            {"Queue.", "queue", true},
                                            {"PriorityQueue.", "queue", true},
                                            {"LifoQueue.", "queue", true},
                                            {"UniversalQueue.", "queue", true},
                                            {"Result.", "future", true},
                                            {"UniversalResult.", "future", true},
                                            {"sleep", "sleep", false},
                                            {"Task.", "task", true},
                                            {"ContextTask.", "task", true},
                                            {"AsyncThread.", "task", true},
                                            {"TaskGroup.", "task_group", true},
                                            {"Socket.", "socket", true},
                                            {"SocketStream.", "socket", true},
                                            {"FileStream.", "stream", true},
                                            {"Popen.", "process", true},
                                            {"run_in_", "executor", false}};
static const struct task_library curio = {"curio", calls, sizeof calls / sizeof *calls};

static enum hog_task_state state_of(const char *word)
{
    if (strcmp(word, "INITIAL") == 0)
        return HOG_TASK_CREATED;
    if (strcmp(word, "READY") == 0)
        return HOG_TASK_READY;
    return strcmp(word, "TERMINATED") == 0 ? HOG_TASK_DONE : HOG_TASK_WAITING;
}

static void read_wait(struct tasks_reader *reader, struct raw_task *raw)
{
    uint64_t self = library_read_wait(reader, &curio, raw);
    struct hog_task_wait *wait = &raw->task.wait;
    const char *name;

    if (!wait->kind)
        return;
    if (strcmp(wait->kind, "task") == 0) {
        raw->waiter = self;
        name = object_text(reader, self, "name");
        wait->text = "task";
        wait->more = name ? WORDS(reader, " %s", name) : NULL;
    } else if (strcmp(wait->kind, "task_group") == 0) {
        raw->waiter = self;
        wait->text = "the tasks of a TaskGroup";
    }
}

static void add_task(struct tasks_reader *reader, uint64_t object, uint32_t loop)
{
    struct raw_task *raw;
    const char *word;

    if (!hog_value_is_a(reader->values, object, "curio.task", "Task"))
        return;
    raw = library_add_task(reader, object, loop);
    if (!raw)
        return;
    raw->group = object_linked(reader, object, "taskgroup");
    word = object_text(reader, object, "state");
    if (word && raw->task.state == HOG_TASK_WAITING)
        raw->task.state = state_of(word);
    if (raw->task.state == HOG_TASK_WAITING)
        read_wait(reader, raw);
}

/* A task, by the number that curio gave it. */
struct numbered {
    int64_t id;
    struct raw_task *raw;
    UT_hash_handle hh;
};

/* Which task spawned each of those from `first` on. */
static void find_parents(struct tasks_reader *reader, uint32_t first)
{
    struct numbered *by_id = NULL, *one;
    int64_t id;

    for (uint32_t i = first; i < reader->task_count && !reader->no_memory; i++) {
        if (!object_number(reader, reader->tasks[i]->task.address, "id", &id))
            continue;
        HASH_FIND(hh, by_id, &id, sizeof id, one);
        if (one)
            continue;
        one = hog_arena_alloc(reader->arena, sizeof *one);
        if (!one) {
            reader->no_memory = true;
            break;
        }
        *one = (struct numbered){.id = id, .raw = reader->tasks[i]};
        HASH_ADD(hh, by_id, id, sizeof one->id, one);
    }
    for (uint32_t i = first; i < reader->task_count; i++) {
        if (!object_number(reader, reader->tasks[i]->task.address, "parentid", &id))
            continue;
        HASH_FIND(hh, by_id, &id, sizeof id, one);
        reader->tasks[i]->task.parent = one ? one->raw->task.address : 0;
    }
    HASH_CLEAR(hh, by_id);
}

void curio_find(struct tasks_reader *reader)
{
    static const char *const runs[] = {"kernel_run", NULL};
    uint32_t first = reader->task_count;

    library_find_loops(reader, &(struct library_loops){.library = &curio,
                                                       .module = "curio.kernel",
                                                       .functions = runs,
                                                       .variable = "kernel",
                                                       .class = "Kernel",
                                                       .tasks = "_tasks",
                                                       .add_task = add_task});
    find_parents(reader, first);
}
