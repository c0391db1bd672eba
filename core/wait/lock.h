/* From the futex a thread sleeps on to the object it waits for, and its owner. */
#ifndef HOG_WAIT_LOCK_H
#define HOG_WAIT_LOCK_H

#include "wait/call.h"

enum lock_found {
    LOCK_NOTHING,
    LOCK_OBJECT,  /* an object: its kind follows from its type */
    LOCK_THREAD,  /* the end of a thread: `address` is its ThreadHandle (3.13+) */
    LOCK_PYMUTEX, /* a lock of CPython's own at `address` */
    LOCK_MUTEX,   /* a pthread_mutex_t */
    /* inner.c: */
    LOCK_IMPORT,           /* the import lock; `address` 0: it is not known where */
    LOCK_CRITICAL_SECTION, /* the mutex of the object at `address` */
    LOCK_STOP,             /* the end of a stop of all threads of the interpreter at `address` */
    LOCK_STOP_REQUEST,     /* that all threads come to a stop */
};

struct found_lock {
    enum lock_found what;
    enum hog_wait_kind kind; /* of LOCK_OBJECT: HOG_WAIT_LOCK, _RLOCK, _QUEUE (SimpleQueue), _BUFFER */
    uint64_t address;
    uint64_t thread_id; /* of LOCK_THREAD: whose end; of LOCK_MUTEX: LWP of the owner */
    bool parked;
    double blocked;       /* seconds; negative unknown */
    const char *evidence; /* how it was found */
};

bool lock_find(struct waits_reader *reader, uint32_t thread, const struct wait_call *call,
               struct found_lock *ret_found);

/* The node of what was found, with its owner. */
uint32_t lock_node(struct waits_reader *reader, uint32_t thread, const struct found_lock *found);

/* The node is held by the thread with that id, which is recorded at `place`; or by nobody alive. */
void owner_by_id(struct waits_reader *reader, uint32_t node, uint64_t thread_id, uint64_t place);

#endif
