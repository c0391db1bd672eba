/* What a profile says of itself, and tables of its functions; see profile_text.h. */
#define _GNU_SOURCE
#include "show/profile_text.h"
#include "base/cleanup.h"
#include "show/grid.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { HOTTEST = 10, HOTTEST_OF_THREAD = 5 };

static const double SLOW = 0.95;         /* of the rate that was asked for: less is worth a word */
static const double WAITED_LEAST = 0.05; /* seconds worth a word */

/*
 * The head.
 */

enum { COMMAND_LEAST = 20 }; /* cells; the version goes before the command is cut to fewer */

/* What was run and by which Python; on a narrow terminal they get a line and no more. */
static void put_command(const struct hog_profile_info *info, const struct theme *theme, unsigned taken,
                        struct hog_text *text)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text command = {0};
    HOG_CLEANUP(hog_text_deinit) struct hog_text version = {0};
    unsigned room = theme->width && !theme->full_paths ? theme->width : UINT_MAX;
    unsigned wanted;

    if (info->command_line)
        paint_command_line(&command, theme, NULL, info->command_line);
    if (info->python_version) {
        hog_text_puts(&version, "      CPython ");
        paint_name(&version, info->python_version, 0);
    }
    wanted = paint_width(&command) ? paint_width(&command) + 2 : 0;
    room = room > taken ? room - taken : 0;
    if (wanted > COMMAND_LEAST && room < COMMAND_LEAST + paint_width(&version))
        hog_text_clear(&version);
    room -= paint_width(&version) < room ? paint_width(&version) : room;
    if (wanted && room > 2) {
        hog_text_puts(text, "  ");
        paint_cut(text, paint_text(&command), room - 2, room - 3);
    }
    hog_text_puts(text, paint_text(&version));
    text->failed = text->failed || command.failed || version.failed;
}

void profile_put_process(const struct hog_profile *profile, const struct theme *theme, struct hog_text *text)
{
    const struct hog_profile_info *info = &profile->info;
    HOG_CLEANUP(hog_text_deinit) struct hog_text head = {0};

    if (!info->pid && !info->command_line && !info->python_version)
        return;
    hog_text_puts(&head, "Process");
    if (info->pid)
        hog_text_printf(&head, " %" PRId64, info->pid);
    paint_put(text, theme, STYLE_HEADING, paint_text(&head));
    text->failed = text->failed || head.failed;
    put_command(info, theme, paint_width(&head), text);
    hog_text_puts(text, "\n");
}

static void put_rate(const struct hog_profile_info *info, struct hog_text *text)
{
    double reached = info->duration > 0 ? (double)info->ticks / info->duration : 0;

    if (info->duration > 0)
        hog_text_printf(text, "%.*f s", info->duration < 10 ? 2 : 1, info->duration);
    else
        hog_text_puts(text, "Samples");
    if (info->requested_rate > 0)
        hog_text_printf(text, " at %.6g Hz", info->requested_rate);
    if (info->requested_rate > 0 && reached > 0 && reached < SLOW * info->requested_rate)
        hog_text_printf(text, " (%.3g reached)", reached);
}

static void put_counts(const struct hog_profile_counts *counts, struct hog_text *text)
{
    char kept[PAINT_NUMBER], idle[PAINT_NUMBER], dropped[PAINT_NUMBER], elsewhere[PAINT_NUMBER],
        attempts[PAINT_NUMBER];

    hog_text_printf(text, ": %s of %s samples kept, ", paint_number(counts->kept, kept),
                    paint_number(hog_profile_attempts(counts), attempts));
    if (counts->elsewhere)
        hog_text_printf(text, "%s outside --under, ", paint_number(counts->elsewhere, elsewhere));
    hog_text_printf(text, "%s idle, %s dropped", paint_number(counts->idle, idle),
                    paint_number(counts->dropped, dropped));
}

/* The kernel's account. */
static void put_account(const struct hog_profile_info *info, struct hog_text *text)
{
    if (info->ran <= 0)
        return;
    hog_text_printf(text, "  on a CPU for %.*f s", info->ran < 10 ? 2 : 1, info->ran);
    if (info->waited >= WAITED_LEAST)
        hog_text_printf(text, "; its threads waited %.*f s for one", info->waited < 10 ? 2 : 1, info->waited);
    hog_text_puts(text, "\n");
}

