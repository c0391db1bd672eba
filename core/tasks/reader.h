/*
 * What the files of tasks/ share: one reading of all tasks. Not seen outside
 * of this folder.
 *
 *     read.c ─┬─▶ find.c      where the tasks are
 *             ├─▶ heap.c      what only the garbage collector knows
 *             ├─▶ greenlets.c greenlets, gevent's and others; greenlet_waits.c: what they wait for
 *             ├─▶ trio.c      tasks of trio, and curio.c of curio: library.c has what they share
 *             ├─▶ suspended.c generators and coroutines that nothing runs
 *             ├─▶ future.c    members of tasks and futures, of C and of Python
 *             ├─▶ chain.c     a task's coroutines, from the outermost to what the innermost awaits
 *             ├─▶ wait.c      what that wait is, in words: meanings.c, meanings_….c
 *             ├─▶ holders.c   which task holds a lock
 *             ├─▶ awaiters.c  who awaits whom
 *             ├─▶ callback.c  what callbacks of futures do
 *             ├─▶ enders.c    who could end the wait of a task, limits.c: timers that end it; rings.c who is stuck so
 *             └─▶ loops.c     loops, and the threads that run them
 *
 * awaiting.c is another reading with the same parts: of one task, and of those that await it.
 */
#ifndef HOG_TASKS_READER_H
#define HOG_TASKS_READER_H

#include "tasks/tasks.h"
#include "value/values.h"

#include <inttypes.h>
#include <uthash.h>

enum {
    MAX_TASKS = 1000000,
    MAX_LOOPS = 4096,
    MAX_TASK_WARNINGS = 32,
    MAX_CHAIN = 10000,          /* coroutines of one task */
    MAX_CHAIN_IN_ALL = 4000000, /* of all tasks */
};

/* A task while it is read. */
struct raw_task {
    struct hog_task task;
    /* Addresses; 0: none. `waiter`: what it waits for, a future, a task or a group of tasks; of asyncio _fut_waiter. */
    uint64_t loop, coroutine, waiter;
    uint64_t group, awaiter; /* who waits for the group awaits this task; `awaiter` does for sure */
    uint32_t number;         /* in its final order */
    uint32_t leads;          /* of a greenlet: how many things but timers may resume it */
    uint32_t same_waiter;    /* the next task with the same one; HOG_TASK_NONE none */
    const char *how; /* what makes `enders` those that end the wait, for the proof; NULL: nothing does */
    bool is_of_c, is_greenlet;
    UT_hash_handle hh; /* by task.address */
};

/* The tasks that wait for a future. */
struct waited_future {
    uint64_t address;
    uint32_t first; /* of those tasks */
    UT_hash_handle hh;
};

/* Where a frame of a thread stands: to find running coroutines. */
struct frame_place {
    uint64_t frame;
    uint32_t thread;
    size_t index;
    UT_hash_handle hh;
};

/* What is looked for among the objects of the collector; heap.c. */
enum heap_kind { HEAP_GENERATORS, HEAP_GREENLETS, HEAP_OF_GEVENT, HEAP_KINDS };

struct heap_list {
    uint64_t *items; /* malloc'ed */
    uint32_t count, capacity;
};

struct held_lock;
struct shielded;
struct meaning;

enum future_kind { NO_FUTURE, FUTURE_OF_C, FUTURE_OF_PYTHON };

/* A class, seen before. */
struct known_class {
    uint64_t address;
    enum future_kind kind; /* of its instances as futures */
    enum future_kind task; /* NO_FUTURE: they are no tasks. In 3.6 Python's own Task is a future of C */
    UT_hash_handle hh;
};

enum { CALLBACK_FUTURES = 16 };

/* What a function that was met before led to: the children of one gather() share theirs. */
struct known_callback {
    uint64_t function;
    uint64_t futures[CALLBACK_FUTURES];
    uint32_t count;
};

/* What was said last of a lock or queue: thousands may wait for the same. */
struct known_wait {
    const struct meaning *meaning;
    uint64_t address;
    struct hog_task_wait wait;
};

struct tasks_reader {
    const struct hog_process *process;
    const struct hog_location *location;
    const struct hog_layout *layout;
    struct hog_memory *memory;
    const struct hog_snapshot *snapshot;
    struct hog_tasks_options options;
    struct hog_values *values;
    struct hog_arena *arena;

