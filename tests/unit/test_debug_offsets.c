/*
 * layout/: a debug-offset table is refused when it is not for this build;
 * else each of its entries is believed or left out by itself. The tables are
 * real: the bytes of _Py_DebugOffsets as they stand in four interpreters'
 * files.
 */
#include "layout/layout.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

enum { FT = 1, UNKNOWN = 0xff };

static struct hog_build build_of(unsigned minor, unsigned micro, unsigned flavour)
{
    return (struct hog_build){
        .version = {3, (uint8_t)minor, (uint8_t)micro, 0xf, 0},
        .free_threaded = flavour & FT,
    };
}

static struct hog_layout select_build(struct hog_build build)
{
    struct hog_error error = {0};
    struct hog_layout layout;

    memset(&layout, 0x5a, sizeof(layout));
    assert_int_equal(hog_layout_select(&layout, &build, &error), HOG_OK);
    return layout;
}

static struct hog_layout layout_of(unsigned minor, unsigned micro, unsigned flavour)
{
    return select_build(build_of(minor, micro, flavour));
}

#define COOKIE UINT64_C(0x7970677562656478) /* "xdebugpy" */

/* clang-format off */
static const uint64_t table_3_13_0[] = {
    COOKIE, 0x030d00f0, 0, 283320, 608, 632, 194968, 7272, 7264, 7344, 7400, 7656, 7640, 7648, 16, 7752,
    0, 7768, 7760, 304, 0, 8, 16, 72, 152, 160, 232, 32, 80, 8, 0, 56, 72, 70, 208, 112, 120, 128, 136,
    68, 52, 96, 104, 200, 16, 8, 416, 24, 88, 168, 32, 24, 16, 40, 24, 16, 48, 32, 40, 24, 16, 32, 16,
    24, 40, 16, 32, 64, 32, 16, 40, 240, 200,
};
static const uint64_t table_3_13_5t[] = {
    COOKIE, 0x030d05f0, 1, 328320, 608, 632, 215616, 7272, 7264, 7344, 7400, 7664, 7648, 7656, 16, 7760,
    0, 7784, 7776, 304, 0, 8, 16, 72, 152, 160, 232, 32, 80, 8, 0, 56, 72, 70, 224, 128, 136, 144, 152,
    84, 68, 112, 120, 216, 32, 24, 432, 40, 104, 184, 48, 40, 32, 56, 40, 32, 64, 48, 56, 40, 32, 48,
    32, 40, 56, 32, 48, 80, 48, 32, 56, 248, 200,
};
static const uint64_t table_3_14_10[] = {
    COOKIE, 0x030e0af0, 0, 316616, 784, 808, 225864, 7280, 7272, 7344, 7360, 7408, 7688, 7672, 7680, 16,
    7784, 0, 7800, 7792, 7992, 0, 832, 0, 8, 16, 72, 152, 160, 232, 32, 88, 8, 0, 56, 80, 74, 64, 0,
    216, 112, 120, 128, 136, 68, 52, 96, 104, 208, 0, 16, 8, 416, 24, 88, 168, 40, 32, 16, 40, 24, 16,
    200, 24, 40, 32, 48, 32, 40, 24, 16, 32, 16, 24, 40, 16, 32, 64, 32, 16, 40, 264, 192, 160, 24, 72,
    67, 0, 8, 24, 304, 8076, 0, 4, 512,
};
static const uint64_t table_3_15_2[] = {
    COOKIE, 0x030f02f0, 0, 346568, 912, 936, 226240, 7272, 7264, 7336, 7352, 7400, 7592, 7576, 7584, 16,
    7736, 0, 7752, 7744, 7944, 0, 888, 0, 8, 16, 72, 80, 88, 96, 176, 184, 256, 32, 36, 40, 136, 288, 0,
    88, 8, 0, 56, 80, 74, 64, 0, 216, 112, 120, 128, 136, 68, 52, 96, 104, 208, 0, 16, 8, 424, 24, 88,
    168, 32, 288, 944, 888, 40, 32, 16, 40, 24, 16, 200, 24, 40, 32, 48, 32, 40, 24, 16, 32, 16, 24, 40,
    16, 32, 64, 32, 16, 40, 56, 176, 112, 120, 1120, 104, 160, 24, 72, 67, 0, 8, 24, 344, 8028, 0, 4,
    512,
};
/* clang-format on */

