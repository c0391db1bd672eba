/*
 * A plain lock has no owner in memory. But a `with` that is being run keeps the
 * `__exit__` that it will call on the value stack of its frame:
 *
 *     to 3.13    │ … │ builtin __exit__ (m_self: the lock) │ body's own …
 *     3.14+      │ … │ method descriptor __exit__ │ the lock │ body's own …
 *     a Condition over the lock: a method, or a function and the Condition
 *
 * slots.c says which slots are in use for certain. One more thing can give a lock
 * back inside of its `with`: Condition.wait; a thread in there does not count.
 *
 * `lock.acquire()` without `with` leaves no such trace. If one other thread alone
 * runs a function that calls both acquire and release and reaches this very lock
 * by a name of its own, it is likely the holder.
 */
#include "wait/holder.h"

#include "base/grow.h"

#include "wait/name.h"
#include "wait/semlock.h"
#include "wait/slots.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { HELD_MAX = 1 << 16, LIKELY_FRAMES = 64, POLL_EVERY = 64 };

/* One `with` that holds a lock: the first of a lock hangs in the hash, the others behind it. */
struct held_lock {
    uint64_t lock;
    uint32_t thread;
    uint64_t slot;
    struct held_lock *next;
    UT_hash_handle hh;
};

/* A frame of a function that takes and releases locks by name. */
struct locker {
    uint32_t thread;
    const struct hog_frame *frame;
};

static void add_held(struct waits_reader *reader, uint64_t lock, uint32_t thread, uint64_t slot)
{
    struct held_lock *entry, *first;

    if (!lock || HASH_COUNT(reader->held) >= HELD_MAX)
        return;
    entry = hog_arena_alloc(reader->arena, sizeof *entry);
    if (!entry) {
        reader->no_memory = true;
        return;
    }
    *entry = (struct held_lock){.lock = lock, .thread = thread, .slot = slot};
    HASH_FIND(hh, reader->held, &lock, sizeof lock, first);
    if (first) {
        entry->next = first->next;
        first->next = entry;
    } else {
        HASH_ADD(hh, reader->held, lock, sizeof entry->lock, entry);
    }
}

/* What leaving `manager` will release: itself, or the lock of a Condition. */
static uint64_t lock_of_manager(struct waits_reader *reader, uint64_t manager)
{
    uint64_t lock;

    if (object_is_a(reader, manager, "_thread", "lock"))
        return manager;
    if (object_is_a(reader, manager, "threading", "Condition") &&
        hog_value_attribute(reader->values, manager, "_lock", &lock) == HOG_OK)
        return lock;
    return semlock_within(reader, manager);
}

/* A callable that is named __exit__: its self where it is bound, HELD_UNBOUND where self lies in the next
 * slot. */
enum { HELD_UNBOUND = 1 };
static uint64_t exit_of(struct waits_reader *reader, uint64_t callable)
{
    const struct hog_value_type *type;
    uint64_t name, self;
    char text[C_FUNCTION_NAME];

    if (hog_value_type(reader->values, callable, &type) != HOG_OK || strcmp(type->module, "builtins") != 0)
        return 0;
    if (strcmp(type->name, "builtin_function_or_method") == 0) {
        if (!c_function_name(reader, callable, text) || strcmp(text, "__exit__") != 0)
            return 0;
        return read_member(reader, callable, HOG_F_cfunction_m_self, &self) ? self : 0;
    }
    if (strcmp(type->name, "method") == 0)
        return read_member(reader, callable, HOG_F_method_im_self, &self) ? self : 0;
    if (strcmp(type->name, "method_descriptor") == 0)
        return read_member(reader, callable, HOG_F_descr_d_name, &name) &&
                       hog_value_text_is(reader->values, name, "__exit__")
                   ? HELD_UNBOUND
                   : 0;
    return strcmp(type->name, "function") == 0 ? HELD_UNBOUND : 0;
}

static void look_at_frame(struct waits_reader *reader, uint32_t thread, const struct hog_frame *frame)
{
    uint64_t objects[SLOTS_MAX];
    struct frame_slots slots;
    uint32_t count;

    if (!slots_of(reader, frame, &slots) || !slots.live)
        return;
    count = slots_read(reader, &slots, slots.locals, slots.live, objects);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t self = objects[i] ? exit_of(reader, objects[i]) : 0;

        if (self == HELD_UNBOUND)
            self = i + 1 < count ? objects[i + 1] : 0;
        if (self)
            add_held(reader, lock_of_manager(reader, self), thread,
                     slots.first + 8 * ((uint64_t)slots.locals + i));
    }
}

static void build(struct waits_reader *reader)
{
    const struct hog_snapshot *snapshot = reader->snapshot;

    reader->held_built = true;
    for (uint32_t i = 0; i < snapshot->thread_count; i++) {
        const struct hog_thread *thread = &snapshot->threads[i];

        for (size_t k = 0; k < thread->frame_count; k++) {
            if (k % POLL_EVERY == 0 && waits_interrupted(reader))
                return;
            look_at_frame(reader, i, &thread->frames[k]);
        }
    }
}

/* Is the thread inside of Condition.wait, which has given this lock back? */
static bool gave_it_back(struct waits_reader *reader, uint32_t number, uint64_t lock)
{
    const struct hog_thread *thread = &reader->snapshot->threads[number];

    for (size_t i = 0; i < thread->frame_count; i++) {
        const struct hog_frame *frame = &thread->frames[i];
        struct frame_slots slots;
        uint64_t held;

        if (strcmp(frame->code->name, "wait") != 0 || !slots_of(reader, frame, &slots))
            continue;
        if (hog_value_attribute(reader->values, slots_variable(reader, &slots, 0), "_lock", &held) ==
                HOG_OK &&
            held == lock)
            return true;
    }
    return false;
}

