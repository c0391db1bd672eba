/* What the files of the tree of processes share; not seen outside of this folder. */
#ifndef HOG_WAIT_TREE_PARTS_H
#define HOG_WAIT_TREE_PARTS_H

#include "wait/ends.h"
#include "wait/sockets.h"
#include "wait/tree.h"

#define TREE_NONE UINT32_MAX

enum { MAX_TREE = 64, MAX_OTHERS = 64 }; /* processes that are followed; that are at one end */

struct tree_reader {
    struct hog_tree *tree;
    struct hog_process opened[MAX_TREE]; /* of each but the first */
    const struct hog_process *processes[MAX_TREE];
    struct hog_ends ends;
    struct hog_sockets *sockets;
    bool (*interrupted)(void *context);
    void *context;
    bool no_memory;
};

/* Words in the arena of the tree; NULL: no memory. */
#define SAY(tree, ...) hog_arena_printf(&(tree)->arena, __VA_ARGS__)

/* The system call that a thread waits in. */
struct tree_call {
    const char *name;
    uint64_t arguments[HOG_CALL_ARGUMENTS];
    bool writes; /* set by tree_form_of */
};

enum tree_form { TREE_OTHER, TREE_FUTEX, TREE_DESCRIPTOR, TREE_CHILD, TREE_LOCK, TREE_POLL, TREE_EPOLL };
enum tree_form tree_form_of(struct tree_call *call);

/* Its number in the tree, made when it is new; TREE_NONE: there are too many. */
uint32_t tree_number_of(struct tree_reader *reader, int64_t pid);
/* "4720 (python3), 4721 (sleep), …" */
const char *tree_list_of(struct tree_reader *reader, const struct hog_tree_wait *wait);
/* False: not all of them are in the tree, so that nothing is proven of the wait. */
bool tree_set_ends(struct tree_reader *reader, struct hog_tree_wait *wait, const int64_t *pids, size_t count);

/* What a wait is for, by its form: who could end it, and the words. */
void tree_on_descriptor(struct tree_reader *reader, int64_t pid, const struct tree_call *call,
                        struct hog_tree_wait *wait);
/* tree_shared.c */
void tree_on_semaphore(struct tree_reader *reader, const struct hog_process *process,
                       const struct tree_call *call, struct hog_tree_wait *wait);
/* tree_polled.c */
void tree_on_files(struct tree_reader *reader, const struct hog_process *process,
                   const struct tree_call *call, bool is_epoll, struct hog_tree_wait *wait);

/* Sets states, cycle and text. False: no memory. */
bool tree_judge(struct hog_tree *tree) HOG_CHECKED;

#endif
