/*
 * Tasks of asyncio: every event loop, every task of it, where it stands, what
 * it waits for and who awaits it.
 *
 *     hog_tasks ─┬─ loops[] ── the thread that runs it
 *                └─ tasks[] ── frames, wait, awaited_by[] (tasks, by number)
 *
 * Tasks are nobody's stack while they are suspended. They are found where
 * asyncio keeps them: in WeakSets of asyncio.tasks, from 3.14 on in lists of
 * each thread too (find.c). All is read from memory, of a process or its core.
 */
#ifndef HOG_TASKS_TASKS_H
#define HOG_TASKS_TASKS_H

#include "locate/locate.h"
#include "snapshot/snapshot.h"
#include "value/render.h"

#define HOG_TASK_NONE UINT32_MAX

enum hog_task_state {
    HOG_TASK_RUNNING = 1,
    HOG_TASK_READY,   /* its loop is to run it as soon as it can */
    HOG_TASK_WAITING, /* for what `wait` says */
    HOG_TASK_DONE,
    HOG_TASK_CANCELLING, /* it was asked to end, and has not yet */
    HOG_TASK_SUSPENDED,  /* of what nothing runs: it has begun, and stands at a yield or await */
    HOG_TASK_CREATED,    /* it has not begun */
    HOG_TASK_STATES,
};
const char *hog_task_state_key(enum hog_task_state state); /* "waiting" */

/* What a task waits for. */
struct hog_task_wait {
    const char *kind; /* "task", "lock", "queue", "sleep", …; NULL: it waits for nothing */
    uint64_t address; /* of the lock, the queue, the future; 0 none */
    const char *text; /* "asyncio.Lock, 2 wait for it": what is the same for tasks that are alike */
    const char *more; /* ", 3.2 s more": what is not; NULL nothing */
    uint64_t held_by; /* the task that holds that lock, by its address; 0 not known */
    bool is_shared;   /* others may wait for the very same thing: that at `address` */
};

/* Of those that could end the wait of a task: which have to. */
enum hog_task_need {
    HOG_TASK_NEEDS_UNKNOWN, /* what could end it is not known, or may be anybody */
    HOG_TASK_NEEDS_ANY,     /* one of them is enough */
    HOG_TASK_NEEDS_ALL,
    HOG_TASK_NEEDS_ALL_OR_FAILED, /* all of them, or one that fails */
};

struct hog_task {
    uint64_t address;
    /* "generator", "coroutine", "async_generator" of what nothing runs; the class of a greenlet, or "main greenlet";
       NULL: a task */
    const char *kind;
    const char *type;     /* of a greenlet: "gevent._gevent_cgreenlet.Greenlet"; NULL: a task */
    uint64_t parent;      /* of a greenlet, 0 none */
    uint32_t loop;        /* of the loops; HOG_TASK_NONE unknown */
    const char *name;     /* NULL: it has none (to 3.7), or it could not be read */
    bool is_default_name; /* Task-7: asyncio gave it */
    enum hog_task_state state;
    bool is_cancelled;              /* of one that is done */
    bool is_never_retrieved;        /* done, and nobody has asked for its exception yet */
    const char *exception;          /* "app.Refused('host')", of one that is done; NULL none */
    const struct hog_frame *frames; /* innermost first */
    size_t frame_count;
    const char *stopped_because; /* why there are not all frames; NULL: there are */
    struct hog_task_wait wait;
    const uint32_t *awaited_by; /* tasks by number, each once */
    uint32_t awaited_by_count;
    /* Of those that wait, where `rings` was asked for. */
    enum hog_task_need need;
    const uint32_t *enders; /* tasks by number: who could end the wait */
    uint32_t ender_count;
    bool is_open;      /* something else could, too */
    bool has_limit;    /* a timer ends the wait */
    const char *doubt; /* what else may end it, in words; NULL nothing that is known */
    const char
        *proof; /* of one in a ring: what was read that makes it wait for the next; NULL: it is in none */
};

/* Tasks each of which waits for the next, and the last for the first, as do all others that could end their waits. */
struct hog_task_ring {
    const uint32_t *tasks; /* by number */
    uint32_t count;
    uint32_t behind;   /* tasks that wait for one of these, and so on: they are at least likely stuck, too */
    const char *doubt; /* why it is no more than likely that they never go on; NULL: it is proven */
};

