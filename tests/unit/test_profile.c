/* profile/: building, sealing, views, other ways to see a profile, labels. */
#include "base/cleanup.h"
#include "base/utf8.h"
#include "profile/builder.h"
#include "profile/labels.h"
#include "profile/project.h"
#include "profile/view.h"
#include "support/sample_profile.h"
#include "support/test.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static uint32_t function_named(const struct hog_profile *profile, const char *name)
{
    for (uint32_t i = 0; i < profile->function_count; i++)
        if (strcmp(profile->functions[i].name, name) == 0)
            return i;
    fail_msg("there is no function %s", name);
    return HOG_NO_FUNCTION;
}

static const struct hog_cost *cost_of(const struct hog_view *view, const char *name)
{
    return &view->functions[function_named(view->profile, name)];
}

static const struct hog_cost *edge_of(const struct hog_view *view, const char *caller, const char *callee)
{
    uint32_t from = caller ? function_named(view->profile, caller) : HOG_NO_FUNCTION;
    uint32_t to = function_named(view->profile, callee);

    for (uint32_t i = 0; i < view->edge_count; i++)
        if (view->edges[i].caller == from && view->edges[i].callee == to)
            return &view->edges[i].cost;
    return NULL;
}

static void test_tree(void **state)
{
    HOG_PROFILE struct hog_profile *profile = sample_profile("M | main:9 run:2 | 5\n"
                                                             "M | main:9 load:3 read:1 | 2\n"
                                                             "M | main:9 run:1 | 7\n"
                                                             "M | main:9 run:2 | 1\n"
                                                             "W | run:2 | 4\n");
    const struct hog_profile_node *nodes = profile->nodes;
    static const struct hog_profile_node expected[] = {
        {HOG_NO_NODE, 1, 9, 5, 0, 15},
        {0, 0, 3, 3, 0, 2},
        {1, 2, 1, 3, 2, 2},
        {0, 3, 1, 4, 7, 7},
        {0, 3, 2, 5, 6, 6},
        {HOG_NO_NODE, 3, 2, 6, 4, 4},
    };

    (void)state;
    assert_int_equal(profile->node_count, 6);
    assert_string_equal(profile->functions[0].name, "load");
    assert_string_equal(profile->functions[3].name, "run");
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(nodes[i].parent, expected[i].parent);
        assert_int_equal(nodes[i].function, expected[i].function);
        assert_int_equal(nodes[i].line, expected[i].line);
        assert_int_equal(nodes[i].end, expected[i].end);
        assert_int_equal(nodes[i].self, expected[i].self);
        assert_int_equal(nodes[i].total, expected[i].total);
    }
    assert_int_equal(profile->threads[0].first_node, 0);
    assert_int_equal(profile->threads[0].end_node, 5);
    assert_int_equal(profile->threads[1].end_node, 6);
    assert_int_equal(profile->counts.kept, 19);
}

/* Whatever the order in which stacks were seen, the profile is the same. */
static void test_order_does_not_matter(void **state)
{
    HOG_PROFILE struct hog_profile *one =
        sample_profile("M | a:1 b:2 | 1\nM | c:1 | 2\nM | a:1 b:3 d:1 | 3\n");
    HOG_PROFILE struct hog_profile *other =
        sample_profile("M | a:1 b:3 d:1 | 3\nM | c:1 | 2\nM | a:1 b:2 | 1\n");

    (void)state;
    assert_int_equal(one->node_count, other->node_count);
    assert_memory_equal(one->nodes, other->nodes, one->node_count * sizeof *one->nodes);
    for (uint32_t i = 0; i < one->function_count; i++)
        assert_string_equal(one->functions[i].name, other->functions[i].name);
}

static void test_recursion_counts_once(void **state)
{
    HOG_PROFILE struct hog_profile *profile = sample_profile("M | main:1 f:1 f:1 g:1 f:2 | 10\n"
                                                             "M | main:1 f:1 | 4\n"
                                                             "M | main:1 g:1 f:2 f:3 | 1\n");
    HOG_CLEANUP(hog_view_deinit) struct hog_view view;

    (void)state;
    assert_int_equal(hog_view_init(&view, profile), HOG_OK);
    assert_int_equal(view.samples, 15);
    assert_int_equal(cost_of(&view, "main")->total, 15);
    assert_int_equal(cost_of(&view, "main")->self, 0);
    assert_int_equal(cost_of(&view, "f")->total, 15);
    assert_int_equal(cost_of(&view, "f")->self, 15);
    assert_int_equal(cost_of(&view, "g")->total, 11);
    assert_int_equal(edge_of(&view, "f", "f")->total, 11);
    assert_int_equal(edge_of(&view, "f", "f")->self, 1);
    assert_int_equal(edge_of(&view, "main", "f")->total, 14);
    assert_int_equal(edge_of(&view, "main", "f")->self, 4);
    assert_int_equal(edge_of(&view, "g", "f")->self, 10);
    assert_int_equal(edge_of(&view, NULL, "main")->total, 15);
    assert_null(edge_of(&view, NULL, "g"));
    assert_true(cost_of(&view, "g")->total_seconds > 0.1099 && cost_of(&view, "g")->total_seconds < 0.1101);
}

