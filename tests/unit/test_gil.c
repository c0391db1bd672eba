/* Who holds the GIL, from its words; and what is said of words that no GIL has. */
#include "decode/gil.h"
#include "support/fabricate.h"
#include "support/versions.h"

#include "support/test.h"

#include <string.h>

enum { LOCKED = 1, HOLDER, ENABLED, CURRENT, WORDS, HOLDS = 0x5000, RUNS = 0x6000 };

/* The words, by their address. */
struct words {
    uint64_t word[WORDS];
    int unreadable;
};

static bool read_one(void *source, uint64_t address, void *ret_word, size_t size)
{
    const struct words *words = source;

    if ((int)address == words->unreadable)
        return false;
    memcpy(ret_word, &words->word[address], size);
    return true;
}

static void words_say_who_holds_it(void **state)
{
    enum { UNKNOWN, DAMAGED, NONE, FREE, HELD, HELD_BY_CURRENT };
    static const struct {
        bool enabled_too, current_too;
        uint64_t locked, holder, enabled;
        int unreadable, expected;
    } cases[] = {
        {false, false, 1, HOLDS, 0, 0, HELD},
        {false, false, 0, HOLDS, 0, 0, FREE}, /* the last holder */
        {false, false, 1, 0, 0, 0, FREE},
        {false, false, 2, HOLDS, 0, 0, DAMAGED},
        {false, false, 0x1000000, HOLDS, 0, 0, DAMAGED},
        {false, false, UINT32_MAX - 1, HOLDS, 0, 0, DAMAGED},
        {false, false, 1, HOLDS, 0, HOLDER, UNKNOWN},
        {false, false, 1, HOLDS, 0, LOCKED, UNKNOWN},
        {false, false, UINT32_MAX, HOLDS, 0, 0, UNKNOWN}, /* not made, and who runs is not known */
        {false, true, UINT32_MAX, 0, 0, 0, HELD_BY_CURRENT},
        {false, true, UINT32_MAX, 0, 0, CURRENT, UNKNOWN},
        {true, false, 1, HOLDS, 0, 0, NONE},
        {true, false, 1, HOLDS, 1, 0, HELD},
        {true, false, 1, HOLDS, 1 << 16, 0, HELD}, /* modules that are being imported */
        {true, false, 1, HOLDS, INT32_MAX, 0, HELD},
        {true, false, 0, HOLDS, INT32_MAX, 0, FREE},
        {true, false, 1, HOLDS, (1 << 16) + 1, 0, DAMAGED},
        {true, false, 1, HOLDS, 0x1000000, 0, DAMAGED},
        {true, false, 1, HOLDS, 1, ENABLED, UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int expected = cases[i].expected;
        struct words words = {.word = {0, cases[i].locked, cases[i].holder, cases[i].enabled, RUNS},
                              .unreadable = cases[i].unreadable};
        const struct hog_gil_place place = {.locked = LOCKED,
                                            .holder = HOLDER,
                                            .enabled = cases[i].enabled_too ? ENABLED : 0,
                                            .current = cases[i].current_too ? CURRENT : 0};
        const struct hog_gil_state gil = hog_gil_read(&place, read_one, &words);

        assert_int_equal(gil.damaged, expected == DAMAGED);
        assert_int_equal(gil.known, expected >= NONE);
        assert_int_equal(gil.exists, expected >= FREE);
        assert_int_equal(gil.locked, expected >= HELD);
        assert_int_equal(gil.holder, expected == HELD ? HOLDS : expected == HELD_BY_CURRENT ? RUNS : 0);
    }
}

static void without_a_place_nothing_is_known(void **state)
{
    const struct hog_gil_place none = {0}, of_holder = {.holder = HOLDER};
    struct words words = {.word = {0, 0, HOLDS}};

    (void)state;
    assert_false(hog_gil_read(&none, read_one, &words).known);
    /* 3.6 without symbols: held by who runs */
    assert_true(hog_gil_read(&of_holder, read_one, &words).locked);
    words.word[HOLDER] = 0;
    assert_true(hog_gil_read(&of_holder, read_one, &words).known);
    assert_false(hog_gil_read(&of_holder, read_one, &words).locked);
}

static void a_damaged_one_makes_the_dump_incomplete(void **state)
{
    size_t tried = 0;

    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct fabrication fake;
        enum hog_status status;

        fabricate_init(&fake, version_name(i));
        fabricate_thread(&fake, 0x7000);
        if (hog_layout_has(&fake.layout, HOG_F_runtime_gil)) {
            const uint64_t gil = fabricate_field(&fake, fake.runtime, HOG_F_runtime_gil);
            struct hog_snapshot *snapshot = fabricate_decode(&fake, &status);

            assert_true(snapshot->complete);
            hog_snapshot_destroy(snapshot);
            fabricate_poke(&fake, fabricate_field(&fake, gil, HOG_F_gil_locked), 7);
            snapshot = fabricate_decode(&fake, &status);
            assert_false(snapshot->complete);
            assert_false(snapshot->interpreters[0].gil_holder_known);
            hog_snapshot_destroy(snapshot);
            tried++;
        }
        fabricate_deinit(&fake);
    }
    assert_true(tried > 0);
}

static void who_sleeps_on_its_words_waits_for_it(void **state)
{
    const struct hog_gil_place place = {.start = 0x1000, .end = 0x1100}, nowhere = {0};
    enum { X86_64 = 62, FUTEX = 202, READ = 0 };

    (void)state;
    assert_true(hog_gil_is_awaited(&place, X86_64, FUTEX, 0x1000));
    assert_true(hog_gil_is_awaited(&place, X86_64, FUTEX, 0x10ff));
    assert_false(hog_gil_is_awaited(&place, X86_64, FUTEX, 0xfff));
    assert_false(hog_gil_is_awaited(&place, X86_64, FUTEX, 0x1100));
    assert_false(hog_gil_is_awaited(&place, X86_64, READ, 0x1000));
    assert_false(hog_gil_is_awaited(&nowhere, X86_64, FUTEX, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_say_who_holds_it),
        cmocka_unit_test(without_a_place_nothing_is_known),
        cmocka_unit_test(a_damaged_one_makes_the_dump_incomplete),
        cmocka_unit_test(who_sleeps_on_its_words_waits_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
