/*
 * Waits inside of the standard library.
 *
 *     worker.py     task = inbox.get()
 *     queue.py      Queue.get         self.not_empty.wait()        ◀ the outermost of these that is known
 *     threading.py  Condition.wait    waiter.acquire()             ◀ a lock that nobody else knows
 *
 * Which class a frame's `self` has decides, and that the lock is not the one
 * that guards the object itself: Condition.wait takes that one again before it
 * returns, and then the thread waits for a lock like any other.
 *
 * Source: Lib/threading.py, Lib/queue.py, Lib/concurrent/futures/_base.py, Lib/importlib/_bootstrap.py, 3.6 - 3.15.
 */
#include "wait/library.h"

#include "value/variables.h"
#include "wait/name.h"
#include "wait/pool.h"
#include "wait/semlock.h"

#include <string.h>

enum { READING_FRAMES = 12 };

static const struct library_wait {
    const char *module, *function;
    const char *class_module, *class_name;
    enum hog_wait_kind kind;
} library_waits[] = {
    {"threading", "wait", "threading", "Condition", HOG_WAIT_CONDITION},
    {"threading", "wait_for", "threading", "Condition", HOG_WAIT_CONDITION},
    {"threading", "wait", "threading", "Event", HOG_WAIT_EVENT},
    {"threading", "acquire", "threading", "Semaphore", HOG_WAIT_SEMAPHORE},
    {"threading", "wait", "threading", "Barrier", HOG_WAIT_BARRIER},
    {"threading", "_wait", "threading", "Barrier", HOG_WAIT_BARRIER},
    {"threading", "_enter", "threading", "Barrier", HOG_WAIT_BARRIER},
    {"threading", "_wait_for_tstate_lock", "threading", "Thread", HOG_WAIT_JOIN},
    {"threading", "join", "threading", "Thread", HOG_WAIT_JOIN},
    {"queue", "get", "queue", "Queue", HOG_WAIT_QUEUE},
    {"queue", "put", "queue", "Queue", HOG_WAIT_QUEUE},
    {"queue", "join", "queue", "Queue", HOG_WAIT_QUEUE},
    {"multiprocessing.synchronize", "wait", "multiprocessing.synchronize", "Condition", HOG_WAIT_CONDITION},
    {"multiprocessing.synchronize", "wait_for", "multiprocessing.synchronize", "Condition",
     HOG_WAIT_CONDITION},
    {"multiprocessing.synchronize", "wait", "multiprocessing.synchronize", "Event", HOG_WAIT_EVENT},
    {"multiprocessing.queues", "get", "multiprocessing.queues", "Queue", HOG_WAIT_QUEUE},
    {"multiprocessing.queues", "get", "multiprocessing.queues", "SimpleQueue", HOG_WAIT_QUEUE},
    {"multiprocessing.queues", "put", "multiprocessing.queues", "Queue", HOG_WAIT_QUEUE},
    {"multiprocessing.queues", "join", "multiprocessing.queues", "JoinableQueue", HOG_WAIT_QUEUE},
    {"concurrent.futures._base", "result", "concurrent.futures._base", "Future", HOG_WAIT_FUTURE},
    {"concurrent.futures._base", "exception", "concurrent.futures._base", "Future", HOG_WAIT_FUTURE},
    {"importlib._bootstrap", "acquire", NULL, "_ModuleLock", HOG_WAIT_MODULE_LOCK},
    {"importlib._bootstrap", "__enter__", NULL, "_ModuleLockManager", HOG_WAIT_MODULE_LOCK},
};

/* The object that the method of the frame is called on: its first argument, a cell looked through. */
static uint64_t self_of(struct waits_reader *reader, const struct hog_frame *frame)
{
    uint64_t self;

    return hog_variable_find(reader->values, frame, "self", &self) == HOG_OK ? self : 0;
}

static bool has_class(struct waits_reader *reader, uint64_t object, const struct library_wait *wait)
{
    const struct hog_value_type *type;

    if (wait->class_module)
        return object_is_a(reader, object, wait->class_module, wait->class_name);
    return object && hog_value_type(reader->values, object, &type) == HOG_OK &&
           strcmp(type->name, wait->class_name) == 0;
}

static const struct library_wait *wait_in(struct waits_reader *reader, const struct hog_frame *frame,
                                          uint64_t *ret_self)
{
    const char *module = frame->module && strcmp(frame->module, "_frozen_importlib") == 0
                             ? "importlib._bootstrap"
                             : frame->module;
    uint64_t self = 0;

    for (size_t i = 0; module && i < sizeof library_waits / sizeof *library_waits; i++) {
        const struct library_wait *wait = &library_waits[i];

        if (strcmp(frame->code->name, wait->function) != 0 || strcmp(module, wait->module) != 0)
            continue;
        self = self ? self : self_of(reader, frame);
        if (!has_class(reader, self, wait))
            continue;
        *ret_self = self;
        return wait;
    }
    return NULL;
}