static void test_lines(void **state)
{
    HOG_PROFILE struct hog_profile *profile = sample_profile("M | f:1 f:2 f:1 | 10\nM | f:2 | 3\n");
    HOG_CLEANUP(hog_view_deinit) struct hog_view view;

    (void)state;
    assert_int_equal(hog_view_init(&view, profile), HOG_OK);
    assert_int_equal(view.line_count, 2);
    assert_int_equal(view.lines[0].line, 1);
    assert_int_equal(view.lines[0].self, 10);
    assert_int_equal(view.lines[0].total, 10);
    assert_int_equal(view.lines[1].self, 3);
    assert_int_equal(view.lines[1].total, 13);
}

/* Half of the looks at W failed: what was seen of it counts double. */
static void test_shares_are_of_attempts(void **state)
{
    struct hog_profile_builder *builder = hog_profile_builder_create(1 << 20);
    HOG_PROFILE struct hog_profile *profile = NULL;
    HOG_CLEANUP(hog_view_deinit) struct hog_view view;
    struct hog_profile_info info = sample_info();
    struct hog_profile_frame frame = {0};
    uint32_t easy, hard;

    (void)state;
    assert_int_equal(hog_profile_builder_thread(builder, &(struct hog_profile_thread){.name = "E"}, &easy),
                     HOG_OK);
    assert_int_equal(hog_profile_builder_thread(builder, &(struct hog_profile_thread){.name = "H"}, &hard),
                     HOG_OK);
    assert_int_not_equal(easy, hard);
    assert_int_equal(
        hog_profile_builder_function(builder, &(struct hog_function){.name = "easy"}, &frame.function),
        HOG_OK);
    assert_int_equal(hog_profile_builder_add_stack(builder, easy, &frame, 1, 1000), HOG_OK);
    assert_int_equal(
        hog_profile_builder_function(builder, &(struct hog_function){.name = "hard"}, &frame.function),
        HOG_OK);
    assert_int_equal(hog_profile_builder_add_stack(builder, hard, &frame, 1, 500), HOG_OK);
    hog_profile_builder_drop(builder, hard, "torn", 300);
    hog_profile_builder_drop(builder, hard, "other", 100);
    hog_profile_builder_drop(builder, hard, "torn", 100);
    hog_profile_builder_idle(builder, hard, 77);
    assert_int_equal(hog_profile_builder_seal(builder, &info, &profile), HOG_OK);
    hog_profile_builder_destroy(builder);
    assert_int_equal(profile->drop_count, 2);
    assert_int_equal(profile->drops[0].count, 400);
    assert_int_equal(profile->counts.dropped, 500);
    assert_int_equal(hog_profile_attempts(&profile->threads[1].counts), 1077);
    assert_int_equal(hog_view_init(&view, profile), HOG_OK);
    assert_true(cost_of(&view, "hard")->self_share == 0.5);
    assert_true(cost_of(&view, "easy")->self_share == 0.5);
    assert_int_equal(cost_of(&view, "hard")->self, 500);
    assert_true(view.dropped_share == 0.25);
}

static void test_known_stack_allocates_nothing(void **state)
{
    struct hog_profile_builder *builder = hog_profile_builder_create(1 << 26);
    struct hog_profile_frame frames[200];
    struct mallinfo2 before, after;
    uint32_t thread;

    (void)state;
    assert_int_equal(hog_profile_builder_thread(builder, &(struct hog_profile_thread){0}, &thread), HOG_OK);
    for (int32_t i = 0; i < 200; i++) {
        assert_int_equal(hog_profile_builder_function(builder,
                                                      &(struct hog_function){.name = "f", .first_line = i},
                                                      &frames[i].function),
                         HOG_OK);
        frames[i].line = i;
    }
    assert_int_equal(hog_profile_builder_add_stack(builder, thread, frames, 200, 1), HOG_OK);
    before = mallinfo2();
    for (int i = 0; i < 10000; i++)
        assert_int_equal(hog_profile_builder_add_stack(builder, thread, frames, 200, 1), HOG_OK);
    after = mallinfo2();
    assert_int_equal(before.uordblks, after.uordblks);
    assert_int_equal(hog_profile_builder_counts(builder).kept, 10001);
    hog_profile_builder_destroy(builder);
}

