/* Profiles without stacks; see table_builder.h. Names and counts are a builder's, whose tree stays empty. */
#include "profile/table_builder.h"
#include "base/grow.h"
#include "base/sort.h"
#include "profile/builder_parts.h"

#include <string.h>

struct hog_table_builder {
    struct hog_profile_builder *parts;
    struct hog_table_function *functions; /* as many as names has */
    struct hog_table_edge *edges;
    struct hash_index edge_index;
    uint32_t function_count, function_capacity;
    uint32_t edge_count, edge_capacity;
};

struct hog_table_builder *hog_table_builder_create(size_t memory_limit)
{
    struct hog_table_builder *builder = calloc(1, sizeof *builder);

    if (!builder)
        return NULL;
    builder->parts = hog_profile_builder_create(memory_limit);
    if (!builder->parts) {
        free(builder);
        return NULL;
    }
    return builder;
}

void hog_table_builder_watch(struct hog_table_builder *builder, struct hog_watch *watch)
{
    hog_profile_builder_watch(builder->parts, watch);
}

void hog_table_builder_destroy(struct hog_table_builder *builder)
{
    if (!builder)
        return;
    hog_profile_builder_destroy(builder->parts);
    hash_index_deinit(&builder->edge_index);
    free(builder->functions);
    free(builder->edges);
    free(builder);
}

enum hog_status hog_table_builder_function(struct hog_table_builder *builder,
                                           const struct hog_function *function, uint32_t *ret_function)
{
    enum hog_status status = names_function(&builder->parts->names, function, ret_function);

    if (status != HOG_OK || *ret_function < builder->function_count)
        return status;
    if (!HOG_GROW(builder->functions, builder->function_capacity, *ret_function + 1))
        return HOG_NO_MEMORY;
    memset(&builder->functions[*ret_function], 0, sizeof *builder->functions);
    builder->function_count = *ret_function + 1;
    return HOG_OK;
}

static void cost_add(struct hog_table_function *sum, const struct hog_table_function *more)
{
    sum->calls += more->calls;
    sum->primitive_calls += more->primitive_calls;
    sum->self_seconds += more->self_seconds;
    sum->total_seconds += more->total_seconds;
}

void hog_table_builder_cost(struct hog_table_builder *builder, uint32_t function,
                            const struct hog_table_function *cost)
{
    if (function < builder->function_count)
        cost_add(&builder->functions[function], cost);
}

enum hog_status hog_table_builder_edge(struct hog_table_builder *builder, uint32_t caller, uint32_t callee,
                                       const struct hog_table_function *cost)
{
    uint32_t hash = hash_fold(hash_word(hash_word(1, caller), callee));
    size_t at = hash_index_start(&builder->edge_index, hash);
    uint32_t edge;

    if (callee >= builder->function_count || (caller >= builder->function_count && caller != HOG_NO_FUNCTION))
        return HOG_USAGE;
    while ((edge = hash_index_next(&builder->edge_index, hash, &at)) != HASH_INDEX_NONE) {
        if (builder->edges[edge].caller == caller && builder->edges[edge].callee == callee) {
            cost_add(&builder->edges[edge].cost, cost);
            return HOG_OK;
        }
    }
    if (!HOG_GROW(builder->edges, builder->edge_capacity, builder->edge_count + 1) ||
        !hash_index_add(&builder->edge_index, hash, builder->edge_count))
        return HOG_NO_MEMORY;
    builder->edges[builder->edge_count++] = (struct hog_table_edge){caller, callee, *cost};
    return HOG_OK;
}

void hog_table_builder_counts(struct hog_table_builder *builder, const struct hog_profile_counts *counts)
{
    hog_profile_builder_add_counts(builder->parts, HOG_NO_THREAD, counts);
    builder->parts->counts.kept += counts->kept;
}

enum hog_status hog_table_builder_drop(struct hog_table_builder *builder, const char *reason, uint64_t count)
{
    return hog_profile_builder_add_reason(builder->parts, reason, count);
}

static int compare_edges(const void *a, const void *b, void *context)
{
    const struct hog_table_edge *left = a, *right = b;

    (void)context;
    if (left->callee != right->callee)
        return left->callee < right->callee ? -1 : 1;
    return (left->caller > right->caller) - (left->caller < right->caller);
}

static enum hog_status seal_functions(const struct hog_table_builder *builder, struct names *names,
                                      struct hog_profile *profile)
{
    struct hog_function *functions =
        hog_arena_array(&names->arena, builder->function_count, sizeof(struct hog_function));

    if (!functions)
        return HOG_NO_MEMORY;
    for (uint32_t i = 0; i < builder->function_count; i++) {
        uint32_t copy;
        enum hog_status status = names_function(names, &builder->parts->names.functions[i], &copy);

        if (status != HOG_OK)
            return status;
        if (hog_watch_due(builder->parts->watch, i))
            return HOG_INTERRUPTED;
        functions[i] = names->functions[copy];
    }
    profile->functions = functions;
    profile->function_count = builder->function_count;
    return HOG_OK;
}

static enum hog_status seal_table(const struct hog_table_builder *builder, struct hog_arena *arena,
                                  struct hog_profile *profile)
{
    struct hog_profile_table *table = hog_arena_alloc(arena, sizeof *table);
    struct hog_table_function *functions =
        hog_arena_array(arena, builder->function_count, sizeof(struct hog_table_function));
    struct hog_table_edge *edges = hog_arena_array(arena, builder->edge_count, sizeof(struct hog_table_edge));

    if (!table || !functions || !edges)
        return HOG_NO_MEMORY;
    if (builder->function_count)
        memcpy(functions, builder->functions, builder->function_count * sizeof *functions);
    if (builder->edge_count) {
        memcpy(edges, builder->edges, builder->edge_count * sizeof *edges);
        if (!hog_sort(edges, builder->edge_count, sizeof *edges, compare_edges, NULL, builder->parts->watch))
            return HOG_INTERRUPTED;
    }
    table->functions = functions;
    table->edges = edges;
    table->edge_count = builder->edge_count;
    profile->table = table;
    return HOG_OK;
}

static void cleanup_names(struct names *names)
{
    names_deinit(names);
}

enum hog_status hog_table_builder_seal(struct hog_table_builder *builder, const struct hog_profile_info *info,
                                       struct hog_profile **ret_profile)
{
    HOG_CLEANUP(cleanup_names) struct names names;
    HOG_PROFILE struct hog_profile *profile = NULL;
    enum hog_status status;

    names_init(&names, SIZE_MAX);
    status = builder_start_profile(builder->parts, info, &names, &profile);
    if (status == HOG_OK)
        profile->watch = builder->parts->watch;
    if (status == HOG_OK)
        status = seal_functions(builder, &names, profile);
    if (status == HOG_OK)
        status = seal_table(builder, &names.arena, profile);
    if (status != HOG_OK)
        return status;
    profile->arena = names.arena;
    hog_arena_init(&names.arena, 0);
    *ret_profile = profile;
    profile = NULL;
    return HOG_OK;
}
