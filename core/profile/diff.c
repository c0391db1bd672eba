/* Before against after; see compare.h. */
#include "base/cleanup.h"
#include "base/sort.h"
#include "base/text.h"
#include "profile/compare.h"
#include "profile/match.h"

#include <math.h>
#include <string.h>

/* Profiles whose durations are within this of each other are compared by seconds. */
static const double LIKE_DURATIONS = 0.05;

static struct hog_diff_side side_of(const struct hog_cost *cost)
{
    return (struct hog_diff_side){cost->self_seconds, cost->total_seconds, cost->self_share,
                                  cost->total_share};
}

/* Variance of a share of n samples; half a sample more, so that none seen is not taken for none there. */
static double share_variance(double share, uint64_t samples)
{
    double n = (double)samples + 1;
    double p = (share * (double)samples + 0.5) / n;

    return samples ? p * (1 - p) / n : 0;
}

static void row_finish(struct hog_diff_row *row, const struct hog_view *before, const struct hog_view *after)
{
    double variance = share_variance(row->before.total_share, before->samples) +
                      share_variance(row->after.total_share, after->samples);

    row->self_seconds = row->after.self_seconds - row->before.self_seconds;
    row->total_seconds = row->after.total_seconds - row->before.total_seconds;
    row->self_points = 100 * (row->after.self_share - row->before.self_share);
    row->total_points = 100 * (row->after.total_share - row->before.total_share);
    row->noise_points = variance > 0 ? 100 * sqrt(variance) : 0;
}

static bool row_of_before(struct hog_diff_row *row, const struct hog_view *before,
                          const struct hog_view *after, uint32_t number, uint32_t partner)
{
    const struct hog_function *function = &before->profile->functions[number];

    if (function->is_synthetic)
        return false;
    *row = (struct hog_diff_row){.function = function, .before = side_of(&before->functions[number])};
    row->is_gone = partner == HOG_NO_FUNCTION;
    if (!row->is_gone) {
        row->function = &after->profile->functions[partner];
        row->after = side_of(&after->functions[partner]);
    }
    row_finish(row, before, after);
    return true;
}

static bool row_of_new(struct hog_diff_row *row, const struct hog_view *before, const struct hog_view *after,
                       uint32_t number)
{
    const struct hog_function *function = &after->profile->functions[number];

    if (function->is_synthetic)
        return false;
    *row = (struct hog_diff_row){
        .function = function, .is_new = true, .after = side_of(&after->functions[number])};
    row_finish(row, before, after);
    return true;
}

static int compare_change(double a, double b)
{
    return (fabs(a) < fabs(b)) - (fabs(a) > fabs(b));
}

static int compare_rows(const void *a, const void *b, void *context)
{
    const struct hog_diff_row *left = a, *right = b;
    bool by_share = *(const bool *)context;
    int order = by_share ? compare_change(left->self_points, right->self_points)
                         : compare_change(left->self_seconds, right->self_seconds);

    if (!order)
        order = by_share ? compare_change(left->total_points, right->total_points)
                         : compare_change(left->total_seconds, right->total_seconds);
    if (!order)
        order = strcmp(left->function->name, right->function->name);
    return order ? order : (left->function > right->function) - (left->function < right->function);
}

static enum hog_status diff_rows(struct hog_diff *diff, const struct hog_view *before,
                                 const struct hog_view *after)
{
    size_t old_count = before->profile->function_count, new_count = after->profile->function_count;
    HOG_FREE uint32_t *partner = malloc((old_count + 1) * sizeof *partner);
    HOG_FREE bool *has_partner = calloc(new_count + 1, sizeof *has_partner);
    enum hog_status status;

    diff->rows = malloc((old_count + new_count + 1) * sizeof *diff->rows);
    if (!partner || !has_partner || !diff->rows)
        return HOG_NO_MEMORY;
    status = match_functions(before->profile, after->profile, partner);
    if (status != HOG_OK)
        return status;
    for (uint32_t i = 0; i < old_count; i++) {
        if (partner[i] != HOG_NO_FUNCTION)
            has_partner[partner[i]] = true;
        diff->count += row_of_before(&diff->rows[diff->count], before, after, i, partner[i]);
    }
    for (uint32_t i = 0; i < new_count; i++)
        if (!has_partner[i])
            diff->count += row_of_new(&diff->rows[diff->count], before, after, i);
    return hog_sort(diff->rows, diff->count, sizeof *diff->rows, compare_rows, &diff->by_share,
                    after->profile->watch)
               ? HOG_OK
               : HOG_INTERRUPTED;
}

