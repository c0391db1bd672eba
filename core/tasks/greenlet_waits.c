/*
 * What greenlets wait for.
 *
 * gevent resumes a greenlet by calling its switch(): whatever has that method in a list (an Event, a lock, a
 * greenlet that is joined: _links) or leads to it through a Waiter (a timer, a watcher of a descriptor) is what
 * it waits for. These are C structures of Cython without a layout that is known: their words are looked at. A timer that
 * has the greenlet, or that calls what has it among its arguments (Timeout), ends the wait.
 *
 * An RLock waits for a semaphore within, and knows which greenlet has it: gevent's by itself, the one of threading, where
 * gevent stands in for threads, by its id().
 *
 * Source: gevent 24.2.1 and 26.9.0: _abstract_linkable.py, _waiter.py, greenlet.py.
 */
#include "tasks/reader.h"

#include <string.h>

enum {
    WORD = 8,
    OBJECT_WORDS = 64, /* of what may lead to a greenlet */
    LINKS_MAX = 4096,  /* items of one list */
    PAGE = 4096,
    ADDRESS_BITS = 47,
    LOCK_FRAMES = 3, /* of a lock's own methods */
};

static bool is_of_gevent(struct tasks_reader *reader, uint64_t object, const char *name)
{
    const struct hog_value_type *type;

    return object && object % WORD == 0 && hog_value_type(reader->values, object, &type) == HOG_OK &&
           strncmp(type->module, "gevent.", strlen("gevent.")) == 0 &&
           (!name || strcmp(type->name, name) == 0);
}

/* How much of an object there is: its class says it. */
static size_t object_words(struct tasks_reader *reader, uint64_t object)
{
    uint64_t type, size;

    if (!read_member(reader, object, HOG_F_object_ob_type, &type) ||
        !read_member(reader, type, HOG_F_type_tp_basicsize, &size))
        return 0;
    return size / WORD < OBJECT_WORDS ? (size_t)(size / WORD) : OBJECT_WORDS;
}

/* The greenlet that a Waiter is to resume; 0: it is none, or resumes nobody. */
static uint64_t of_waiter(struct tasks_reader *reader, uint64_t object)
{
    uint64_t words[OBJECT_WORDS];
    size_t count;

    if (!is_of_gevent(reader, object, "Waiter") && !is_of_gevent(reader, object, "MultipleWaiter"))
        return 0;
    count = greenlet_words(reader, object, words, object_words(reader, object));
    for (size_t i = 0; i < count; i++)
        if (greenlet_is(reader, words[i]) && !hog_value_is_a(reader->values, words[i], "gevent.hub", "Hub"))
            return words[i];
    return 0;
}

/* The greenlet that calling this resumes; 0: none. */
static uint64_t resumed_by(struct tasks_reader *reader, uint64_t object)
{
    uint64_t self = 0;

    if (!object || object % WORD)
        return 0;
    if (hog_value_is(reader->values, object, "builtins", "builtin_function_or_method"))
        (void)!read_member(reader, object, HOG_F_cfunction_m_self, &self);
    else if (hog_value_is(reader->values, object, "builtins", "method"))
        (void)!read_member(reader, object, HOG_F_method_im_self, &self);
    else
        return of_waiter(reader, object);
    return greenlet_is(reader, self) ? self : of_waiter(reader, self);
}

/* What somebody who waits for it is said to wait for. */
static void describe(struct tasks_reader *reader, uint64_t object, struct hog_task_wait *ret_wait)
{
    static const struct {
        const char *name, *kind, *text;
    } known[] = {
        {"Event", "event", NULL},         {"AsyncResult", "future", NULL},
        {"Semaphore", "semaphore", NULL}, {"BoundedSemaphore", "semaphore", NULL},
        {"LockType", "semaphore", NULL},  {"Queue", "queue", NULL},
        {"timer", "sleep", "a timer"},    {"io", "socket", "a file descriptor"},
        {"Greenlet", "task", NULL},
    };
    const struct hog_value_type *type;
    struct raw_task *joined;

    *ret_wait = (struct hog_task_wait){.kind = "future", .address = object, .text = "?", .is_shared = true};
    if (hog_value_type(reader->values, object, &type) != HOG_OK)
        return;
    HASH_FIND(hh, reader->by_address, &object, sizeof object, joined);
    if (joined && joined->task.name) {
        ret_wait->kind = "task";
        ret_wait->text = WORDS(reader, "%s %s to end", type->name, joined->task.name);
        return;
    }
    ret_wait->text = WORDS(reader, greenlet_is(reader, object) ? "%s to end" : "gevent's %s", type->name);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(type->name, known[i].name) != 0)
            continue;
        ret_wait->kind = known[i].kind;
        if (!known[i].text)
            return;
        ret_wait->text = known[i].text;
        ret_wait->is_shared = false;
        return;
    }
}

