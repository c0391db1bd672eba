/* Versions as they are found in a debuggee: the text of sys.version, names of files, PY_VERSION_HEX. */

#include "locate/version.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

static void texts_of_real_builds(void **state)
{
    static const struct {
        const char *text, *version;
    } cases[] = {
        {"3.9.18 (main, Aug 25 2023, 13:20:04) \n[GCC 12.2.0]", "3.9.18"},
        {"3.11.2 (main, Aug 26 2024, 07:20:54) [GCC 12.2.0]", "3.11.2"},
        {"3.13.0rc2+ (heads/3.13:abcdef, Sep  7 2024, 10:00:00) [Clang 18.1.8 ]", "3.13.0rc2"},
        {"3.15.0b4 (main, Jul 18 2026, 10:00:00) [GCC 15.1.0]", "3.15.0b4"},
        {"3.9.7 | packaged by conda-forge | (default, Sep 29 2021, 19:20:46) \n[GCC 9.4.0]", "3.9.7"},
        {"3.6.5 |Anaconda, Inc.| (default, Apr 29 2018, 16:14:56) \n[GCC 7.2.0]", "3.6.5"},
        {"2.7.18 (default, Oct  2 2023, 12:00:00) \n[GCC 12.2.0]", "2.7.18"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hog_version version;
        char text[HOG_VERSION_TEXT];

        assert_true(version_parse_text(cases[i].text, strlen(cases[i].text), &version));
        assert_string_equal(hog_version_text(version, text), cases[i].version);
    }
}

static void texts_of_other_things(void **state)
{
    static const char *const cases[] = {
        "",
        "3",
        "3.9",
        "3.9.18",
        "3.9.18 ",
        "3.9.18 (main)",
        "3.9.18 (main, Aug 25 2023) GCC",
        "3.9.18(main, Aug 25 2023) [GCC",
        "3.9.1888 (main, Aug 25 2023) [GCC",
        "3.9.300 (main, Aug 25 2023) [GCC",
        "3.9.18rc (main, Aug 25 2023) [GCC",
        "4.0.1 (main, Aug 25 2023) [GCC",
        "13.9.18 (main, Aug 25 2023) [GCC",
        " 3.9.18 (main, Aug 25 2023) [GCC",
        "3.9.18 0123456789012345678901234567890123456789012345678901234567890123456789012345678 (main) [GCC",
    };
    static const char with_zero[] = "3.9.18\0 (main, Aug 25 2023) [GCC";
    struct hog_version version;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_false(version_parse_text(cases[i], strlen(cases[i]), &version));
    assert_false(version_parse_text(with_zero, sizeof with_zero, &version));
}

/* Whatever the block's end cuts off: no byte behind it is looked at (the sanitizer tells). */
static void texts_cut_short(void **state)
{
    static const char whole[] = "3.12.1 | packaged by conda-forge | (main, Dec 23 2023) \n[GCC 12.3.0]";
    struct hog_version version;

    (void)state;
    for (size_t length = 0; length < strlen(whole); length++) {
        char *cut = memcpy(malloc(length ? length : 1), whole, length);

        (void)version_parse_text(cut, length, &version);
        free(cut);
    }
}

static void names_of_files(void **state)
{
    static const struct {
        const char *path;
        int minor; /* -1: says nothing */
        bool free_threaded, debug;
    } cases[] = {
        {"/usr/lib/x86_64-linux-gnu/libpython3.9.so.1.0", 9, false, false},
        {"/opt/lib/libpython3.6m.so.1.0", 6, false, false},
        {"/opt/lib/libpython3.7dm.so.1.0", 7, false, true},
        {"/usr/bin/python3.13", 13, false, false},
        {"/usr/bin/python3.13t", 13, true, false},
        {"/usr/bin/python3.14td", 14, true, true},
        {"/usr/bin/python3.11-dbg", 11, false, true},
        {"python3.10", 10, false, false},
        {"/usr/bin/python3", -1, false, false},
        {"/usr/lib/libpython3.so", -1, false, false},
        {"/usr/lib/python3.9/lib-dynload/_ssl.so", -1, false, false},
        {"/usr/bin/uwsgi", -1, false, false},
        {"", -1, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct version_of_name found;

        assert_int_equal(version_parse_name(cases[i].path, &found), cases[i].minor >= 0);
        if (cases[i].minor < 0)
            continue;
        assert_int_equal(found.version.minor, cases[i].minor);
        assert_int_equal(found.version.micro, MICRO_UNKNOWN);
        assert_int_equal(found.free_threaded, cases[i].free_threaded);
        assert_int_equal(found.debug, cases[i].debug);
    }
}

static void hexversions(void **state)
{
    (void)state;
    assert_true(version_hex_is_plausible(0x030d00f0));
    assert_true(version_hex_is_plausible(0x031000a1));
    assert_false(version_hex_is_plausible(0));
    assert_false(version_hex_is_plausible(0x020712f0));
    assert_false(version_hex_is_plausible(0x030d0000));
    assert_false(version_hex_is_plausible(UINT64_C(0x1030d00f0)));
    assert_false(version_hex_is_plausible(UINT64_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_real_builds), cmocka_unit_test(texts_of_other_things),
        cmocka_unit_test(texts_cut_short),      cmocka_unit_test(names_of_files),
        cmocka_unit_test(hexversions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
