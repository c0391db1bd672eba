/* A screen out of two profiles; see top_screen.h. */
#define _GNU_SOURCE
#include "show/top_screen.h"
#include "base/cleanup.h"
#include "profile/project.h"
#include "show/grid.h"
#include "show/profile_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double percent(double part, double whole)
{
    return whole > 0 ? 100 * part / whole : 0;
}

static double change(uint64_t before, uint64_t now)
{
    return now > before ? (double)(now - before) : 0;
}

/*
 * The head.
 */

static const struct {
    char key;
    enum hog_sort sort;
    const char *name;
} sort_keys[] = {
    {'s', HOG_SORT_SELF, "self"},
    {'t', HOG_SORT_TOTAL, "total"},
    {'n', HOG_SORT_NAME, "name"},
};

enum { SORT_KEY_COUNT = sizeof sort_keys / sizeof *sort_keys };

void top_screen_sort_of_key(char key, enum hog_sort *sort)
{
    for (size_t i = 0; i < SORT_KEY_COUNT; i++)
        if (sort_keys[i].key == key)
            *sort = sort_keys[i].sort;
}

enum {
    KEYS_WIDTH = 80,
    ALL_KEYS_WIDTH = 108,
    HEAD_WIDTH = 96,
    HALF_HEAD_WIDTH = 56
}; /* that the long forms take */

static bool is_narrow(const struct top_screen *screen, unsigned wanted)
{
    return screen->theme->width && screen->theme->width < wanted;
}

static void put_keys(const struct top_screen *screen, struct hog_text *text)
{
    bool narrow = is_narrow(screen, KEYS_WIDTH);

    hog_text_puts(text, "Keys:");
    for (size_t i = 0; i < SORT_KEY_COUNT; i++)
        hog_text_printf(text, " %c%s%s%s%s", sort_keys[i].key, narrow ? "" : " ",
                        narrow ? "" : sort_keys[i].name, sort_keys[i].sort == screen->sort ? "*" : "",
                        narrow ? "" : ",");
    if (narrow)
        hog_text_puts(text, " l h / space r ? q\n");
    else
        hog_text_printf(text, " l %s, h thread, / filter, %s? help, q quit\n",
                        screen->by_line ? "function" : "line",
                        is_narrow(screen, ALL_KEYS_WIDTH) ? "" : "space freeze, r reset, ");
}

/* What is typed, or was. */
static void put_mode(const struct top_screen *screen, struct hog_text *text)
{
    if (screen->frozen)
        hog_text_puts(text, "Frozen: space goes on.  ");
    if (screen->thread) {
        hog_text_puts(text, "Thread: ");
        paint_name(text, screen->thread->name ? screen->thread->name : "", 0);
        hog_text_printf(text, "%s%lld  ", screen->thread->name ? ", " : "",
                        (long long)screen->thread->os_thread_id);
    }
    if (screen->typing || *screen->filter) {
        hog_text_puts(text, screen->typing ? "Filter (Enter ends it): " : "Filter: ");
        paint_name(text, screen->filter, 0);
        hog_text_puts(text, screen->typing ? "_" : "");
    }
}

static void put_help(struct hog_text *text)
{
    static const char *const lines[] = {
        "s t n  sort by self, total, name",   "l      lines, or functions",
        "h      one thread, the next, all",   "/TEXT  whose name or file has TEXT",
        "space  freeze the screen, or go on", "r      count from now on, no filter",
        "q      end, as Ctrl-C does",         "?      the functions again",
    };

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        hog_text_printf(text, "  %s\n", lines[i]);
}

