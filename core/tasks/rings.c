/*
 * Tasks that wait for one another.
 *
 *     task a ──waits for──▶ task b ──waits for──▶ task c ──waits for──▶ task a
 *
 * Who is stuck is the greatest fixed point, as in wait/graph.c: every task that waits for other tasks without a limit is
 * taken to be stuck, then those are let go, one after another, whose wait could end: any one of several that would do is
 * free, or all of those that have to be. It is done twice: what is proven, and what is likely, where who waits for all of
 * several, of which one may fail, is taken to wait for all. From who is stuck, going on to one that it waits for and that
 * is stuck too, one always comes into a ring.
 *
 * Pure: nothing here reads a process.
 */
#include "tasks/tasks.h"

#include "wait/waits.h"

#include <inttypes.h>
#include <string.h>

/* Words in the arena; NULL: no memory. */
#define SAY(arena, ...) hog_arena_printf(arena, __VA_ARGS__)

enum { NAMED = 6 };

static const char by_failing[] = "one that it waits for may fail, and end that";
static const char by_awaiter[] = "a task that awaits it has a time limit, and may cancel it";

struct judge {
    const struct hog_tasks *tasks;
    struct hog_arena *arena;
    bool with_likely;
    uint32_t *first, *waiters; /* those that wait for task i: waiters[first[i]] up to first[i + 1] */
    uint32_t *left;            /* of those that have to end: how many are not free */
    uint32_t *queue;
    bool *is_free;
};

static bool runs(const struct hog_tasks *tasks, const struct hog_task *task)
{
    return task->loop < tasks->loop_count && tasks->loops[task->loop].is_running &&
           tasks->loops[task->loop].thread != HOG_TASK_NONE;
}

static enum hog_task_need need_of(const struct judge *judge, const struct hog_task *task)
{
    if (task->need != HOG_TASK_NEEDS_ALL_OR_FAILED)
        return task->need;
    return judge->with_likely ? HOG_TASK_NEEDS_ALL : HOG_TASK_NEEDS_ANY;
}

static bool is_free_at_first(const struct judge *judge, const struct hog_task *task)
{
    if (task->state != HOG_TASK_WAITING || !runs(judge->tasks, task) || task->has_limit || !task->ender_count)
        return true;
    return task->need == HOG_TASK_NEEDS_UNKNOWN ||
           (task->is_open && need_of(judge, task) == HOG_TASK_NEEDS_ANY);
}

/* False: no memory. */
static bool make_edges(struct judge *judge)
{
    uint32_t count = judge->tasks->task_count, edges = 0;

    judge->first = hog_arena_array(judge->arena, (size_t)count + 1, sizeof *judge->first);
    judge->left = hog_arena_array(judge->arena, count, sizeof *judge->left);
    judge->queue = hog_arena_array(judge->arena, count, sizeof *judge->queue);
    judge->is_free = hog_arena_array(judge->arena, count, sizeof *judge->is_free);
    if (!judge->first || !judge->left || !judge->queue || !judge->is_free)
        return false;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < judge->tasks->tasks[i].ender_count; k++, edges++)
            judge->first[judge->tasks->tasks[i].enders[k] + 1]++;
    judge->waiters = hog_arena_array(judge->arena, edges, sizeof *judge->waiters);
    if (!judge->waiters && edges)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        judge->first[i + 1] += judge->first[i];
        judge->queue[i] = judge->first[i];
    }
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < judge->tasks->tasks[i].ender_count; k++)
            judge->waiters[judge->queue[judge->tasks->tasks[i].enders[k]]++] = i;
    return true;
}