/* The first thing that leads to it is what it waits for: a timeout that is set beside it comes later, or is no less true. */
static void note_wait(struct tasks_reader *reader, uint64_t greenlet, uint64_t object)
{
    struct raw_task *raw;
    bool is_timer = is_of_gevent(reader, object, "timer");

    HASH_FIND(hh, reader->by_address, &greenlet, sizeof greenlet, raw);
    if (!raw || !raw->is_greenlet || raw->task.state != HOG_TASK_WAITING || greenlet == object)
        return;
    raw->task.has_limit = raw->task.has_limit || is_timer;
    raw->leads += !is_timer;
    if (raw->task.wait.kind && is_timer)
        return;
    describe(reader, object, &raw->task.wait);
}

/* What a timer calls has these. */
static void note_limits(struct tasks_reader *reader, uint64_t arguments)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    struct raw_task *raw;

    if (hog_value_base(reader->values, arguments) != HOG_VALUE_TUPLE ||
        hog_value_walk_start(reader->values, arguments, &walk) != HOG_OK)
        return;
    while (walk.taken < LINKS_MAX && hog_value_walk_next(reader->values, &walk, &item)) {
        HASH_FIND(hh, reader->by_address, &item.value, sizeof item.value, raw);
        if (raw && raw->is_greenlet)
            raw->task.has_limit = true;
    }
}

static void look_into(struct tasks_reader *reader, uint64_t object)
{
    const struct hog_value_type *type;
    bool is_timer = is_of_gevent(reader, object, "timer");
    uint64_t words[OBJECT_WORDS];
    size_t count = greenlet_words(reader, object, words, object_words(reader, object));
    struct hog_value_walk walk;
    struct hog_value_item item;
    uint64_t greenlet;

    if (hog_value_type(reader->values, object, &type) == HOG_OK &&
        strcmp(type->module, "gevent.libev.corecext") == 0)
        reader->has_libev = true;
    for (size_t i = 2; i < count; i++) {
        if (words[i] < PAGE || words[i] % WORD || words[i] >> ADDRESS_BITS)
            continue;
        greenlet = resumed_by(reader, words[i]);
        if (greenlet) {
            note_wait(reader, greenlet, object);
            continue;
        }
        if (is_timer)
            note_limits(reader, words[i]);
        if ((hog_value_base(reader->values, words[i]) != HOG_VALUE_LIST &&
             !hog_value_is(reader->values, words[i], "collections", "deque")) ||
            hog_value_walk_start(reader->values, words[i], &walk) != HOG_OK)
            continue;
        while (walk.taken < LINKS_MAX && hog_value_walk_next(reader->values, &walk, &item)) {
            greenlet = resumed_by(reader, item.value);
            if (greenlet)
                note_wait(reader, greenlet, object);
        }
    }
}

/* The one that a greenlet waits for to end; NULL: it waits for nothing like that. */
static struct raw_task *joined_by(struct tasks_reader *reader, uint32_t number)
{
    const struct raw_task *raw = reader->tasks[number];
    struct raw_task *joined = NULL;

    if (raw->is_greenlet && raw->task.wait.kind)
        HASH_FIND(hh, reader->by_address, &raw->task.wait.address, sizeof raw->task.wait.address, joined);
    return joined && joined->is_greenlet && joined != raw ? joined : NULL;
}

