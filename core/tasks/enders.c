/*
 * Who could end the wait of a task, as far as it is tasks that could.
 *
 *     _fut_waiter is     a task                        that one
 *                        a future of gather()          all of its _children, or one that fails
 *                        the outer one of shield()     what it protects
 *                        the waiter of wait()          all of fs, or any, or one that fails, as return_when says
 *                        _on_completed_fut of a group  all of its _tasks, or one that fails
 *     it wants a lock    that some task has            that one
 *
 * A ring is made of what both ends tell: the task is among those that the future wakes, and who ends a future of several
 * tasks has a callback for that (awaiters.c).
 *
 * Whatever is among these and is no task (a bare future, what an executor does) may come about: `is_open`. So may what
 * is done already but has not yet been told to who waits for it.
 *
 * Source: Lib/asyncio/{tasks,taskgroups,locks}.py, 3.6 - 3.15; trio 0.23 - 0.35, _core/_run.py (NurseryManager).
 */
#include "tasks/reader.h"

#include "base/grow.h"

#include <string.h>

enum { MOST_DEEP = 8, MOST_ENDERS = 1 << 16, ENDERS_IN_ALL = 1 << 22, FRAMES_LOOKED_AT = 16 };

struct found_enders {
    struct raw_task *raw;
    uint32_t *items; /* malloc'ed */
    uint32_t count, capacity, looked_at;
    enum hog_task_need need;
    bool is_open;
    const char *how;
};

/* A task, and the outer future of a shield() of it. */
struct shielded {
    uint64_t outer, task;
    UT_hash_handle hh;
};

static bool is_kind(const struct raw_task *raw, const char *kind)
{
    return raw->task.wait.kind && strcmp(raw->task.wait.kind, kind) == 0;
}

static struct raw_task *task_at(struct tasks_reader *reader, uint64_t address)
{
    struct raw_task *raw;

    HASH_FIND(hh, reader->by_address, &address, sizeof address, raw);
    return raw;
}

/* What is done is not waited for any more; but who waits may be told of it any moment. */
static void pass_over(struct tasks_reader *reader, struct found_enders *found, uint64_t done)
{
    found->is_open = found->is_open || found->need == HOG_TASK_NEEDS_ANY ||
                     (found->need == HOG_TASK_NEEDS_ALL_OR_FAILED && future_has_failed(reader, done));
}

static bool is_done(struct tasks_reader *reader, uint64_t future)
{
    enum future_state state = future_state(reader, future);

    return state == FUTURE_FINISHED || state == FUTURE_CANCELLED;
}

static void add(struct tasks_reader *reader, struct found_enders *found, uint64_t address)
{
    const struct raw_task *ender = task_at(reader, address);

    if (found->need == HOG_TASK_NEEDS_UNKNOWN)
        found->need = HOG_TASK_NEEDS_ANY;
    if (is_done(reader, address)) {
        pass_over(reader, found, address);
        return;
    }
    if (!ender || found->count >= MOST_ENDERS) {
        found->is_open = true;
        return;
    }
    if (!HOG_GROW(found->items, found->capacity, found->count + 1)) {
        reader->no_memory = true;
        return;
    }
    found->items[found->count++] = ender->number;
}

/* What is within something else has its own need: where they are not the same, all of them have to be stuck. */
static void combine(struct found_enders *found, enum hog_task_need inner)
{
    if (found->need == HOG_TASK_NEEDS_UNKNOWN || found->need == inner)
        found->need = inner;
    else if (found->need != HOG_TASK_NEEDS_ANY && inner != HOG_TASK_NEEDS_ANY)
        found->need = HOG_TASK_NEEDS_ALL_OR_FAILED;
    else
        found->need = HOG_TASK_NEEDS_ANY;
}

static void resolve(struct tasks_reader *reader, struct found_enders *found, uint64_t future, unsigned deep);

