/*
 * One profile out of several; see compare.h. Stacks are grafted onto one
 * builder; as soon as one profile has no stacks all become tables, which add
 * up as pstats.add does.
 */
#include "profile/compare.h"
#include "profile/graft.h"
#include "profile/table_builder.h"

#include <math.h>
#include <string.h>

static const double ALIKE = 1e-3; /* intervals that differ by less are the same */

static bool same_text(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static void merge_info(struct hog_profile_info *sum, const struct hog_profile_info *more)
{
    const char **texts[] = {&sum->command_line,     &sum->python_version, &sum->debugger_name,
                            &sum->debugger_version, &sum->tool_version,   &sum->ended_because};
    const char *others[] = {more->command_line,     more->python_version, more->debugger_name,
                            more->debugger_version, more->tool_version,   more->ended_because};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!same_text(*texts[i], others[i]))
            *texts[i] = NULL;
    if (!same_text(sum->method, more->method))
        sum->method = sum->method && more->method ? "several ways" : NULL;
    if (more->start_time > 0 && (sum->start_time <= 0 || more->start_time < sum->start_time))
        sum->start_time = more->start_time;
    if (sum->pid != more->pid)
        sum->pid = 0;
    if (sum->requested_rate != more->requested_rate)
        sum->requested_rate = 0;
    if (fabs(sum->interval - more->interval) > ALIKE * sum->interval && !sum->requested_rate)
        sum->interval = 0;
    sum->duration += more->duration;
    sum->ran += more->ran;
    sum->waited += more->waited;
    sum->ticks += more->ticks;
    sum->stopped = sum->stopped && more->stopped;
    sum->has_lines = sum->has_lines && more->has_lines;
}

/* Then a sample of one stands for a little more or less than one of the other, by what each found the kernel
 * to have run the process. */
static bool same_rate(const struct hog_profile_info *one, const struct hog_profile_info *other)
{
    return one->requested_rate > 0 && one->requested_rate == other->requested_rate;
}

/* Seconds are to add up. */
static double merged_interval(const struct hog_profile *const *profiles, size_t count)
{
    double seconds = 0, looks = 0;

    for (size_t i = 0; i < count; i++) {
        double own = (double)(profiles[i]->counts.kept + profiles[i]->counts.dropped);

        seconds += own * profiles[i]->info.interval;
        looks += own;
    }
    return looks > 0 ? seconds / looks : profiles[0]->info.interval;
}

static enum hog_status check_mergeable(const struct hog_profile *first, const struct hog_profile *other,
                                       bool stacks, struct hog_error *error)
{
    double a = first->info.interval, b = other->info.interval;

    if (a > 0 && b > 0 && first->info.mode != other->info.mode)
        return hog_fail(error, HOG_USAGE,
                        "one profile is of mode %s, another of mode %s: merge only like with like",
                        hog_profile_mode_name(first->info.mode), hog_profile_mode_name(other->info.mode));
    if (stacks && fabs(a - b) > ALIKE * a && !same_rate(&first->info, &other->info))
        return hog_fail(
            error, HOG_USAGE,
            "one profile has a sample each %g s, another each %g s: merge only profiles of one rate", a, b);
    return HOG_OK;
}

static enum hog_status merge_stacks(const struct hog_profile *const *profiles, size_t count,
                                    const struct hog_profile_info *info, struct hog_profile **ret_profile)
{
    const struct hog_projection as_they_are = {.by_line = true, .threads = HOG_THREADS_APART};
    HOG_PROFILE_BUILDER struct hog_profile_builder *builder = hog_profile_builder_create(SIZE_MAX);

    if (!builder)
        return HOG_NO_MEMORY;
    hog_profile_builder_watch(builder, profiles[0]->watch);
    for (size_t i = 0; i < count; i++) {
        int64_t pid = info->pid ? 0 : profiles[i]->info.pid;
        enum hog_status status = graft_profile(builder, profiles[i], &as_they_are, pid);

        if (status != HOG_OK)
            return status;
    }
    return hog_profile_builder_seal(builder, info, ret_profile);
}