/*
 * In Condition.wait a waiter is a new lock; the Condition's own is what it takes again at the end. A queue between
 * processes has one of its own for those who read it.
 */
static bool is_own_lock(struct waits_reader *reader, uint64_t owner, uint64_t lock)
{
    uint64_t own;

    if (hog_value_attribute(reader->values, owner, "_lock", &own) == HOG_OK &&
        (own == lock || semlock_within(reader, own) == lock))
        return true;
    return hog_value_attribute(reader->values, owner, "_rlock", &own) == HOG_OK &&
           semlock_within(reader, own) == lock;
}

/*
 * What more is to be said.
 */

static bool int_attribute(struct waits_reader *reader, uint64_t object, const char *name, int64_t *ret_value)
{
    uint64_t value;

    return hog_value_attribute(reader->values, object, name, &value) == HOG_OK &&
           hog_value_i64(reader->values, value, ret_value) == HOG_OK;
}

/* Of a queue between processes: what is in it lies in a pipe. */
static const char *shared_queue_words(struct waits_reader *reader, uint64_t queue, const char *function)
{
    int64_t most;

    if (strcmp(function, "get") == 0)
        return "it is empty";
    if (strcmp(function, "put") == 0 && int_attribute(reader, queue, "_maxsize", &most))
        return WORDS(reader, "it is full: %lld of %lld", (long long)most, (long long)most);
    return strcmp(function, "join") == 0 ? "some of its tasks are unfinished" : NULL;
}

static const char *queue_words(struct waits_reader *reader, uint64_t queue, const char *function)
{
    struct hog_value_walk walk;
    int64_t most = 0, unfinished = 0;
    uint64_t items;

    if (strcmp(function, "join") == 0 && int_attribute(reader, queue, "unfinished_tasks", &unfinished))
        return WORDS(reader, "%lld of its tasks are unfinished", (long long)unfinished);
    if (hog_value_attribute(reader->values, queue, "queue", &items) != HOG_OK ||
        hog_value_walk_start(reader->values, items, &walk) != HOG_OK)
        return NULL;
    if (strcmp(function, "put") == 0 && int_attribute(reader, queue, "maxsize", &most))
        return WORDS(reader, "it is full: %llu of %lld", (unsigned long long)walk.length, (long long)most);
    return walk.length ? WORDS(reader, "%llu in it", (unsigned long long)walk.length) : "it is empty";
}

static const char *words_about(struct waits_reader *reader, const struct library_wait *wait, uint64_t self)
{
    int64_t there, all;

    switch (wait->kind) {
    case HOG_WAIT_QUEUE:
        return strcmp(wait->module, "multiprocessing.queues") == 0
                   ? shared_queue_words(reader, self, wait->function)
                   : queue_words(reader, self, wait->function);
    case HOG_WAIT_BARRIER:
        if (int_attribute(reader, self, "_count", &there) && int_attribute(reader, self, "_parties", &all))
            return WORDS(reader, "%lld of %lld are there", (long long)there, (long long)all);
        return NULL;
    case HOG_WAIT_SEMAPHORE:
        return int_attribute(reader, self, "_value", &there)
                   ? WORDS(reader, "its value is %lld", (long long)there)
                   : NULL;
    default:
        return NULL;
    }
}

/*
 * Owners.
 */

static void owner_of_thread(struct waits_reader *reader, uint32_t node, uint64_t thread)
{
    uint64_t name;
    int64_t ident;
    const char *text;
    uint32_t holder;

    if (hog_value_attribute(reader->values, thread, "_name", &name) == HOG_OK &&
        hog_value_text(reader->values, name, &text) == HOG_OK)
        node_at(reader, node)->name = text;
    if (!int_attribute(reader, thread, "_ident", &ident))
        return;
    holder = thread_by_id(reader, (uint64_t)ident);
    node_at(reader, node)->grade = HOG_WAIT_NOT_RECORDED;
    if (holder != HOG_WAIT_NONE)
        node_held_by(
            reader, node, HOG_WAIT_HELD, holder,
            WORDS(reader, "the Thread at " HOG_ADDRESS " is that with ident " HOG_ADDRESS, thread, ident));
    else if (all_threads_known(reader)) {
        /* it is over, and whoever joins it has not been told: as after a fork */
        const char *evidence = WORDS(
            reader, "the Thread at " HOG_ADDRESS " has ident " HOG_ADDRESS ", and no thread has that id",
            thread, ident);

        *node_at(reader, node) = (struct hog_wait_node){
            .kind = HOG_WAIT_JOIN,
            .grade = HOG_WAIT_NOBODY_ALIVE,
            .inferred = true,
            .address = thread,
            .name = node_at(reader, node)->name,
            .owner_thread_id = (uint64_t)ident,
            .evidence = evidence,
        };
    }
}