static const struct real_table {
    unsigned minor, micro, flavour;
    const uint64_t *words;
    size_t length;
} real_tables[] = {
    {13, 0, 0, table_3_13_0, sizeof(table_3_13_0)},
    {13, 5, FT, table_3_13_5t, sizeof(table_3_13_5t)},
    {14, 10, 0, table_3_14_10, sizeof(table_3_14_10)},
    {15, 2, 0, table_3_15_2, sizeof(table_3_15_2)},
};
enum { TABLES = sizeof(real_tables) / sizeof(real_tables[0]), TABLE_WORDS = 888 / 8 };

static struct hog_layout layout_for(const struct real_table *table)
{
    return layout_of(table->minor, table->micro, table->flavour);
}

static void real_tables_say_what_the_rows_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < TABLES; i++) {
        struct hog_layout rows = layout_for(&real_tables[i]), told = rows;
        struct hog_table_doubts doubts;
        struct hog_error error = {0};

        assert_int_equal(rows.debug_offsets_size, real_tables[i].length);
        if (hog_layout_apply_debug_offsets(&told, real_tables[i].words, real_tables[i].length, &doubts,
                                           &error) != HOG_OK)
            fail_msg("%s", error.message);
        assert_int_equal(doubts.disbelieved + doubts.unexpected, 0);
        for (size_t field = 0; field < HOG_FIELD_COUNT; field++) {
            if (told.offset[field] != rows.offset[field])
                fail_msg("3.%u: the table has %s at %u, the rows at %u", real_tables[i].minor,
                         hog_field_name(field), told.offset[field], rows.offset[field]);
        }
    }
}

static void the_table_wins_over_the_rows(void **state)
{
    uint64_t words[TABLE_WORDS];
    struct hog_table_doubts doubts;
    struct hog_error error = {0};
    struct hog_layout layout = layout_of(14, 11, 0);

    (void)state;
    memcpy(words, table_3_14_10, sizeof(table_3_14_10));
    words[1] = 0x030e0bf0; /* a release that nobody has seen yet may have moved things */
    for (size_t i = 0; i < sizeof(table_3_14_10) / 8; i++) {
        if (words[i] == 7688) /* imports_modules */
            words[i] = 8192;
        else if (words[i] == 7408) /* gc, in which `collecting` stands at 192 */
            words[i] = 4096;
    }
    assert_int_equal(hog_layout_apply_debug_offsets(&layout, words, sizeof(words), &doubts, &error), HOG_OK);
    assert_int_equal(doubts.disbelieved + doubts.unexpected, 0);
    assert_int_equal(layout.offset[HOG_F_interp_modules], 8192);
    assert_int_equal(layout.offset[HOG_F_interp_gc_collecting], 4096 + 192);
    assert_int_equal(layout.offset[HOG_F_interp_stoptheworld], 10800);
}

enum { HEADING_WORDS = 3 };

/* How many of a table's words, put to `bad` one at a time, are noticed; whatever happens, no offset is wrong. */
static size_t count_noticed(const struct real_table *table, uint64_t bad)
{
    struct hog_layout untouched = layout_for(table);
    size_t noticed = 0;

    for (size_t i = 0; i < table->length / 8; i++) {
        /* Memory of just this size, so that a sanitizer sees a read beyond it. */
        uint64_t *words = malloc(table->length);
        struct hog_layout layout = untouched;
        struct hog_table_doubts doubts = {0};
        struct hog_error error = {0};
        enum hog_status status;

        assert_non_null(words);
        memcpy(words, table->words, table->length);
        words[i] = bad;
        status = hog_layout_apply_debug_offsets(&layout, words, table->length, &doubts, &error);
        free(words);
        assert_int_equal(status, i < HEADING_WORDS ? HOG_BAD_DATA : HOG_OK);
        assert_true(status == HOG_OK || strstr(error.message, "debug-offset table refused: "));
        assert_int_equal(doubts.disbelieved > 0, doubts.first_disbelieved[0] != '\0');
        noticed += status != HOG_OK || doubts.disbelieved;
        assert_memory_equal(&layout, &untouched, sizeof(layout));
    }
    return noticed;
}

