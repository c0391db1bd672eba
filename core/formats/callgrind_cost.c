/*
 * Costs of calls by the rule of callgrind_cost.h, in one walk: entering a node
 * gives its total to the call that led to it; and if its function is on the
 * path already, takes that total from the call that the frame there had made.
 */
#include "formats/callgrind_cost.h"
#include "base/grow.h"
#include "base/sort.h"
#include "profile/hash_index.h"

#include <string.h>

#define NOT_ON_PATH UINT32_MAX

struct level {
    uint32_t node;
    uint32_t call;   /* that led here; HASH_INDEX_NONE: outermost */
    uint32_t before; /* where on the path this function was innermost before */
};

struct calls_walk {
    const struct hog_profile *profile;
    struct calls *calls;
    struct hash_index index;
    struct level *path;
    uint32_t depth, path_capacity;
    uint32_t *innermost; /* by function: its place on the path */
};

static void calls_walk_deinit(struct calls_walk *walk)
{
    hash_index_deinit(&walk->index);
    free(walk->path);
    free(walk->innermost);
}

static bool find_call(struct calls_walk *walk, struct call call, uint32_t *ret_number)
{
    uint32_t hash =
        hash_fold(hash_word(hash_word(hash_word(5, call.caller), (uint32_t)call.line), call.callee));
    size_t at = hash_index_start(&walk->index, hash);

    while ((*ret_number = hash_index_next(&walk->index, hash, &at)) != HASH_INDEX_NONE) {
        const struct call *known = &walk->calls->list[*ret_number];

        if (known->caller == call.caller && known->line == call.line && known->callee == call.callee)
            return true;
    }
    if (!HOG_GROW(walk->calls->list, walk->calls->capacity, walk->calls->count + 1) ||
        !hash_index_add(&walk->index, hash, walk->calls->count))
        return false;
    *ret_number = walk->calls->count++;
    walk->calls->list[*ret_number] = call;
    return true;
}

static void leave(struct calls_walk *walk)
{
    const struct level *level = &walk->path[--walk->depth];

    walk->innermost[walk->profile->nodes[level->node].function] = level->before;
}

static bool enter(struct calls_walk *walk, uint32_t number)
{
    const struct hog_profile_node *nodes = walk->profile->nodes;
    const struct hog_profile_node *node = &nodes[number];
    struct level level = {.node = number, .call = HASH_INDEX_NONE};

    while (walk->depth && walk->path[walk->depth - 1].node != node->parent)
        leave(walk);
    if (!HOG_GROW(walk->path, walk->path_capacity, walk->depth + 1))
        return false;
    if (walk->depth) {
        const struct hog_profile_node *caller = &nodes[node->parent];
        struct call call = {.caller = caller->function, .line = caller->line, .callee = node->function};

        if (!find_call(walk, call, &level.call))
            return false;
        walk->calls->list[level.call].cost += node->total;
    }
    level.before = walk->innermost[node->function];
    walk->path[walk->depth] = level;
    if (level.before != NOT_ON_PATH)
        walk->calls->list[walk->path[level.before + 1].call].cost -= node->total;
    walk->innermost[node->function] = walk->depth++;
    return true;
}

static int compare_calls(const void *a, const void *b, void *context)
{
    const struct call *left = a, *right = b;

    (void)context;
    if (left->caller != right->caller)
        return left->caller < right->caller ? -1 : 1;
    if (left->line != right->line)
        return left->line < right->line ? -1 : 1;
    return (left->callee > right->callee) - (left->callee < right->callee);
}

static bool calls_tidy(struct calls *calls, struct hog_watch *watch)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < calls->count; i++)
        if (calls->list[i].cost)
            calls->list[kept++] = calls->list[i];
    calls->count = kept;
    return hog_sort(calls->list, kept, sizeof *calls->list, compare_calls, NULL, watch);
}

enum hog_status calls_init(struct calls *calls, const struct hog_profile *profile)
{
    HOG_CLEANUP(calls_walk_deinit) struct calls_walk walk = {.profile = profile, .calls = calls};

    *calls = (struct calls){0};
    walk.innermost = malloc((profile->function_count + 1) * sizeof *walk.innermost);
    if (!walk.innermost)
        return HOG_NO_MEMORY;
    memset(walk.innermost, 0xff, profile->function_count * sizeof *walk.innermost);
    for (uint32_t t = 0; t < profile->thread_count; t++) {
        for (uint32_t i = profile->threads[t].first_node; i < profile->threads[t].end_node; i++) {
            if (!hog_watch_due(profile->watch, i) && enter(&walk, i))
                continue;
            calls_deinit(calls);
            return HOG_NO_MEMORY; /* or the watch, as hog_write_profile tells */
        }
        while (walk.depth)
            leave(&walk);
    }
    if (calls_tidy(calls, profile->watch))
        return HOG_OK;
    calls_deinit(calls);
    return HOG_INTERRUPTED;
}

void calls_deinit(struct calls *calls)
{
    free(calls->list);
    *calls = (struct calls){0};
}
