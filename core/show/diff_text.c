/* Two profiles side by side; see profile_tables.h. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "show/grid.h"
#include "show/profile_tables.h"

#include <math.h>
#include <string.h>

/* Changes that round to nothing in every column. */
static const double NO_SECONDS = 0.0005;
static const double NO_POINTS = 0.05;

void stats_put_side(const char *side, const char *path, const struct seen_profile *seen,
                    const struct theme *theme, struct hog_text *text)
{
    const struct hog_profile_info *info = &seen->profile->info;
    char number[PAINT_NUMBER];

    paint_column(text, theme, STYLE_HEADING, side, (unsigned)strlen("Before"), 2);
    hog_text_put_printable(text, path);
    if (info->duration > 0)
        hog_text_printf(text, "  %.1f s", info->duration);
    if (info->interval > 0)
        hog_text_printf(text, "  %s samples", paint_number(seen->view.samples, number));
    else
        hog_text_printf(text, "  %.3f s of exact calls", seen->view.seconds);
    hog_text_puts(text, "\n");
}

static bool is_change(const struct hog_diff_row *row)
{
    return fabs(row->self_seconds) >= NO_SECONDS || fabs(row->total_seconds) >= NO_SECONDS ||
           fabs(row->self_points) >= NO_POINTS || fabs(row->total_points) >= NO_POINTS;
}

/* Which of the two profiles a row's function belongs to. */
static const struct seen_profile *profile_of(const struct hog_function *function,
                                             const struct seen_profile *before,
                                             const struct seen_profile *after)
{
    const struct hog_function *first = after->profile->functions;

    return function >= first && function < first + after->profile->function_count ? after : before;
}

static void put_row(struct grid *grid, const struct hog_diff_row *row, const struct seen_profile *seen,
                    const struct theme *theme)
{
    grid_number(grid, row->before.self_seconds, 3);
    grid_number(grid, row->after.self_seconds, 3);
    grid_change(grid, row->self_seconds, 3);
    grid_number(grid, 100 * row->before.self_share, 1);
    grid_number(grid, 100 * row->after.self_share, 1);
    grid_change(grid, row->self_points, 1);
    grid_change(grid, row->total_points, 1);
    grid_cell(grid, "%s", row->is_new ? "new" : row->is_gone ? "gone" : "");
    hot_cells(grid, seen, (uint32_t)(row->function - seen->profile->functions), 0, theme);
}

enum hog_status stats_put_diff(const struct hog_diff *diff, const struct seen_profile *before,
                               const struct seen_profile *after, const struct theme *theme, uint32_t rows,
                               struct hog_text *text)
{
    static const struct grid_column columns[] = {
        GRID_NUMBER("Before s", 2),
        GRID_NUMBER("After s", 2),
        {"Change", true, STYLE_STATE, GRID_WHOLE, 0},
        GRID_NUMBER("Before %", 1),
        GRID_NUMBER("After %", 1),
        {"Points", true, STYLE_STATE, GRID_WHOLE, 4},
        {"In total", true, STYLE_PLAIN, GRID_WHOLE, 3},
        {"", false, STYLE_STATE, GRID_WHOLE, 0},
        GRID_FUNCTION("Function"),
        GRID_FILE,
    };
    HOG_CLEANUP(grid_deinit) struct grid grid = {0};
    uint32_t shown = 0, changed = 0;

    hog_text_puts(text, "Verdict: ");
    paint_sentence(text, theme, diff->verdict, (unsigned)strlen("Verdict: "), 2);
    grid_init(&grid, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < diff->count; i++) {
        if (hog_watch_due(after->profile->watch, i))
            return HOG_INTERRUPTED;
        if (!is_change(&diff->rows[i]))
            continue;
        changed++;
        if (rows && shown >= rows)
            continue;
        put_row(&grid, &diff->rows[i], profile_of(diff->rows[i].function, before, after), theme);
        shown++;
    }
    if (shown) {
        hog_text_puts(text, "\n");
        grid.watch = after->profile->watch;
        grid_put(&grid, theme, text);
    }
    if (changed > shown)
        hog_text_printf(text, "  … %u more (--rows unlimited shows them)\n", changed - shown);
    return grid.failed ? HOG_NO_MEMORY : HOG_OK;
}