/* Lists the frames of functions that take and give back a lock by name: once, as every lock asks for them. */
static void list_lockers(struct waits_reader *reader)
{
    const struct hog_snapshot *snapshot = reader->snapshot;
    size_t room = 0;

    reader->lockers_listed = true;
    for (uint32_t i = 0; i < snapshot->thread_count && !waits_interrupted(reader); i++)
        for (size_t k = 0; k < snapshot->threads[i].frame_count && k < LIKELY_FRAMES; k++) {
            if (!slots_code_locks(reader, snapshot->threads[i].frames[k].code->address))
                continue;
            if (!HOG_GROW(reader->lockers, room, reader->locker_count + 1)) {
                reader->no_memory = true;
                return;
            }
            reader->lockers[reader->locker_count++] =
                (struct locker){.thread = i, .frame = &snapshot->threads[i].frames[k]};
        }
}

/* Does a function that the thread is in, from that frame on outwards, take and give back this lock by name? */
static const char *may_hold(struct waits_reader *reader, uint32_t number, size_t from, uint64_t lock)
{
    const struct hog_frame *frames = reader->snapshot->threads[number].frames;

    if (!reader->lockers_listed)
        list_lockers(reader);
    for (size_t i = 0; i < reader->locker_count; i++) {
        const struct locker *locker = &reader->lockers[i];

        if (locker->thread == number && locker->frame >= frames + from &&
            name_in_frame(reader, locker->frame, lock))
            return locker->frame->code->name;
    }
    return NULL;
}

static bool is_waiting_for(const struct waits_reader *reader, uint32_t thread, uint32_t node)
{
    return reader->graph->threads[thread].node == node;
}

static void infer(struct waits_reader *reader, uint32_t node, uint64_t lock, uint32_t waiter)
{
    uint32_t found = HOG_WAIT_NONE;
    const char *function = NULL;

    if (!reader->lockers_listed)
        list_lockers(reader);
    for (size_t i = 0; i < reader->locker_count; i++) {
        const struct locker *locker = &reader->lockers[i];

        if (locker->thread == found || locker->thread == waiter ||
            is_waiting_for(reader, locker->thread, node) || !name_in_frame(reader, locker->frame, lock))
            continue;
        if (found != HOG_WAIT_NONE)
            return;
        found = locker->thread;
        function = locker->frame->code->name;
    }
    if (found != HOG_WAIT_NONE)
        node_held_by(
            reader, node, HOG_WAIT_LIKELY, found,
            WORDS(reader, "of all other threads it alone is in a function (%.80s) that takes and releases it",
                  function));
}

void holder_of_lock(struct waits_reader *reader, uint32_t node, uint64_t lock, uint32_t waiter)
{
    const struct held_lock *first, *found = NULL;
    unsigned others = 0;

    if (!reader->held_built)
        build(reader);
    HASH_FIND(hh, reader->held, &lock, sizeof lock, first);
    for (const struct held_lock *entry = first; entry; entry = entry->next) {
        if (gave_it_back(reader, entry->thread, lock) || (found && found->thread == entry->thread))
            continue;
        others += entry->thread != waiter;
        if (!found || found->thread == waiter)
            found = entry;
    }
    if (found && others <= 1) {
        bool itself = found->thread == waiter;

        node_held_by(reader, node, itself ? HOG_WAIT_LIKELY : HOG_WAIT_HELD, found->thread,
                     WORDS(reader, "a `with` of %s keeps its __exit__ at " HOG_ADDRESS " of the value stack",
                           itself ? "the waiter itself" : "its holder", found->slot));
        return;
    }
    if (found) {
        node_at(reader, node)->evidence =
            "more than one thread is in a `with` of it: one of them gave it back inside";
        return;
    }
    if (node_at(reader, node)->grade == HOG_WAIT_LIKELY)
        return;
    infer(reader, node, lock, waiter);
}

/* The only function further out that takes and gives back the lock, of a thread that waits for it: it may have it. */
static bool holds_it_itself(struct waits_reader *reader, uint32_t node, uint32_t waiter)
{
    const char *function = may_hold(reader, waiter, 1, node_at(reader, node)->address);

    if (function)
        node_held_by(reader, node, HOG_WAIT_LIKELY, waiter,
                     WORDS(reader,
                           "no other thread is there, and a function that it is in further out (%.80s) takes "
                           "and releases it",
                           function));
    return function != NULL;
}

void holder_nobody_else(struct waits_reader *reader)
{
    const struct hog_wait_graph *graph = reader->graph;
    uint32_t node = graph->thread_count ? graph->threads[0].node : HOG_WAIT_NONE;
    struct hog_wait_node *found;

    if (node == HOG_WAIT_NONE || !all_threads_known(reader) ||
        reader->process->thread_count != graph->thread_count)
        return;
    for (uint32_t i = 1; i < graph->thread_count; i++)
        if (!is_waiting_for(reader, i, node))
            return;
    found = node_at(reader, node);
    if (found->kind != HOG_WAIT_LOCK || found->grade != HOG_WAIT_NOT_RECORDED ||
        (graph->thread_count == 1 && holds_it_itself(reader, node, 0)))
        return;
    found->nobody_else = true;
    found->evidence = graph->thread_count == 1
                          ? "it is locked, and the process has no other thread: it took the lock itself "
                            "before, or who did is gone, as after a fork"
                          : "it is locked, and every thread of the process waits for it";
}

void holder_release(struct waits_reader *reader)
{
    HASH_CLEAR(hh, reader->held);
    free(reader->lockers);
}
