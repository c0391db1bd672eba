/* What a futex was found to be. */
#ifndef HOG_WAIT_FOUND_H
#define HOG_WAIT_FOUND_H

#include "wait/reader.h"

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

#endif