static void resolve_all(struct tasks_reader *reader, struct found_enders *found, uint64_t container,
                        unsigned deep)
{
    struct hog_value_walk walk;
    struct hog_value_item item;

    if (hog_value_walk_start(reader->values, container, &walk) != HOG_OK) {
        found->is_open = true;
        return;
    }
    while (found->looked_at < MOST_ENDERS && hog_value_walk_next(reader->values, &walk, &item)) {
        found->looked_at++;
        resolve(reader, found, item.value, deep + 1);
    }
    if (walk.status != HOG_OK || found->looked_at >= MOST_ENDERS)
        found->is_open = true;
}

/* What a shield() protects whose outer future this is; 0: it is none. */
static uint64_t shielded(struct tasks_reader *reader, uint64_t future)
{
    struct callback_walk walk = {.future = future};
    struct shielded *shielded;
    uint64_t callback, inner = 0;

    while (!inner && future_next_callback(reader, &walk, &callback))
        inner = closure_cell(reader, callback, "shield.<locals>._outer_done_callback", NULL);
    HASH_FIND(hh, reader->shielded, &future, sizeof future, shielded);
    return inner ? inner : shielded ? shielded->task : 0;
}

/* 3.6: the outer future of a shield() has no callback; the task that it protects has one which ends that. */
static void note_shielded(struct tasks_reader *reader, uint64_t task)
{
    struct callback_walk walk = {.future = task};
    struct shielded *shielded;
    uint64_t callback, outer;

    while (!reader->no_memory && future_next_callback(reader, &walk, &callback)) {
        outer = closure_cell(reader, callback, "shield.<locals>._done_callback", NULL);
        HASH_FIND(hh, reader->shielded, &outer, sizeof outer, shielded);
        if (!outer || shielded)
            continue;
        shielded = hog_arena_alloc(reader->arena, sizeof *shielded);
        if (!shielded) {
            reader->no_memory = true;
            return;
        }
        *shielded = (struct shielded){.outer = outer, .task = task};
        HASH_ADD(hh, reader->shielded, outer, sizeof shielded->outer, shielded);
    }
}

/* Only where somebody waits for a future of which no more is known. */
static void find_shielded(struct tasks_reader *reader)
{
    bool wanted = false;

    for (uint32_t i = 0; i < reader->task_count && !wanted; i++)
        wanted =
            is_kind(reader->tasks[i], "future") && future_is_task(reader, reader->tasks[i]->task.address);
    for (uint32_t i = 0; wanted && i < reader->task_count && !tasks_interrupted(reader); i++)
        if (reader->tasks[i]->task.state == HOG_TASK_WAITING)
            note_shielded(reader, reader->tasks[i]->task.address);
}

/* Members of a group, or of wait(), are looked at alone: what is within them is a wait of its own. */
static void resolve(struct tasks_reader *reader, struct found_enders *found, uint64_t future, unsigned deep)
{
    bool is_pending = deep < MOST_DEEP && future_state(reader, future) == FUTURE_PENDING;
    uint64_t inner;

    if (future_is_task(reader, future) || (task_at(reader, future) && deep)) {
        found->how = found->how ? found->how : "is";
        add(reader, found, future);
    } else if (deep && is_done(reader, future)) {
        pass_over(reader, found, future);
    } else if (is_pending && hog_value_is_a(reader->values, future, "asyncio.tasks", "_GatheringFuture") &&
               object_attribute(reader, future, "_children", &inner)) {
        combine(found, HOG_TASK_NEEDS_ALL_OR_FAILED);
        found->how = found->how ? found->how : "is the future of a gather(), among whose _children is";
        resolve_all(reader, found, inner, deep);
    } else if (is_pending && (inner = shielded(reader, future))) {
        found->how = found->how ? found->how : "is the outer future of a shield(), which protects";
        resolve(reader, found, inner, deep + 1);
    } else {
        found->is_open = true;
    }
}

