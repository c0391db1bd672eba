/* profile/: merging profiles, comparing two, profiles without stacks. */
#include "base/cleanup.h"
#include "profile/compare.h"
#include "profile/table_builder.h"
#include "support/sample_profile.h"
#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void test_merge_of_stacks(void **state)
{
    struct hog_profile_info other = sample_info();
    HOG_PROFILE struct hog_profile *one = sample_profile("M | a:1 b:2 | 3\nW | c:1 | 2\n");
    HOG_PROFILE struct hog_profile *two = sample_profile_with("M | a:1 b:2 | 4\nM | a:1 | 1\n", &other);
    HOG_PROFILE struct hog_profile *sum = NULL;
    struct hog_error error;

    (void)state;
    assert_int_equal(hog_profile_merge((const struct hog_profile *const[]){one, two}, 2, &sum, &error),
                     HOG_OK);
    assert_int_equal(sum->thread_count, 2);
    assert_int_equal(sum->counts.kept, 10);
    assert_int_equal(sum->node_count, 3);
    assert_int_equal(sum->nodes[0].total, 8);
    assert_int_equal(sum->info.pid, 48291);
    assert_true(sum->info.duration == 20.0);
    assert_string_equal(sum->info.command_line, other.command_line);
}

/* Threads of two processes stay apart. */
static void test_merge_of_processes(void **state)
{
    struct hog_profile_info other = sample_info();
    HOG_PROFILE struct hog_profile *one = sample_profile("M | a:1 | 3\n");
    HOG_PROFILE struct hog_profile *two = NULL;
    HOG_PROFILE struct hog_profile *sum = NULL;
    struct hog_error error;

    (void)state;
    other.pid = 7;
    other.command_line = "another";
    two = sample_profile_with("M | a:1 | 4\n", &other);
    assert_int_equal(hog_profile_merge((const struct hog_profile *const[]){one, two}, 2, &sum, &error),
                     HOG_OK);
    assert_int_equal(sum->thread_count, 2);
    assert_int_equal(sum->threads[0].pid, 48291);
    assert_int_equal(sum->threads[1].pid, 7);
    assert_int_equal(sum->info.pid, 0);
    assert_null(sum->info.command_line);
}

/* What a sample stands for is measured: two of one rate are alike, and their seconds add up. */
static void test_merge_of_like_rates(void **state)
{
    struct hog_profile_info other = sample_info();
    HOG_PROFILE struct hog_profile *one = sample_profile("M | a:1 | 30\n");
    HOG_PROFILE struct hog_profile *two = NULL;
    HOG_PROFILE struct hog_profile *sum = NULL;
    struct hog_error error;
    double interval = other.interval;

    (void)state;
    other.interval = 1.1 * interval;
    other.ran = 2;
    two = sample_profile_with("M | a:1 | 10\n", &other);
    assert_int_equal(hog_profile_merge((const struct hog_profile *const[]){one, two}, 2, &sum, &error),
                     HOG_OK);
    assert_true(fabs(40 * sum->info.interval - (30 * interval + 10 * 1.1 * interval)) < 1e-9);
    assert_true(fabs(sum->info.ran - 2) < 1e-9);
}

static void test_merge_refuses(void **state)
{
    struct hog_profile_info other = sample_info();
    HOG_PROFILE struct hog_profile *one = sample_profile("M | a:1 | 3\n");
    HOG_PROFILE struct hog_profile *faster = NULL;
    HOG_PROFILE struct hog_profile *idle = NULL;
    struct hog_profile *sum = NULL;
    struct hog_error error;

    (void)state;
    other.interval = 0.001;
    other.requested_rate = 1000;
    faster = sample_profile_with("M | a:1 | 4\n", &other);
    other = sample_info();
    other.mode = HOG_PROFILE_IDLE;
    idle = sample_profile_with("M | a:1 | 4\n", &other);
    assert_int_equal(hog_profile_merge((const struct hog_profile *const[]){one, faster}, 2, &sum, &error),
                     HOG_USAGE);
    assert_non_null(strstr(error.message, "0.001"));
    assert_int_equal(hog_profile_merge((const struct hog_profile *const[]){one, idle}, 2, &sum, &error),
                     HOG_USAGE);
    assert_non_null(strstr(error.message, "idle"));
    assert_int_equal(hog_profile_merge(NULL, 0, &sum, &error), HOG_USAGE);
    assert_null(sum);
}

