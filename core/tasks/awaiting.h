/*
 * The task that a thread runs, and the tasks that await it, one after another: what a sampler can read in the moment
 * in which the thread stands still.
 *
 *     thread ─▶ task "fetch" ◀─awaits── task "page" ◀─awaits── task "main"
 *               its frames are          frames of its          frames
 *               the thread's            coroutines
 *
 * Unlike hog_tasks_read, which reads all tasks, it goes from one to the next by the callbacks of each, so that what it
 * costs is of the length of the chain and not of the number of tasks. Of several that await the same task, it follows
 * the one that began first.
 */
#ifndef HOG_TASKS_AWAITING_H
#define HOG_TASKS_AWAITING_H

#include "locate/locate.h"

enum { HOG_AWAITING_TASKS = 32, HOG_AWAITING_FRAMES = 512, HOG_AWAITING_INTERPRETERS = 16 };

struct hog_awaiting_task {
    const char *name;      /* that the program gave it; NULL: it has none, or one of asyncio's numbers */
    uint32_t first, count; /* of the frames; of the task that runs none */
};

struct hog_awaiting {
    struct hog_awaiting_task tasks[HOG_AWAITING_TASKS]; /* the one that runs first */
    uint32_t task_count;                                /* 0: the thread runs none */
    uint64_t frame;                       /* of the coroutine that the running task began with */
    uint64_t frames[HOG_AWAITING_FRAMES]; /* addresses; of each task innermost first */
    uint32_t frame_count;
    bool is_cut; /* there is more than was read, or it could not be read */
};

struct hog_awaiting_reader;

/* `process`, `location` and `memory` must outlive it. NULL when memory is exhausted. */
struct hog_awaiting_reader *hog_awaiting_create(const struct hog_process *process,
                                                const struct hog_location *location,
                                                struct hog_memory *memory) HOG_CHECKED;
void hog_awaiting_destroy(struct hog_awaiting_reader *reader); /* NULL is fine */

/*
 * The dict in which asyncio of this interpreter notes which task each loop runs (to 3.13; of tasks of Python in every
 * version). 0: asyncio is not imported. It stays the same as long as the interpreter lives. Reads much: not for a
 * moment in which something has to stand still, and from a `memory` that is best a cache.
 */
uint64_t hog_awaiting_dict(const struct hog_process *process, const struct hog_location *location,
                           struct hog_memory *memory, uint64_t interpreter);

struct hog_awaiting_thread {
    uint64_t tstate;
    uint64_t dict; /* of hog_awaiting_dict; 0 none */
    /* Is this a frame of the thread's stack? Only a task that began with one is believed to run there. */
    bool (*has_frame)(void *context, uint64_t frame);
    void *context;
};

/* Names live until the next call. What was read at a moment that proves to be none: hog_awaiting_forget. */
void hog_awaiting_read(struct hog_awaiting_reader *reader, const struct hog_awaiting_thread *thread,
                       struct hog_awaiting *ret_awaiting);
/* The same of a task that need not run. */
void hog_awaiting_of_task(struct hog_awaiting_reader *reader, uint64_t task,
                          struct hog_awaiting *ret_awaiting);
/* Forgets all that is known of classes, which may have been read wrong. */
void hog_awaiting_forget(struct hog_awaiting_reader *reader);

#endif