static void put_head(const struct top_screen *screen, struct hog_text *text)
{
    const struct hog_profile_counts *before = &screen->before->counts, *now = &screen->now->counts;
    double ticks = change(screen->before->info.ticks, screen->now->info.ticks);
    double looks = change(hog_profile_attempts(before), hog_profile_attempts(now));
    double idle = change(before->idle, now->idle);
    double per_tick = ticks > 0 ? 1 / ticks : 0;

    profile_put_process(screen->now, screen->theme, text);
    hog_text_printf(text, "%.0f s  %zu threads, %.1f running, %.0f %% idle", screen->now->info.duration,
                    screen->threads, (looks - idle) * per_tick, percent(idle, looks));
    hog_text_printf(text, "%sGIL held %.0f %%, %.1f waiting", is_narrow(screen, HEAD_WIDTH) ? "\n" : "  ",
                    percent(change(before->on_gil, now->on_gil), ticks),
                    change(before->waiting_for_gil, now->waiting_for_gil) * per_tick);
    if (now->collecting_garbage > before->collecting_garbage)
        hog_text_printf(text, "  garbage %.0f %%",
                        percent(change(before->collecting_garbage, now->collecting_garbage), looks - idle));
    hog_text_printf(text, "%s%.0f samples, %.0f dropped\n", is_narrow(screen, HALF_HEAD_WIDTH) ? "\n" : "  ",
                    change(before->kept, now->kept), change(before->dropped, now->dropped));
    if (screen->keys)
        put_keys(screen, text);
    put_mode(screen, text);
    hog_text_puts(text, "\n");
}

/*
 * The rows.
 */

static int compare_rows(const void *a, const void *b, void *context)
{
    const struct hog_diff_row *left = a, *right = b;
    enum hog_sort sort = *(const enum hog_sort *)context;
    double left_key = sort == HOG_SORT_SELF ? left->self_seconds : left->total_seconds;
    double right_key = sort == HOG_SORT_SELF ? right->self_seconds : right->total_seconds;
    int order = sort == HOG_SORT_NAME ? 0 : (left_key < right_key) - (left_key > right_key);

    if (!order && sort == HOG_SORT_SELF)
        order = (left->total_seconds < right->total_seconds) - (left->total_seconds > right->total_seconds);
    /* functions of one profile are ordered by their names */
    return order ? order : (left->function > right->function) - (left->function < right->function);
}

/* What is left over of a difference of two sums is nothing; "-0.0 %" would be shown. */
static double no_less_than_none(double value)
{
    return value > 0 ? value : 0;
}

/* What is compared: the profiles as they are, or by line, or of one thread. */
struct sides {
    const struct hog_profile *before, *now, *since;
    struct hog_profile *made[3];
};

static void sides_deinit(struct sides *sides)
{
    for (size_t i = 0; i < sizeof sides->made / sizeof *sides->made; i++)
        hog_profile_destroy(sides->made[i]);
}

static enum hog_status project(const struct top_screen *screen, const struct hog_profile **side,
                               struct hog_profile **ret_made)
{
    const struct hog_projection projection = {
        .by_line = true, .threads = HOG_THREADS_APART, .as_lines = screen->by_line, .only = screen->thread};
    enum hog_status status = HOG_OK;

    if (*side && (screen->by_line || screen->thread)) {
        status = hog_profile_project(*side, &projection, ret_made);
        *side = *ret_made;
    }
    return status;
}

static enum hog_status sides_init(struct sides *sides, const struct top_screen *screen)
{
    const struct hog_profile **each[] = {&sides->before, &sides->now, &sides->since};
    enum hog_status status = HOG_OK;

    *sides = (struct sides){.before = screen->before, .now = screen->now, .since = screen->since};
    for (size_t i = 0; status == HOG_OK && i < sizeof each / sizeof *each; i++)
        status = project(screen, each[i], &sides->made[i]);
    return status;
}

/* Seconds of each function up to where they are counted from. */
struct counted {
    double *self, *total; /* by function of the profile that is now; NULL: from the beginning */
};

static void counted_deinit(struct counted *counted)
{
    free(counted->self);
    free(counted->total);
}

static enum hog_status counted_init(struct counted *counted, const struct sides *sides)
{
    HOG_CLEANUP(hog_diff_deinit) struct hog_diff diff = {0};
    size_t count = sides->now->function_count;
    enum hog_status status;