/* asyncio.wait(): its frame has all. False: the task is in none. */
static bool in_wait(struct tasks_reader *reader, struct found_enders *found)
{
    struct raw_task *raw = found->raw;
    const struct hog_frame *frame = raw->task.frames;
    uint64_t waiter, futures, when, timeout;

    if (!raw->task.frame_count || !frame->module || strcmp(frame->module, "asyncio.tasks") != 0 ||
        strcmp(frame->code->name, "_wait") != 0 || !frame_variable(reader, frame, "waiter", &waiter) ||
        waiter != raw->waiter || !frame_variable(reader, frame, "fs", &futures) ||
        !frame_variable(reader, frame, "return_when", &when) ||
        !frame_variable(reader, frame, "timeout_handle", &timeout))
        return false;
    raw->task.has_limit = !hog_value_is_none(reader->values, timeout);
    found->need = hog_value_text_is(reader->values, when, "ALL_COMPLETED")     ? HOG_TASK_NEEDS_ALL
                  : hog_value_text_is(reader->values, when, "FIRST_EXCEPTION") ? HOG_TASK_NEEDS_ALL_OR_FAILED
                                                                               : HOG_TASK_NEEDS_ANY;
    /* anyio's TaskGroup, to 4.6, waits for its tasks so, and cancels all when one fails */
    if (found->need == HOG_TASK_NEEDS_ALL && raw->task.frame_count > 2 && raw->task.frames[2].module &&
        strncmp(raw->task.frames[2].module, "anyio.", strlen("anyio.")) == 0)
        found->need = HOG_TASK_NEEDS_ALL_OR_FAILED;
    found->how = "is the waiter of a wait(), among whose fs is";
    resolve_all(reader, found, futures, 0);
    return true;
}

/* The end of a group of tasks, of asyncio or anyio. False: the task is in none. */
static bool in_group(struct tasks_reader *reader, struct found_enders *found)
{
    const struct raw_task *raw = found->raw;
    uint64_t self, tasks;

    for (size_t i = 0; i < raw->task.frame_count && i < FRAMES_LOOKED_AT; i++) {
        const struct hog_frame *frame = &raw->task.frames[i];

        if (!frame_variable(reader, frame, "self", &self) ||
            (!hog_value_is_a(reader->values, self, "asyncio.taskgroups", "TaskGroup") &&
             !hog_value_is_a(reader->values, self, "anyio._backends._asyncio", "TaskGroup")) ||
            object_linked(reader, self, "_on_completed_fut") != raw->waiter ||
            !object_attribute(reader, self, "_tasks", &tasks))
            continue;
        found->need = HOG_TASK_NEEDS_ALL_OR_FAILED;
        found->how = "is the _on_completed_fut of a TaskGroup, among whose _tasks is";
        resolve_all(reader, found, tasks, 0);
        return true;
    }
    return false;
}

static bool is_locked(struct tasks_reader *reader, uint64_t lock)
{
    int64_t locked;

    return !hog_value_is_a(reader->values, lock, "asyncio.locks", "Lock") ||
           (object_number(reader, lock, "_locked", &locked) && locked);
}

/* Who has the lock is recorded, or proven by its `async with` (holders.c). */
static void in_lock(struct tasks_reader *reader, struct found_enders *found)
{
    const struct hog_task_wait *wait = &found->raw->task.wait;

    if (!wait->held_by || !is_locked(reader, wait->address))
        return;
    found->need = HOG_TASK_NEEDS_ANY;
    found->how = hog_value_is_a(reader->values, wait->address, "asyncio.locks", "Lock") ||
                         hog_value_is_a(reader->values, wait->address, "curio.sync", "Lock")
                     ? "held: its __aexit__ is on the stack of"
                     : "held: its owner is recorded, and is";
    add(reader, found, wait->held_by);
}

/* Of trio: the task stands at the end of a nursery. */
static void in_nursery(struct tasks_reader *reader, struct found_enders *found)
{
    const struct raw_task *raw = found->raw;
    uint64_t self, nursery, children;

    for (size_t i = 0; i < raw->task.frame_count && i < FRAMES_LOOKED_AT; i++) {
        if (!frame_variable(reader, &raw->task.frames[i], "self", &self) ||
            !hog_value_is_a(reader->values, self, "trio._core._run", "NurseryManager"))
            continue;
        nursery = object_linked(reader, self, "_nursery");
        if (!object_attribute(reader, nursery, "_children", &children))
            return;
        found->need = HOG_TASK_NEEDS_ALL_OR_FAILED;
        found->how = "waits at the end of a nursery, among whose _children is";
        resolve_all(reader, found, children, 0);
        return;
    }
}

