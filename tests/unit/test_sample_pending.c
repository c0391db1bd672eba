/* Stacks that wait to be counted: which are one, for how many there is room, and that none is cut off. */
#include "sample/pending.h"
#include "support/test.h"

#include <stdlib.h>

static void what_differs_in_one_thing_is_another_stack(void **state)
{
    const uint32_t entries[] = {PENDING_NATIVE | 1, PENDING_NATIVE | 2, PENDING_NATIVE | 3};
    const uint32_t others[] = {PENDING_NATIVE | 1, PENDING_NATIVE | 2, PENDING_NATIVE | 4};
    const int32_t lines[] = {10, 20, 30}, other_lines[] = {10, 20, 31};
    struct pending pending;

    (void)state;
    assert_int_equal(pending_init(&pending), HOG_OK);
    assert_int_equal(pending_add(&pending, 0, entries, lines, 3, UINT32_MAX), 0);
    assert_int_equal(pending_add(&pending, 0, entries, lines, 3, 0), 0);
    assert_int_equal(pending.stacks[0].weight, 2);
    assert_int_equal(pending_add(&pending, 0, others, lines, 3, 0), 1);
    assert_int_equal(pending_add(&pending, 0, entries, other_lines, 3, 0), 2);
    assert_int_equal(pending_add(&pending, 0, entries, lines, 2, 0), 3);
    assert_int_equal(pending_add(&pending, 1, entries, lines, 3, 0), 4);
    assert_int_equal(pending_add(&pending, 0, entries, lines, 3, 5), 5); /* there is none of this number */
    assert_int_equal(pending.stacks[0].weight, 2);
    pending_deinit(&pending);
}

static void room_is_told_exactly(void **state)
{
    const uint32_t entries[] = {PENDING_NATIVE | 1, PENDING_NATIVE | 2, PENDING_NATIVE | 3};
    const int32_t lines[] = {10, 20, 30};
    struct pending pending;
    uint32_t most;

    (void)state;
    assert_int_equal(pending_init(&pending), HOG_OK);
    most = (uint32_t)pending.frame_capacity;
    assert_true(pending_has_room(&pending, most));
    assert_false(pending_has_room(&pending, most + 1));
    assert_int_equal(pending_grow(&pending, most + 1), HOG_OK);
    assert_true(pending_has_room(&pending, most + 1));
    pending.frame_capacity = 5;
    pending.stack_capacity = 2;
    pending_add(&pending, 0, entries, lines, 3, UINT32_MAX);
    assert_true(pending_has_room(&pending, 2));
    assert_false(pending_has_room(&pending, 3));
    pending_add(&pending, 0, entries, lines, 1, UINT32_MAX);
    assert_false(pending_has_room(&pending, 1)); /* for no stack more */
    pending_deinit(&pending);
}

static void count_depth(void *context, uint32_t thread, const struct hog_profile_frame *frames,
                        uint32_t depth, uint32_t weight)
{
    (void)thread;
    (void)weight;
    for (uint32_t i = 0; i < depth; i++)
        assert_true(frames[i].function == i && frames[i].line == -(int32_t)i);
    *(uint32_t *)context = depth;
}

static void deep_stacks_are_handed_over_whole(void **state)
{
    enum { DEPTH = 100000 };
    uint32_t *entries = malloc(DEPTH * sizeof *entries), told = 0;
    int32_t *lines = malloc(DEPTH * sizeof *lines);
    const struct pending_sink sink = {.add = count_depth, .context = &told};
    struct code_table codes = {0}; /* there is none of Python among them */
    struct pending pending;

    (void)state;
    assert_true(entries && lines);
    for (int i = 0; i < DEPTH; i++) {
        entries[i] = PENDING_NATIVE | (uint32_t)i;
        lines[i] = -i;
    }
    assert_int_equal(pending_init(&pending), HOG_OK);
    pending_add(&pending, 0, entries, lines, DEPTH, UINT32_MAX);
    pending_hand_over(&pending, &codes, NULL, &sink);
    assert_int_equal(told, DEPTH);
    assert_int_equal(pending.stack_count, 0);
    assert_int_equal(pending.frame_count, 0);
    pending_deinit(&pending);
    free(entries);
    free(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_differs_in_one_thing_is_another_stack),
        cmocka_unit_test(room_is_told_exactly),
        cmocka_unit_test(deep_stacks_are_handed_over_whole),
    };

    return cmocka_run_group_tests_name("sample_pending", tests, NULL, NULL);
}
