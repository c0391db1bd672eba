/*
 * Loops none of whose tasks can go on; in a process without another thread of Python that could wake one.
 *
 * gevent: every greenlet but the hub waits for what another greenlet gives: a semaphore, the end of one, a queue, an Event. None
 * sleeps, none waits for a file, none is about to begin. As who holds a semaphore is recorded nowhere, and a callback of the
 * loop might release it, that is likely and not proven; and a server that waits for its end or for work is idle, so that
 * somebody has to wait for a semaphore or for the end of one.
 *
 * asyncio: every task waits, and the loop has no timer and no callback, watches no file but its own pipe and handles no
 * signal. A library in C may have a thread that wakes it, so that is likely too; and `await asyncio.Event().wait()` waits
 * for the program's end, so that somebody has to wait for another task, or for a lock.
 */
#include "tasks/tasks.h"

#include <string.h>

/* Words in the arena; NULL: no memory. */
#define SAY(arena, ...) hog_arena_printf(arena, __VA_ARGS__)

enum { NAMED = 6 };

static bool is_hub(const struct hog_task *task)
{
    return task->kind && strcmp(task->kind, "Hub") == 0;
}

static bool waits_for(const struct hog_task *task, const char *kind)
{
    return task->wait.kind && strcmp(task->wait.kind, kind) == 0;
}

/* For what a greenlet would have to give. */
static bool waits_for_another(const struct hog_task *task)
{
    static const char *const kinds[] = {"semaphore", "lock", "task", "event", "future", "queue"};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (waits_for(task, kinds[i]))
            return task->state == HOG_TASK_WAITING;
    return false;
}

static uint32_t count_python(const struct hog_snapshot *snapshot)
{
    uint32_t count = 0;

    for (size_t i = 0; i < snapshot->thread_count; i++)
        count += snapshot->threads[i].tstate && snapshot->threads[i].state != HOG_STATE_FINISHING;
    return count;
}

/* NULL: no memory. */
static const char *add_name(struct hog_arena *arena, const char *words, const struct hog_task *task,
                            uint32_t number)
{
    const char *name = task->name ? task->name : task->kind ? task->kind : "?";

    if (number > NAMED)
        return words;
    if (number == NAMED)
        return SAY(arena, "%s, …", words);
    return SAY(arena, "%s%s %s waits for %s", words, number ? "," : "", name,
               task->wait.text ? task->wait.text : "?");
}

static bool is_of_loop(const struct hog_task *task, uint32_t loop)
{
    return task->loop == loop && !is_hub(task);
}

static const char *words_of_hub(const struct hog_tasks *tasks, uint32_t loop, struct hog_arena *arena)
{
    uint32_t count = 0, locked = 0, named = 0;
    const char *words = "";

    for (uint32_t i = 0; i < tasks->task_count; i++) {
        const struct hog_task *task = &tasks->tasks[i];

        if (!is_of_loop(task, loop))
            continue;
        if (!waits_for_another(task))
            return NULL;
        count++;
        locked += waits_for(task, "semaphore") || waits_for(task, "lock") ||
                  (waits_for(task, "task") && task->awaited_by_count);
    }
    if (!locked || count < 2)
        return NULL;
    for (uint32_t i = 0; words && i < tasks->task_count; i++)
        if (is_of_loop(&tasks->tasks[i], loop))
            words = add_name(arena, words, &tasks->tasks[i], named++);
    return words ? SAY(arena,
                       "gevent hang: each of the %u greenlets of the hub waits for what another one would "
                       "have to give:%s.",
                       count, words)
                 : NULL;
}

/*
 * asyncio.
 */

/* NULL: no memory. */
static const char *add_task(const struct hog_tasks *tasks, uint32_t number, const char *words, uint32_t named,
                            struct hog_arena *arena)
{
    const struct hog_task *task = &tasks->tasks[number];
    const char *called, *what = task->wait.text ? task->wait.text : "?";

    if (named >= NAMED)
        return named == NAMED ? SAY(arena, "%s; …", words) : words;
    if (waits_for(task, "task") && task->ender_count)
        what = hog_task_called(tasks, NULL, task->enders[0], arena);
    called = hog_task_called(tasks, NULL, number, arena);
    return called && what ? SAY(arena, "%s%s %s waits for %s", words, named ? ";" : "", called, what) : NULL;
}

static const char *words_of_asyncio(const struct hog_tasks *tasks, uint32_t loop, struct hog_arena *arena)
{
    uint32_t locked = 0, named = 0;
    const char *words = "";

    for (uint32_t i = 0; i < tasks->task_count; i++) {
        const struct hog_task *task = &tasks->tasks[i];

        if (task->loop != loop || task->state == HOG_TASK_DONE)
            continue;
        if (task->state != HOG_TASK_WAITING)
            return NULL;
        locked += task->ender_count || waits_for(task, "lock") || waits_for(task, "semaphore");
    }
    if (!locked)
        return NULL;
    for (uint32_t i = 0; words && i < tasks->task_count; i++)
        if (tasks->tasks[i].loop == loop && tasks->tasks[i].state == HOG_TASK_WAITING)
            words = add_task(tasks, i, words, named++, arena);
    return words
               ? SAY(arena,
                     "asyncio hang: nothing is left that could wake the loop (no timer, no file, no handler of a "
                     "signal, no other thread):%s.",
                     words)
               : NULL;
}

const char *hog_tasks_hang(const struct hog_tasks *tasks, const struct hog_snapshot *snapshot,
                           struct hog_arena *arena)
{
    const char *words = NULL;

    if (tasks->interrupted || tasks->warning_count || count_python(snapshot) != 1)
        return NULL;
    for (uint32_t i = 0; i < tasks->loop_count && !words; i++) {
        const struct hog_loop *loop = &tasks->loops[i];

        if (strcmp(loop->kind, "gevent") == 0 && loop->is_running)
            words = words_of_hub(tasks, i, arena);
        else if (loop->has_nothing_to_come && loop->is_running)
            words = words_of_asyncio(tasks, i, arena);
    }
    return words;
}