static void find(struct tasks_reader *reader, struct found_enders *found)
{
    struct raw_task *raw = found->raw;

    if (is_kind(raw, "lock")) {
        in_lock(reader, found);
    } else if (future_is_task(reader, raw->task.address)) {
        if (!in_wait(reader, found) && !in_group(reader, found))
            resolve(reader, found, raw->waiter, 0);
    } else if (is_kind(raw, "task_group")) {
        in_nursery(reader, found);
    } else if (is_kind(raw, "task") && (raw->is_greenlet ? raw->leads == 1 : raw->waiter != 0)) {
        found->need = HOG_TASK_NEEDS_ANY;
        found->how = "waits for the end of";
        add(reader, found, raw->is_greenlet ? raw->task.wait.address : raw->waiter);
    }
}

static void keep(struct tasks_reader *reader, struct found_enders *found)
{
    struct hog_task *task = &found->raw->task;
    uint32_t *kept;

    if (!found->count || !found->how)
        return;
    kept = hog_arena_array(reader->arena, found->count, sizeof *kept);
    if (!kept) {
        reader->no_memory = true;
        return;
    }
    memcpy(kept, found->items, found->count * sizeof *kept);
    task->enders = kept;
    task->ender_count = found->count;
    task->is_open = found->is_open;
    task->need = found->need;
    found->raw->how = found->how;
}

void tasks_find_enders(struct tasks_reader *reader)
{
    uint32_t all = 0;

    find_shielded(reader);
    for (uint32_t i = 0; i < reader->task_count && !reader->no_memory && !tasks_interrupted(reader); i++) {
        struct found_enders found = {.raw = reader->tasks[i]};

        if (found.raw->task.state != HOG_TASK_WAITING || !found.raw->task.wait.kind || all >= ENDERS_IN_ALL)
            continue;
        find(reader, &found);
        keep(reader, &found);
        all += found.count;
        free(found.items);
    }
    HASH_CLEAR(hh, reader->shielded);
}

/* Is the task among those that the future wakes at its end? */
static bool wakes(struct tasks_reader *reader, uint64_t future, uint64_t task)
{
    struct callback_walk walk = {.future = future};
    uint64_t callback;

    while (future_next_callback(reader, &walk, &callback))
        if (callback_task(reader, callback) == task)
            return true;
    return false;
}

bool enders_confirm(struct tasks_reader *reader, const struct raw_task *raw, const struct hog_task *next)
{
    if (!future_is_task(reader, raw->task.address))
        return true;
    if (!wakes(reader, raw->waiter, raw->task.address))
        return false;
    if (is_kind(raw, "lock") || raw->waiter == next->address || raw->task.address == next->address)
        return true;
    for (uint32_t i = 0; i < next->awaited_by_count; i++)
        if (next->awaited_by[i] == raw->number)
            return true;
    return false;
}

const char *enders_proof(struct tasks_reader *reader, const struct raw_task *raw, uint64_t next)
{
    const char *what = raw->is_greenlet ? "greenlet" : "task";

    if (is_kind(raw, "lock"))
        return WORDS(reader,
                     "the %s at " HOG_ADDRESS " waits for the lock at " HOG_ADDRESS
                     ", %s the %s at " HOG_ADDRESS,
                     what, raw->task.address, raw->task.wait.address, raw->how, what, next);
    if (!future_is_task(reader, raw->task.address))
        return WORDS(reader, "the %s at " HOG_ADDRESS " %s the %s at " HOG_ADDRESS, what, raw->task.address,
                     raw->how, what, next);
    if (raw->waiter == next)
        return WORDS(reader, "_fut_waiter of the task at " HOG_ADDRESS " is the task at " HOG_ADDRESS,
                     raw->task.address, next);
    return WORDS(reader,
                 "_fut_waiter of the task at " HOG_ADDRESS " is " HOG_ADDRESS
                 ", which %s the task at " HOG_ADDRESS,
                 raw->task.address, raw->waiter, raw->how, next);
}