static void put_drops(const struct hog_profile *profile, const struct theme *theme, struct hog_text *text)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text line = {0};
    char number[PAINT_NUMBER];

    for (uint32_t i = 0; i < profile->drop_count; i++) {
        hog_text_printf(&line, "%s%s ",
                        i ? ", " : "  dropped: ", paint_number(profile->drops[i].count, number));
        paint_name(&line, profile->drops[i].reason, 0);
    }
    if (profile->drop_count)
        paint_sentence(text, theme, paint_text(&line), 0, 4);
    text->failed = text->failed || line.failed;
}

/* "  taken: " and what follows, where there is something. */
static void put_remark(const char *label, const char *words, const struct theme *theme, struct hog_text *text)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text line = {0};

    if (!words)
        return;
    hog_text_printf(&line, "  %s: ", label);
    paint_name(&line, words, 0);
    paint_sentence(text, theme, paint_text(&line), 0, 4);
    text->failed = text->failed || line.failed;
}

void profile_put_summary(const struct hog_profile *profile, const struct theme *theme, struct hog_text *text)
{
    const struct hog_profile_info *info = &profile->info;
    HOG_CLEANUP(hog_text_deinit) struct hog_text line = {0};

    if (info->interval <= 0 && !info->ticks) {
        hog_text_puts(text, "Not sampled: exact counts of calls, as cProfile takes them\n");
        return;
    }
    put_rate(info, &line);
    put_counts(&profile->counts, &line);
    paint_sentence(text, theme, paint_text(&line), 0, 2);
    text->failed = text->failed || line.failed;
    put_drops(profile, theme, text);
    put_account(info, text);
    put_remark("taken", info->method, theme, text);
    if (info->ended_because && strcmp(info->ended_because, "the time was up") != 0)
        put_remark("ended", info->ended_because, theme, text);
}

/*
 * Tables.
 */

const char *profile_calls(const struct hog_cost *cost, char *buffer, size_t size)
{
    if (cost->calls == cost->primitive_calls)
        snprintf(buffer, size, "%" PRIu64, cost->calls);
    else
        snprintf(buffer, size, "%" PRIu64 "/%" PRIu64, cost->calls, cost->primitive_calls);
    return buffer;
}

static enum hog_status put_hot(const struct seen_profile *seen, const struct theme *theme, enum hog_sort sort,
                               bool by_line, uint32_t rows, struct hog_text *text)
{
    static const struct grid_column columns[] = {GRID_NUMBER("Self %", 0), GRID_NUMBER("Total %", 1),
                                                 GRID_FUNCTION("Function"), GRID_FILE};
    HOG_CLEANUP(hot_rows_deinit) struct hot_rows hot;
    HOG_CLEANUP(grid_deinit) struct grid grid = {0};
    enum hog_status status = hot_rows_init(&hot, &seen->view, sort, by_line, rows);

    if (status != HOG_OK)
        return status;
    grid_init(&grid, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < hot.count; i++) {
        grid_number(&grid, 100 * hot.rows[i].cost.self_share, 1);
        grid_number(&grid, 100 * hot.rows[i].cost.total_share, 1);
        hot_cells(&grid, seen, hot.rows[i].function, hot.rows[i].line, theme);
    }
    grid_put(&grid, theme, text);
    return grid.failed ? HOG_NO_MEMORY : HOG_OK;
}

/* The same profile, with one thread in it: only its nodes are looked at. */
static enum hog_status put_hot_of_thread(const struct seen_profile *seen,
                                         const struct hog_profile_thread *thread, const struct theme *theme,
                                         bool by_line, struct hog_text *text)
{
    struct hog_profile alone = *seen->profile;
    struct seen_profile seen_alone = {.profile = &alone, .labels = seen->labels};
    enum hog_status status;

    alone.threads = thread;
    alone.thread_count = 1;
    alone.counts = thread->counts;
    status = hog_view_init(&seen_alone.view, &alone);
    if (status == HOG_OK)
        status = put_hot(&seen_alone, theme, HOG_SORT_SELF, by_line, HOTTEST_OF_THREAD, text);
    hog_view_deinit(&seen_alone.view);
    return status;
}