static void a_wrong_word_is_left_out(void **state)
{
    /*
     * What is not used may be anything: sysdict, builtins, four gil_…, status, tp_repr, two ob_size; in 3.14
     * three more of the interpreter, set_object (4), gi_name, llist_node (2), debugger_support (6), two tlbc;
     * in 3.15 five more of the thread, exc_value, three of gc.
     */
    static const size_t unused[TABLES] = {10, 10, 28, 37};
    static const uint64_t bad[] = {UINT64_MAX, UINT64_MAX - 7, INT64_MAX, UINT64_C(1) << 32, (16 << 20) + 8};

    (void)state;
    for (size_t i = 0; i < TABLES; i++) {
        for (size_t j = 0; j < sizeof(bad) / sizeof(bad[0]); j++)
            assert_int_equal(count_noticed(&real_tables[i], bad[j]), real_tables[i].length / 8 - unused[i]);
    }
}

static void expect_refused(const char *words_part, enum hog_status expected, struct hog_layout layout,
                           const uint64_t *words, size_t length)
{
    struct hog_layout untouched = layout;
    struct hog_table_doubts doubts;
    struct hog_error error = {0};

    assert_int_equal(hog_layout_apply_debug_offsets(&layout, words, length, &doubts, &error), expected);
    if (!strstr(error.message, words_part))
        fail_msg("\"%s\" does not say \"%s\"", error.message, words_part);
    assert_memory_equal(&layout, &untouched, sizeof(layout));
}

static void a_table_of_something_else_is_refused(void **state)
{
    uint64_t words[TABLE_WORDS] = {0};
    const size_t size = sizeof(table_3_15_2);
    struct hog_layout layout = layout_of(15, 2, 0);

    (void)state;
    expect_refused("does not begin with \"xdebugpy\"", HOG_BAD_DATA, layout, words, size);
    memcpy(words, table_3_15_2, size);
    expect_refused("887 bytes of its 888 were read", HOG_BAD_DATA, layout, words, size - 1);
    expect_refused("0 bytes of its 888 were read", HOG_BAD_DATA, layout, words, 0);
    expect_refused("version 0x030f02f0, not 0x030f01f0", HOG_BAD_DATA, layout_of(15, 1, 0), words, size);
    expect_refused("free_threaded is 0 in it, but this build is", HOG_BAD_DATA, layout_of(15, 2, FT), words,
                   size);
    expect_refused("this version has none", HOG_UNSUPPORTED, layout_of(12, 1, 0), words, size);
    words[1] |= UINT64_C(1) << 32;
    expect_refused("version 0x1030f02f0", HOG_BAD_DATA, layout, words, size);
}

static struct hog_table_doubts doubts_about(struct hog_layout *layout, const uint64_t *words, size_t length)
{
    struct hog_table_doubts doubts = {0};
    struct hog_error error = {0};

    if (hog_layout_apply_debug_offsets(layout, words, length, &doubts, &error) != HOG_OK)
        fail_msg("%s", error.message);
    return doubts;
}

/* Issue: float.ob_fval, which no dump reads, at 24 of a structure of 24 bytes cost the whole table. */
static void a_wrong_entry_takes_nothing_else(void **state)
{
    uint64_t words[TABLE_WORDS];
    struct hog_layout layout = layout_of(15, 3, 0);
    struct hog_table_doubts doubts;

    (void)state;
    memcpy(words, table_3_15_2, sizeof(words));
    words[1] = 0x030f03f0;
    for (size_t i = 0; i < TABLE_WORDS; i++) {
        if (words[i] == 7592) /* imports_modules */
            words[i] = 7600;
    }
    assert_int_equal(words[82], 16);
    words[82] = 24;
    doubts = doubts_about(&layout, words, sizeof(words));
    assert_int_equal(doubts.disbelieved, 1);
    assert_string_equal(doubts.first_disbelieved, "float.ob_fval, 8 bytes at 24, leaves its structure of 24");
    assert_int_equal(layout.offset[HOG_F_float_ob_fval], 16);
    assert_int_equal(layout.offset[HOG_F_interp_modules], 7600);
}

static void a_structure_of_absurd_size_takes_its_members(void **state)
{
    uint64_t words[TABLE_WORDS];
    struct hog_layout layout = layout_of(13, 0, 0), untouched = layout;
    struct hog_table_doubts doubts;

    (void)state;
    memcpy(words, table_3_13_0, sizeof(table_3_13_0));
    assert_int_equal(words[19], 304); /* of a thread state */
    words[19] = 0;
    doubts = doubts_about(&layout, words, sizeof(table_3_13_0));
    assert_int_equal(doubts.disbelieved, 7);
    assert_string_equal(doubts.first_disbelieved, "tstate.prev, 8 bytes at 0, leaves its structure of 0");
    assert_memory_equal(&layout, &untouched, sizeof(layout));
}