static void owner_of_module_lock(struct waits_reader *reader, uint32_t node, uint64_t lock)
{
    uint64_t name, inner;
    int64_t owner;
    const char *text;
    uint32_t holder;

    if (hog_value_attribute(reader->values, lock, "_lock", &inner) == HOG_OK &&
        object_is_a(reader, inner, "importlib._bootstrap", "_ModuleLock"))
        lock = inner;
    node_at(reader, node)->grade = HOG_WAIT_NOT_RECORDED;
    if ((hog_value_attribute(reader->values, lock, "name", &name) == HOG_OK ||
         hog_value_attribute(reader->values, lock, "_name", &name) == HOG_OK) &&
        hog_value_text(reader->values, name, &text) == HOG_OK)
        node_at(reader, node)->name = text;
    if (!int_attribute(reader, lock, "owner", &owner))
        return;
    holder = thread_by_id(reader, (uint64_t)owner);
    if (holder != HOG_WAIT_NONE) {
        node_held_by(reader, node, HOG_WAIT_HELD, holder,
                     WORDS(reader, "the _ModuleLock at " HOG_ADDRESS " has owner " HOG_ADDRESS, lock, owner));
        return;
    }
    node_at(reader, node)->owner_thread_id = (uint64_t)owner;
    node_at(reader, node)->grade = all_threads_known(reader) ? HOG_WAIT_NOBODY_ALIVE : HOG_WAIT_NOT_RECORDED;
}

static void describe(struct waits_reader *reader, uint32_t thread, uint32_t node,
                     const struct library_wait *wait, uint64_t self)
{
    node_at(reader, node)->what = words_about(reader, wait, self);
    if (wait->kind == HOG_WAIT_JOIN)
        owner_of_thread(reader, node, self);
    else if (wait->kind == HOG_WAIT_MODULE_LOCK)
        owner_of_module_lock(reader, node, self);
    else
        node_at(reader, node)->name = name_of(reader, thread, self);
    if (wait->kind == HOG_WAIT_FUTURE)
        node_at(reader, node)->grade = HOG_WAIT_NOT_RECORDED;
}

/* One whose inner locks only the library knows. */
static bool is_inner_kind(enum hog_wait_kind kind)
{
    return kind == HOG_WAIT_LOCK || kind == HOG_WAIT_SEMLOCK;
}

static uint32_t make_node(struct waits_reader *reader, uint32_t number, const struct library_wait *wait,
                          uint64_t self, const char *evidence)
{
    bool is_new;
    uint32_t node = node_for(reader, wait->kind, self, &is_new);

    if (node == HOG_WAIT_NONE || !is_new)
        return node;
    node_at(reader, node)->evidence = evidence;
    describe(reader, number, node, wait, self);
    return node;
}

uint32_t library_node(struct waits_reader *reader, uint32_t number, const struct found_lock *found)
{
    const struct hog_thread *thread = &reader->snapshot->threads[number];
    const struct library_wait *outermost = NULL;
    uint64_t self = 0;

    if (found->what != LOCK_OBJECT || !is_inner_kind(found->kind))
        return HOG_WAIT_NONE;
    for (size_t i = 0; i < thread->frame_count; i++) {
        uint64_t owner;
        const struct library_wait *wait = wait_in(reader, &thread->frames[i], &owner);

        if (!wait || (i == 0 && is_own_lock(reader, owner, found->address)))
            break;
        outermost = wait;
        self = owner;
    }
    return outermost ? make_node(reader, number, outermost, self, found->evidence) : HOG_WAIT_NONE;
}

uint32_t library_reading_node(struct waits_reader *reader, uint32_t number, const char *call)
{
    const struct hog_thread *thread = &reader->snapshot->threads[number];
    uint64_t self;

    for (size_t i = 0; i < thread->frame_count && i < READING_FRAMES; i++) {
        const char *module = thread->frames[i].module;
        const struct library_wait *wait;

        if (!module || (strncmp(module, "multiprocessing", strlen("multiprocessing")) != 0 &&
                        strcmp(module, "selectors") != 0))
            break;
        wait = wait_in(reader, &thread->frames[i], &self);
        if (wait && wait->kind == HOG_WAIT_QUEUE && strcmp(wait->function, "get") == 0)
            return make_node(reader, number, wait, self,
                             WORDS(reader, "system call %s of its pipe, in its method get", call));
    }
    return HOG_WAIT_NONE;
}

void library_find_owners(struct waits_reader *reader)
{
    for (uint32_t i = 0; i < reader->graph->node_count; i++)
        if (reader->graph->nodes[i].kind == HOG_WAIT_FUTURE)
            pool_find_owner(reader, i);
}
