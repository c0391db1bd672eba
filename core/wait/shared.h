/* Semaphores that processes share; see shared.c. */
#ifndef HOG_WAIT_SHARED_H
#define HOG_WAIT_SHARED_H

#include "memory/process.h"

#include <sys/types.h>

/* A place in memory that processes share: an offset into a file. */
struct hog_shared {
    dev_t device;
    uint64_t inode, offset;
};

/* False: nothing that is shared lies there. */
bool hog_shared_at(int64_t pid, uint64_t address, struct hog_shared *ret_shared);
/* Where `pid` has it; 0: nowhere. *ret_refused: it could not be asked. */
uint64_t hog_shared_address(int64_t pid, const struct hog_shared *shared, bool *ret_refused);
/*
 * The processes that have it: at most `most` of them; returns how many there are. *ret_all: all that there are could be
 * asked. `interrupted` may be NULL.
 */
size_t hog_shared_users(const struct hog_shared *shared, int64_t *ret_pids, size_t most, bool *ret_all,
                        bool (*interrupted)(void *context), void *context);

/* What the SemLock of a process says of a semaphore that lies at `handle` in it. */
struct hog_semlock {
    bool found;   /* it has one */
    bool unknown; /* not all of its memory could be looked at */
    bool is_lock; /* one at a time can take it */
    bool held;    /* by a thread of this process, by its own count */
};
struct hog_semlock hog_semlock_of(const struct hog_process *process, uint64_t handle,
                                  bool (*interrupted)(void *context), void *context);

#endif