static void test_memory_limit(void **state)
{
    struct hog_profile_builder *builder = hog_profile_builder_create(100000);
    HOG_PROFILE struct hog_profile *profile = NULL;
    struct hog_profile_info info = sample_info();
    struct hog_profile_frame frame;
    uint32_t thread;
    enum hog_status status = HOG_OK;

    (void)state;
    assert_int_equal(hog_profile_builder_thread(builder, &(struct hog_profile_thread){0}, &thread), HOG_OK);
    assert_int_equal(
        hog_profile_builder_function(builder, &(struct hog_function){.name = "f"}, &frame.function), HOG_OK);
    for (frame.line = 0; status == HOG_OK && frame.line < 100000; frame.line++)
        status = hog_profile_builder_add_stack(builder, thread, &frame, 1, 1);
    assert_int_equal(status, HOG_LIMIT);
    assert_true(hog_profile_builder_memory(builder) < 300000);
    frame.line = 0;
    assert_int_equal(hog_profile_builder_add_stack(builder, thread, &frame, 1, 1), HOG_OK);
    assert_int_equal(hog_profile_builder_add_stack(builder, thread + 1, &frame, 1, 1), HOG_USAGE);
    assert_int_equal(hog_profile_builder_seal(builder, &info, &profile), HOG_OK);
    hog_profile_builder_destroy(builder);
    assert_int_equal(profile->nodes[0].self, 2);
}

/* 50,000 distinct stacks, 60 deep, of which the inner 30 frames are no other's; seen twice: under 300 MB. */
static void test_memory_follows_distinct_stacks(void **state)
{
    enum { STACKS = 50000, DEPTH = 60, OWN = 30 };
    struct hog_profile_builder *builder = hog_profile_builder_create((size_t)300 << 20);
    struct hog_profile_frame frames[DEPTH] = {0};
    uint32_t thread;
    size_t once;

    (void)state;
    assert_int_equal(hog_profile_builder_thread(builder, &(struct hog_profile_thread){0}, &thread), HOG_OK);
    for (uint32_t i = 0; i < DEPTH; i++)
        assert_int_equal(
            hog_profile_builder_function(
                builder, &(struct hog_function){.name = "f", .first_line = (int32_t)i}, &frames[i].function),
            HOG_OK);
    for (int32_t i = 0; i < STACKS; i++) {
        frames[OWN - 1].line = i;
        assert_int_equal(hog_profile_builder_add_stack(builder, thread, frames, DEPTH, 1), HOG_OK);
    }
    once = hog_profile_builder_memory(builder);
    assert_true(once < (size_t)150 << 20);
    for (int32_t i = 0; i < STACKS; i++) {
        frames[OWN - 1].line = i;
        assert_int_equal(hog_profile_builder_add_stack(builder, thread, frames, DEPTH, 1), HOG_OK);
    }
    assert_int_equal(hog_profile_builder_memory(builder), once);
    hog_profile_builder_destroy(builder);
}

static void test_no_frames(void **state)
{
    HOG_PROFILE struct hog_profile *profile = sample_profile("M | | 3");

    (void)state;
    assert_int_equal(profile->node_count, 1);
    assert_string_equal(profile->functions[0].name, "<no Python frame>");
    assert_int_equal(profile->nodes[0].self, 3);
}

static void test_deep_stacks(void **state)
{
    HOG_PROFILE struct hog_profile *profile = NULL;
    HOG_CLEANUP(hog_view_deinit) struct hog_view view;
    struct hog_profile_builder *builder = hog_profile_builder_create(1 << 28);
    struct hog_profile_info info = sample_info();
    size_t depth = 200000;
    HOG_FREE struct hog_profile_frame *frames = calloc(depth, sizeof *frames);
    uint32_t thread;

    (void)state;
    assert_int_equal(hog_profile_builder_thread(builder, &(struct hog_profile_thread){0}, &thread), HOG_OK);
    assert_int_equal(
        hog_profile_builder_function(builder, &(struct hog_function){.name = "f"}, &frames[0].function),
        HOG_OK);
    assert_int_equal(hog_profile_builder_add_stack(builder, thread, frames, depth, 2), HOG_OK);
    assert_int_equal(hog_profile_builder_seal(builder, &info, &profile), HOG_OK);
    hog_profile_builder_destroy(builder);
    assert_int_equal(profile->node_count, depth);
    assert_int_equal(hog_view_init(&view, profile), HOG_OK);
    assert_int_equal(view.functions[0].total, 2);
    assert_int_equal(view.edge_count, 2);
}

