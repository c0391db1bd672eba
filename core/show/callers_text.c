/* Callers and callees of a function; see profile_tables.h. */
#include "base/cleanup.h"
#include "base/sort.h"
#include "show/grid.h"
#include "show/profile_tables.h"
#include "show/profile_text.h"

#include <string.h>

/* The edges of one function on one side, and what stands on the other. */
struct edges {
    const struct hog_view_edge **list;
    size_t count;
    bool of_callers;
};

static bool is_called(const struct seen_profile *seen, uint32_t function, const char *name)
{
    const struct hog_function *known = &seen->profile->functions[function];

    return strcmp(known->name, name) == 0 || (known->qualname && strcmp(known->qualname, name) == 0) ||
           strcmp(seen->labels.unique[function], name) == 0;
}

static int compare_edges(const void *a, const void *b, void *context)
{
    const struct hog_view_edge *one = *(const struct hog_view_edge *const *)a;
    const struct hog_view_edge *other = *(const struct hog_view_edge *const *)b;
    const struct hog_cost *left = &one->cost, *right = &other->cost;
    int order = (left->total_seconds < right->total_seconds) - (left->total_seconds > right->total_seconds);

    (void)context;
    if (!order)
        order = (left->calls < right->calls) - (left->calls > right->calls);
    /* a view has its edges in an order of their own */
    return order ? order : (one > other) - (one < other);
}

static enum hog_status collect(struct edges *edges, const struct hog_view *view, uint32_t function)
{
    edges->count = 0;
    for (uint32_t i = 0; i < view->edge_count; i++) {
        const struct hog_view_edge *edge = &view->edges[i];

        if ((edges->of_callers ? edge->callee : edge->caller) == function)
            edges->list[edges->count++] = edge;
    }
    return hog_sort(edges->list, edges->count, sizeof *edges->list, compare_edges, NULL, view->profile->watch)
               ? HOG_OK
               : HOG_INTERRUPTED;
}

static void put_other(struct grid *grid, const struct seen_profile *seen, uint32_t function,
                      const struct theme *theme)
{
    if (function != HOG_NO_FUNCTION) {
        hot_cells(grid, seen, function, 0, theme);
        return;
    }
    grid_cell(grid, "(nobody: outermost)");
    grid_cell(grid, "%s", "");
}

static enum hog_status put_edges(const struct edges *edges, const struct seen_profile *seen,
                                 const struct theme *theme, struct hog_text *text)
{
    const struct grid_column columns[] = {
        GRID_NUMBER(hot_heading_of_calls(seen->profile), 1),
        GRID_NUMBER("Self s", 2),
        GRID_NUMBER("Total s", 2),
        GRID_NUMBER("Total %", 0),
        GRID_FUNCTION(edges->of_callers ? "Caller" : "Callee"),
        GRID_FILE,
    };
    HOG_CLEANUP(grid_deinit) struct grid grid = {0};
    char calls[2 * PAINT_NUMBER];

    grid_init(&grid, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < edges->count; i++) {
        const struct hog_view_edge *edge = edges->list[i];

        if (hog_watch_due(seen->profile->watch, i))
            return HOG_INTERRUPTED;
        grid_cell(&grid, "%s", profile_calls(&edge->cost, calls, sizeof calls));
        grid_number(&grid, edge->cost.self_seconds, 3);
        grid_number(&grid, edge->cost.total_seconds, 3);
        grid_number(&grid, 100 * edge->cost.total_share, 1);
        put_other(&grid, seen, edges->of_callers ? edge->caller : edge->callee, theme);
    }
    grid.watch = seen->profile->watch;
    grid_put(&grid, theme, text);
    return grid.failed ? HOG_NO_MEMORY : HOG_OK;
}

static void put_head(const struct seen_profile *seen, uint32_t function, bool of_callers,
                     const struct theme *theme, struct hog_text *text)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text cell = {0};

    hog_text_puts(text, "\n");
    hot_name(&cell, seen, function, theme);
    paint_put(text, theme, STYLE_HEADING, paint_text(&cell));
    hot_place(&cell, seen, function, 0, theme);
    if (cell.length)
        hog_text_printf(text, " (%s)", paint_text(&cell));
    text->failed = text->failed || cell.failed;
    hog_text_puts(text, of_callers ? " is called by\n" : " calls\n");
}

static enum hog_status put_all(const struct seen_profile *seen, const char *name, bool of_callers,
                               const struct theme *theme, struct hog_text *text)
{
    HOG_FREE const struct hog_view_edge **list = malloc((seen->view.edge_count + (size_t)1) * sizeof *list);
    struct edges edges = {.list = list, .of_callers = of_callers};
    enum hog_status status = HOG_OK;
    bool found = false;

    if (!list)
        return HOG_NO_MEMORY;
    for (uint32_t i = 0; i < seen->profile->function_count && status == HOG_OK; i++) {
        if (!is_called(seen, i, name))
            continue;
        found = true;
        status = collect(&edges, &seen->view, i);
        if (status != HOG_OK)
            return status;
        put_head(seen, i, of_callers, theme, text);
        if (edges.count)
            status = put_edges(&edges, seen, theme, text);
        else
            hog_text_puts(text, of_callers ? "  nobody\n" : "  nothing that was sampled\n");
    }
    return status == HOG_OK && !found ? HOG_NOT_FOUND : status;
}

enum hog_status stats_put_callers(const struct seen_profile *seen, const char *name,
                                  const struct theme *theme, struct hog_text *text)
{
    return put_all(seen, name, true, theme, text);
}

enum hog_status stats_put_callees(const struct seen_profile *seen, const char *name,
                                  const struct theme *theme, struct hog_text *text)
{
    return put_all(seen, name, false, theme, text);
}