    struct raw_task **tasks; /* malloc'ed; the tasks themselves are in the arena */
    uint32_t task_count, task_capacity;
    struct raw_task *by_address;
    struct waited_future *waited;
    struct frame_place *places;
    struct known_class *classes;  /* future.c */
    struct known_wait last_wait;  /* wait.c */
    struct held_lock *held;       /* holders.c */
    struct known_callback *known; /* awaiters.c */
    struct shielded *shielded;    /* enders.c */
    struct hog_loop *loops;       /* malloc'ed */
    uint32_t loop_count, loop_capacity;

    struct heap_list heap[HEAP_KINDS];

    const char *warnings[MAX_TASK_WARNINGS];
    size_t warning_count;
    size_t chain_steps;   /* of all tasks so far */
    unsigned descriptors; /* looked up so far */
    bool has_libev;       /* gevent's loops are of a kind whose timers are seen */
    bool no_memory;
};

#define WORDS(reader, ...) hog_arena_printf((reader)->arena, __VA_ARGS__)

static inline bool tasks_interrupted(struct tasks_reader *reader)
{
    return hog_values_interrupted(reader->values) ||
           (reader->options.interrupted && reader->options.interrupted(reader->options.context));
}

/* One member by the layout. False: this build has none, or it cannot be read. */
static inline bool read_member(struct tasks_reader *reader, uint64_t base, enum hog_field field,
                               uint64_t *ret_value)
{
    return base && hog_value_member(reader->values, base, field, ret_value) == HOG_OK;
}

static inline bool read_byte(struct tasks_reader *reader, uint64_t base, enum hog_field field,
                             uint8_t *ret_value)
{
    return base && hog_layout_has(reader->layout, field) &&
           hog_memory_u8(reader->memory, base + reader->layout->offset[field], ret_value) == HOG_OK;
}

/* What could not be read; repeats and overflow are dropped. */
void tasks_warn(struct tasks_reader *reader, const char *format, ...) HOG_PRINTF(2, 3);

/*
 * object.c: objects that may be anything, and whose attributes may be missing or of any type
 */

bool frame_variable(struct tasks_reader *reader, const struct hog_frame *frame, const char *name,
                    uint64_t *ret_value);
bool object_attribute(struct tasks_reader *reader, uint64_t object, const char *name, uint64_t *ret_value);
/* An attribute that is an object other than None; 0: it has no such. */
uint64_t object_linked(struct tasks_reader *reader, uint64_t object, const char *name);
/* An attribute that is a str, in the arena; NULL: it has no such. */
const char *object_text(struct tasks_reader *reader, uint64_t object, const char *name);
/* An attribute that is an int. */
bool object_number(struct tasks_reader *reader, uint64_t object, const char *name, int64_t *ret_number);
/* How many there are in a container; false: it is none. */
bool object_length(struct tasks_reader *reader, uint64_t object, uint64_t *ret_length);
/* "Lock" of asyncio.locks.Lock; "?": it is no object. */
const char *object_class(struct tasks_reader *reader, uint64_t object);
/* An int or a float as Python shows it, in the arena; NULL: it is neither. */
const char *object_number_words(struct tasks_reader *reader, uint64_t object);

/*
 * find.c
 */

/* Adds all tasks there are. */
void tasks_find(struct tasks_reader *reader);
/* Adds what lies there if it is a task, once. */
void tasks_add(struct tasks_reader *reader, uint64_t object);
/* Adds what is known to be one, or something like it. NULL: it is there already, or there is no room. */
struct raw_task *tasks_add_object(struct tasks_reader *reader, uint64_t object);
/* 3.6: what the variables of the module _asyncio may point to. False: the module is not among the mappings. */
typedef void (*variable_visitor)(struct tasks_reader *reader, uint64_t object, void *context);
bool tasks_scan_module(struct tasks_reader *reader, variable_visitor visit, void *context);

/*
 * heap.c
 */

/* Finds objects of all kinds. False: this build keeps no list of its objects. */
bool heap_read(struct tasks_reader *reader);
void heap_release(struct tasks_reader *reader);

/*
 * suspended.c
 */

/* Of the generators that heap_read found, those that nothing runs; after the tasks are read. */
void suspended_find(struct tasks_reader *reader, struct hog_tasks *tasks);

/*
 * trio.c, curio.c
 */

/* Add the tasks of trio, or of curio, and a loop for each that a thread runs; before tasks have numbers. */
void trio_find(struct tasks_reader *reader);
void curio_find(struct tasks_reader *reader);

/*
 * greenlets.c
 */

