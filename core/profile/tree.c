/* The growing call tree; see tree.h. */
#include "profile/tree.h"
#include "base/grow.h"

void tree_deinit(struct tree *tree)
{
    free(tree->nodes);
    hash_index_deinit(&tree->children);
    hash_index_deinit(&tree->stacks);
    *tree = (struct tree){0};
}

size_t tree_memory(const struct tree *tree)
{
    return tree->capacity * sizeof *tree->nodes +
           (tree->children.capacity + tree->stacks.capacity) * sizeof(struct hash_slot);
}

static uint64_t frame_word(struct hog_profile_frame frame)
{
    return (uint64_t)frame.function << 32 | (uint32_t)frame.line;
}

static uint32_t stack_hash(uint32_t thread, const struct hog_profile_frame *frames, size_t count)
{
    uint64_t hash = hash_word(thread, count);

    for (size_t i = 0; i < count; i++)
        hash = hash_word(hash, frame_word(frames[i]));
    return hash_fold(hash);
}

/* Is this node the innermost frame of exactly this stack? */
static bool tree_is_stack(const struct tree *tree, uint32_t node, uint32_t thread,
                          const struct hog_profile_frame *frames, size_t count)
{
    if (tree->nodes[node].thread != thread)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct tree_node *at;

        if (node == HOG_NO_NODE)
            return false;
        at = &tree->nodes[node];
        if (at->function != frames[i].function || at->line != frames[i].line)
            return false;
        node = at->parent;
    }
    return node == HOG_NO_NODE;
}

static uint32_t tree_find_hashed(const struct tree *tree, uint32_t hash, uint32_t thread,
                                 const struct hog_profile_frame *frames, size_t count)
{
    size_t at = hash_index_start(&tree->stacks, hash);
    uint32_t node;

    while ((node = hash_index_next(&tree->stacks, hash, &at)) != HASH_INDEX_NONE)
        if (tree_is_stack(tree, node, thread, frames, count))
            return node;
    return HOG_NO_NODE;
}

uint32_t tree_find_stack(const struct tree *tree, uint32_t thread, const struct hog_profile_frame *frames,
                         size_t count)
{
    return tree_find_hashed(tree, stack_hash(thread, frames, count), thread, frames, count);
}

static bool tree_node_is(const struct tree_node *node, uint32_t thread, uint32_t parent,
                         struct hog_profile_frame frame)
{
    return node->parent == parent && node->function == frame.function && node->line == frame.line &&
           node->thread == thread;
}

enum hog_status tree_child(struct tree *tree, uint32_t thread, uint32_t parent,
                           struct hog_profile_frame frame, uint32_t *ret_node)
{
    uint32_t hash = hash_fold(hash_word(hash_word(thread, parent), frame_word(frame)));
    size_t at = hash_index_start(&tree->children, hash);
    uint32_t node;

    while ((node = hash_index_next(&tree->children, hash, &at)) != HASH_INDEX_NONE) {
        if (tree_node_is(&tree->nodes[node], thread, parent, frame)) {
            *ret_node = node;
            return HOG_OK;
        }
    }
    if (!HOG_GROW(tree->nodes, tree->capacity, tree->count + 1) ||
        !hash_index_add(&tree->children, hash, tree->count))
        return HOG_NO_MEMORY;
    tree->nodes[tree->count] = (struct tree_node){
        .parent = parent, .function = frame.function, .line = frame.line, .thread = thread};
    *ret_node = tree->count++;
    return HOG_OK;
}

enum hog_status tree_add_stack(struct tree *tree, uint32_t thread, const struct hog_profile_frame *frames,
                               size_t count, uint32_t *ret_node)
{
    uint32_t node = HOG_NO_NODE;

    for (size_t i = count; i-- > 0;) {
        enum hog_status status = tree_child(tree, thread, node, frames[i], &node);

        if (status != HOG_OK)
            return status;
    }
    if (!hash_index_add(&tree->stacks, stack_hash(thread, frames, count), node))
        return HOG_NO_MEMORY;
    *ret_node = node;
    return HOG_OK;
}
