/*
 * What a futex is.
 *
 *     a lock's own semaphore       *(object + lock) == the futex. Lock and SimpleQueue to 3.12, RLock to 3.13,
 *                                  a buffered file in all versions. The object is on the value stack of the
 *                                  thread's innermost frames: a call keeps what it is called on.
 *     the parking lot (3.13+)      the futex is a semaphore inside of a wait_entry on the waiter's C stack
 *
 *          wait_entry │ park_arg │ addr │ sema … │         *(futex - 8) is the address that is waited for:
 *                                        ▲                 the byte of a lock, a SimpleQueue's flag,
 *                                        futex             thread_is_exiting of a ThreadHandle
 *
 *     pthread_mutex_t              │ lock: 2 │ count │ owner: an LWP │ …
 *
 * Sources: Python/thread_pthread.h; Python/parking_lot.c, Python/lock.c, Modules/_threadmodule.c of 3.13.5;
 * nptl/pthread_mutex_lock.c of glibc 2.36. Each match is an equality of addresses, so nothing is believed that
 * memory says by accident.
 */
#include "wait/lock.h"

#include "wait/inner.h"
#include "wait/name.h"
#include "wait/semlock.h"
#include "wait/slots.h"

#include <time.h>

enum {
    FRAMES_LOOKED_AT = 3, /* a lock waited for in C was put there by one of these */
    WAIT_ENTRY_ADDRESS = 8,
    WAIT_ENTRY_ARGUMENT = 16,
    MUTEX_CONTENDED = 2, /* lll_lock: taken, and somebody waits */
    MUTEX_OWNER = 8,
    FUTEX_COMMAND = 127,
    FUTEX_WAIT = 0,
    TIME_TO_BE_FAIR_NS = 1000000,
};

static const struct lock_type {
    const char *module, *name;
    enum hog_wait_kind kind;
    enum hog_field semaphore; /* the member that points to it */
} types[] = {
    {"_thread", "lock", HOG_WAIT_LOCK, HOG_F_lock_lock},
    {"_thread", "RLock", HOG_WAIT_RLOCK, HOG_F_rlock_lock},
    {"_queue", "SimpleQueue", HOG_WAIT_QUEUE, HOG_F_simplequeue_lock},
    {"_multiprocessing", "SemLock", HOG_WAIT_SEMLOCK, HOG_F_semlock_handle},
    {"_io", "_BufferedIOBase", HOG_WAIT_BUFFER, HOG_F_buffered_lock},
};

static const struct lock_type *type_of_lock(struct waits_reader *reader, uint64_t object)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (object_is_a(reader, object, types[i].module, types[i].name))
            return &types[i];
    return NULL;
}

/* Is the futex the semaphore of this object? The pointers are compared first: that is cheap, and rarely true. */
static const struct lock_type *sleeps_on(struct waits_reader *reader, uint64_t object, uint64_t futex)
{
    for (size_t i = 0; object && object % 8 == 0 && i < sizeof types / sizeof *types; i++) {
        uint64_t semaphore;

        if (read_member(reader, object, types[i].semaphore, &semaphore) && semaphore == futex &&
            type_of_lock(reader, object) == &types[i])
            return &types[i];
    }
    return NULL;
}

static bool take_semaphore(struct waits_reader *reader, uint64_t object, uint64_t futex,
                           struct found_lock *ret_found)
{
    const struct lock_type *type = sleeps_on(reader, object, futex);

    if (!type)
        return false;
    *ret_found = (struct found_lock){
        .what = LOCK_OBJECT,
        .kind = type->kind,
        .address = object,
        .blocked = -1,
        .evidence = WORDS(reader, "futex " HOG_ADDRESS " is the semaphore at " HOG_ADDRESS, futex,
                          member_address(reader, object, type->semaphore))};
    return true;
}

/* sys.stdout and its like: print() has them nowhere on the stack. */
static bool find_stream(struct waits_reader *reader, uint32_t thread, uint64_t futex,
                        struct found_lock *ret_found)
{
    static const char *const streams[] = {"stdout", "stderr", "stdin"};
    uint64_t module, stream, buffer;

    for (size_t i = 0; i < reader->snapshot->interpreter_count; i++)
        for (size_t k = 0; k < sizeof streams / sizeof *streams; k++)
            if (reader->snapshot->interpreters[i].id == reader->snapshot->threads[thread].interpreter &&
                hog_value_module(reader->values, reader->snapshot->interpreters[i].address, "sys", &module) ==
                    HOG_OK &&
                hog_value_attribute(reader->values, module, streams[k], &stream) == HOG_OK &&
                read_member(reader, stream, HOG_F_textio_buffer, &buffer) &&
                take_semaphore(reader, buffer, futex, ret_found))
                return true;
    return false;
}

static bool find_semaphore(struct waits_reader *reader, uint32_t number, uint64_t futex,
                           struct found_lock *ret_found)
{
    const struct hog_thread *thread = &reader->snapshot->threads[number];
    uint64_t objects[2 * SLOTS_MAX];