    if (!sides->since)
        return HOG_OK;
    status = hog_diff_init(&diff, sides->since, sides->now);
    if (status != HOG_OK)
        return status;
    counted->self = calloc(count + 1, sizeof *counted->self);
    counted->total = calloc(count + 1, sizeof *counted->total);
    if (!counted->self || !counted->total)
        return HOG_NO_MEMORY;
    for (size_t i = 0; i < diff.count; i++) {
        size_t function =
            diff.rows[i].is_gone ? count : (size_t)(diff.rows[i].function - sides->now->functions);

        counted->self[function] = diff.rows[i].before.self_seconds;
        counted->total[function] = diff.rows[i].before.total_seconds;
    }
    return HOG_OK;
}

static bool passes(const struct top_screen *screen, const struct seen_profile *seen, uint32_t function)
{
    const char *file = seen->labels.short_file[function];

    return !*screen->filter || strstr(seen->labels.name[function], screen->filter) ||
           (file && strstr(file, screen->filter));
}

static void put_row(struct grid *grid, const struct hog_diff *diff, const struct hog_diff_row *row,
                    const struct counted *counted, const struct seen_profile *seen, const struct theme *theme)
{
    double seconds = diff->after_seconds - diff->before_seconds;
    uint32_t function = (uint32_t)(row->function - seen->profile->functions);

    grid_number(grid, percent(no_less_than_none(row->self_seconds), seconds), 1);
    grid_number(grid, percent(no_less_than_none(row->total_seconds), seconds), 1);
    grid_number(
        grid, no_less_than_none(row->after.self_seconds - (counted->self ? counted->self[function] : 0)), 2);
    grid_number(grid,
                no_less_than_none(row->after.total_seconds - (counted->total ? counted->total[function] : 0)),
                2);
    hot_cells(grid, seen, function, 0, theme);
}

static enum hog_status put_table(const struct top_screen *screen, const struct sides *sides,
                                 struct hog_diff *diff, const struct seen_profile *seen,
                                 struct hog_text *text)
{
    static const struct grid_column columns[] = {GRID_NUMBER("Self %", 0),  GRID_NUMBER("Total %", 2),
                                                 GRID_NUMBER("Self s", 1),  GRID_NUMBER("Total s", 1),
                                                 GRID_FUNCTION("Function"), GRID_FILE};
    HOG_CLEANUP(grid_deinit) struct grid grid = {0};
    HOG_CLEANUP(counted_deinit) struct counted counted = {0};
    enum hog_sort sort = screen->sort;
    enum hog_status status = counted_init(&counted, sides);
    uint32_t shown = 0;

    if (status != HOG_OK)
        return status;
    qsort_r(diff->rows, diff->count, sizeof *diff->rows, compare_rows, &sort);
    grid_init(&grid, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < diff->count && (!screen->rows || shown < screen->rows); i++) {
        const struct hog_diff_row *row = &diff->rows[i];

        if (row->is_gone || row->total_seconds <= 0 ||
            !passes(screen, seen, (uint32_t)(row->function - seen->profile->functions)))
            continue;
        put_row(&grid, diff, row, &counted, seen, screen->theme);
        shown++;
    }
    if (shown)
        grid_put(&grid, screen->theme, text);
    else if (*screen->filter)
        hog_text_puts(text, "  (no function that was sampled passes the filter)\n");
    else
        hog_text_puts(text, "  (nothing was sampled: every thread waits; --idle shows where)\n");
    return grid.failed ? HOG_NO_MEMORY : HOG_OK;
}

static enum hog_status put_rows(const struct top_screen *screen, struct hog_text *text)
{
    HOG_CLEANUP(sides_deinit) struct sides sides = {0};
    HOG_CLEANUP(seen_profile_deinit) struct seen_profile seen = {0};
    HOG_CLEANUP(hog_diff_deinit) struct hog_diff diff = {0};
    enum hog_status status = sides_init(&sides, screen);

    if (status == HOG_OK)
        status = seen_profile_init(&seen, sides.now);
    if (status == HOG_OK)
        status = hog_diff_init(&diff, sides.before, sides.now);
    return status == HOG_OK ? put_table(screen, &sides, &diff, &seen, text) : status;
}

enum hog_status top_screen_put(const struct top_screen *screen, struct hog_text *text)
{
    put_head(screen, text);
    if (!screen->help)
        return put_rows(screen, text);
    put_help(text);
    return HOG_OK;
}
