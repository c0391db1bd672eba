/* What the files of the tree of processes share; not seen outside of this folder. */
#ifndef HOG_WAIT_TREE_PARTS_H
#define HOG_WAIT_TREE_PARTS_H

#include "wait/tree.h"

#define TREE_NONE UINT32_MAX

enum { MAX_TREE = 64 }; /* processes that are followed */

/* The system call that a thread waits in. */
struct tree_call {
    const char *name;
    uint64_t arguments[HOG_CALL_ARGUMENTS];
    bool writes; /* set by tree_form_of */
};

enum tree_form { TREE_OTHER, TREE_FUTEX, TREE_DESCRIPTOR, TREE_CHILD, TREE_LOCK };
enum tree_form tree_form_of(struct tree_call *call);

/* Sets states, cycle and text. False: no memory. */
bool tree_judge(struct hog_tree *tree) HOG_CHECKED;

#endif
