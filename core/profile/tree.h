/*
 * The call tree while it grows: nodes in the order in which they were first
 * seen (so a parent has a smaller number than its children), and two indexes.
 *
 *     children: (thread, parent, function, line) ─▶ node      to add a stack
 *     stacks:   hash of thread and all frames    ─▶ innermost node,
 *               to know it again; compared by walking up from there
 */
#ifndef HOG_PROFILE_TREE_H
#define HOG_PROFILE_TREE_H

#include "profile/builder.h"
#include "profile/hash_index.h"

struct tree_node {
    uint32_t parent; /* HOG_NO_NODE: outermost */
    uint32_t function;
    int32_t line;
    uint32_t thread;
    uint64_t self;
};

struct tree {
    struct tree_node *nodes;
    uint32_t count, capacity;
    struct hash_index children;
    struct hash_index stacks;
};

void tree_deinit(struct tree *tree);
size_t tree_memory(const struct tree *tree);

/* The innermost node of a stack that was added before; HOG_NO_NODE: it was not. Allocates nothing. */
uint32_t tree_find_stack(const struct tree *tree, uint32_t thread, const struct hog_profile_frame *frames,
                         size_t count);
/* Adds a stack that is not there yet; its self is 0. */
enum hog_status tree_add_stack(struct tree *tree, uint32_t thread, const struct hog_profile_frame *frames,
                               size_t count, uint32_t *ret_node) HOG_CHECKED;
/* The node of a frame below its callers; it is added where it is new. */
enum hog_status tree_child(struct tree *tree, uint32_t thread, uint32_t parent,
                           struct hog_profile_frame frame, uint32_t *ret_node) HOG_CHECKED;

#endif
