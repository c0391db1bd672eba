/* Rows of profiles in their order, and their names; see hot.h. */
#include "show/hot.h"
#include "base/cleanup.h"
#include "base/sort.h"

#include <string.h>

static bool is_worth_a_row(const struct hog_cost *cost, enum hog_sort sort)
{
    bool self = cost->self || cost->self_seconds > 0;

    return self || (sort != HOG_SORT_SELF && (cost->total || cost->calls || cost->total_seconds > 0));
}

static void limit(struct hot_rows *hot, uint32_t most)
{
    hot->of = hot->count;
    if (most && hot->count > most)
        hot->count = most;
}

static enum hog_status rows_of_functions(struct hot_rows *hot, const struct hog_view *view,
                                         enum hog_sort sort)
{
    HOG_FREE uint32_t *order = hog_view_order(view, sort);

    hot->rows = malloc((view->profile->function_count + (size_t)1) * sizeof *hot->rows);
    if (!order || !hot->rows)
        return HOG_NO_MEMORY;
    for (uint32_t i = 0; i < view->profile->function_count; i++) {
        const struct hog_cost *cost = &view->functions[order[i]];

        if (is_worth_a_row(cost, sort))
            hot->rows[hot->count++] = (struct hot_row){.function = order[i], .cost = *cost};
    }
    return HOG_OK;
}

/*
 * Lines. A view has their samples alone; seconds and shares follow, as if
 * every thread had been equally easy to read.
 */

static struct hog_cost cost_of_line(const struct hog_view *view, const struct hog_view_line *line)
{
    double interval = view->profile->info.interval;
    double samples = view->samples ? (double)view->samples : 1;

    return (struct hog_cost){
        .calls = line->total,
        .primitive_calls = line->total,
        .self = line->self,
        .total = line->total,
        .self_seconds = (double)line->self * interval,
        .total_seconds = (double)line->total * interval,
        .self_share = (double)line->self / samples,
        .total_share = (double)line->total / samples,
    };
}

static int compare_lines(const void *a, const void *b, void *context)
{
    const struct hot_row *left = a, *right = b;
    enum hog_sort sort = *(const enum hog_sort *)context;
    uint64_t left_key = sort == HOG_SORT_SELF ? left->cost.self : left->cost.total;
    uint64_t right_key = sort == HOG_SORT_SELF ? right->cost.self : right->cost.total;
    int order = sort == HOG_SORT_NAME ? 0 : (left_key < right_key) - (left_key > right_key);

    if (!order) /* functions are numbered by their names */
        order = (left->function > right->function) - (left->function < right->function);
    return order ? order : (left->line > right->line) - (left->line < right->line);
}

static enum hog_status rows_of_lines(struct hot_rows *hot, const struct hog_view *view, enum hog_sort sort)
{
    hot->rows = malloc((view->line_count + (size_t)1) * sizeof *hot->rows);
    if (!hot->rows)
        return HOG_NO_MEMORY;
    for (uint32_t i = 0; i < view->line_count; i++) {
        const struct hog_view_line *line = &view->lines[i];
        struct hog_cost cost = cost_of_line(view, line);

        if (is_worth_a_row(&cost, sort))
            hot->rows[hot->count++] = (struct hot_row){line->function, line->line, cost};
    }
    return hog_sort(hot->rows, hot->count, sizeof *hot->rows, compare_lines, &sort, view->profile->watch)
               ? HOG_OK
               : HOG_INTERRUPTED;
}

enum hog_status hot_rows_init(struct hot_rows *hot, const struct hog_view *view, enum hog_sort sort,
                              bool by_line, uint32_t most)
{
    enum hog_status status;

    *hot = (struct hot_rows){0};
    if (by_line && view->profile->info.has_lines && !view->profile->table)
        status = rows_of_lines(hot, view, sort);
    else
        status = rows_of_functions(hot, view, sort);
    if (status != HOG_OK)
        hot_rows_deinit(hot);
    else
        limit(hot, most);
    return status;
}

void hot_rows_deinit(struct hot_rows *hot)
{
    free(hot->rows);
    *hot = (struct hot_rows){0};
}

/*
 * Names.
 */

enum hog_status seen_profile_init(struct seen_profile *seen, const struct hog_profile *profile)
{
    enum hog_status status;

    *seen = (struct seen_profile){.profile = profile};
    status = hog_view_init(&seen->view, profile);
    if (status == HOG_OK)
        status = hog_labels_init(&seen->labels, profile);
    seen->labels_made = status == HOG_OK;
    return status;
}

void seen_profile_deinit(struct seen_profile *seen)
{
    hog_view_deinit(&seen->view);
    if (seen->labels_made)
        hog_labels_deinit(&seen->labels);
}

void hot_name(struct hog_text *cell, const struct seen_profile *seen, uint32_t function,
              const struct theme *theme)
{
    hog_text_clear(cell);
    paint_name(cell, seen->labels.name[function], theme->max_string);
}

void hot_place(struct hog_text *cell, const struct seen_profile *seen, uint32_t function, int32_t line,
               const struct theme *theme)
{
    const struct hog_function *known = &seen->profile->functions[function];
    const char *file = theme->full_paths ? known->filename : seen->labels.short_file[function];
    int32_t shown = line > 0 ? line : known->first_line;

    hog_text_clear(cell);
    if (!file || !*file) {
        hog_text_puts(cell, known->is_native ? "(native)" : "");
        return;
    }
    paint_name(cell, file, theme->full_paths ? 0 : theme->max_string);
    if (shown > 0)
        hog_text_printf(cell, ":%d", shown);
}

void hot_cells(struct grid *grid, const struct seen_profile *seen, uint32_t function, int32_t line,
               const struct theme *theme)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text cell = {0};

    hot_name(&cell, seen, function, theme);
    grid_cell(grid, "%s", paint_text(&cell));
    hot_place(&cell, seen, function, line, theme);
    grid_cell(grid, "%s", paint_text(&cell));
    grid->failed = grid->failed || cell.failed;
}

const char *hot_heading_of_calls(const struct hog_profile *profile)
{
    return profile->info.interval > 0 ? "Samples" : "Calls";
}