/* False: nobody is stuck. */
static bool let_go(struct judge *judge, bool with_likely)
{
    uint32_t count = judge->tasks->task_count, queued = 0;

    judge->with_likely = with_likely;
    for (uint32_t i = 0; i < count; i++) {
        const struct hog_task *task = &judge->tasks->tasks[i];

        judge->is_free[i] = is_free_at_first(judge, task);
        judge->left[i] = need_of(judge, task) == HOG_TASK_NEEDS_ALL ? task->ender_count : 1;
        if (judge->is_free[i])
            judge->queue[queued++] = i;
    }
    for (uint32_t next = 0; next < queued; next++)
        for (uint32_t k = judge->first[judge->queue[next]]; k < judge->first[judge->queue[next] + 1]; k++) {
            uint32_t waiter = judge->waiters[k];

            if (judge->is_free[waiter] || --judge->left[waiter])
                continue;
            judge->is_free[waiter] = true;
            judge->queue[queued++] = waiter;
        }
    return queued < count;
}

/*
 * From who is stuck to the rings.
 */

struct finder {
    struct hog_tasks *tasks;
    struct hog_arena *arena;
    uint32_t *next; /* the one that a task waits for and that is stuck too; HOG_TASK_NONE: it is not stuck */
    uint32_t *ring_of; /* the ring that it comes to, HOG_TASK_NONE not known yet */
    uint32_t *visit;   /* which walk came by; 0 none */
    uint32_t *queue;
    bool *is_proven; /* its being stuck is */
    struct hog_task_ring *rings;
    uint32_t count;
    uint32_t steps; /* of all looks at awaiters */
};

/* Who is stuck for sure waits for one that is, if there is any. */
static void choose_next(const struct finder *finder, const bool *is_free, bool proven)
{
    for (uint32_t i = 0; i < finder->tasks->task_count; i++) {
        const struct hog_task *task = &finder->tasks->tasks[i];

        if (is_free[i])
            continue;
        finder->is_proven[i] = finder->is_proven[i] || proven;
        for (uint32_t k = 0; k < task->ender_count && finder->next[i] == HOG_TASK_NONE; k++)
            if (!is_free[task->enders[k]])
                finder->next[i] = task->enders[k];
    }
}

/* Does somebody await one of them who may be told to end, and tell it? */
static bool is_awaited_for_a_time(struct finder *finder, const struct hog_task_ring *ring, uint32_t walk)
{
    enum { MOST_STEPS = 10000000 };
    uint32_t queued = 0;

    for (; queued < ring->count; queued++) {
        finder->queue[queued] = ring->tasks[queued];
        finder->visit[ring->tasks[queued]] = walk;
    }
    for (uint32_t i = 0; i < queued; i++) {
        const struct hog_task *task = &finder->tasks->tasks[finder->queue[i]];

        if (task->has_limit)
            return true;
        for (uint32_t k = 0; k < task->awaited_by_count; k++) {
            if (finder->steps++ >= MOST_STEPS)
                return true; /* not known */
            if (finder->visit[task->awaited_by[k]] == walk)
                continue;
            finder->visit[task->awaited_by[k]] = walk;
            finder->queue[queued++] = task->awaited_by[k];
        }
    }
    return false;
}

static const char *doubt_of(struct finder *finder, const struct hog_task_ring *ring)
{
    for (uint32_t i = 0; i < ring->count; i++)
        if (!finder->is_proven[ring->tasks[i]])
            return by_failing;
    for (uint32_t i = 0; i < ring->count; i++)
        if (finder->tasks->tasks[ring->tasks[i]].doubt)
            return finder->tasks->tasks[ring->tasks[i]].doubt;
    return NULL;
}

/* `task` is in a ring: it, from the task with the lowest number on. False: no memory. */
static bool keep_ring(struct finder *finder, uint32_t task)
{
    struct hog_task_ring *ring = &finder->rings[finder->count];
    uint32_t first = task, count = 0, *tasks;

    for (uint32_t i = finder->next[task]; i != task; i = finder->next[i])
        first = i < first ? i : first;
    for (uint32_t i = first; !count || i != first; i = finder->next[i]) {
        finder->ring_of[i] = finder->count;
        count++;
    }
    tasks = hog_arena_array(finder->arena, count, sizeof *tasks);
    if (!tasks)
        return false;
    for (uint32_t i = 0; i < count; i++, first = finder->next[first])
        tasks[i] = first;
    *ring = (struct hog_task_ring){.tasks = tasks, .count = count};
    finder->count++;
    return true;
}

