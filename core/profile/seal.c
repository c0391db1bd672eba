/*
 * From a growing tree to an immutable profile.
 *
 *     used functions, ordered by name, file, line ─▶ new numbers
 *     nodes, grouped by parent, ordered by (function, line) within ─▶ preorder
 *
 * so that a profile depends on what was sampled and not on the order in which
 * it was seen, and so do the files that are written from it.
 */
#include "base/sort.h"
#include "profile/builder_parts.h"

#include <string.h>

/* What sealing needs on the way; all arrays are indexed by old numbers. */
struct sealing {
    const struct hog_profile_builder *builder;
    struct names names;      /* becomes the profile's arena */
    uint32_t *function_rank; /* old function -> new one; HOG_NO_FUNCTION: unused */
    uint32_t *used;          /* functions in order */
    uint32_t used_count;
    uint32_t *first;    /* group -> its first child in `children` */
    uint32_t *children; /* nodes grouped by parent; the outermost by thread, after the groups of nodes */
    uint32_t *place;    /* old node -> new one */
};

static void sealing_deinit(struct sealing *sealing)
{
    names_deinit(&sealing->names);
    free(sealing->function_rank);
    free(sealing->used);
    free(sealing->first);
    free(sealing->children);
    free(sealing->place);
}

static enum hog_status sealing_init(struct sealing *sealing, const struct hog_profile_builder *builder)
{
    size_t nodes = builder->tree.count;
    size_t functions = builder->names.function_count;

    *sealing = (struct sealing){.builder = builder};
    names_init(&sealing->names, SIZE_MAX);
    sealing->function_rank = malloc((functions + 1) * sizeof(uint32_t));
    sealing->used = malloc((functions + 1) * sizeof(uint32_t));
    sealing->first = calloc(nodes + builder->thread_count + 2, sizeof(uint32_t));
    sealing->children = malloc((nodes + 1) * sizeof(uint32_t));
    sealing->place = malloc((nodes + 1) * sizeof(uint32_t));
    if (!sealing->function_rank || !sealing->used || !sealing->first || !sealing->children || !sealing->place)
        return HOG_NO_MEMORY;
    return HOG_OK;
}

/*
 * Functions.
 */

static int compare_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int compare_functions(const void *a, const void *b, void *context)
{
    const struct hog_function *functions = context;
    const struct hog_function *left = &functions[*(const uint32_t *)a];
    const struct hog_function *right = &functions[*(const uint32_t *)b];
    int order = compare_text(left->qualname ? left->qualname : left->name,
                             right->qualname ? right->qualname : right->name);

    if (!order)
        order = compare_text(left->filename, right->filename);
    if (!order)
        order = (left->first_line > right->first_line) - (left->first_line < right->first_line);
    if (!order)
        order = compare_text(left->name, right->name);
    if (!order)
        order = *(const uint32_t *)a < *(const uint32_t *)b ? -1 : 1;
    return order;
}

static enum hog_status rank_functions(struct sealing *sealing)
{
    const struct tree *tree = &sealing->builder->tree;
    const struct names *names = &sealing->builder->names;

    memset(sealing->function_rank, 0xff, names->function_count * sizeof(uint32_t));
    for (uint32_t i = 0; i < tree->count; i++)
        sealing->function_rank[tree->nodes[i].function] = 0;
    for (uint32_t i = 0; i < names->function_count; i++)
        if (sealing->function_rank[i] != HOG_NO_FUNCTION)
            sealing->used[sealing->used_count++] = i;
    if (!hog_sort(sealing->used, sealing->used_count, sizeof(uint32_t), compare_functions, names->functions,
                  sealing->builder->watch))
        return HOG_INTERRUPTED;
    for (uint32_t i = 0; i < sealing->used_count; i++)
        sealing->function_rank[sealing->used[i]] = i;
    return HOG_OK;
}

static enum hog_status seal_functions(struct sealing *sealing, struct hog_profile *profile)
{
    struct hog_function *functions =
        hog_arena_array(&sealing->names.arena, sealing->used_count, sizeof(struct hog_function));

    if (!functions)
        return HOG_NO_MEMORY;
    for (uint32_t i = 0; i < sealing->used_count; i++) {
        uint32_t copy;
        enum hog_status status =
            names_function(&sealing->names, &sealing->builder->names.functions[sealing->used[i]], &copy);

        if (status != HOG_OK)
            return status;
        if (hog_watch_due(sealing->builder->watch, i))
            return HOG_INTERRUPTED;
        functions[i] = sealing->names.functions[copy];
    }
    profile->functions = functions;
    profile->function_count = sealing->used_count;
    return HOG_OK;
}

/*
 * Nodes.
 */

static uint32_t group_of(const struct sealing *sealing, const struct tree_node *node)
{
    return node->parent != HOG_NO_NODE ? node->parent : sealing->builder->tree.count + node->thread;
}

static int compare_children(const void *a, const void *b, void *context)
{
    const struct sealing *sealing = context;
    const struct tree_node *left = &sealing->builder->tree.nodes[*(const uint32_t *)a];
    const struct tree_node *right = &sealing->builder->tree.nodes[*(const uint32_t *)b];
    uint32_t left_rank = sealing->function_rank[left->function];
    uint32_t right_rank = sealing->function_rank[right->function];

    if (left_rank != right_rank)
        return left_rank < right_rank ? -1 : 1;
    return (left->line > right->line) - (left->line < right->line);
}

