/* Who holds the GIL, from its words; and what is said of words that no GIL has. */
#include "decode/gil.h"
#include "support/fabricate.h"
#include "support/fake_memory.h"
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

/* 3.6 without symbols: a futex in Python's static variables, and what must lie behind the condition that it is in. */
static void its_condition_is_told_by_what_lies_around_it(void **state)
{
    enum { X86_64 = 62, FUTEX = 202, DATA = 0x10000, CONDITION = DATA + 64, OWN = 0x7000, STATE = 0x9000 };
    static const struct {
        uint64_t futex, timeout, runs, holder, switches, request;
        bool expected;
    } cases[] = {
        {CONDITION + 44, OWN, STATE, STATE, 12, 1, true},
        {CONDITION + 40, OWN, STATE, STATE, 12, 0, true},
        {CONDITION + 32, OWN, STATE, STATE, 1, 0, true},
        {CONDITION + 4, OWN, STATE, STATE, 1, 0, true},
        {CONDITION + 20, OWN, STATE, STATE, 12, 1, false},
        {CONDITION + 44, 0, STATE, STATE, 12, 1, false},       /* without a limit */
        {CONDITION + 44, OWN, STATE, STATE + 8, 12, 1, false}, /* another state */
        {CONDITION + 44, OWN, 0, 0, 12, 1, false},             /* nobody runs */
        {CONDITION + 44, OWN, STATE, STATE, 0, 1, false},      /* never switched to whom it names */
        {CONDITION + 44, OWN, STATE, STATE, UINT64_MAX, 1, false},
        {CONDITION + 44, OWN, STATE, STATE, 12, 2, false},
        {0x30000 + 44, OWN, STATE, STATE, 12, 1, false}, /* the same on the heap */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t words[64] = {
            [0] = cases[i].runs, [14] = cases[i].holder, [15] = cases[i].switches, [16] = cases[i].request};
        uint64_t heap[64] = {[6] = cases[i].holder, [7] = cases[i].switches, [8] = cases[i].request};
        const struct fake_segment segments[] = {{DATA, words, sizeof words}, {0x30000, heap, sizeof heap}};
        struct hog_memory *memory = fake_memory_create(segments, 2, FAKE_EXACT);
        struct hog_os_thread thread = {
            .registers = {.known = true,
                          .system_call = FUTEX,
                          .arguments = {cases[i].futex, 0x189, 0, cases[i].timeout},
                          .argument_count = 6}};
        const struct hog_process process = {.elf_machine = X86_64, .threads = &thread, .thread_count = 1};
        struct hog_python python = {.tstate_current = DATA, .data = DATA, .data_end = DATA + sizeof words};
        struct hog_gil_place place;

        assert_non_null(memory);
        python.layout.traits.gil_is_static = 1;
        place = hog_gil_locate_awaited(&python, &process, memory, 0);
        assert_int_equal(place.start, cases[i].expected ? CONDITION : 0);
        assert_int_equal(hog_gil_is_awaited(&place, X86_64, FUTEX, cases[i].futex), cases[i].expected);
        hog_memory_destroy(memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_say_who_holds_it),
        cmocka_unit_test(without_a_place_nothing_is_known),
        cmocka_unit_test(a_damaged_one_makes_the_dump_incomplete),
        cmocka_unit_test(who_sleeps_on_its_words_waits_for_it),
        cmocka_unit_test(its_condition_is_told_by_what_lies_around_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
