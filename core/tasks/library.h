/*
 * What trio and curio have in common: libraries that run their own loop in a
 * function of theirs, keep their tasks in a container of an object of it, and
 * give every task a name and a coroutine. Not seen outside of this folder.
 */
#ifndef HOG_TASKS_LIBRARY_H
#define HOG_TASKS_LIBRARY_H

#include "tasks/reader.h"

/* What a function that a task called says of its wait. */
struct library_call {
    const char *begins; /* "Lock.": a method of Lock; "sleep": a function */
    const char *kind;   /* as of hog_task_wait */
    bool is_shared;     /* others may wait for the same object */
};

struct task_library {
    const char *name; /* "trio": of the loop, and of its modules, which are trio.… */
    const struct library_call *calls;
    size_t call_count;
};

/* Where a loop is found: a frame of one of the functions has the object that knows its tasks. */
struct library_loops {
    const struct task_library *library;
    const char *module;           /* of the functions and of the class */
    const char *const *functions; /* ends with NULL */
    const char *variable, *class;
    const char
        *tasks; /* the attribute that holds them: a set of them, or a dict of which they are the values */
    void (*add_task)(struct tasks_reader *reader, uint64_t object, uint32_t loop);
};

/* Adds a loop for each that a thread runs, and its tasks; before tasks have numbers. */
void library_find_loops(struct tasks_reader *reader, const struct library_loops *loops);
/*
 * Adds an object that is known to be a task, with its name and frames; running or waiting, by its coroutine.
 * NULL: it is there already, or there is no room.
 */
struct raw_task *library_add_task(struct tasks_reader *reader, uint64_t object, uint32_t loop);
/*
 * What the task waits for, by the function of the library that it called. The object whose method that is; 0: there is
 * none, and the wait stays unknown.
 */
uint64_t library_read_wait(struct tasks_reader *reader, const struct task_library *library,
                           struct raw_task *raw);

#endif
