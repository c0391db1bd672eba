/*
 * A hub none of whose greenlets can go on.
 *
 * Every greenlet but the hub waits for what another greenlet gives: a semaphore, the end of one, a queue, an Event. None
 * sleeps, none waits for a file, none is about to begin, and there is no other thread of Python that could wake one. As who
 * holds a semaphore is recorded nowhere, and a callback of the loop might release it, that is likely and not proven; and a
 * server that waits for its end or for work is idle, so that somebody has to wait for a semaphore or for the end of one.
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

static const char *words_of_loop(const struct hog_tasks *tasks, uint32_t loop, struct hog_arena *arena)
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

const char *hog_tasks_greenlet_hang(const struct hog_tasks *tasks, const struct hog_snapshot *snapshot,
                                    struct hog_arena *arena)
{
    const char *words = NULL;

    if (tasks->interrupted || tasks->warning_count || count_python(snapshot) != 1)
        return NULL;
    for (uint32_t i = 0; i < tasks->loop_count && !words; i++)
        if (strcmp(tasks->loops[i].kind, "gevent") == 0 && tasks->loops[i].is_running)
            words = words_of_loop(tasks, i, arena);
    return words;
}
