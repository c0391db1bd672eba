/*
 * Views of profiles; see view.h. One walk over the nodes in preorder does all:
 * a function, an edge or a line that is active already (further out on the
 * stack) takes no total a second time.
 */
#include "profile/view.h"
#include "base/grow.h"
#include "base/sort.h"
#include "profile/hash_index.h"

#include <string.h>

/* A node on the way from the outermost frame to the one being entered, and what it made active. */
struct step {
    uint32_t node, edge, line;
};

struct walk {
    struct hog_view *view;
    struct step *path;
    uint32_t depth, path_capacity;
    uint32_t *function_active; /* how often each is on the path */
    uint32_t *edge_active, *line_active;
    uint32_t edge_active_capacity, line_active_capacity;
    uint32_t edge_capacity, line_capacity; /* of the view's */
    struct hash_index edge_index, line_index;
    double weight; /* of the thread's samples */
};

static void walk_deinit(struct walk *walk)
{
    free(walk->path);
    free(walk->function_active);
    free(walk->edge_active);
    free(walk->line_active);
    hash_index_deinit(&walk->edge_index);
    hash_index_deinit(&walk->line_index);
}

static bool walk_edge(struct walk *walk, uint32_t caller, uint32_t callee, uint32_t *ret_edge)
{
    struct hog_view *view = walk->view;
    uint32_t hash = hash_fold(hash_word(hash_word(1, caller), callee));
    size_t at = hash_index_start(&walk->edge_index, hash);

    while ((*ret_edge = hash_index_next(&walk->edge_index, hash, &at)) != HASH_INDEX_NONE)
        if (view->edges[*ret_edge].caller == caller && view->edges[*ret_edge].callee == callee)
            return true;
    if (!HOG_GROW(view->edges, walk->edge_capacity, view->edge_count + 1) ||
        !HOG_GROW(walk->edge_active, walk->edge_active_capacity, view->edge_count + 1) ||
        !hash_index_add(&walk->edge_index, hash, view->edge_count))
        return false;
    *ret_edge = view->edge_count++;
    view->edges[*ret_edge] = (struct hog_view_edge){.caller = caller, .callee = callee};
    walk->edge_active[*ret_edge] = 0;
    return true;
}

static bool walk_line(struct walk *walk, uint32_t function, int32_t line, uint32_t *ret_line)
{
    struct hog_view *view = walk->view;
    uint32_t hash = hash_fold(hash_word(hash_word(2, function), (uint32_t)line));
    size_t at = hash_index_start(&walk->line_index, hash);

    while ((*ret_line = hash_index_next(&walk->line_index, hash, &at)) != HASH_INDEX_NONE)
        if (view->lines[*ret_line].function == function && view->lines[*ret_line].line == line)
            return true;
    if (!HOG_GROW(view->lines, walk->line_capacity, view->line_count + 1) ||
        !HOG_GROW(walk->line_active, walk->line_active_capacity, view->line_count + 1) ||
        !hash_index_add(&walk->line_index, hash, view->line_count))
        return false;
    *ret_line = view->line_count++;
    view->lines[*ret_line] = (struct hog_view_line){.function = function, .line = line};
    walk->line_active[*ret_line] = 0;
    return true;
}

static void walk_leave(struct walk *walk)
{
    const struct step *step = &walk->path[--walk->depth];

    walk->function_active[walk->view->profile->nodes[step->node].function]--;
    walk->edge_active[step->edge]--;
    walk->line_active[step->line]--;
}