static struct hog_table_function cost_of(const struct hog_cost *cost)
{
    return (struct hog_table_function){.calls = cost->calls,
                                       .primitive_calls = cost->primitive_calls,
                                       .self_seconds = cost->self_seconds,
                                       .total_seconds = cost->total_seconds};
}

static enum hog_status add_table(struct hog_table_builder *builder, const struct hog_view *view,
                                 uint32_t *numbers)
{
    const struct hog_profile *profile = view->profile;
    enum hog_status status = HOG_OK;

    for (uint32_t i = 0; status == HOG_OK && i < profile->function_count; i++) {
        struct hog_table_function cost = cost_of(&view->functions[i]);
        struct hog_function function = profile->functions[i];

        if (hog_watch_due(profile->watch, i))
            return HOG_INTERRUPTED;
        function.qualname = NULL; /* cProfile knows none, and would have another function then */
        status = hog_table_builder_function(builder, &function, &numbers[i]);
        if (status == HOG_OK)
            hog_table_builder_cost(builder, numbers[i], &cost);
    }
    for (uint32_t i = 0; status == HOG_OK && i < view->edge_count; i++) {
        const struct hog_view_edge *edge = &view->edges[i];
        struct hog_table_function cost = cost_of(&edge->cost);
        uint32_t caller = edge->caller == HOG_NO_FUNCTION ? HOG_NO_FUNCTION : numbers[edge->caller];

        status = hog_watch_due(profile->watch, i)
                     ? HOG_INTERRUPTED
                     : hog_table_builder_edge(builder, caller, numbers[edge->callee], &cost);
    }
    for (uint32_t i = 0; status == HOG_OK && i < profile->drop_count; i++)
        status = hog_table_builder_drop(builder, profile->drops[i].reason, profile->drops[i].count);
    hog_table_builder_counts(builder, &profile->counts);
    return status;
}

static enum hog_status merge_tables(const struct hog_profile *const *profiles, size_t count,
                                    const struct hog_profile_info *info, struct hog_profile **ret_profile)
{
    HOG_TABLE_BUILDER struct hog_table_builder *builder = hog_table_builder_create(SIZE_MAX);

    if (!builder)
        return HOG_NO_MEMORY;
    hog_table_builder_watch(builder, profiles[0]->watch);
    for (size_t i = 0; i < count; i++) {
        HOG_FREE uint32_t *numbers = malloc((profiles[i]->function_count + 1) * sizeof *numbers);
        HOG_CLEANUP(hog_view_deinit) struct hog_view view = {0};
        enum hog_status status = numbers ? hog_view_init(&view, profiles[i]) : HOG_NO_MEMORY;

        if (status == HOG_OK)
            status = add_table(builder, &view, numbers);
        if (status != HOG_OK)
            return status;
    }
    return hog_table_builder_seal(builder, info, ret_profile);
}

enum hog_status hog_profile_merge(const struct hog_profile *const *profiles, size_t count,
                                  struct hog_profile **ret_profile, struct hog_error *error)
{
    struct hog_profile_info info;
    enum hog_status status = HOG_OK;
    bool stacks = true;

    if (!count)
        return hog_fail(error, HOG_USAGE, "there is no profile to merge");
    for (size_t i = 0; i < count; i++)
        stacks = stacks && !profiles[i]->table;
    info = profiles[0]->info;
    for (size_t i = 1; status == HOG_OK && i < count; i++) {
        status = check_mergeable(profiles[0], profiles[i], stacks, error);
        merge_info(&info, &profiles[i]->info);
    }
    if (status != HOG_OK)
        return status;
    if (stacks)
        info.interval = merged_interval(profiles, count);
    status = stacks ? merge_stacks(profiles, count, &info, ret_profile)
                    : merge_tables(profiles, count, &info, ret_profile);
    if (status == HOG_INTERRUPTED)
        return hog_fail(error, status, "interrupted: nothing was merged");
    if (status != HOG_OK)
        return hog_fail(error, status, "not enough memory to merge %zu profiles", count);
    return HOG_OK;
}
