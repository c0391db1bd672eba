/* The pages of a sample: what is fetched in one call, what is asked for, what is learned. */

#include "sample/page_view.h"
#include "support/fake_memory.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

enum { PAGES = 64, GAP = 40 };

static const uint64_t base = 0x7f0000000000;

/* PAGES pages, each full of its own number; page GAP cannot be read. */
struct target {
    unsigned char *bytes;
    struct fake_segment segments[2];
    struct hog_memory *memory;
    struct page_view view;
    struct page_forecast forecast;
};

static void target_init(struct target *target)
{
    *target = (struct target){.bytes = malloc(PAGES * VIEW_PAGE)};
    assert_non_null(target->bytes);
    for (int i = 0; i < PAGES; i++)
        memset(target->bytes + i * VIEW_PAGE, i, VIEW_PAGE);
    target->segments[0] = (struct fake_segment){base, target->bytes, GAP * VIEW_PAGE};
    target->segments[1] = (struct fake_segment){
        base + (GAP + 1) * VIEW_PAGE, target->bytes + (GAP + 1) * VIEW_PAGE, (PAGES - GAP - 1) * VIEW_PAGE};
    target->memory = fake_memory_create(target->segments, 2, FAKE_EXACT);
    assert_non_null(target->memory);
    assert_int_equal(page_view_init(&target->view), HOG_OK);
}

static void target_deinit(struct target *target)
{
    page_forecast_deinit(&target->forecast);
    page_view_deinit(&target->view);
    hog_memory_destroy(target->memory);
    free(target->bytes);
}

/* One sample that uses these pages; returns the calls it took. */
static uint64_t sample(struct target *target, const int *pages, size_t count)
{
    uint64_t before = target->view.calls;

    page_view_begin(&target->view, target->memory, &target->forecast);
    for (size_t i = 0; i < count; i++) {
        const unsigned char *bytes =
            page_view_at(&target->view, base + (uint64_t)pages[i] * VIEW_PAGE + 8, 16);

        if (pages[i] == GAP) {
            assert_null(bytes);
            continue;
        }
        assert_non_null(bytes);
        assert_int_equal(bytes[0], pages[i]);
        assert_int_equal(bytes[15], pages[i]);
    }
    page_view_learn(&target->view, &target->forecast);
    return target->view.calls - before;
}

static void the_same_pages_take_one_call(void **state)
{
    static const int pages[] = {3, 4, 5, 17, 9, 4};
    struct target target;

    (void)state;
    target_init(&target);
    assert_int_equal(sample(&target, pages, 6), 5);
    assert_int_equal(sample(&target, pages, 6), 1);
    assert_int_equal(target.view.run_count, 3); /* 3-5, 9, 17 */
    assert_int_equal(target.forecast.count, 5);
    target_deinit(&target);
}

static void a_new_page_takes_one_call_more(void **state)
{
    static const int before[] = {3, 4}, after[] = {3, 4, 30};
    struct target target;

    (void)state;
    target_init(&target);
    sample(&target, before, 2);
    assert_int_equal(sample(&target, after, 3), 2);
    assert_int_equal(sample(&target, after, 3), 1);
    target_deinit(&target);
}

static void a_page_that_is_not_used_is_forgotten(void **state)
{
    static const int both[] = {3, 30}, one[] = {3};
    struct target target;

    (void)state;
    target_init(&target);
    sample(&target, both, 2);
    for (int i = 0; i < 5; i++)
        sample(&target, one, 1);
    assert_int_equal(target.forecast.count, 1);
    target_deinit(&target);
}

static void a_page_of_every_other_sample_stays(void **state)
{
    static const int both[] = {3, 30}, one[] = {3};
    struct target target;

    (void)state;
    target_init(&target);
    for (int i = 0; i < 20; i++)
        sample(&target, i % 2 ? both : one, i % 2 ? 2 : 1);
    for (int i = 0; i < 20; i++)
        assert_int_equal(sample(&target, i % 2 ? both : one, i % 2 ? 2 : 1), 1);
    target_deinit(&target);
}

/* A page that cannot be read any more must not cost the others a call for ever. */
static void unreadable_pages_are_read_last(void **state)
{
    static const int pages[] = {GAP - 1, GAP + 1, GAP};
    struct forecast_page *page;
    struct target target;

    (void)state;
    target_init(&target);
    sample(&target, pages, 2);
    page = realloc(target.forecast.pages, 3 * sizeof *page);
    assert_non_null(page);
    target.forecast = (struct page_forecast){page, 3, 3};
    page[2] = page[1];
    page[1] = (struct forecast_page){.address = base + GAP * VIEW_PAGE, .heat = 255};
    page[0].heat = page[2].heat = 255;
    /* 39, 40, 41 are one run at first, which ends at 40. */
    assert_int_equal(sample(&target, pages, 2), 2);
    assert_true(target.forecast.pages[1].fragile);
    assert_int_equal(sample(&target, pages, 2), 1);
    target_deinit(&target);
}

static void what_straddles_pages_is_put_together(void **state)
{
    struct target target;
    const unsigned char *bytes;

    (void)state;
    target_init(&target);
    page_view_begin(&target.view, target.memory, &target.forecast);
    bytes = page_view_at(&target.view, base + 5 * VIEW_PAGE - 20, 60);
    assert_non_null(bytes);
    assert_int_equal(bytes[19], 4);
    assert_int_equal(bytes[20], 5);
    assert_null(page_view_at(&target.view, base + GAP * VIEW_PAGE - 20, 60));
    assert_null(page_view_at(&target.view, UINT64_MAX - 8, 60));
    page_view_learn(&target.view, &target.forecast);
    assert_int_equal(target.forecast.count, 3);
    page_view_begin(&target.view, target.memory, &target.forecast);
    bytes = page_view_at(&target.view, base + 5 * VIEW_PAGE - 20, 60); /* now side by side */
    assert_non_null(bytes);
    assert_int_equal(bytes[59], 5);
    target_deinit(&target);
}

static void it_says_when_it_is_full_and_grows(void **state)
{
    struct target target;
    uint32_t room;

    (void)state;
    target_init(&target);
    room = target.view.capacity;
    target.view.capacity = 2;
    page_view_begin(&target.view, target.memory, &target.forecast);
    assert_non_null(page_view_at(&target.view, base, 8));
    assert_non_null(page_view_at(&target.view, base + VIEW_PAGE, 8));
    assert_null(page_view_at(&target.view, base + 2 * VIEW_PAGE, 8));
    assert_true(target.view.full);
    target.view.capacity = room;
    assert_int_equal(page_view_grow(&target.view), HOG_OK);
    assert_int_equal(target.view.capacity, 2 * room);
    target_deinit(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_pages_take_one_call),
        cmocka_unit_test(a_new_page_takes_one_call_more),
        cmocka_unit_test(a_page_that_is_not_used_is_forgotten),
        cmocka_unit_test(a_page_of_every_other_sample_stays),
        cmocka_unit_test(unreadable_pages_are_read_last),
        cmocka_unit_test(what_straddles_pages_is_put_together),
        cmocka_unit_test(it_says_when_it_is_full_and_grows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