static void walk_count(struct walk *walk, const struct hog_profile_node *node, const struct step *step)
{
    struct hog_view *view = walk->view;
    struct hog_cost *function = &view->functions[node->function];
    struct hog_cost *edge = &view->edges[step->edge].cost;
    struct hog_view_line *line = &view->lines[step->line];

    function->self += node->self;
    function->self_share += (double)node->self * walk->weight;
    edge->self += node->self;
    edge->self_share += (double)node->self * walk->weight;
    line->self += node->self;
    if (!walk->function_active[node->function]++) {
        function->total += node->total;
        function->total_share += (double)node->total * walk->weight;
    }
    /* walk_edge made room for it. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
    if (!walk->edge_active[step->edge]++) {
        edge->total += node->total;
        edge->total_share += (double)node->total * walk->weight;
    }
    if (!walk->line_active[step->line]++)
        line->total += node->total;
}

static bool walk_enter(struct walk *walk, uint32_t number)
{
    const struct hog_profile_node *nodes = walk->view->profile->nodes;
    const struct hog_profile_node *node = &nodes[number];
    uint32_t caller = node->parent == HOG_NO_NODE ? HOG_NO_FUNCTION : nodes[node->parent].function;
    struct step step = {.node = number};

    while (walk->depth && walk->path[walk->depth - 1].node != node->parent)
        walk_leave(walk);
    if (!HOG_GROW(walk->path, walk->path_capacity, walk->depth + 1) ||
        !walk_edge(walk, caller, node->function, &step.edge) ||
        !walk_line(walk, node->function, node->line, &step.line))
        return false;
    walk->path[walk->depth++] = step;
    walk_count(walk, node, &step);
    return true;
}

static enum hog_status walk_threads(struct walk *walk)
{
    const struct hog_profile *profile = walk->view->profile;

    for (uint32_t t = 0; t < profile->thread_count; t++) {
        const struct hog_profile_thread *thread = &profile->threads[t];
        uint64_t kept = thread->counts.kept;

        walk->weight = kept ? (double)(kept + thread->counts.dropped) / (double)kept : 1;
        for (uint32_t i = thread->first_node; i < thread->end_node; i++)
            if (hog_watch_due(profile->watch, i) || !walk_enter(walk, i))
                return profile->watch && profile->watch->seen ? HOG_INTERRUPTED : HOG_NO_MEMORY;
        while (walk->depth)
            walk_leave(walk);
    }
    return HOG_OK;
}

static int compare_edges(const void *a, const void *b, void *context)
{
    const struct hog_view_edge *left = a, *right = b;

    (void)context;
    if (left->callee != right->callee)
        return left->callee < right->callee ? -1 : 1;
    return (left->caller > right->caller) - (left->caller < right->caller);
}

static int compare_lines(const void *a, const void *b, void *context)
{
    const struct hog_view_line *left = a, *right = b;

    (void)context;
    if (left->function != right->function)
        return left->function < right->function ? -1 : 1;
    return (left->line > right->line) - (left->line < right->line);
}

static void cost_finish(struct hog_cost *cost, double interval, double attempted)
{
    cost->calls = cost->primitive_calls = cost->total;
    cost->self_seconds = (double)cost->self * interval;
    cost->total_seconds = (double)cost->total * interval;
    cost->self_share = attempted > 0 ? cost->self_share / attempted : 0;
    cost->total_share = attempted > 0 ? cost->total_share / attempted : 0;
}

static enum hog_status view_of_stacks(struct hog_view *view)
{
    const struct hog_profile *profile = view->profile;
    HOG_CLEANUP(walk_deinit) struct walk walk = {.view = view};
    double attempted = 0;
    enum hog_status status;

    walk.function_active = calloc(profile->function_count + (size_t)1, sizeof(uint32_t));
    status = walk.function_active ? walk_threads(&walk) : HOG_NO_MEMORY;
    if (status != HOG_OK)
        return status;
    for (uint32_t t = 0; t < profile->thread_count; t++)
        if (profile->threads[t].counts.kept)
            attempted += (double)(profile->threads[t].counts.kept + profile->threads[t].counts.dropped);
    for (uint32_t i = 0; i < profile->function_count; i++)
        cost_finish(&view->functions[i], profile->info.interval, attempted);
    for (uint32_t i = 0; i < view->edge_count; i++)
        cost_finish(&view->edges[i].cost, profile->info.interval, attempted);
    if (!hog_sort(view->edges, view->edge_count, sizeof *view->edges, compare_edges, NULL, profile->watch) ||
        !hog_sort(view->lines, view->line_count, sizeof *view->lines, compare_lines, NULL, profile->watch))
        return HOG_INTERRUPTED;
    view->samples = profile->counts.kept;
    view->seconds = (double)view->samples * profile->info.interval;
    return HOG_OK;
}

/*
 * Tables.
 */

static struct hog_cost table_cost(const struct hog_table_function *from, double interval, double seconds)
{
    struct hog_cost cost = {
        .calls = from->calls,
        .primitive_calls = from->primitive_calls,
        .self_seconds = from->self_seconds,
        .total_seconds = from->total_seconds,
        .self_share = seconds > 0 ? from->self_seconds / seconds : 0,
        .total_share = seconds > 0 ? from->total_seconds / seconds : 0,
    };

    if (interval > 0 && from->self_seconds >= 0 && from->self_seconds / interval < 1e18)
        cost.self = (uint64_t)(from->self_seconds / interval + 0.5);
    if (interval > 0 && from->total_seconds >= 0 && from->total_seconds / interval < 1e18)
        cost.total = (uint64_t)(from->total_seconds / interval + 0.5);
    return cost;
}

static enum hog_status view_of_table(struct hog_view *view)
{
    const struct hog_profile *profile = view->profile;
    const struct hog_profile_table *table = profile->table;

    view->edges = calloc(table->edge_count + (size_t)1, sizeof *view->edges);
    if (!view->edges)
        return HOG_NO_MEMORY;
    for (uint32_t i = 0; i < profile->function_count; i++)
        view->seconds += table->functions[i].self_seconds;
    for (uint32_t i = 0; i < profile->function_count; i++) {
        view->functions[i] = table_cost(&table->functions[i], profile->info.interval, view->seconds);
        view->samples += view->functions[i].self;
    }
    for (uint32_t i = 0; i < table->edge_count; i++)
        view->edges[i] = (struct hog_view_edge){
            .caller = table->edges[i].caller,
            .callee = table->edges[i].callee,
            .cost = table_cost(&table->edges[i].cost, profile->info.interval, view->seconds),
        };
    view->edge_count = table->edge_count;
    return HOG_OK;
}

enum hog_status hog_view_init(struct hog_view *view, const struct hog_profile *profile)
{
    uint64_t tried = profile->counts.kept + profile->counts.dropped;
    enum hog_status status;

    *view = (struct hog_view){.profile = profile};
    view->dropped_share = tried ? (double)profile->counts.dropped / (double)tried : 0;
    view->functions = calloc(profile->function_count + (size_t)1, sizeof *view->functions);
    if (!view->functions)
        return HOG_NO_MEMORY;
    status = profile->table ? view_of_table(view) : view_of_stacks(view);
    if (status != HOG_OK)
        hog_view_deinit(view);
    return status;
}

void hog_view_deinit(struct hog_view *view)
{
    free(view->functions);
    free(view->edges);
    free(view->lines);
    *view = (struct hog_view){0};
}