/* A counting sort by group, then each group by itself: most have one child. */
static enum hog_status group_children(struct sealing *sealing)
{
    const struct tree *tree = &sealing->builder->tree;
    uint32_t groups = tree->count + sealing->builder->thread_count;
    uint32_t *first = sealing->first;

    for (uint32_t i = 0; i < tree->count; i++)
        first[group_of(sealing, &tree->nodes[i]) + 1]++;
    for (uint32_t i = 0; i < groups; i++)
        first[i + 1] += first[i];
    for (uint32_t i = tree->count; i-- > 0;)
        sealing->children[--first[group_of(sealing, &tree->nodes[i]) + 1]] = i;
    /* each first[g + 1] now holds the start of g: shift down, and close with the end */
    memmove(first, first + 1, groups * sizeof *first);
    first[groups] = tree->count;
    for (uint32_t i = 0; i < groups; i++)
        if (hog_watch_due(sealing->builder->watch, i) ||
            (first[i + 1] - first[i] > 1 &&
             !hog_sort(sealing->children + first[i], first[i + 1] - first[i], sizeof(uint32_t),
                       compare_children, sealing, sealing->builder->watch)))
            return HOG_INTERRUPTED;
    return HOG_OK;
}

static void place_node(const struct sealing *sealing, uint32_t old, uint32_t place,
                       struct hog_profile_node *nodes)
{
    const struct tree_node *node = &sealing->builder->tree.nodes[old];

    sealing->place[old] = place;
    nodes[place] = (struct hog_profile_node){
        .parent = node->parent != HOG_NO_NODE ? sealing->place[node->parent] : HOG_NO_NODE,
        .function = sealing->function_rank[node->function],
        .line = node->line,
        .end = place + 1,
        .self = node->self,
        .total = node->self,
    };
}

/* Preorder below one group, with a stack of nodes that are still to come. Returns the place after the last.
 */
static uint32_t place_group(const struct sealing *sealing, uint32_t group, uint32_t *waiting, uint32_t place,
                            struct hog_profile_node *nodes)
{
    struct hog_watch *watch = sealing->builder->watch;
    size_t depth = 0;

    for (uint32_t i = sealing->first[group + 1]; i-- > sealing->first[group];)
        waiting[depth++] = sealing->children[i];
    while (depth && !hog_watch_due(watch, place)) {
        uint32_t old = waiting[--depth];

        place_node(sealing, old, place++, nodes);
        for (uint32_t i = sealing->first[old + 1]; i-- > sealing->first[old];)
            waiting[depth++] = sealing->children[i];
    }
    return place;
}

static enum hog_status seal_nodes(struct sealing *sealing, struct hog_profile *profile)
{
    uint32_t count = sealing->builder->tree.count;
    HOG_FREE uint32_t *waiting = malloc((count + 1) * sizeof *waiting);
    struct hog_profile_thread *threads = hog_arena_array(
        &sealing->names.arena, sealing->builder->thread_count, sizeof(struct hog_profile_thread));
    struct hog_profile_node *nodes =
        hog_arena_array(&sealing->names.arena, count, sizeof(struct hog_profile_node));
    uint32_t place = 0;

    if (!waiting || !threads || !nodes)
        return HOG_NO_MEMORY;
    for (uint32_t i = 0; i < sealing->builder->thread_count; i++) {
        threads[i] = sealing->builder->threads[i];
        threads[i].first_node = place;
        place = place_group(sealing, count + i, waiting, place, nodes);
        threads[i].end_node = place;
        if (names_text(&sealing->names, threads[i].name, &threads[i].name) != HOG_OK)
            return HOG_NO_MEMORY;
    }
    if (place < count)
        return HOG_INTERRUPTED;
    for (uint32_t i = count; i-- > 0;) {
        if (nodes[i].parent == HOG_NO_NODE)
            continue;
        nodes[nodes[i].parent].total += nodes[i].total;
        if (nodes[nodes[i].parent].end < nodes[i].end)
            nodes[nodes[i].parent].end = nodes[i].end;
    }
    profile->nodes = nodes;
    profile->node_count = count;
    profile->threads = threads;
    profile->thread_count = sealing->builder->thread_count;
    return HOG_OK;
}

enum hog_status hog_profile_builder_seal(const struct hog_profile_builder *builder,
                                         const struct hog_profile_info *info,
                                         struct hog_profile **ret_profile)
{
    HOG_CLEANUP(sealing_deinit) struct sealing sealing;
    HOG_PROFILE struct hog_profile *profile = NULL;
    enum hog_status status = sealing_init(&sealing, builder);

    if (status == HOG_OK)
        status = builder_start_profile(builder, info, &sealing.names, &profile);
    if (status != HOG_OK)
        return status;
    profile->watch = builder->watch;
    status = rank_functions(&sealing);
    if (status == HOG_OK)
        status = group_children(&sealing);
    if (status == HOG_OK)
        status = seal_functions(&sealing, profile);
    if (status == HOG_OK)
        status = seal_nodes(&sealing, profile);
    if (status != HOG_OK)
        return status;
    profile->arena = sealing.names.arena;
    hog_arena_init(&sealing.names.arena, 0);
    *ret_profile = profile;
    profile = NULL;
    return HOG_OK;
}
