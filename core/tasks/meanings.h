/*
 * What functions of asyncio and of libraries on top of it wait for: tables that
 * wait.c looks frames up in. Not seen outside of this folder.
 */
#ifndef HOG_TASKS_MEANINGS_H
#define HOG_TASKS_MEANINGS_H

#include "tasks/reader.h"

/* The frame that was found, and the object whose method it runs; 0: it was not asked for. */
struct place {
    const char *library; /* "anyio" */
    const struct hog_frame *frame;
    uint64_t self;
};

/* Fills text, and address and more where there are such. */
typedef void describe(struct tasks_reader *reader, const struct place *place, struct hog_task_wait *wait);

/* meanings.c: what is alike in all of them. A lock, event or condition, by how many wait for it: "asyncio.Lock, 2 wait for it". */
describe meaning_lock;
/* The same, and its value. */
describe meaning_semaphore;
/* A group of tasks, by how many of them are unfinished. */
describe meaning_group;

/* Of several on a stack the outermost `is_outer` one counts, else the innermost. */
struct meaning {
    const char *module, *function; /* "sock_*": all that begin so */
    const char *class;             /* of that module, or inherited from it; NULL: it need not be a method */
    const char *kind;
    describe *describe;
    bool is_shared; /* others may wait for the very same thing */
    bool is_outer;
};

struct meanings {
    const char
        *name; /* "anyio": its modules are anyio.…, and what it exports may say that it comes from anyio */
    const struct meaning *items;
    size_t count;
};

extern const struct meanings asyncio_meanings, anyio_meanings;

#endif