static void note_joins(struct tasks_reader *reader)
{
    uint32_t *counts = hog_arena_array(reader->arena, reader->task_count, sizeof *counts);
    struct raw_task *joined;

    reader->no_memory = reader->no_memory || (!counts && reader->task_count);
    for (uint32_t i = 0; counts && i < reader->task_count; i++)
        if ((joined = joined_by(reader, i))) {
            joined->task.awaited_by = NULL; /* there is room for these, and for no others */
            counts[joined->number]++;
        }
    for (uint32_t i = 0; counts && i < reader->task_count && !reader->no_memory; i++) {
        uint32_t *awaiters;

        joined = joined_by(reader, i);
        if (!joined)
            continue;
        if (!joined->task.awaited_by) {
            joined->task.awaited_by =
                hog_arena_array(reader->arena, counts[joined->number], sizeof *joined->task.awaited_by);
            joined->task.awaited_by_count = 0;
        }
        awaiters = (uint32_t *)joined->task.awaited_by;
        if (awaiters)
            awaiters[joined->task.awaited_by_count++] = i;
        reader->no_memory = !awaiters;
    }
}

/*
 * RLocks.
 */

/* The greenlet that has it; NULL: none that is known. */
static struct raw_task *owner_of(struct tasks_reader *reader, uint64_t lock)
{
    uint64_t owner;
    struct raw_task *raw = NULL;
    int64_t id;

    if (!object_attribute(reader, lock, "_owner", &owner))
        return NULL;
    if (!greenlet_is(reader, owner))
        owner = hog_value_i64(reader->values, owner, &id) == HOG_OK ? (uint64_t)id : 0;
    if (owner)
        HASH_FIND(hh, reader->by_address, &owner, sizeof owner, raw);
    return raw && raw->is_greenlet ? raw : NULL;
}

/* The RLock within whose method it waits, for the semaphore of that; 0: it does not. */
static uint64_t rlock_of(struct tasks_reader *reader, const struct raw_task *raw)
{
    uint64_t lock, block;

    for (size_t i = 0; i < raw->task.frame_count && i < LOCK_FRAMES; i++)
        if (frame_variable(reader, &raw->task.frames[i], "self", &lock) &&
            (hog_value_is_a(reader->values, lock, "gevent.lock", "RLock") ||
             hog_value_is_a(reader->values, lock, "threading", "_RLock")) &&
            object_attribute(reader, lock, "_block", &block) && block == raw->task.wait.address)
            return lock;
    return 0;
}

static void look_for_rlock(struct tasks_reader *reader, struct raw_task *raw)
{
    struct hog_task_wait *wait = &raw->task.wait;
    const struct raw_task *owner;
    uint64_t lock = raw->is_greenlet && wait->kind ? rlock_of(reader, raw) : 0;

    if (!lock)
        return;
    *wait =
        (struct hog_task_wait){.kind = "lock", .address = lock, .text = "gevent's RLock", .is_shared = true};
    if (hog_value_is_a(reader->values, lock, "threading", "_RLock"))
        wait->text = "threading's RLock";
    owner = owner_of(reader, lock);
    if (!owner)
        return;
    wait->held_by = owner->task.address;
    wait->text = owner->task.name
                     ? WORDS(reader, "%s, held by %s", wait->text, owner->task.name)
                     : WORDS(reader, "%s, held by greenlet " HOG_ADDRESS, wait->text, owner->task.address);
}

void greenlets_find_waits(struct tasks_reader *reader)
{
    const struct heap_list *found = &reader->heap[HEAP_OF_GEVENT];

    for (uint32_t i = 0; i < found->count && !reader->no_memory && !tasks_interrupted(reader); i++)
        look_into(reader, found->items[i]);
    found = &reader->heap[HEAP_GREENLETS];
    for (uint32_t i = 0; i < found->count && !reader->no_memory && !tasks_interrupted(reader); i++)
        if (is_of_gevent(reader, found->items[i], NULL) && !is_of_gevent(reader, found->items[i], "Hub"))
            look_into(reader, found->items[i]);
    if (found->count && !reader->no_memory)
        note_joins(reader);
    for (uint32_t i = 0; i < reader->task_count && !reader->no_memory; i++)
        look_for_rlock(reader, reader->tasks[i]);
}
