/* write/: files read back; files that are cut, bent and made up. */
#include "base/cleanup.h"
#include "formats/read.h"
#include "formats/write.h"
#include "profile/compare.h"
#include "support/sample_profile.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

static void write_to(const struct hog_profile *profile, const char *format, struct hog_text *text)
{
    struct hog_sink sink = hog_sink_to_text(text);
    struct hog_error error;

    assert_int_equal(hog_write_profile(profile, hog_format_named(format), NULL, &sink, &error), HOG_OK);
}

static struct hog_profile *read_back(const struct hog_text *text)
{
    struct hog_profile *profile = NULL;
    struct hog_error error = {0};

    if (hog_profile_read_bytes(text->bytes, text->length, "it", NULL, &profile, &error) != HOG_OK)
        fail_msg("%s", error.message);
    return profile;
}

/* Loss-free: what is read and written again is the same file. */
static void test_json_round_trip(void **state)
{
    struct hog_profile *profiles[] = {sample_profile_worker(), sample_profile_hostile(),
                                      sample_profile_empty(), sample_profile_one(),
                                      sample_profile_big(3000, 700, 25)};

    (void)state;
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        HOG_CLEANUP(hog_text_deinit) struct hog_text once = {0}, twice = {0};
        HOG_PROFILE struct hog_profile *back = NULL;

        write_to(profiles[i], "json", &once);
        back = read_back(&once);
        assert_int_equal(back->node_count, profiles[i]->node_count);
        assert_memory_equal(back->nodes, profiles[i]->nodes, back->node_count * sizeof *back->nodes);
        write_to(back, "json", &twice);
        assert_string_equal(once.bytes, twice.bytes);
        hog_profile_destroy(profiles[i]);
    }
}

/* A .prof knows no stacks; functions, edges, counts and metadata come back to the sample. */
static void test_prof_round_trip(void **state)
{
    HOG_PROFILE struct hog_profile *profile = sample_profile_worker();
    HOG_PROFILE struct hog_profile *back = NULL;
    HOG_CLEANUP(hog_view_deinit) struct hog_view before, after;
    HOG_CLEANUP(hog_diff_deinit) struct hog_diff diff = {0};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0}, again = {0};

    (void)state;
    write_to(profile, "prof", &text);
    back = read_back(&text);
    assert_non_null(back->table);
    assert_int_equal(back->function_count, profile->function_count);
    assert_int_equal(back->counts.dropped, 40);
    assert_int_equal(back->drop_count, 3);
    assert_int_equal(back->info.pid, 48291);
    assert_int_equal(hog_view_init(&before, profile), HOG_OK);
    assert_int_equal(hog_view_init(&after, back), HOG_OK);
    assert_int_equal(after.samples, before.samples);
    assert_int_equal(after.edge_count, before.edge_count);
    assert_int_equal(hog_diff_init(&diff, profile, back), HOG_OK);
    assert_int_equal(diff.count, profile->function_count);
    for (size_t i = 0; i < diff.count; i++) {
        assert_false(diff.rows[i].is_new || diff.rows[i].is_gone);
        assert_true(diff.rows[i].self_seconds > -1e-9 && diff.rows[i].self_seconds < 1e-9);
    }
    write_to(back, "prof", &again);
    assert_int_equal(text.length, again.length);
}

static void test_table_as_json(void **state)
{
    HOG_PROFILE struct hog_profile *profile = sample_profile_hostile();
    HOG_PROFILE struct hog_profile *table = NULL;
    HOG_PROFILE struct hog_profile *back = NULL;
    HOG_CLEANUP(hog_text_deinit) struct hog_text prof = {0}, json = {0}, again = {0}, svg = {0};
    struct hog_sink sink = hog_sink_to_text(&svg);
    struct hog_error error;

    (void)state;
    write_to(profile, "prof", &prof);
    table = read_back(&prof);
    write_to(table, "json", &json);
    back = read_back(&json);
    assert_non_null(back->table);
    write_to(back, "json", &again);
    assert_string_equal(json.bytes, again.bytes);
    assert_int_equal(hog_write_profile(table, hog_format_named("svg"), NULL, &sink, &error), HOG_UNSUPPORTED);
    assert_non_null(strstr(error.message, "stacks"));
}

