/*
 * Waits across processes: from a process to those at the other ends of what its threads wait for, and on.
 *
 *     4711  LWP 4711 waits for the end of 4720
 *     4720  LWP 4720 writes to a pipe that is full, which 4711 reads
 *
 * All of it is the kernel's word (/proc, ends.h), and no process is stopped. But for the locks of multiprocessing:
 * who holds one is told by the memory of its process (shared.h), and so is which files a thread polls.
 *
 * A process is stuck when each of its threads waits, without a limit, for processes that are stuck too, or for the
 * other threads of its own. That is proven where the waits are such that nothing else can end them (a pipe that is
 * full or empty, the end of a child, a lock by fcntl), every process that there is could be looked at, and no thread
 * ran meanwhile; else it is likely.
 */
#ifndef HOG_WAIT_TREE_H
#define HOG_WAIT_TREE_H

#include "memory/process.h"

enum hog_tree_state { HOG_TREE_FREE, HOG_TREE_LIKELY_STUCK, HOG_TREE_STUCK };

struct hog_tree_wait {
    int64_t lwp;
    const char *text;     /* "waits for the end of 4720 (python3)"; NULL: it runs */
    const uint32_t *ends; /* processes of the tree, any of which could end the wait */
    uint32_t end_count;
    bool passive; /* for other threads of its own process, without a limit */
    bool certain; /* nothing but its ends could end it */
    bool dead;    /* for a lock that nobody alive holds: nothing can end it */
};

struct hog_tree_process {
    int64_t pid;
    const char *name; /* as the process chose it; NULL unknown */
    bool readable;    /* it could be looked at */
    struct hog_tree_wait *waits;
    uint32_t wait_count;
    enum hog_tree_state state;
};

struct hog_tree {
    struct hog_tree_process *processes; /* the first is the one that was asked about */
    uint32_t process_count;
    const uint32_t *cycle; /* processes each of which waits for the next; NULL: none is stuck */
    uint32_t cycle_count;
    bool whole;       /* every process that there is could be looked at */
    bool cut;         /* there are more than could be followed */
    const char *text; /* what it comes to, in a line */
    struct hog_arena arena;
};

/* Of a live local process. */
enum hog_status hog_tree_read(const struct hog_process *process, bool (*interrupted)(void *context),
                              void *context, struct hog_tree **ret_tree, struct hog_error *error) HOG_CHECKED;
void hog_tree_destroy(struct hog_tree *tree); /* NULL is fine */

#endif