static void test_project_merged(void **state)
{
    HOG_PROFILE struct hog_profile *profile = sample_profile_worker();
    HOG_PROFILE struct hog_profile *merged = NULL;
    HOG_CLEANUP(hog_view_deinit) struct hog_view before, after;
    struct hog_projection projection = {.threads = HOG_THREADS_MERGED};

    (void)state;
    assert_int_equal(hog_profile_project(profile, &projection, &merged), HOG_OK);
    assert_int_equal(merged->thread_count, 1);
    assert_true(merged->node_count < profile->node_count);
    assert_int_equal(merged->counts.kept, profile->counts.kept);
    assert_int_equal(hog_profile_attempts(&merged->counts), hog_profile_attempts(&profile->counts));
    assert_int_equal(merged->drop_count, profile->drop_count);
    assert_int_equal(hog_view_init(&before, profile), HOG_OK);
    assert_int_equal(hog_view_init(&after, merged), HOG_OK);
    for (uint32_t i = 0; i < profile->function_count; i++) {
        assert_int_equal(before.functions[i].self, after.functions[i].self);
        assert_int_equal(before.functions[i].total, after.functions[i].total);
    }
    for (uint32_t i = 0; i < merged->node_count; i++)
        assert_int_equal(merged->nodes[i].line, 0);
}

static void test_project_thread_frames(void **state)
{
    HOG_PROFILE struct hog_profile *profile = sample_profile_worker();
    HOG_PROFILE struct hog_profile *framed = NULL;
    struct hog_projection projection = {.threads = HOG_THREADS_FRAMES, .by_line = true};
    uint32_t main_thread;

    (void)state;
    assert_int_equal(hog_profile_project(profile, &projection, &framed), HOG_OK);
    assert_int_equal(framed->node_count, profile->node_count + 3);
    main_thread = function_named(framed, "<thread MainThread, 48291>");
    assert_true(framed->functions[main_thread].is_synthetic);
    function_named(framed, "<thread 48305>");
}

static void test_project_lines_of_a_thread(void **state)
{
    HOG_PROFILE struct hog_profile *profile =
        sample_profile("M | main:1 f:3 | 3\nM | main:1 f:4 | 2\nW | main:1 f:3 | 8\n");
    HOG_PROFILE struct hog_profile *seen = NULL;
    struct hog_projection projection = {.by_line = true, .as_lines = true};
    uint64_t self[5] = {0};

    (void)state;
    for (uint32_t i = 0; i < profile->thread_count; i++)
        if (profile->threads[i].counts.kept == 5)
            projection.only = &profile->threads[i];
    assert_int_equal(hog_profile_project(profile, &projection, &seen), HOG_OK);
    assert_int_equal(seen->thread_count, 1);
    assert_int_equal(seen->counts.kept, 5);
    for (uint32_t i = 0; i < seen->node_count; i++) {
        assert_int_equal(seen->functions[seen->nodes[i].function].first_line, seen->nodes[i].line);
        self[seen->nodes[i].line] += seen->nodes[i].self;
    }
    assert_int_equal(self[3], 3);
    assert_int_equal(self[4], 2);
}

static void test_project_under(void **state)
{
    HOG_PROFILE struct hog_profile *profile = sample_profile("M | main:1 f:1 g:1 | 3\nM | main:1 g:1 | 4\n"
                                                             "M | main:1 f:1 | 2\nM | main:1 h:1 | 8\n");
    HOG_PROFILE struct hog_profile *under = NULL;
    struct hog_projection projection = {.under = "f", .by_line = true};

    (void)state;
    assert_int_equal(hog_profile_project(profile, &projection, &under), HOG_OK);
    assert_int_equal(under->node_count, 3);
    assert_int_equal(under->counts.kept, 5);
    assert_int_equal(under->counts.elsewhere, 12);
    assert_int_equal(under->nodes[0].total, 5);
    projection.under = "nobody";
    assert_int_equal(hog_profile_project(profile, &projection, &under), HOG_NOT_FOUND);
}

