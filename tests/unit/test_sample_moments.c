/* Which thread was on a CPU at a moment, told by a ring of switches made by hand; and what fails for a moment alone. */
#define _GNU_SOURCE
#include "sample/cpu_ring.h"
#include "sample/sampler_parts.h"
#include "sample/switches.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

enum { PAGES = 4, RECORDS = PAGES * SWITCH_PAGE / SWITCH_BYTES, PID = 7 };

struct setting {
    struct cpu_rings rings;
    struct cpu_ring ring;
};

static struct setting begin(void)
{
    struct setting setting = {.rings = {.pid = PID}};

    setting.ring.page = aligned_alloc(SWITCH_PAGE, (PAGES + 1) * SWITCH_PAGE);
    assert_non_null(setting.ring.page);
    memset(setting.ring.page, 0, (PAGES + 1) * SWITCH_PAGE);
    return setting;
}

static void put_of(struct setting *setting, uint32_t type, uint32_t pid, uint32_t tid, bool out,
                   uint64_t time)
{
    struct perf_event_mmap_page *page = setting->ring.page;
    const struct switch_record record = {.type = type,
                                         .misc = out ? PERF_RECORD_MISC_SWITCH_OUT : 0,
                                         .size = SWITCH_BYTES,
                                         .pid = pid,
                                         .tid = tid,
                                         .time = time};

    memcpy((char *)page + SWITCH_PAGE + page->data_head % (PAGES * SWITCH_PAGE), &record, sizeof record);
    page->data_head += SWITCH_BYTES;
}

static void put(struct setting *setting, uint32_t tid, bool out, uint64_t time)
{
    put_of(setting, PERF_RECORD_SWITCH, PID, tid, out, time);
}

static int64_t at(const struct setting *setting, uint64_t when, bool is_here)
{
    return cpu_ring_at(&setting->rings, &setting->ring, when, is_here);
}

static void between_on_and_off(void **state)
{
    static const struct {
        uint64_t when;
        int64_t tid, here;
    } cases[] = {{5, 0, 0},    {10, 70, 70}, {15, 70, 70}, {20, 0, 0}, {25, 0, 0},
                 {30, 71, 71}, {39, 71, 71}, {40, 72, 0},  {99, 72, 0}};
    struct setting setting = begin();

    (void)state;
    put(&setting, 70, false, 10);
    put(&setting, 70, true, 20);
    put(&setting, 71, false, 30);
    put_of(&setting, PERF_RECORD_LOST, 0, 0, false, 31); /* of another kind: passed over */
    put(&setting, 71, true, 40);
    put(&setting, 72, false, 40);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(at(&setting, cases[i].when, false), cases[i].tid);
        /* whoever asks has the CPU now: one that nobody saw leave it has ended */
        assert_int_equal(at(&setting, cases[i].when, true), cases[i].here);
    }
    free(setting.ring.page);
}

static void one_that_was_there_before_it_was_watched(void **state)
{
    struct setting setting = begin();

    (void)state;
    assert_int_equal(at(&setting, 10, false), 0);
    put(&setting, 70, true, 20);
    assert_int_equal(at(&setting, 10, false), 70);
    assert_int_equal(at(&setting, 20, false), 0);
    setting.rings.pid = PID + 1; /* a process that the one watched has started is none of it */
    assert_int_equal(at(&setting, 10, false), 0);
    free(setting.ring.page);
}

static void another_process_is_not_told(void **state)
{
    struct setting setting = begin();

    (void)state;
    put_of(&setting, PERF_RECORD_SWITCH, PID + 1, 70, false, 10);
    assert_int_equal(at(&setting, 15, false), 0);
    free(setting.ring.page);
}

/* The kernel overwrites the oldest; the one that it may be at is not looked at, and what lies further back is not known. */
static void a_ring_that_is_full(void **state)
{
    struct setting setting = begin();
    const uint64_t count = RECORDS + 50;

    (void)state;
    for (uint64_t i = 0; i < count; i++)
        put(&setting, 100 + (uint32_t)(i / 2), i % 2, 10 * i);
    for (uint64_t i = count - RECORDS + 1; i < count; i++)
        assert_int_equal(at(&setting, 10 * i + 5, false), i % 2 ? 0 : 100 + i / 2);
    assert_int_equal(at(&setting, 10 * (count - RECORDS) + 5, false), 0);
    assert_int_equal(at(&setting, 5, false), 0);
    free(setting.ring.page);
}

static void what_may_be_whole_a_moment_later(void **state)
{
    (void)state;
    for (int drop = 0; drop < HOG_DROP_COUNT; drop++)
        assert_int_equal(take_was_between((enum hog_sample_drop)drop), drop == HOG_DROP_BROKEN ||
                                                                           drop == HOG_DROP_UNREADABLE ||
                                                                           drop == HOG_DROP_INSTRUCTION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(between_on_and_off),
        cmocka_unit_test(one_that_was_there_before_it_was_watched),
        cmocka_unit_test(another_process_is_not_told),
        cmocka_unit_test(a_ring_that_is_full),
        cmocka_unit_test(what_may_be_whole_a_moment_later),
    };

    return cmocka_run_group_tests_name("sample_moments", tests, NULL, NULL);
}