/*
 * The verdict.
 */

/* The greatest change that is more than noise. */
static const struct hog_diff_row *telling_row(const struct hog_diff *diff)
{
    for (size_t i = 0; i < diff->count; i++)
        if (fabs(diff->rows[i].self_points) > 2 * diff->rows[i].noise_points &&
            (fabs(diff->rows[i].self_points) >= 0.1 || fabs(diff->rows[i].self_seconds) >= 0.001))
            return &diff->rows[i];
    return NULL;
}

static void put_row(struct hog_text *text, const struct hog_diff *diff, const struct hog_diff_row *row)
{
    const struct hog_function *function = row->function;

    hog_text_put_printable(text, function->qualname ? function->qualname : function->name);
    if (function->filename) {
        hog_text_puts(text, " (");
        hog_text_put_printable(text, hog_path_last(function->filename));
        hog_text_printf(text, ":%d)", function->first_line);
    }
    if (row->is_new)
        hog_text_puts(text, " is new: ");
    else
        hog_text_puts(text, row->is_gone ? " is gone: " : ", ");
    if (diff->by_share)
        hog_text_printf(text, "%.1f %% before, %.1f %% after", 100 * row->before.self_share,
                        100 * row->after.self_share);
    else
        hog_text_printf(text, "%.2f s before, %.2f s after", row->before.self_seconds,
                        row->after.self_seconds);
}

static void put_sum(struct hog_text *text, const struct hog_diff *diff)
{
    double change = diff->after_seconds - diff->before_seconds;
    double percent = diff->before_seconds > 0 ? 100 * change / diff->before_seconds : 0;

    if (diff->by_share)
        hog_text_printf(text, "durations differ (%.1f s and %.1f s), so shares are compared; ",
                        diff->before_duration, diff->after_duration);
    else if (diff->before_seconds > 0)
        hog_text_printf(text, "%.2f s %s in all (%.2f s before, %.2f s after, %s%.0f %%); ", fabs(change),
                        change <= 0 ? "less" : "more", diff->before_seconds, diff->after_seconds,
                        percent >= 0.5    ? "+"
                        : percent <= -0.5 ? "-"
                                          : "",
                        fabs(percent));
}

/* Cut to its place, never within a character. */
static void keep_verdict(struct hog_diff *diff, const struct hog_text *text)
{
    size_t length = text->failed ? 0 : text->length;

    if (length >= sizeof diff->verdict) {
        length = sizeof diff->verdict - 1;
        while (length && ((unsigned char)text->bytes[length] & 0xc0) == 0x80)
            length--;
    }
    if (length)
        memcpy(diff->verdict, text->bytes, length);
    diff->verdict[length] = '\0';
}

static enum hog_status diff_judge(struct hog_diff *diff)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    const struct hog_diff_row *row = telling_row(diff);

    put_sum(&text, diff);
    if (row) {
        hog_text_puts(&text, "changed most: ");
        put_row(&text, diff, row);
    } else {
        hog_text_puts(&text, "no function changed by more than chance explains");
    }
    keep_verdict(diff, &text);
    return text.failed ? HOG_NO_MEMORY : HOG_OK;
}

enum hog_status hog_diff_init(struct hog_diff *diff, const struct hog_profile *before,
                              const struct hog_profile *after)
{
    HOG_CLEANUP(hog_view_deinit) struct hog_view old = {0};
    HOG_CLEANUP(hog_view_deinit) struct hog_view new = {0};
    enum hog_status status = hog_view_init(&old, before);

    *diff = (struct hog_diff){0};
    if (status == HOG_OK)
        status = hog_view_init(&new, after);
    if (status != HOG_OK)
        return status;
    diff->before_seconds = old.seconds;
    diff->after_seconds = new.seconds;
    diff->before_duration = before->info.duration > 0 ? before->info.duration : old.seconds;
    diff->after_duration = after->info.duration > 0 ? after->info.duration : new.seconds;
    /* cProfile's files know no duration: two of them are two runs of one program, so seconds are what to
     * compare */
    diff->by_share =
        (before->info.duration > 0 || after->info.duration > 0) &&
        fabs(diff->before_duration - diff->after_duration) > LIKE_DURATIONS * diff->before_duration;
    status = diff_rows(diff, &old, &new);
    if (status == HOG_OK)
        status = diff_judge(diff);
    if (status != HOG_OK)
        hog_diff_deinit(diff);
    return status;
}

void hog_diff_deinit(struct hog_diff *diff)
{
    free(diff->rows);
    *diff = (struct hog_diff){0};
}