static void put_thread_head(const struct hog_profile_thread *thread, const struct theme *theme,
                            struct hog_text *text)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text head = {0};
    char kept[PAINT_NUMBER], idle[PAINT_NUMBER];

    hog_text_printf(&head, "Thread %" PRId64, thread->os_thread_id);
    if (thread->name) {
        hog_text_puts(&head, "  \"");
        paint_name(&head, thread->name, PAINT_COLUMN_MAX);
        hog_text_puts(&head, "\"");
    }
    hog_text_puts(text, "\n");
    paint_put(text, theme, STYLE_HEADING, paint_text(&head));
    text->failed = text->failed || head.failed;
    hog_text_printf(text, "  %s samples, %s idle\n", paint_number(thread->counts.kept, kept),
                    paint_number(thread->counts.idle, idle));
}

static enum hog_status put_threads(const struct seen_profile *seen, const struct theme *theme, bool by_line,
                                   struct hog_text *text)
{
    const struct hog_profile *profile = seen->profile;
    enum hog_status status = HOG_OK;

    for (uint32_t i = 0; i < profile->thread_count && status == HOG_OK; i++) {
        put_thread_head(&profile->threads[i], theme, text);
        if (profile->threads[i].counts.kept)
            status = put_hot_of_thread(seen, &profile->threads[i], theme, by_line, text);
    }
    return status;
}

enum hog_status profile_put_hottest(const struct seen_profile *seen, const struct theme *theme, bool by_line,
                                    bool by_thread, struct hog_text *text)
{
    enum hog_status status = HOG_OK;

    if (seen->profile->counts.kept) {
        hog_text_puts(text, "\nHottest by self\n");
        status = put_hot(seen, theme, HOG_SORT_SELF, by_line, HOTTEST, text);
        if (status != HOG_OK)
            return status;
        hog_text_puts(text, "\nHottest by total\n");
        status = put_hot(seen, theme, HOG_SORT_TOTAL, by_line, HOTTEST, text);
    }
    if (status == HOG_OK && by_thread)
        status = put_threads(seen, theme, by_line, text);
    return status;
}

enum hog_status profile_put_table(const struct seen_profile *seen, const struct theme *theme,
                                  enum hog_sort sort, bool by_line, uint32_t rows, struct hog_text *text)
{
    const struct grid_column columns[] = {
        GRID_NUMBER(hot_heading_of_calls(seen->profile), 1),
        GRID_NUMBER("Self s", 2),
        GRID_NUMBER("Self %", 0),
        GRID_NUMBER("Total s", 2),
        GRID_NUMBER("Total %", 3),
        GRID_FUNCTION("Function"),
        GRID_FILE,
    };
    HOG_CLEANUP(hot_rows_deinit) struct hot_rows hot;
    HOG_CLEANUP(grid_deinit) struct grid grid = {0};
    enum hog_status status = hot_rows_init(&hot, &seen->view, sort, by_line, rows);
    char calls[2 * PAINT_NUMBER];

    if (status != HOG_OK)
        return status;
    grid_init(&grid, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < hot.count; i++) {
        if (hog_watch_due(seen->profile->watch, i))
            return HOG_INTERRUPTED;
        const struct hog_cost *cost = &hot.rows[i].cost;

        grid_cell(&grid, "%s", profile_calls(cost, calls, sizeof calls));
        grid_number(&grid, cost->self_seconds, 3);
        grid_number(&grid, 100 * cost->self_share, 1);
        grid_number(&grid, cost->total_seconds, 3);
        grid_number(&grid, 100 * cost->total_share, 1);
        hot_cells(&grid, seen, hot.rows[i].function, hot.rows[i].line, theme);
    }
    grid.watch = seen->profile->watch;
    grid_put(&grid, theme, text);
    if (hot.of > hot.count)
        hog_text_printf(text, "  … %zu more (--rows unlimited shows them)\n", hot.of - hot.count);
    return grid.failed ? HOG_NO_MEMORY : HOG_OK;
}
