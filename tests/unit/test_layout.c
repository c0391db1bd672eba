/*
 * layout/: every version's rows resolve as they should, and a build's flavour
 * moves what it moves. That the rows are those of real interpreters is checked
 * by tests/live/test_gen_layout.py.
 */
#include "layout/layout.h"

#include <stdio.h>
#include <string.h>

#include "support/test.h"
#include "support/versions.h"

enum { FT = 1, DEBUG = 2, REFS = 4, OLDEST = 6, UNKNOWN = 0xff };

/* The one list of versions that is written out; see docs/adding-a-python.md. */
enum { NEWEST = 15 };

static struct hog_build build_of(unsigned minor, unsigned micro, unsigned flavour)
{
    return (struct hog_build){
        .version = {3, (uint8_t)minor, (uint8_t)micro, 0xf, 0},
        .free_threaded = flavour & FT,
        .debug = flavour & DEBUG,
        .trace_refs = flavour & REFS,
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

/* ---- versions ---- */

static void version_has_text_and_hex(void **state)
{
    static const struct {
        struct hog_version version;
        uint32_t hex;
        const char *text;
    } cases[] = {
        {{3, 12, 1, 0xf, 0}, 0x030c01f0, "3.12.1"},    {{3, 15, 0, 0xb, 3}, 0x030f00b3, "3.15.0b3"},
        {{3, 13, 0, 0xc, 2}, 0x030d00c2, "3.13.0rc2"}, {{3, 16, 0, 0xa, 1}, 0x031000a1, "3.16.0a1"},
        {{2, 7, 18, 0xf, 0}, 0x020712f0, "2.7.18"},    {{3, 6, 0xff, 0xf, 0}, 0x0306fff0, "3.6"},
    };
    char text[HOG_VERSION_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hog_version back = hog_version_from_hex(cases[i].hex);

        assert_int_equal(hog_version_hex(cases[i].version), cases[i].hex);
        assert_memory_equal(&back, &cases[i].version, sizeof(back));
        assert_string_equal(hog_version_text(cases[i].version, text), cases[i].text);
    }
    /* Whatever the debuggee claims fits. */
    hog_version_text((struct hog_version){255, 255, 254, 0xc, 255}, text);
    assert_string_equal(text, "255.255.254rc255");
}

static void supported_versions_are_from_3_6_to_the_newest(void **state)
{
    char text[HOG_VERSION_TEXT], expected[HOG_VERSION_TEXT];
    struct hog_version version;

    (void)state;
    for (unsigned minor = OLDEST; minor <= NEWEST; minor++) {
        assert_true(hog_layout_supported(minor - OLDEST, &version));
        snprintf(expected, sizeof(expected), "3.%u", minor);
        assert_string_equal(hog_version_text(version, text), expected);
    }
    assert_false(hog_layout_supported(NEWEST - OLDEST + 1, &version));
    assert_string_equal(hog_version_text(hog_layout_oldest(), text), "3.6");
    assert_string_equal(hog_version_text(hog_layout_newest(), text), expected);
}

static void unsupported_version_is_refused_in_words(void **state)
{
    static const struct {
        struct hog_version version;
        const char *words;
    } cases[] = {
        {{3, NEWEST + 1, 0, 0xf, 0},
         "CPython NEXT.0 is newer than this hognose knows (3.6 to NEWEST): upgrade hognose, "
         "or try --assume-version NEWEST"},
        {{3, NEWEST + 1, 0, 0xa, 2},
         "CPython NEXT.0a2 is newer than this hognose knows (3.6 to NEWEST): upgrade hognose, "
         "or try --assume-version NEWEST"},
        {{4, 0, 1, 0xf, 0},
         "CPython 4.0.1 is newer than this hognose knows (3.6 to NEWEST): upgrade hognose, "
         "or try --assume-version NEWEST"},
        {{2, 7, 18, 0xf, 0}, "Python 2.7.18 is older than hognose supports (3.6 to NEWEST)"},
        {{3, 5, 10, 0xf, 0}, "Python 3.5.10 is older than hognose supports (3.6 to NEWEST)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hog_build build = {.version = cases[i].version};
        struct hog_layout layout, untouched;
        struct hog_error error = {0};

        memset(&layout, 0x5a, sizeof(layout));
        untouched = layout;
        assert_int_equal(hog_layout_select(&layout, &build, &error), HOG_UNSUPPORTED);
        assert_string_equal(error.message, with_versions(cases[i].words));
        assert_memory_equal(&layout, &untouched, sizeof(layout));
    }
}

/* ---- rows ---- */

static void every_build_gets_all_its_traits(void **state)
{
    (void)state;
    for (unsigned minor = OLDEST; minor <= NEWEST; minor++) {
        for (unsigned flavour = 0; flavour < 8; flavour++) {
            struct hog_traits traits = layout_of(minor, 0, flavour).traits;

            assert_true(traits.frame_chain && traits.line_table && traits.instruction && traits.integer);
            assert_true(traits.dict_keys && traits.attributes && traits.stack_refs);
            assert_true(traits.unicode_kind_shift);
        }
    }
}

/* What a frame chain of some kind needs is there, and nothing of the other kinds. */
static void every_build_gets_the_fields_of_its_frames(void **state)
{
    static const enum hog_field of_objects[] = {HOG_F_tstate_frame, HOG_F_frame_f_back, HOG_F_frame_f_code,
                                                HOG_F_frame_f_lasti, HOG_F_code_co_code};
    static const enum hog_field of_cframes[] = {HOG_F_cframe_current_frame, HOG_F_cframe_previous};
    static const enum hog_field of_direct[] = {HOG_F_tstate_current_frame};
    static const enum hog_field of_iframes[] = {HOG_F_iframe_f_executable,   HOG_F_iframe_previous,
                                                HOG_F_iframe_instr_ptr,      HOG_F_iframe_owner,
                                                HOG_F_code_co_code_adaptive, HOG_F_code_co_localsplusnames};
#define EXPECT(list, wanted)                                                                                 \
    for (size_t i = 0; i < sizeof(list) / sizeof((list)[0]); i++)                                            \
    assert_int_equal(hog_layout_has(&layout, (list)[i]), wanted)

    (void)state;
    for (unsigned minor = OLDEST; minor <= NEWEST; minor++) {
        struct hog_layout layout = layout_of(minor, 0, 0);
        enum hog_trait_frame_chain chain = layout.traits.frame_chain;

        EXPECT(of_objects, chain == HOG_FRAMES_OBJECTS);
        EXPECT(of_cframes, chain == HOG_FRAMES_CFRAME);
        EXPECT(of_direct, chain == HOG_FRAMES_DIRECT);
        EXPECT(of_iframes, chain != HOG_FRAMES_OBJECTS);
    }
#undef EXPECT
}

/* Offsets as the debug information of real interpreters has them. */
static const struct {
    unsigned minor, micro, flavour;
    enum hog_field field;
    uint32_t offset;
} spots[] = {
    {6, 15, 0, HOG_F_tstate_thread_id, 152},
    {6, 15, 0, HOG_F_interp_modules, 16},
    {6, 15, 0, HOG_F_frame_f_localsplus, 376},
    {6, 15, 0, HOG_F_runtime_interpreters_head, HOG_ABSENT},
    {6, 15, 0, HOG_F_tstate_exc_info, HOG_ABSENT},
    {7, 16, 0, HOG_F_runtime_interpreters_head, 24},
    {7, 16, 0, HOG_F_runtime_gil, 1264},
    {8, 18, 0, HOG_F_code_co_filename, 104},
    {8, 18, 0, HOG_F_runtime_gc_collecting, 544},
    {9, 18, 0, HOG_F_interp_gc_collecting, 816},
    {9, 18, 0, HOG_F_frame_f_stackdepth, HOG_ABSENT},
    {10, 13, 0, HOG_F_frame_f_stackdepth, 80},
    {9, 18, 0, HOG_F_tstate_cframe, HOG_ABSENT},
    {10, 13, 0, HOG_F_tstate_cframe, 48},
    {10, 13, 0, HOG_F_cframe_current_frame, HOG_ABSENT},
    {11, 7, 0, HOG_F_iframe_f_executable, 32},
    {11, 7, 0, HOG_F_iframe_is_entry, 68},
    {11, 7, 0, HOG_F_frame_f_back, HOG_ABSENT},
    {11, 7, 0, HOG_F_cframe_current_frame, 8},
    {12, 1, 0, HOG_F_cframe_current_frame, 0},
    {12, 1, 0, HOG_F_iframe_is_entry, HOG_ABSENT},
    {12, 1, 0, HOG_F_interp_gil, 384},
    {12, 1, 0, HOG_F_long_lv_tag, 16},
    {13, 0, 0, HOG_F_runtime_interpreters_head, 632},
    {13, 0, 0, HOG_F_gil_enabled, HOG_ABSENT},
    {13, 0, FT, HOG_F_gil_enabled, 0},
    {13, 0, FT, HOG_F_interp_modules, 7664},
    {13, 0, FT, HOG_F_object_ob_type, 24},
    {13, 0, FT | DEBUG, HOG_F_interp_stoptheworld, 10752},
    {14, 10, 0, HOG_F_tuple_ob_item, 32},
    {14, 10, 0, HOG_F_iframe_tlbc_index, HOG_ABSENT},
    {14, 10, FT, HOG_F_iframe_tlbc_index, 72},
    {14, 10, FT, HOG_F_iframe_owner, 78},
    {14, 10, FT, HOG_F_code_co_code_adaptive, 232},
    {14, 10, DEBUG, HOG_F_interp_stoptheworld, 10808},
    {15, 2, 0, HOG_F_tstate_base_frame, 80},
    {15, 2, 0, HOG_F_heaptype_ht_cached_keys, 888},
    {15, 2, FT, HOG_F_heaptype_ht_cached_keys, 904},
    /* Where a patch release moved things; a micro version that is not known is the newest. */
    {7, 3, 0, HOG_F_runtime_gil, 1176},
    {7, 4, 0, HOG_F_runtime_gil, 1264},
    {7, UNKNOWN, 0, HOG_F_runtime_gil, 1264},
    {14, 4, 0, HOG_F_interp_modules, 7664},
    {14, 5, 0, HOG_F_interp_modules, 7688},
    {14, UNKNOWN, 0, HOG_F_interp_modules, 7688},
    {14, 4, FT, HOG_F_interp_modules, 7712},
};

static void spot_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(spots) / sizeof(spots[0]); i++) {
        struct hog_layout layout = layout_of(spots[i].minor, spots[i].micro, spots[i].flavour);
        uint32_t offset = layout.offset[spots[i].field];

        if (offset != spots[i].offset)
            fail_msg("3.%u.%u flavour %u: %s is %u, not %u", spots[i].minor, spots[i].micro, spots[i].flavour,
                     hog_field_name(spots[i].field), offset, spots[i].offset);
    }
}

static void traits_follow_version_and_flavour(void **state)
{
    (void)state;
    assert_true(layout_of(6, 15, 0).traits.gil_is_static);
    assert_false(layout_of(7, 16, 0).traits.gil_is_static);
    assert_int_equal(layout_of(9, 18, 0).traits.instruction, HOG_INSTRUCTION_LASTI_BYTES);
    assert_int_equal(layout_of(10, 13, 0).traits.instruction, HOG_INSTRUCTION_LASTI_UNITS);
    assert_int_equal(layout_of(10, 13, 0).traits.line_table, HOG_LINES_RANGES);
    assert_int_equal(layout_of(11, 7, 0).traits.first_marker_owner, 0);
    assert_int_equal(layout_of(12, 1, 0).traits.first_marker_owner, 3);
    assert_int_equal(layout_of(13, 0, 0).traits.stack_refs, HOG_STACK_REFS_PLAIN);
    assert_int_equal(layout_of(13, 0, FT).traits.stack_refs, HOG_STACK_REFS_TAGGED);
    assert_int_equal(layout_of(13, 0, FT).traits.unicode_kind_shift, 2);
    assert_int_equal(layout_of(14, 0, FT).traits.unicode_kind_shift, 8);
}

/* Every field of an object lies 16 bytes further, and no other field moves by the header. */
static void assert_header_grew(const struct hog_layout *plain, const struct hog_layout *grown)
{
#define PLAIN  0
#define OBJECT 16
    static const uint32_t growth[] = {
#define FIELD(structure, member, where) where,
#include "layout/fields.def"
#undef FIELD
    };
#undef PLAIN
#undef OBJECT

    for (size_t i = 0; i < HOG_FIELD_COUNT; i++) {
        if (growth[i] == 0 || plain->offset[i] == HOG_ABSENT)
            continue;
        /* 3.14t and later: co_tlbc stands before what comes last in a code object. */
        if (grown->build.free_threaded && (i == HOG_F_code_co_code_adaptive || i == HOG_F_code_SIZE))
            assert_in_range(grown->offset[i], plain->offset[i] + 16, plain->offset[i] + 24);
        else
            assert_int_equal(grown->offset[i], plain->offset[i] + growth[i]);
    }
}

static void free_threading_lengthens_object_headers(void **state)
{
    (void)state;
    for (unsigned minor = 13; minor <= NEWEST; minor++) {
        struct hog_layout plain = layout_of(minor, 1, 0), grown = layout_of(minor, 1, FT);

        assert_header_grew(&plain, &grown);
        assert_false(grown.build.trace_refs);
    }
}

static void tracing_references_lengthens_object_headers_to_3_12(void **state)
{
    (void)state;
    for (unsigned minor = OLDEST; minor <= NEWEST; minor++) {
        struct hog_layout plain = layout_of(minor, 1, 0), traced = layout_of(minor, 1, REFS);
        struct hog_layout debug = layout_of(minor, 1, DEBUG);

        if (minor <= 12)
            assert_header_grew(&plain, &traced);
        else
            assert_memory_equal(plain.offset, traced.offset, sizeof(plain.offset));
        if (minor <= 7)
            assert_header_grew(&plain, &debug);
        assert_int_equal(debug.build.trace_refs, minor <= 7);
    }
}

static void fields_have_names(void **state)
{
    (void)state;
    assert_string_equal(hog_field_name(HOG_F_code_co_name), "code.co_name");
    assert_string_equal(hog_field_name(HOG_F_gil_SIZE), "gil.SIZE");
    assert_string_equal(hog_field_name(HOG_FIELD_COUNT), "no such field");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_has_text_and_hex),
        cmocka_unit_test(supported_versions_are_from_3_6_to_the_newest),
        cmocka_unit_test(unsupported_version_is_refused_in_words),
        cmocka_unit_test(every_build_gets_all_its_traits),
        cmocka_unit_test(every_build_gets_the_fields_of_its_frames),
        cmocka_unit_test(spot_values),
        cmocka_unit_test(traits_follow_version_and_flavour),
        cmocka_unit_test(free_threading_lengthens_object_headers),
        cmocka_unit_test(tracing_references_lengthens_object_headers_to_3_12),
        cmocka_unit_test(fields_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
