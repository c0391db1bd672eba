/* Which processes have a pipe, a socket or a lock: who could end a wait for it. From /proc; nothing is opened but that. */
#ifndef HOG_WAIT_ENDS_H
#define HOG_WAIT_ENDS_H

#include "base/arena.h"

enum { HOG_END_READS = 1, HOG_END_WRITES = 2 };

/* Set in the key of an eventfd, all of which have the same inode. */
#define HOG_END_EVENTFD ((uint64_t)1 << 63)

/* One descriptor of one process. */
struct hog_end {
    uint64_t inode; /* of an eventfd HOG_END_EVENTFD and its id */
    int64_t pid;
    unsigned mode; /* HOG_END_READS, HOG_END_WRITES, or both */
};

struct hog_ends {
    struct hog_end *items; /* by inode */
    size_t count, capacity;
    bool whole; /* every process that there is could be looked at */
};

/* `interrupted` is polled; may be NULL. False: no memory. */
bool hog_ends_read(struct hog_ends *ends, bool (*interrupted)(void *context), void *context) HOG_CHECKED;
void hog_ends_deinit(struct hog_ends *ends);
/* The descriptors of that pipe or socket; *ret_count of them. */
const struct hog_end *hog_ends_of(const struct hog_ends *ends, uint64_t inode, size_t *ret_count);

/* The other end of a pair of local sockets, by inode; 0 unknown. Of our own network namespace. */
uint64_t hog_ends_local_peer(uint64_t inode);
/* The children of `pid`: at most `most` of them; returns how many there are. */
size_t hog_ends_children(int64_t pid, int64_t *ret_pids, size_t most);
/* Is what `pid` has as `descriptor` the pipe or socket `inode`, and would a read (or write) of it wait now? */
bool hog_ends_would_wait(int64_t pid, uint64_t descriptor, uint64_t inode, bool writes);

#endif
