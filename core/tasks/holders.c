/*
 * Which task holds a Lock of asyncio or curio. The lock does not say; but a task that stands within `async with lock:`
 * has the way out of it on the value stack of that frame, and of a suspended frame all of the stack is sure:
 *
 *     to 3.13    │ … │ bound method __aexit__ of the lock │ … │
 *     3.14+      │ … │ function __aexit__ │ the lock │ … │
 *
 * Who still waits in __aenter__ has it there too: of the lock that a task waits for one is too few, two are one that it
 * has, and will never get again. Who waits for a Condition has given its lock away meanwhile. A lock that was taken with
 * acquire() has no such trace: then nobody is named, nor where two tasks have one.
 *
 * Source: Python/compile.c, Python/codegen.c (async with), 3.6 - 3.15; Lib/asyncio/locks.py;
 * curio 1.6, curio/sync.py.
 */
#include "tasks/reader.h"

#include "value/coroutine.h"

#include <string.h>

enum { MOST_SLOTS = 64, MOST_FRAMES = 64 };

struct held_lock {
    uint64_t lock;
    uint32_t task;
    bool is_of_several; /* then it is not known who has it */
    const char *text;   /* of the waits for it, once composed */
    UT_hash_handle hh;
};

static bool is_exit(struct tasks_reader *reader, uint64_t function)
{
    uint64_t name;

    return hog_value_is(reader->values, function, "builtins", "function") &&
           read_member(reader, function, HOG_F_func_func_name, &name) &&
           hog_value_text_is(reader->values, name, "__aexit__");
}

/* The lock that the slot is the way out of; 0: none. */
static uint64_t lock_of_slot(struct tasks_reader *reader, uint64_t object, uint64_t next)
{
    uint64_t function, lock = 0;

    if (!object)
        return 0;
    if (hog_value_is(reader->values, object, "builtins", "method")) {
        if (!read_member(reader, object, HOG_F_method_im_func, &function) || !is_exit(reader, function) ||
            !read_member(reader, object, HOG_F_method_im_self, &lock))
            return 0;
    } else if (next && is_exit(reader, object)) {
        lock = next;
    }
    return lock && (hog_value_is_a(reader->values, lock, "asyncio.locks", "Lock") ||
                    hog_value_is_a(reader->values, lock, "curio.sync", "Lock"))
               ? lock
               : 0;
}

static void note_holder(struct tasks_reader *reader, uint64_t lock, const struct raw_task *raw)
{
    struct held_lock *held;

    HASH_FIND(hh, reader->held, &lock, sizeof lock, held);
    if (held) {
        held->is_of_several = held->is_of_several || held->task != raw->number;
        return;
    }
    held = hog_arena_alloc(reader->arena, sizeof *held);
    if (!held) {
        reader->no_memory = true;
        return;
    }
    *held = (struct held_lock){.lock = lock, .task = raw->number};
    HASH_ADD(hh, reader->held, lock, sizeof held->lock, held);
}

static bool is_library_call(const struct hog_frame *frame, const char *function)
{
    return frame->module && strcmp(frame->code->name, function) == 0 &&
           (strcmp(frame->module, "asyncio.locks") == 0 || strcmp(frame->module, "curio.sync") == 0);
}

/* The lock of the Condition that the task waits for; 0: it waits for none. */
static uint64_t given_away(struct tasks_reader *reader, const struct raw_task *raw)
{
    uint64_t self, lock;

    for (size_t i = 0; i < raw->task.frame_count && i < MOST_FRAMES; i++)
        if (is_library_call(&raw->task.frames[i], "wait") &&
            frame_variable(reader, &raw->task.frames[i], "self", &self) &&
            (lock = object_linked(reader, self, "_lock")))
            return lock;
    return 0;
}

static bool is_entering(const struct raw_task *raw)
{
    for (size_t i = 0; i < raw->task.frame_count && i < MOST_FRAMES; i++)
        if (is_library_call(&raw->task.frames[i], "__aenter__"))
            return true;
    return false;
}

static void look_at_task(struct tasks_reader *reader, const struct raw_task *raw)
{
    uint64_t slots[MOST_SLOTS], wanted = raw->task.wait.is_shared ? raw->task.wait.address : 0;
    uint64_t given = given_away(reader, raw);
    unsigned ways_out = 0; /* of the lock that it waits for */

    for (size_t i = 0; i < raw->task.frame_count && i < MOST_FRAMES; i++) {
        size_t count = hog_suspended_stack(reader->values, &raw->task.frames[i], slots, MOST_SLOTS);

        for (size_t k = 0; k < count && !reader->no_memory; k++) {
            uint64_t lock = lock_of_slot(reader, slots[k], k + 1 < count ? slots[k + 1] : 0);

            if (!lock || lock == given)
                continue;
            if (lock == wanted)
                ways_out++;
            else
                note_holder(reader, lock, raw);
        }
    }
    if (ways_out > (is_entering(raw) ? 1 : 0))
        note_holder(reader, wanted, raw);
}

/* For one that has not said itself who has it. */
static bool waits_for_lock(const struct raw_task *raw)
{
    return raw->task.wait.kind && strcmp(raw->task.wait.kind, "lock") == 0 && !raw->task.wait.held_by;
}

static void name_holder(struct tasks_reader *reader, struct raw_task *raw)
{
    struct held_lock *held;
    const struct hog_task *holder;

    HASH_FIND(hh, reader->held, &raw->task.wait.address, sizeof raw->task.wait.address, held);
    if (!held || held->is_of_several)
        return;
    holder = &reader->tasks[held->task]->task;
    if (!held->text)
        held->text = holder->name ? WORDS(reader, "%s, held by %s", raw->task.wait.text, holder->name)
                                  : WORDS(reader, "%s, held by task " HOG_ADDRESS, raw->task.wait.text,
                                          holder->address);
    if (held->text)
        raw->task.wait.text = held->text;
    raw->task.wait.held_by = holder->address;
}

void tasks_find_holders(struct tasks_reader *reader)
{
    bool wanted = false;

    for (uint32_t i = 0; i < reader->task_count && !wanted; i++)
        wanted = waits_for_lock(reader->tasks[i]);
    for (uint32_t i = 0; wanted && i < reader->task_count && !tasks_interrupted(reader); i++)
        if (reader->tasks[i]->task.state != HOG_TASK_RUNNING && reader->tasks[i]->task.state != HOG_TASK_DONE)
            look_at_task(reader, reader->tasks[i]);
    for (uint32_t i = 0; wanted && i < reader->task_count; i++)
        if (waits_for_lock(reader->tasks[i]))
            name_holder(reader, reader->tasks[i]);
    HASH_CLEAR(hh, reader->held);
}