static struct hog_profile *make_table(double seconds)
{
    HOG_TABLE_BUILDER struct hog_table_builder *builder = hog_table_builder_create(1 << 20);
    struct hog_profile *profile = NULL;
    struct hog_profile_info info = {0};
    uint32_t a, b;

    assert_int_equal(
        hog_table_builder_function(
            builder, &(struct hog_function){.name = "a", .filename = "/app/a.py", .first_line = 1}, &a),
        HOG_OK);
    assert_int_equal(
        hog_table_builder_function(
            builder, &(struct hog_function){.name = "b", .filename = "/app/b.py", .first_line = 9}, &b),
        HOG_OK);
    hog_table_builder_cost(builder, a, &(struct hog_table_function){1, 1, 0.25, 0.25 + seconds});
    hog_table_builder_cost(builder, b, &(struct hog_table_function){7, 5, seconds, seconds});
    assert_int_equal(
        hog_table_builder_edge(builder, a, b, &(struct hog_table_function){7, 5, seconds, seconds}), HOG_OK);
    assert_int_equal(hog_table_builder_edge(builder, a, 5, &(struct hog_table_function){0}), HOG_USAGE);
    assert_int_equal(hog_table_builder_seal(builder, &info, &profile), HOG_OK);
    return profile;
}

static void test_merge_of_tables(void **state)
{
    HOG_PROFILE struct hog_profile *one = make_table(2);
    HOG_PROFILE struct hog_profile *two = make_table(3);
    HOG_PROFILE struct hog_profile *stacks = sample_profile("M | a:1 b@/app/b.py@9:2 | 100\n");
    HOG_PROFILE struct hog_profile *sum = NULL;
    struct hog_error error;

    (void)state;
    assert_int_equal(
        hog_profile_merge((const struct hog_profile *const[]){one, two, stacks}, 3, &sum, &error), HOG_OK);
    assert_int_equal(sum->node_count, 0);
    assert_int_equal(sum->function_count, 2);
    assert_int_equal(sum->table->functions[1].calls, 114);
    assert_true(fabs(sum->table->functions[1].self_seconds - 6) < 1e-9);
    assert_true(fabs(sum->table->functions[0].total_seconds - 6.5) < 1e-9);
    assert_int_equal(sum->table->edge_count, 2);
    assert_true(fabs(sum->table->edges[1].cost.total_seconds - 6) < 1e-9);
}

static const struct hog_diff_row *row_named(const struct hog_diff *diff, const char *name)
{
    for (size_t i = 0; i < diff->count; i++)
        if (strcmp(diff->rows[i].function->name, name) == 0)
            return &diff->rows[i];
    fail_msg("no row for %s", name);
    return NULL;
}

/* slow moved down three lines and got faster; old went, fresh came. */
static void test_diff(void **state)
{
    HOG_PROFILE struct hog_profile *before =
        sample_profile("M | main:1 slow@/app/x.py@10:11 | 600\n"
                       "M | main:1 other:1 | 300\nM | main:1 old:1 | 100\n");
    HOG_PROFILE struct hog_profile *after =
        sample_profile("M | main:1 slow@/app/x.py@13:14 | 100\n"
                       "M | main:1 other:1 | 310\nM | main:1 fresh:1 | 50\n");
    HOG_CLEANUP(hog_diff_deinit) struct hog_diff diff;

    (void)state;
    assert_int_equal(hog_diff_init(&diff, before, after), HOG_OK);
    assert_false(diff.by_share);
    assert_int_equal(diff.count, 5);
    assert_string_equal(diff.rows[0].function->name, "slow");
    assert_int_equal(diff.rows[0].function->first_line, 13);
    assert_true(fabs(diff.rows[0].self_seconds + 5) < 1e-9);
    assert_true(row_named(&diff, "old")->is_gone);
    assert_true(row_named(&diff, "fresh")->is_new);
    assert_false(row_named(&diff, "other")->is_new);
    assert_string_equal(diff.verdict, "5.40 s less in all (10.00 s before, 4.60 s after, -54 %); "
                                      "changed most: slow (x.py:13), 6.00 s before, 1.00 s after");
}