    for (size_t i = 0; i < thread->frame_count && i < FRAMES_LOOKED_AT; i++) {
        struct frame_slots slots;
        uint32_t count;

        if (!slots_of(reader, &thread->frames[i], &slots))
            continue;
        count = slots_read(reader, &slots, 0, slots.locals + slots.room, objects);
        for (uint32_t k = count; k-- > 0;) {
            uint64_t inner;

            if (take_semaphore(reader, objects[k], futex, ret_found) ||
                (object_is_a(reader, objects[k], "_io", "TextIOWrapper") &&
                 read_member(reader, objects[k], HOG_F_textio_buffer, &inner) &&
                 take_semaphore(reader, inner, futex, ret_found)) ||
                (object_is_a(reader, objects[k], "builtins", "builtin_function_or_method") &&
                 read_member(reader, objects[k], HOG_F_cfunction_m_self, &inner) &&
                 take_semaphore(reader, inner, futex, ret_found)))
                return true;
        }
    }
    return find_stream(reader, number, futex, ret_found);
}

/*
 * The parking lot.
 */

/* Since when a thread is parked on a lock: park_arg is its mutex_entry, whose time_to_be_fair is a millisecond after. */
static double parked_seconds(struct waits_reader *reader, uint64_t futex)
{
    uint64_t entry, fair;
    struct timespec now;
    double seconds;

    if (reader->process->kind != HOG_TARGET_LIVE ||
        hog_memory_u64(reader->memory, futex - WAIT_ENTRY_ARGUMENT, &entry) != HOG_OK ||
        hog_memory_u64(reader->memory, entry, &fair) != HOG_OK || clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return -1;
    seconds = (double)now.tv_sec + (double)now.tv_nsec / 1e9 - ((double)fair - TIME_TO_BE_FAIR_NS) / 1e9;
    return seconds >= 0 && seconds < (double)now.tv_sec + 1 ? seconds : -1;
}

static bool take_parked_object(struct waits_reader *reader, uint64_t address, struct found_lock *found)
{
    uint64_t object = address - reader->layout->offset[HOG_F_lock_lock];
    const struct lock_type *type = object % 8 == 0 ? type_of_lock(reader, object) : NULL;

    if (!type || type->kind == HOG_WAIT_BUFFER || type->kind == HOG_WAIT_SEMLOCK)
        return false;
    found->what = LOCK_OBJECT;
    found->kind = type->kind;
    found->address = object;
    return true;
}

/* A ThreadHandle is no object: what it says of its thread must fit one that there is. */
static bool take_thread_handle(struct waits_reader *reader, uint64_t address, struct found_lock *found)
{
    uint64_t handle, ident;

    if (!hog_layout_has(reader->layout, HOG_F_threadhandle_thread_is_exiting))
        return false;
    handle = address - reader->layout->offset[HOG_F_threadhandle_thread_is_exiting];
    if (handle % 8 || !read_member(reader, handle, HOG_F_threadhandle_ident, &ident) ||
        thread_by_id(reader, ident) == HOG_WAIT_NONE)
        return false;
    found->what = LOCK_THREAD;
    found->address = handle;
    found->thread_id = ident;
    return true;
}

static bool find_parked(struct waits_reader *reader, uint64_t futex, struct found_lock *ret_found)
{
    struct found_lock found = {.parked = true, .blocked = -1};
    uint64_t address;

    if (!hog_layout_has(reader->layout, HOG_F_threadhandle_thread_is_exiting) || futex % 8 ||
        hog_memory_u64(reader->memory, futex - WAIT_ENTRY_ADDRESS, &address) != HOG_OK || !address)
        return false;
    if (!take_parked_object(reader, address, &found) && !take_thread_handle(reader, address, &found))
        return false;
    found.evidence =
        WORDS(reader, "futex " HOG_ADDRESS " is in a wait_entry that says " HOG_ADDRESS, futex, address);
    if (found.what == LOCK_OBJECT && found.kind != HOG_WAIT_QUEUE)
        found.blocked = parked_seconds(reader, futex);
    *ret_found = found;
    return true;
}

/*
 * Locks of C.
 */

static bool find_mutex(struct waits_reader *reader, const struct wait_call *call,
                       struct found_lock *ret_found)
{
    uint64_t futex = call->arguments[0];
    uint32_t value, owner;

    if (call->argument_count < 3 || (call->arguments[1] & FUTEX_COMMAND) != FUTEX_WAIT ||
        (uint32_t)call->arguments[2] != MUTEX_CONTENDED ||
        hog_memory_u32(reader->memory, futex, &value) != HOG_OK || value != MUTEX_CONTENDED ||
        hog_memory_u32(reader->memory, futex + MUTEX_OWNER, &owner) != HOG_OK || !owner)
        return false;
    for (size_t i = 0; i < reader->process->thread_count; i++) {
        const struct hog_os_thread *thread = &reader->process->threads[i];

        if (thread->lwp != owner && thread->namespace_lwp != owner)
            continue;
        *ret_found = (struct found_lock){
            .what = LOCK_MUTEX,
            .address = futex,
            .thread_id = (uint64_t)thread->lwp,
            .blocked = -1,
            .evidence = WORDS(reader, "the mutex at " HOG_ADDRESS " is taken, and names LWP %u as its owner",
                              futex, owner)};
        return true;
    }
    return false;
}

/* From 3.15 on PyThread_type_lock points to a PyMutex, on which threads park: Python/thread.c. */
static bool find_parked_semaphore(struct waits_reader *reader, uint32_t thread, uint64_t futex,
                                  struct found_lock *ret_found)
{
    uint64_t address;

    return hog_layout_has(reader->layout, HOG_F_threadhandle_thread_is_exiting) && futex % 8 == 0 &&
           hog_memory_u64(reader->memory, futex - WAIT_ENTRY_ADDRESS, &address) == HOG_OK && address &&
           find_semaphore(reader, thread, address, ret_found);
}

bool lock_find(struct waits_reader *reader, uint32_t thread, const struct wait_call *call,
               struct found_lock *ret_found)
{
    uint64_t futex = call->arguments[0];

    return call->is_futex &&
           (find_parked(reader, futex, ret_found) || find_semaphore(reader, thread, futex, ret_found) ||
            find_parked_semaphore(reader, thread, futex, ret_found) || find_mutex(reader, call, ret_found) ||
            inner_find(reader, thread, futex, ret_found));
}

/*
 * Owners.
 */

static void owner_of_rlock(struct waits_reader *reader, uint32_t node, uint64_t lock)
{
    uint64_t owner;

    if (read_member(reader, lock, HOG_F_rlock_owner, &owner) && owner)
        node_owned_by(reader, node, owner, member_address(reader, lock, HOG_F_rlock_owner));
}

static void owner_of_buffer(struct waits_reader *reader, uint32_t node, uint64_t buffer)
{
    uint64_t owner;

    if (read_member(reader, buffer, HOG_F_buffered_owner, &owner) && owner)
        node_owned_by(reader, node, owner, member_address(reader, buffer, HOG_F_buffered_owner));
}

/* A lock that is free just now has no holder: its waiter has been woken and has not run yet. */
static bool is_locked(struct waits_reader *reader, const struct found_lock *found)
{
    uint64_t at =
        found->address + reader->layout->offset[found->parked ? HOG_F_lock_lock : HOG_F_lock_locked];
    uint8_t locked;

    return hog_memory_u8(reader->memory, at, &locked) == HOG_OK && (locked & 1);
}

static void set_owner(struct waits_reader *reader, uint32_t node, const struct found_lock *found)
{
    uint32_t holder;

    switch (found->what) {
    case LOCK_OBJECT:
        node_at(reader, node)->grade = HOG_WAIT_NOT_RECORDED;
        if (found->kind == HOG_WAIT_RLOCK)
            owner_of_rlock(reader, node, found->address);
        else if (found->kind == HOG_WAIT_BUFFER)
            owner_of_buffer(reader, node, found->address);
        else if (found->kind == HOG_WAIT_SEMLOCK)
            owner_of_semlock(reader, node, found->address);
        else if (found->kind == HOG_WAIT_QUEUE)
            node_at(reader, node)->grade = HOG_WAIT_NOT_APPLICABLE;
        else if (!is_locked(reader,
                            found)) /* who holds one that is locked is asked when all waits are known */
            node_at(reader, node)->evidence = "it is free just now: its waiter has been woken";
        break;
    case LOCK_THREAD:
        holder = thread_by_id(reader, found->thread_id);
        node_held_by(reader, node, HOG_WAIT_HELD, holder, found->evidence);
        if (holder != HOG_WAIT_NONE)
            node_at(reader, node)->name = reader->snapshot->threads[holder].name;
        break;
    case LOCK_MUTEX:
        holder = thread_by_lwp(reader, (int64_t)found->thread_id);
        node_held_by(reader, node, HOG_WAIT_HELD, holder, found->evidence);
        break;
    default:
        node_at(reader, node)->grade = HOG_WAIT_NOT_RECORDED;
        break;
    }
}

static enum hog_wait_kind kind_of_object(struct waits_reader *reader, const struct found_lock *found)
{
    return found->kind == HOG_WAIT_SEMLOCK && !semlock_is_lock(reader, found->address) ? HOG_WAIT_SEMAPHORE
                                                                                       : found->kind;
}

uint32_t lock_node(struct waits_reader *reader, uint32_t thread, const struct found_lock *found)
{
    enum hog_wait_kind kind = found->what == LOCK_OBJECT   ? kind_of_object(reader, found)
                              : found->what == LOCK_THREAD ? HOG_WAIT_JOIN
                              : found->what == LOCK_MUTEX  ? HOG_WAIT_MUTEX
                                                           : HOG_WAIT_PYMUTEX;
    bool is_new;
    uint32_t node;

    if (found->what >= LOCK_IMPORT)
        return inner_node(reader, found);
    node = node_for(reader, kind, found->address, &is_new);
    if (node == HOG_WAIT_NONE || !is_new)
        return node;
    if (found->what == LOCK_OBJECT)
        node_at(reader, node)->name = name_of(reader, thread, found->address);
    set_owner(reader, node, found);
    return node;
}