/* Adds those that heap_read found to the tasks, and a loop for each thread of theirs; before tasks have numbers. */
void greenlets_find(struct tasks_reader *reader);
bool greenlet_is(struct tasks_reader *reader, uint64_t object);
/* Words from there on, as many as there are; the others become 0. */
size_t greenlet_words(struct tasks_reader *reader, uint64_t address, uint64_t *words, size_t count);

/*
 * greenlet_waits.c
 */

/* What greenlets wait for; when tasks have numbers. */
void greenlets_find_waits(struct tasks_reader *reader);

/*
 * future.c
 */

enum future_state { FUTURE_UNKNOWN, FUTURE_PENDING, FUTURE_CANCELLED, FUTURE_FINISHED };

enum future_kind future_kind(struct tasks_reader *reader, uint64_t object);
bool future_is_task(struct tasks_reader *reader, uint64_t object);
enum future_state future_state(struct tasks_reader *reader, uint64_t future);
/* Of one that is done: was it cancelled, or did it raise? What cannot be read may have. */
bool future_has_failed(struct tasks_reader *reader, uint64_t future);
/* Fills name, state, loop, coroutine and waiter. False: it could not be read. */
bool task_read(struct tasks_reader *reader, struct raw_task *raw);
/* The callbacks of a future, one a call. `walk` begins zeroed. False: there are no more. */
struct callback_walk {
    unsigned taken;
    bool begun, has_list, first_taken;
    uint64_t future, list;
    struct hog_value_walk items;
};
bool future_next_callback(struct tasks_reader *reader, struct callback_walk *walk, uint64_t *ret_callback);

/*
 * chain.c
 */

/* Fills the frames of the task. */
void task_read_frames(struct tasks_reader *reader, struct raw_task *raw);
void places_build(struct tasks_reader *reader);

/*
 * wait.c
 */

void task_read_wait(struct tasks_reader *reader, struct raw_task *raw);
/*
 * The function of that qualified name has in a closure of it a future of asyncio (`class` NULL), or an instance of a
 * class of concurrent.futures._base: that, of several the last. 0: it is another function, or has none.
 */
uint64_t closure_cell(struct tasks_reader *reader, uint64_t function, const char *qualname,
                      const char *class);

/*
 * callback.c
 */

/* The futures that a callback ends. `known` is for another call with the same callback; it begins zeroed. */
void callback_futures(struct tasks_reader *reader, uint64_t callback, struct known_callback *known);
/* The task whose method it is; 0: it is nothing of a task. */
uint64_t callback_task(struct tasks_reader *reader, uint64_t callback);

/*
 * awaiters.c
 */

void tasks_find_awaiters(struct tasks_reader *reader);
/* Once more, in every way in which one task may await another; for `tasks` too, which are those of the reader. */
void tasks_complete_awaiters(struct tasks_reader *reader, struct hog_task *tasks);

/*
 * holders.c
 */

/* Names the task that holds each asyncio.Lock that is waited for, where that is proven. */
void tasks_find_holders(struct tasks_reader *reader);

/*
 * enders.c
 */

/* Fills need, enders and open of all tasks, when waits and holders are known. */
void tasks_find_enders(struct tasks_reader *reader);
/* Does the other end know of it, too? When it is known in every way who awaits whom. */
bool enders_confirm(struct tasks_reader *reader, const struct raw_task *raw, const struct hog_task *next);
/* What makes this task wait for `next`, with addresses; in the arena. */
const char *enders_proof(struct tasks_reader *reader, const struct raw_task *raw, uint64_t next);

/*
 * limits.c
 */

/* Which waits of these tasks end by themselves, and of which that is not known; when their waiters are noted. */
void tasks_find_limits(struct tasks_reader *reader, struct hog_task *tasks);

/*
 * loops.c
 */

/* The number of the loop at this address, which is made where there is none yet. HOG_TASK_NONE: no room. */
uint32_t loop_at(struct tasks_reader *reader, uint64_t address, const char *kind);
/* Makes the loops, and gives each task the number of its own. */
void loops_find(struct tasks_reader *reader);
/* One that asyncio itself has made: of others what they keep is not known. */
bool loop_is_of_asyncio(const struct hog_loop *loop);
/* In how many seconds, negative ago, a timer of asyncio is due. False: not of a live process, or it could not be read. */
bool loop_timer_left(struct tasks_reader *reader, uint64_t handle, double *ret_left);
/* What they have to do, as far as they know: has_nothing_to_come, overdue. */
void loops_look_ahead(struct tasks_reader *reader, struct hog_loop *loops);

#endif