static void test_order(void **state)
{
    HOG_PROFILE struct hog_profile *profile =
        sample_profile("M | a:1 b:1 | 3\nM | a:1 c:1 | 3\nM | a:1 | 5\n");
    HOG_CLEANUP(hog_view_deinit) struct hog_view view;
    HOG_FREE uint32_t *by_self = NULL, *by_name = NULL;

    (void)state;
    assert_int_equal(hog_view_init(&view, profile), HOG_OK);
    by_self = hog_view_order(&view, HOG_SORT_SELF);
    by_name = hog_view_order(&view, HOG_SORT_NAME);
    assert_string_equal(profile->functions[by_self[0]].name, "a");
    assert_string_equal(profile->functions[by_self[1]].name, "b");
    assert_string_equal(profile->functions[by_name[2]].name, "c");
}

static void test_labels(void **state)
{
    HOG_PROFILE struct hog_profile *profile =
        sample_profile("M | f@/a/b/x.py@1:1 f@/a/c/x.py@2:1 f@/c/x.py@3:1 f@x.py@4:1 g@/a/b/x.py@5:1 "
                       "h@/q/y.py@6:1 h@/q/y.py@7:1 i@<string>@1:1 | 1\n");
    HOG_CLEANUP(hog_labels_deinit) struct hog_labels labels;
    static const struct {
        const char *place, *unique;
    } expected[] = {
        {"b/x.py:1", "f (b/x.py:1)"},
        {"a/c/x.py:2", "f (a/c/x.py:2)"},
        {"/c/x.py:3", "f (/c/x.py:3)"},
        {"x.py:4", "f (x.py:4)"},
        {"b/x.py:5", "g"},
        {"y.py:6", "h (y.py:6)"},
        {"y.py:7", "h (y.py:7)"},
        {"<string>:1", "i"},
    };

    (void)state;
    assert_int_equal(profile->function_count, 8);
    assert_int_equal(hog_labels_init(&labels, profile), HOG_OK);
    for (uint32_t i = 0; i < 8; i++) {
        bool found = false;

        for (size_t k = 0; k < 8; k++)
            found = found || (strcmp(labels.place[i], expected[k].place) == 0 &&
                              strcmp(labels.unique[i], expected[k].unique) == 0);
        if (!found)
            fail_msg("unexpected %s, %s", labels.place[i], labels.unique[i]);
    }
}

static void test_hostile_labels(void **state)
{
    HOG_PROFILE struct hog_profile *profile = sample_profile_hostile();
    HOG_CLEANUP(hog_labels_deinit) struct hog_labels labels;

    (void)state;
    assert_int_equal(hog_labels_init(&labels, profile), HOG_OK);
    for (uint32_t i = 0; i < profile->function_count; i++) {
        assert_true(*labels.name[i]);
        assert_null(strpbrk(labels.unique[i], "\n\r\t\x01\x1b"));
        assert_true(hog_utf8_is_clean(labels.unique[i], strlen(labels.unique[i])));
        for (uint32_t k = 0; k < i; k++)
            assert_string_not_equal(labels.unique[i], labels.unique[k]);
    }
    function_named(profile, "surrogate\\udc80\\xff");
}

static void test_utf8(void **state)
{
    static const struct {
        const char *from, *to;
        size_t length;
    } cases[] = {
        {"plain", "plain", 5},
        {"a\0b", "a\\x00b", 3},
        {"\xc0\x80", "\\xc0\\x80", 2},
        {"\xed\xa0\x80", "\\ud800", 3},
        {"\xed\x9f\xbf", "\xed\x9f\xbf", 3},
        {"\xe2\x82", "\\xe2\\x82", 2},
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", 4},
        {"\xf0\x9f\x90\x8d", "\xf0\x9f\x90\x8d", 4},
        {"\xe0\x9f\xbf", "\\xe0\\x9f\\xbf", 3},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

        hog_text_append_clean(&text, cases[i].from, cases[i].length);
        assert_string_equal(text.bytes, cases[i].to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_recursion_counts_once),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_shares_are_of_attempts),
        cmocka_unit_test(test_known_stack_allocates_nothing),
        cmocka_unit_test(test_memory_limit),
        cmocka_unit_test(test_memory_follows_distinct_stacks),
        cmocka_unit_test(test_no_frames),
        cmocka_unit_test(test_deep_stacks),
        cmocka_unit_test(test_project_merged),
        cmocka_unit_test(test_project_thread_frames),
        cmocka_unit_test(test_project_lines_of_a_thread),
        cmocka_unit_test(test_project_under),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_hostile_labels),
        cmocka_unit_test(test_utf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