struct hog_loop {
    /* "asyncio", "trio", "curio"; "gevent", "greenlet": the greenlets of one thread, and `address` is the main one. */
    const char *kind;
    uint64_t address;
    const char *type; /* "asyncio.unix_events._UnixSelectorEventLoop" */
    uint32_t thread;  /* of the snapshot, that runs it; HOG_TASK_NONE: none does, or it is not known */
    bool is_running;
    bool is_closed;
    /* asyncio, where rings were asked for: no timer, callback, file or signal handler could wake it. */
    bool has_nothing_to_come;
    double
        overdue; /* asyncio, live, where rings were asked for: seconds since its first timer was due; 0: not known */
};

struct hog_tasks {
    const struct hog_loop *loops; /* those that run first, in the order of the threads */
    uint32_t loop_count;
    const struct hog_task *tasks; /* loop after loop, in each by name */
    uint32_t task_count;
    /* Generators and coroutines that nothing runs; NULL: they were not asked for, or are not to be had. */
    const struct hog_task *suspended;
    uint32_t suspended_count;
    const char *suspended_unknown;     /* why they are not to be had */
    const struct hog_task_ring *rings; /* those that are proven first */
    uint32_t ring_count;
    const char *const *warnings; /* what could not be read */
    size_t warning_count;
    bool interrupted;
    struct hog_arena arena;
};

struct hog_tasks_options {
    bool (*interrupted)(void *context); /* polled; may be NULL */
    void *context;
    bool generators;                       /* those that nothing runs, too: looks at all objects */
    bool rings;                            /* tasks that wait for one another */
    const struct hog_value_limits *limits; /* of exceptions; NULL: their classes alone are shown */
};

/* `memory` is best the page cache that the snapshot was decoded from. The snapshot must outlive the tasks. */
enum hog_status hog_tasks_read(const struct hog_process *process, const struct hog_location *location,
                               struct hog_memory *memory, const struct hog_snapshot *snapshot,
                               const struct hog_tasks_options *options, struct hog_tasks **ret_tasks,
                               struct hog_error *error) HOG_CHECKED;
/*
 * Finds the rings among tasks, by their enders, needs and limits: those are to be there. Fills rings and ring_count,
 * in `arena`. Only tasks of loops that run count. False: no memory.
 */
bool hog_tasks_find_rings(struct hog_tasks *tasks, struct hog_arena *arena) HOG_CHECKED;
/* "task a → task b → task a (asyncio, in MainThread)", in the arena. NULL: no memory. */
const char *hog_task_ring_words(const struct hog_tasks *tasks, const struct hog_task_ring *ring,
                                const struct hog_snapshot *snapshot, struct hog_arena *arena);
/* Of the first ring, and how many more there are: "Deadlock: task a → task b → task a (asyncio, in MainThread)." There must be
 * one. NULL: no memory. */
const char *hog_tasks_ring_verdict(const struct hog_tasks *tasks, const struct hog_snapshot *snapshot,
                                   struct hog_arena *arena);
/* "task fetch-1", "Task-7", "greenlet 0x7f…"; with its address where another of the ring (NULL: none) has the same name. In
 * the arena. NULL: no memory. */
const char *hog_task_called(const struct hog_tasks *tasks, const struct hog_task_ring *ring, uint32_t number,
                            struct hog_arena *arena);
/*
 * A loop of gevent or asyncio none of whose tasks can go on, in words; in the arena. NULL: there is none. It is likely, and
 * not proven, that they never do. A loop that just waits for its end, or for work, is none.
 */
const char *hog_tasks_hang(const struct hog_tasks *tasks, const struct hog_snapshot *snapshot,
                           struct hog_arena *arena);
/*
 * A loop whose thread stands, or computes, in one of its tasks, so that the others cannot run, in words; in the arena. NULL:
 * there is none, or nothing else is to be run.
 */
const char *hog_tasks_blocked_loop(const struct hog_tasks *tasks, const struct hog_snapshot *snapshot,
                                   struct hog_arena *arena);
void hog_tasks_destroy(struct hog_tasks *tasks); /* NULL is fine */

#endif