static bool walk_from(struct finder *finder, uint32_t start, uint32_t walk)
{
    uint32_t i = start, ring;

    for (; finder->ring_of[i] == HOG_TASK_NONE && finder->visit[i] != walk; i = finder->next[i])
        finder->visit[i] = walk;
    if (finder->ring_of[i] == HOG_TASK_NONE && !keep_ring(finder, i))
        return false;
    ring = finder->ring_of[i];
    for (i = start; finder->ring_of[i] == HOG_TASK_NONE; i = finder->next[i]) {
        finder->ring_of[i] = ring;
        finder->rings[ring].behind++;
    }
    return true;
}

/* Those that are proven first. */
static bool put_in_order(struct finder *finder)
{
    struct hog_task_ring *rings = hog_arena_array(finder->arena, finder->count, sizeof *rings);
    uint32_t kept = 0;

    if (!rings && finder->count)
        return false;
    for (int likely = 0; likely < 2; likely++)
        for (uint32_t i = 0; i < finder->count; i++)
            if (!finder->rings[i].doubt == !likely)
                rings[kept++] = finder->rings[i];
    finder->tasks->rings = rings;
    finder->tasks->ring_count = kept;
    return true;
}

static bool find_rings(struct finder *finder)
{
    uint32_t count = finder->tasks->task_count, walk = 1;

    for (uint32_t i = 0; i < count; i++)
        if (finder->next[i] != HOG_TASK_NONE && !walk_from(finder, i, walk++))
            return false;
    for (uint32_t i = 0; i < finder->count; i++) {
        struct hog_task_ring *ring = &finder->rings[i];

        ring->doubt = doubt_of(finder, ring);
        if (!ring->doubt && is_awaited_for_a_time(finder, ring, walk++))
            ring->doubt = by_awaiter;
    }
    return put_in_order(finder);
}

bool hog_tasks_find_rings(struct hog_tasks *tasks, struct hog_arena *arena)
{
    struct judge judge = {.tasks = tasks, .arena = arena};
    struct finder finder = {.tasks = tasks, .arena = arena};
    uint32_t count = tasks->task_count;

    tasks->rings = NULL;
    tasks->ring_count = 0;
    if (!make_edges(&judge))
        return !count;
    if (!let_go(&judge, true))
        return true;
    finder.next = hog_arena_array(arena, count, sizeof *finder.next);
    finder.ring_of = hog_arena_array(arena, count, sizeof *finder.ring_of);
    finder.visit = hog_arena_array(arena, count, sizeof *finder.visit);
    finder.is_proven = hog_arena_array(arena, count, sizeof *finder.is_proven);
    finder.rings = hog_arena_array(arena, count, sizeof *finder.rings);
    finder.queue = judge.queue;
    if (!finder.next || !finder.ring_of || !finder.visit || !finder.is_proven || !finder.rings)
        return false;
    for (uint32_t i = 0; i < count; i++)
        finder.next[i] = finder.ring_of[i] = HOG_TASK_NONE;
    if (let_go(&judge, false))
        choose_next(&finder, judge.is_free, true);
    (void)let_go(&judge, true);
    choose_next(&finder, judge.is_free, false);
    return find_rings(&finder);
}

/*
 * In words.
 */

static bool is_greenlet(const struct hog_tasks *tasks, const struct hog_task *task)
{
    const char *kind = task->loop < tasks->loop_count ? tasks->loops[task->loop].kind : "";

    return strcmp(kind, "gevent") == 0 || strcmp(kind, "greenlet") == 0;
}

/* Of several tasks of a ring that have the same name, it takes the address to tell which. */
static bool is_sole_name(const struct hog_tasks *tasks, const struct hog_task_ring *ring, uint32_t number)
{
    for (uint32_t i = 0; ring && i < ring->count; i++) {
        const char *name = tasks->tasks[ring->tasks[i]].name;

        if (ring->tasks[i] != number && name && strcmp(name, tasks->tasks[number].name) == 0)
            return false;
    }
    return true;
}