/* cProfile of Python 3.6, by hand: references, interned and short texts, an int beyond 31 bits, a builtin. */
static const unsigned char by_cprofile[] =
    "{"
    "\xa9\x03\xda\x04x.pyi\x07\0\0\0\xda\x03run"
    "\xa9\x05i\x02\0\0\0l\x03\0\0\0\x01\0\x02\0\x03\0g\0\0\0\0\0\0\xe0?"
    "g\0\0\0\0\0\0\xf0?{0"
    "\xa9\x03\xda\x01~i\0\0\0\0\xda\x0e<built-in len>"
    "\xa9\x05i\x05\0\0\0i\x05\0\0\0g\0\0\0\0\0\0\xe0?g\0\0\0\0\0\0\xe0?"
    "{r\0\0\0\0)\x04i\x05\0\0\0i\x04\0\0\0g\0\0\0\0\0\0\xe0?f\x03"
    "0.5"
    "00";

static void test_cprofile(void **state)
{
    struct hog_text text = {.bytes = (char *)(uintptr_t)by_cprofile, .length = sizeof by_cprofile - 1};
    HOG_PROFILE struct hog_profile *profile = read_back(&text);
    const struct hog_profile_table *table = profile->table;

    (void)state;
    assert_int_equal(profile->function_count, 2);
    assert_string_equal(profile->functions[0].name, "run");
    assert_string_equal(profile->functions[0].filename, "x.py");
    assert_int_equal(profile->functions[0].first_line, 7);
    assert_int_equal(table->functions[0].calls, 1 + 2 * 32768ull + 3 * 32768ull * 32768);
    assert_int_equal(table->functions[0].primitive_calls, 2);
    assert_true(table->functions[0].self_seconds == 0.5);
    assert_null(profile->functions[1].filename);
    assert_int_equal(table->edge_count, 1);
    assert_int_equal(table->edges[0].caller, 0);
    assert_int_equal(table->edges[0].cost.calls, 5);
    assert_int_equal(table->edges[0].cost.primitive_calls, 4);
    assert_true(table->edges[0].cost.total_seconds == 0.5);
    assert_true(profile->info.interval == 0);
}

static void read_anyhow(const char *bytes, size_t length)
{
    struct hog_profile *profile = NULL;
    struct hog_error error = {0};
    HOG_FREE char *exact = malloc(length ? length : 1);
    enum hog_status status;

    memcpy(exact, bytes, length);
    status = hog_profile_read_bytes(exact, length, "it", NULL, &profile, &error);
    if (status == HOG_OK) {
        HOG_CLEANUP(hog_view_deinit) struct hog_view view = {0};

        assert_non_null(profile);
        assert_int_equal(hog_view_init(&view, profile), HOG_OK);
    } else {
        assert_null(profile);
        assert_true(*error.message);
    }
    hog_profile_destroy(profile);
}

/* Every prefix; every byte changed to a few others. */
static void bend(const char *bytes, size_t length)
{
    static const unsigned char others[] = {0, '0', 'r', '{', '}', '(', '[', '"', '-', '9', 0x7f, 0x80, 0xff};
    HOG_FREE char *copy = malloc(length);

    for (size_t i = 0; i < length; i++)
        read_anyhow(bytes, i);
    memcpy(copy, bytes, length);
    for (size_t i = 0; i < length; i++) {
        for (size_t k = 0; k < sizeof others; k++) {
            copy[i] = (char)others[k];
            read_anyhow(copy, length);
        }
        copy[i] = bytes[i];
    }
}

