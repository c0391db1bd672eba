/*
 * A loop that cannot run, because its thread stands in one of its tasks.
 *
 *     thread ─▶ run_forever ─▶ task ─▶ time.sleep(), a request, a lock: a call that waits
 *                                      meanwhile: other tasks that could go on, timers that are due
 *
 * Who computes for a long time blocks it as well: that is told by timers alone, as a task runs whenever one looks.
 */
#include "tasks/tasks.h"

#include "wait/waits.h"

#include <inttypes.h>
#include <string.h>

/* Words in the arena; NULL: no memory. */
#define SAY(arena, ...) hog_arena_printf(arena, __VA_ARGS__)

static const double LATE = 0.1, LATE_FOR_ONE_THAT_COMPUTES = 1; /* seconds */

static bool is_hub(const struct hog_task *task)
{
    return task->kind && strcmp(task->kind, "Hub") == 0;
}

/* One that runs, of a loop that runs all others; HOG_TASK_NONE: the loop itself has the thread. */
static uint32_t running_task(const struct hog_tasks *tasks, uint32_t loop)
{
    for (uint32_t i = 0; i < tasks->task_count; i++)
        if (tasks->tasks[i].loop == loop && tasks->tasks[i].state == HOG_TASK_RUNNING)
            return is_hub(&tasks->tasks[i]) ? HOG_TASK_NONE : i;
    return HOG_TASK_NONE;
}

/* Those that do not just wait for one another, and so perhaps for the one that runs. */
static uint32_t count_others(const struct hog_tasks *tasks, uint32_t loop)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < tasks->task_count; i++) {
        const struct hog_task *task = &tasks->tasks[i];

        count += task->loop == loop && !is_hub(task) && !task->ender_count &&
                 (task->state == HOG_TASK_READY || task->state == HOG_TASK_WAITING);
    }
    return count;
}

static bool is_blocked(const struct hog_tasks *tasks, const struct hog_snapshot *snapshot, uint32_t loop)
{
    const struct hog_loop *about = &tasks->loops[loop];
    const struct hog_thread *thread = &snapshot->threads[about->thread];

    if (thread->state == HOG_STATE_RUNNING || thread->state == HOG_STATE_WAITING_FOR_GIL)
        return about->overdue >= LATE_FOR_ONE_THAT_COMPUTES;
    return thread->state == HOG_STATE_IDLE && (about->overdue >= LATE || count_others(tasks, loop));
}

static const char *words_of(const struct hog_tasks *tasks, const struct hog_snapshot *snapshot, uint32_t loop,
                            uint32_t task, struct hog_arena *arena)
{
    const struct hog_loop *about = &tasks->loops[loop];
    uint32_t others = count_others(tasks, loop);
    const char *called = hog_task_called(tasks, NULL, task, arena), *late = "", *kept = "";
    char buffer[HOG_WAIT_CALLED];

    if (others)
        kept = SAY(arena, "; %" PRIu32 " other task%s cannot run", others, others == 1 ? "" : "s");
    if (about->overdue >= LATE)
        late = SAY(arena, "; timers are overdue by %.1f s", about->overdue);
    return called && kept && late
               ? SAY(arena, "Blocked event loop: %s holds up the loop of %s (%s)%s%s.", called,
                     hog_wait_thread_called(&snapshot->threads[about->thread], buffer), about->kind, kept,
                     late)
               : NULL;
}

const char *hog_tasks_blocked_loop(const struct hog_tasks *tasks, const struct hog_snapshot *snapshot,
                                   struct hog_arena *arena)
{
    for (uint32_t i = 0; i < tasks->loop_count && !tasks->interrupted; i++) {
        const struct hog_loop *loop = &tasks->loops[i];
        uint32_t task =
            loop->is_running && loop->thread != HOG_TASK_NONE ? running_task(tasks, i) : HOG_TASK_NONE;

        if (task != HOG_TASK_NONE && strcmp(loop->kind, "greenlet") != 0 && is_blocked(tasks, snapshot, i))
            return words_of(tasks, snapshot, i, task, arena);
    }
    return NULL;
}
