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

#endif