static void test_diff_by_share(void **state)
{
    struct hog_profile_info longer = sample_info();
    HOG_PROFILE struct hog_profile *before = sample_profile("M | main:1 f:1 | 500\nM | main:1 g:1 | 500\n");
    HOG_PROFILE struct hog_profile *after = NULL;
    HOG_CLEANUP(hog_diff_deinit) struct hog_diff diff;

    (void)state;
    longer.duration = 20;
    after = sample_profile_with("M | main:1 f:1 | 1010\nM | main:1 g:1 | 990\n", &longer);
    assert_int_equal(hog_diff_init(&diff, before, after), HOG_OK);
    assert_true(diff.by_share);
    assert_true(fabs(row_named(&diff, "f")->self_points - 0.5) < 1e-9);
    assert_true(row_named(&diff, "f")->noise_points > 1.5 && row_named(&diff, "f")->noise_points < 2.5);
    assert_string_equal(diff.verdict, "durations differ (10.0 s and 20.0 s), so shares are compared; "
                                      "no function changed by more than chance explains");
}

/* A cProfile file before, our samples after. */
static void test_diff_of_kinds(void **state)
{
    HOG_PROFILE struct hog_profile *before = make_table(5.75);
    HOG_PROFILE struct hog_profile *after = sample_profile("M | a:1 b@/app/b.py@9:2 | 100\n");
    HOG_CLEANUP(hog_diff_deinit) struct hog_diff diff;

    (void)state;
    assert_int_equal(hog_diff_init(&diff, before, after), HOG_OK);
    assert_int_equal(diff.count, 2);
    assert_true(diff.by_share);
    assert_false(row_named(&diff, "b")->is_new);
}

static void test_ambiguous_names_do_not_match(void **state)
{
    HOG_PROFILE struct hog_profile *before =
        sample_profile("M | f@/x.py@1:1 f@/x.py@5:1 f@/x.py@9:1 | 100\n");
    HOG_PROFILE struct hog_profile *after =
        sample_profile("M | f@/x.py@1:1 f@/x.py@6:1 f@/x.py@10:1 | 100\n");
    HOG_CLEANUP(hog_diff_deinit) struct hog_diff diff;
    size_t news = 0, gone = 0;

    (void)state;
    assert_int_equal(hog_diff_init(&diff, before, after), HOG_OK);
    for (size_t i = 0; i < diff.count; i++) {
        news += diff.rows[i].is_new;
        gone += diff.rows[i].is_gone;
    }
    assert_int_equal(diff.count, 5);
    assert_int_equal(news, 2);
    assert_int_equal(gone, 2);
}

/* Deployed to another folder, and edited; what two files of that name have is not guessed at. */
static void test_other_folders_match(void **state)
{
    HOG_PROFILE struct hog_profile *before =
        sample_profile("M | main@/v1/x.py@1:1 f@/v1/x.py@5:5 g@/v1/a/y.py@1:1 g@/v1/b/y.py@1:1 | 100\n");
    HOG_PROFILE struct hog_profile *after =
        sample_profile("M | main@/v2/x.py@1:1 f@/v2/x.py@7:7 g@/v2/a/y.py@1:1 g@/v2/b/y.py@1:1 | 100\n");
    HOG_CLEANUP(hog_diff_deinit) struct hog_diff diff;

    (void)state;
    assert_int_equal(hog_diff_init(&diff, before, after), HOG_OK);
    assert_int_equal(diff.count, 6);
    for (size_t i = 0; i < diff.count; i++)
        assert_int_equal(diff.rows[i].is_new || diff.rows[i].is_gone,
                         strcmp(diff.rows[i].function->name, "g") == 0);
}

static void test_diff_of_nothing(void **state)
{
    HOG_PROFILE struct hog_profile *empty = sample_profile_empty();
    HOG_PROFILE struct hog_profile *one = sample_profile_one();
    HOG_CLEANUP(hog_diff_deinit) struct hog_diff diff = {0}, other = {0};

    (void)state;
    assert_int_equal(hog_diff_init(&diff, empty, empty), HOG_OK);
    assert_int_equal(diff.count, 0);
    assert_int_equal(hog_diff_init(&other, empty, one), HOG_OK);
    assert_int_equal(other.count, 1);
    assert_true(other.rows[0].is_new);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merge_of_stacks),
        cmocka_unit_test(test_merge_of_processes),
        cmocka_unit_test(test_merge_of_like_rates),
        cmocka_unit_test(test_merge_refuses),
        cmocka_unit_test(test_merge_of_tables),
        cmocka_unit_test(test_diff),
        cmocka_unit_test(test_diff_by_share),
        cmocka_unit_test(test_diff_of_kinds),
        cmocka_unit_test(test_ambiguous_names_do_not_match),
        cmocka_unit_test(test_other_folders_match),
        cmocka_unit_test(test_diff_of_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