/* 3.13.0 is known to have tstate.current_frame at 72: a table that says 80 is damaged, or of a changed build. */
static void a_table_that_is_known_otherwise_is_told(void **state)
{
    uint64_t words[TABLE_WORDS];
    struct hog_layout layout = layout_of(13, 0, 0), unknown = layout_of(13, 1, 0);
    struct hog_table_doubts doubts;

    (void)state;
    memcpy(words, table_3_13_0, sizeof(table_3_13_0));
    assert_int_equal(words[23], 72);
    words[23] = 80;
    doubts = doubts_about(&layout, words, sizeof(table_3_13_0));
    assert_int_equal(doubts.disbelieved, 0);
    assert_int_equal(doubts.unexpected, 1);
    assert_string_equal(doubts.first_unexpected, "tstate.current_frame at 80, not at 72");
    assert_int_equal(layout.offset[HOG_F_tstate_current_frame], 80);

    words[1] = 0x030d01f0; /* not compared with any interpreter: the table alone knows */
    assert_int_equal(doubts_about(&unknown, words, sizeof(table_3_13_0)).unexpected, 0);
}

static void members_must_be_aligned(void **state)
{
    uint64_t words[TABLE_WORDS];
    struct hog_layout layout = layout_of(15, 2, 0), untouched = layout;
    struct hog_table_doubts doubts;

    (void)state;
    memcpy(words, table_3_15_2, sizeof(words));
    for (size_t i = 0; i < TABLE_WORDS; i++) {
        if (words[i] == 7592)
            words[i]++;
    }
    doubts = doubts_about(&layout, words, sizeof(words));
    assert_int_equal(doubts.disbelieved, 1);
    assert_string_equal(doubts.first_disbelieved, "interp.modules at 7593 is not aligned to its 8 bytes");
    assert_memory_equal(&layout, &untouched, sizeof(layout));
}

static void tables_of_pre_releases_are_left_alone(void **state)
{
    static const struct {
        struct hog_version version;
        uint32_t size;
    } cases[] = {
        {{3, 12, 1, 0xf, 0}, 0},       {{3, 13, 0, 0xb, 4}, 0},    {{3, 13, 0, 0xc, 3}, 0},
        {{3, 13, 0, 0xf, 0}, 584},     {{3, 13, 18, 0xf, 0}, 584}, {{3, 14, 0, 0xf, 0}, 760},
        {{3, 15, 0, 0xb, 3}, 0},       {{3, 15, 0, 0xb, 4}, 888},  {{3, 15, 0, 0xc, 1}, 888},
        {{3, 15, UNKNOWN, 0, 0}, 888},
    };
    uint64_t words[TABLE_WORDS];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hog_layout layout = select_build((struct hog_build){.version = cases[i].version});

        assert_int_equal(layout.debug_offsets_size, cases[i].size);
    }

    /* A micro version that only the table tells. */
    memcpy(words, table_3_15_2, sizeof(words));
    struct hog_layout layout = layout_of(15, UNKNOWN, 0);

    (void)doubts_about(&layout, words, sizeof(words));
    words[1] = 0x030f00b3;
    expect_refused("pre-release 0x030f00b3", HOG_UNSUPPORTED, layout_of(15, UNKNOWN, 0), words,
                   sizeof(words));
    words[1] = 0x031000f0;
    expect_refused("version 0x031000f0", HOG_BAD_DATA, layout_of(15, UNKNOWN, 0), words, sizeof(words));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_tables_say_what_the_rows_say),
        cmocka_unit_test(the_table_wins_over_the_rows),
        cmocka_unit_test(a_wrong_word_is_left_out),
        cmocka_unit_test(a_table_of_something_else_is_refused),
        cmocka_unit_test(a_wrong_entry_takes_nothing_else),
        cmocka_unit_test(a_structure_of_absurd_size_takes_its_members),
        cmocka_unit_test(a_table_that_is_known_otherwise_is_told),
        cmocka_unit_test(members_must_be_aligned),
        cmocka_unit_test(tables_of_pre_releases_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