static void test_bent_files(void **state)
{
    HOG_PROFILE struct hog_profile *profile = sample_profile("M | a:1 b:2 | 3\nM | a:1 | 1\n");
    HOG_CLEANUP(hog_text_deinit) struct hog_text json = {0}, prof = {0};

    (void)state;
    write_to(profile, "json", &json);
    write_to(profile, "prof", &prof);
    bend((const char *)by_cprofile, sizeof by_cprofile - 1);
    bend(json.bytes, json.length);
    bend(prof.bytes, prof.length);
}

static void expect_words(const char *bytes, size_t length, enum hog_status status, const char *words)
{
    struct hog_profile *profile = NULL;
    struct hog_error error = {0};

    assert_int_equal(hog_profile_read_bytes(bytes, length, "it", NULL, &profile, &error), status);
    if (!strstr(error.message, words))
        fail_msg("%s", error.message);
}

static void test_made_up_files(void **state)
{
    static const struct {
        const char *text;
        enum hog_status status;
        const char *words;
    } cases[] = {
        {"", HOG_BAD_DATA, "empty"},
        {"hello", HOG_UNSUPPORTED, "not a profile that can be read back"},
        {"{}", HOG_UNSUPPORTED, "schema"},
        {"{\"schema\": \"hognose.dump/1\"}", HOG_UNSUPPORTED, "dump of one moment"},
        {"{\"schema\": \"hognose.profile/2\"}", HOG_UNSUPPORTED, "hognose.profile/1"},
        {"{\"schema\": \"hognose.profile/1\", ", HOG_BAD_DATA, "JSON"},
        {"{\"schema\": \"hognose.profile/1\", \"sampling\": {\"interval\": -1}}", HOG_BAD_DATA, "interval"},
        {"{\"schema\": \"hognose.profile/1\", \"sampling\": {\"interval\": 1e300}}", HOG_BAD_DATA,
         "interval"},
        {"{\"schema\": \"hognose.profile/1\", \"sampling\": {\"duration\": 1e300}}", HOG_BAD_DATA,
         "duration"},
        {"{\"schema\": \"hognose.profile/1\", \"sampling\": {\"mode\": \"fast\"}}", HOG_BAD_DATA, "mode"},
        {"{\"schema\": \"hognose.profile/1\", \"functions\": [{}]}", HOG_BAD_DATA, "function 0"},
        {"{\"schema\": \"hognose.profile/1\", \"functions\": [{\"name\": \"a\\u0000b\"}]}", HOG_BAD_DATA,
         "JSON"},
        {"{\"schema\": \"hognose.profile/1\", \"functions\": [{\"name\": \"f\"}], \"threads\": [{\"counts\": "
         "{\"kept\": 1},"
         "\"nodes\": {\"parent\": [0], \"function\": [0], \"line\": [0], \"self\": [1]}}]}",
         HOG_BAD_DATA, "node 0"},
        {"{\"schema\": \"hognose.profile/1\", \"functions\": [{\"name\": \"f\"}], \"threads\": [{\"counts\": "
         "{\"kept\": 2},"
         "\"nodes\": {\"parent\": [-1], \"function\": [0], \"line\": [0], \"self\": [1]}}]}",
         HOG_BAD_DATA, "add up"},
        {"{\"schema\": \"hognose.profile/1\", \"functions\": [{\"name\": \"f\"}], \"threads\": [{\"counts\": "
         "{},"
         "\"nodes\": {\"parent\": [-1], \"function\": [0], \"line\": [0], \"self\": [1, 2]}}]}",
         HOG_BAD_DATA, "columns"},
        {"{\"schema\": \"hognose.profile/1\", \"functions\": [{\"name\": \"f\"}], \"table\": {\"functions\": "
         "[[1, 1, 2]]}}",
         HOG_BAD_DATA, "four numbers"},
        {"{i\x01", HOG_BAD_DATA, "cut short"},
        {"{r\x01\x01\x01\x01", HOG_BAD_DATA, "refers"},
        {"{((", HOG_BAD_DATA, "cut short"},
        {"{NN0", HOG_BAD_DATA, "cProfile"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_words(cases[i].text, strlen(cases[i].text), cases[i].status, cases[i].words);
    expect_words(
        "{\xa9\x01\xa9\x01\xa9\x01\xa9\x01\xa9\x01\xa9\x01\xa9\x01\xa9\x01\xa9\x01\xa9\x01\xa9\x01\xa9\x01"
        "\xa9\x01\xa9\x01\xa9\x01N0",
        33, HOG_BAD_DATA, "too deep");
    /* a text of 4 GiB, a tuple of 4 billion */
    expect_words("{u\xff\xff\xff\xff", 6, HOG_BAD_DATA, "cut short");
    expect_words("{(\xff\xff\xff\xff", 6, HOG_BAD_DATA, "cut short");
}

static void put_key(struct hog_text *text, uint32_t line)
{
    hog_text_append(text,
                    ")\x03z\x01"
                    "fi",
                    6);
    hog_text_append(text, (const char *)&line, sizeof line);
    hog_text_append(text, "z\x01n", 3);
}

static void put_cost(struct hog_text *text, char items)
{
    static const char cost[] = "i\1\0\0\0i\1\0\0\0g\0\0\0\0\0\0\0\0g\0\0\0\0\0\0\0\0";

    hog_text_append(text, ")", 1);
    hog_text_append(text, &items, 1);
    hog_text_append(text, cost, sizeof cost - 1);
}

/* Every entry has the same dict of callers, by reference: 1000 x 1000 edges in a file of 100 KB. */
static void put_shared_callers(struct hog_text *text)
{
    hog_text_append(text, "{", 1);
    for (uint32_t entry = 1; entry <= 1000; entry++) {
        put_key(text, entry);
        put_cost(text, 5);
        if (entry > 1) {
            hog_text_append(text, "r\0\0\0\0", 5);
            continue;
        }
        hog_text_append(text, "\xfb", 1);
        for (uint32_t caller = 1; caller <= 1000; caller++) {
            put_key(text, caller);
            put_cost(text, 4);
        }
        hog_text_append(text, "0", 1);
    }
    hog_text_append(text, "0", 1);
}

static void test_shared_callers(void **state)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

    (void)state;
    put_shared_callers(&text);
    expect_words(text.bytes, text.length, HOG_BAD_DATA, "more callers than its bytes can hold");
}

static bool at_once(void *context)
{
    (void)context;
    return true;
}

/* Ctrl-C ends the reading of both kinds of files. */
static void test_interrupted(void **state)
{
    HOG_PROFILE struct hog_profile *sample = sample_profile("M | a:1 b:2 | 3\n");
    static const char *const formats[] = {"json", "prof"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
        struct hog_profile *profile = NULL;
        struct hog_watch watch = {.interrupted = at_once};
        struct hog_error error = {0};

        write_to(sample, formats[i], &text);
        assert_int_equal(hog_profile_read_bytes(text.bytes, text.length, "it", &watch, &profile, &error),
                         HOG_INTERRUPTED);
        assert_string_equal(error.message, "interrupted while it was read");
    }
}

static void test_no_file(void **state)
{
    struct hog_profile *profile = NULL;
    struct hog_error error = {0};

    (void)state;
    assert_int_equal(hog_profile_read_file("/nowhere/x.prof", NULL, &profile, &error), HOG_NOT_FOUND);
    assert_non_null(strstr(error.message, "/nowhere/x.prof"));
    assert_int_equal(hog_profile_read_file("/dev/null", NULL, &profile, &error), HOG_IO);
    assert_int_equal(hog_profile_read_file("/tmp", NULL, &profile, &error), HOG_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_round_trip), cmocka_unit_test(test_prof_round_trip),
        cmocka_unit_test(test_table_as_json),   cmocka_unit_test(test_cprofile),
        cmocka_unit_test(test_bent_files),      cmocka_unit_test(test_made_up_files),
        cmocka_unit_test(test_shared_callers),  cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_no_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