const char *hog_task_called(const struct hog_tasks *tasks, const struct hog_task_ring *ring, uint32_t number,
                            struct hog_arena *arena)
{
    const struct hog_task *task = &tasks->tasks[number];
    const char *what = is_greenlet(tasks, task) ? "greenlet" : "task";

    if (!task->name)
        return SAY(arena, "%s " HOG_ADDRESS, what, task->address);
    if (!is_sole_name(tasks, ring, number))
        return SAY(arena, "%s %s " HOG_ADDRESS, what, task->name, task->address);
    return task->is_default_name ? task->name : SAY(arena, "%s %s", what, task->name);
}

/* What the text begins with: "asyncio.Lock" of "asyncio.Lock, 2 wait for it", "trio's Lock" of "trio's Lock.acquire". */
static size_t length_of_lock(const char *text)
{
    size_t length = strcspn(text, ",");
    const char *of_library = strstr(text, "'s "), *dot = of_library ? strchr(of_library, '.') : NULL;

    return dot && (size_t)(dot - text) < length ? (size_t)(dot - text) : length;
}

/* " → task b", " → asyncio.Lock 0x7f… (held by task b)", " → asyncio.gather() of 2 → task b" */
static const char *step_words(const struct hog_task *task, const char *next, struct hog_arena *arena)
{
    const char *text = task->wait.text ? task->wait.text : "?";

    if (!next || !task->wait.kind || strcmp(task->wait.kind, "task") == 0)
        return next ? SAY(arena, " → %s", next) : NULL;
    if (strcmp(task->wait.kind, "lock") == 0)
        return SAY(arena, " → %.*s " HOG_ADDRESS " (held by %s)", (int)length_of_lock(text), text,
                   task->wait.address, next);
    return SAY(arena, " → %s → %s", text, next);
}

const char *hog_task_ring_words(const struct hog_tasks *tasks, const struct hog_task_ring *ring,
                                const struct hog_snapshot *snapshot, struct hog_arena *arena)
{
    const char *words = hog_task_called(tasks, ring, ring->tasks[0], arena);
    const struct hog_loop *loop = &tasks->loops[tasks->tasks[ring->tasks[0]].loop];
    const struct hog_thread *thread = &snapshot->threads[loop->thread];
    char buffer[HOG_WAIT_CALLED];

    for (uint32_t i = 0; words && i < ring->count; i++) {
        const char *step;

        if (i > NAMED && i + 1 < ring->count)
            continue;
        step = step_words(&tasks->tasks[ring->tasks[i]],
                          hog_task_called(tasks, ring, ring->tasks[(i + 1) % ring->count], arena), arena);
        if (i > NAMED)
            words = SAY(arena, "%s → … (%" PRIu32 " in all)", words, ring->count);
        words = words && step ? SAY(arena, "%s%s", words, step) : NULL;
    }
    return words ? SAY(arena, "%s (%s, in %s)", words, loop->kind, hog_wait_thread_called(thread, buffer))
                 : NULL;
}

const char *hog_tasks_ring_verdict(const struct hog_tasks *tasks, const struct hog_snapshot *snapshot,
                                   struct hog_arena *arena)
{
    const struct hog_task_ring *ring = &tasks->rings[0];
    const char *words = hog_task_ring_words(tasks, ring, snapshot, arena);
    uint32_t others = tasks->ring_count - 1;

    words = words ? SAY(arena, "%s: %s", ring->doubt ? "Likely deadlock" : "Deadlock", words) : NULL;
    if (words && ring->doubt)
        words = SAY(arena, "%s; but %s", words, ring->doubt);
    if (words && ring->behind)
        words = SAY(arena, "%s. %" PRIu32 " more wait%s behind %s", words, ring->behind,
                    ring->behind == 1 ? "s" : "", ring->count == 1 ? "it" : "them");
    if (words && others)
        words = SAY(arena, "%s; and %" PRIu32 " more such ring%s", words, others, others == 1 ? "" : "s");
    return words ? SAY(arena, "%s.", words) : NULL;
}
