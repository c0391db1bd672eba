/* py-dump and py-threads as JSON: parsed back with jansson. */
#include "base/cleanup.h"
#include "host/output.h"
#include "show/json.h"
#include "show/report.h"
#include "support/fake_host.h"
#include "support/sample_snapshot.h"
#include "support/test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct page {
    struct fake_host fake;
    struct report report;
    bool cut_off;
};

/* max_depth UINT32_MAX: py-threads. */
static void write_json(struct page *page, struct hog_snapshot *snapshot, uint32_t max_depth)
{
    const struct hog_thread **threads = calloc(snapshot->thread_count + 1, sizeof *threads);
    struct hog_host host = fake_host_make(&page->fake);
    struct output output;

    assert_non_null(threads);
    for (size_t i = 0; i < snapshot->thread_count; i++)
        threads[i] = &snapshot->threads[i];
    page->report.debugger_name = "gdb";
    page->report.debugger_version = "13.1";
    page->report.snapshot = snapshot;
    page->report.warnings = snapshot->warnings;
    page->report.warning_count = snapshot->warning_count;
    page->report.threads = threads;
    page->report.thread_count = snapshot->thread_count;
    assert_int_equal(output_open(&output, &host, NULL), HOG_OK);
    if (max_depth == UINT32_MAX)
        render_threads_json(&page->report, &output.outlet);
    else
        render_dump_json(&page->report, max_depth, &output.outlet);
    page->cut_off = output.outlet.interrupted;
    assert_int_equal(output_finish(&output), page->cut_off ? HOG_INTERRUPTED : HOG_OK);
    output_deinit(&output);
    free(threads);
    hog_snapshot_destroy(snapshot);
}

/* The document read back. */
static json_t *render(struct page *page, struct hog_snapshot *snapshot, uint32_t max_depth)
{
    json_error_t error;
    json_t *document;

    write_json(page, snapshot, max_depth);
    document = json_loads(fake_host_out(&page->fake), JSON_REJECT_DUPLICATES, &error);
    if (!document)
        fail_msg("%s at line %d: %s", error.text, error.line, error.source);
    fake_host_deinit(&page->fake);
    return document;
}

/* The keys of an object, in order, joined with blanks. */
static void assert_keys(json_t *object, const char *keys)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text joined = {0};
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        hog_text_printf(&joined, "%s%s", joined.length ? " " : "", key);
    }
    assert_string_equal(joined.bytes, keys);
}

static json_t *thread_at(json_t *document, size_t index)
{
    return json_array_get(json_object_get(document, "threads"), index);
}

static json_t *frame_at(json_t *document, size_t thread, size_t index)
{
    return json_array_get(json_object_get(thread_at(document, thread), "frames"), index);
}

static const char *text_of(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static const char thread_keys[] =
    "thread_id os_thread_id debugger_thread thread_name interpreter owns_gil active "
    "state system_call waits_for stopped_because frames";

static void test_schema(void **state)
{
    struct page page = {
        .report = {.target_kind = "core", .pid = 48291, .executable = "", .command_line = NULL}};
    json_t *document = render(&page, sample_everyday(), 0);

    (void)state;
    assert_keys(document, "schema tool debugger target python complete warnings interpreters threads");
    assert_string_equal(text_of(document, "schema"), "hognose.dump/1");
    assert_keys(json_object_get(document, "tool"), "name version");
    assert_string_equal(text_of(json_object_get(document, "debugger"), "name"), "gdb");
    assert_keys(json_object_get(document, "target"),
                "kind host pid rank stopped held_seconds executable command_line signal");
    assert_true(json_is_null(json_object_get(json_object_get(document, "target"), "executable")));
    assert_keys(json_object_get(document, "python"),
                "version implementation free_threaded debug_build located_by");
    assert_true(json_is_true(json_object_get(document, "complete")));
    assert_keys(json_array_get(json_object_get(document, "interpreters"), 0),
                "id gil_holder gc_collecting has_own_gil");
    assert_int_equal(json_array_size(json_object_get(document, "threads")), 4);
    assert_keys(thread_at(document, 0), thread_keys);
    assert_keys(frame_at(document, 0, 0), "name qualname filename short_filename module line end_line column "
                                          "end_column is_entry incomplete kind locals source");
    json_decref(document);
}

static void test_values(void **state)
{
    struct page page = {.report = {.target_kind = "live"}};
    json_t *document = render(&page, sample_everyday(), 0);
    json_t *frame = frame_at(document, 0, 0);

    (void)state;
    assert_true(json_is_null(json_object_get(json_object_get(document, "target"), "pid")));
    assert_string_equal(text_of(thread_at(document, 0), "thread_id"), "0x7f0000000740");
    assert_string_equal(text_of(thread_at(document, 0), "state"), "waiting_for_gil");
    assert_true(json_is_true(json_object_get(thread_at(document, 1), "owns_gil")));
    assert_true(json_is_null(json_object_get(thread_at(document, 2), "owns_gil")));
    assert_true(json_is_null(json_object_get(thread_at(document, 2), "thread_name")));
    assert_true(json_is_null(json_object_get(thread_at(document, 3), "interpreter")));
    assert_string_equal(text_of(frame, "qualname"), "Condition.wait");
    assert_string_equal(text_of(frame, "short_filename"), "threading.py");
    assert_int_equal(json_integer_value(json_object_get(frame, "end_column")), 33);
    assert_true(json_is_null(json_object_get(frame_at(document, 0, 2), "qualname")));
    assert_true(json_is_true(json_object_get(frame_at(document, 0, 2), "is_entry")));
    assert_true(json_is_true(json_object_get(frame_at(document, 1, 0), "incomplete")));
    assert_true(json_is_null(json_object_get(frame_at(document, 1, 1), "line")));
    json_decref(document);
}

static void test_max_depth(void **state)
{
    struct page page = {.report = {.target_kind = "live"}};
    json_t *document = render(&page, sample_everyday(), 2);

    (void)state;
    assert_true(json_is_false(json_object_get(document, "complete")));
    assert_string_equal(text_of(thread_at(document, 0), "stopped_because"),
                        "--max-depth: 2 of 3 frames are shown");
    assert_null(text_of(thread_at(document, 1), "stopped_because"));
    assert_int_equal(json_array_size(json_object_get(thread_at(document, 0), "frames")), 2);
    json_decref(document);
}

static void test_threads(void **state)
{
    struct page page = {.report = {.target_kind = "live"}};
    json_t *document = render(&page, sample_everyday(), UINT32_MAX);

    (void)state;
    assert_string_equal(text_of(document, "schema"), "hognose.threads/1");
    assert_true(json_is_true(json_object_get(document, "complete")));
    assert_keys(thread_at(document, 0), thread_keys);
    assert_null(text_of(thread_at(document, 0), "stopped_because"));
    assert_int_equal(json_array_size(json_object_get(thread_at(document, 0), "frames")), 1);
    assert_int_equal(json_array_size(json_object_get(thread_at(document, 3), "frames")), 0);
    json_decref(document);
}

static void test_hostile(void **state)
{
    struct page page = {
        .report = {.target_kind = "live", .executable = "/tmp/\xff", .command_line = "\xff a\nb"}};
    json_t *document = render(&page, sample_hostile(), 0);

    (void)state;
    assert_string_equal(text_of(json_object_get(document, "target"), "executable"), "/tmp/\\xff");
    assert_string_equal(text_of(json_object_get(document, "target"), "command_line"), "\\xff a\nb");
    assert_true(json_is_null(json_object_get(frame_at(document, 0, 0), "name")));
    assert_true(json_is_null(json_object_get(frame_at(document, 0, 1), "filename")));
    assert_string_equal(text_of(frame_at(document, 0, 2), "name"), "");
    assert_string_equal(text_of(frame_at(document, 0, 3), "name"), "\x1b]0;owned\a\n\x7f");
    assert_string_equal(text_of(frame_at(document, 0, 4), "name"), "bad \\xff\\xc0\\xaf\\xed\\xa0\\x80 utf");
    assert_int_equal(strlen(text_of(frame_at(document, 0, 5), "name")), 100000);
    assert_true(json_is_null(json_object_get(frame_at(document, 0, 5), "line")));
    assert_true(json_is_null(json_object_get(thread_at(document, 1), "interpreter")));
    assert_string_equal(text_of(thread_at(document, 1), "stopped_because"), "nothing could be read");
    json_decref(document);
    document = render(&page, sample_empty(), 0);
    assert_int_equal(json_array_size(json_object_get(document, "threads")), 0);
    assert_true(json_is_null(json_object_get(json_object_get(document, "python"), "version")));
    json_decref(document);
}

static void test_interpreters(void **state)
{
    struct page page = {.report = {.target_kind = "live"}};
    json_t *document = render(&page, sample_interpreters(), 0);
    json_t *interpreters = json_object_get(document, "interpreters");

    (void)state;
    assert_true(json_is_true(json_object_get(json_array_get(interpreters, 0), "gc_collecting")));
    assert_true(json_is_null(json_object_get(json_array_get(interpreters, 1), "gc_collecting")));
    assert_true(json_is_true(json_object_get(json_array_get(interpreters, 1), "has_own_gil")));
    assert_true(json_is_null(json_object_get(json_array_get(interpreters, 1), "gil_holder")));
    assert_true(json_is_true(json_object_get(json_object_get(document, "python"), "free_threaded")));
    json_decref(document);
}

/* Whatever the memo of frame texts does, each frame is the one it should be; the text comes in pieces. */
static void test_many_frames(void **state)
{
    struct page page = {.report = {.target_kind = "live"}};
    json_t *document;
    char name[16];

    (void)state;
    write_json(&page, sample_recursion(100000, 5000), 0);
    assert_true(page.fake.largest_write < 100000);
    document = json_loads(fake_host_out(&page.fake), 0, NULL);
    assert_int_equal(json_array_size(json_object_get(thread_at(document, 0), "frames")), 100002);
    for (size_t i = 0; i < 100000; i++) {
        snprintf(name, sizeof name, "f%zu", i % 5000);
        assert_string_equal(text_of(frame_at(document, 0, i + 1), "name"), name);
    }
    json_decref(document);
    fake_host_deinit(&page.fake);
}

static void test_ascii_only(void **state)
{
    struct page page = {.report = {.target_kind = "live", .command_line = "поток 🐍"}};

    (void)state;
    write_json(&page, sample_everyday(), 0);
    for (const char *at = fake_host_out(&page.fake); *at; at++)
        assert_true(*at == '\n' || (*at >= 0x20 && *at < 0x7f));
    assert_non_null(strstr(fake_host_out(&page.fake), "\\uD83D\\uDC0D"));
    fake_host_deinit(&page.fake);
}

/* What is cut off must not parse; what was decoded before a Ctrl-C is whole, and marked. */
static void test_interrupted(void **state)
{
    struct page page = {.fake.polls_until_interrupt = 2, .report = {.target_kind = "live"}};
    struct page decoded = {.report = {.target_kind = "live", .interrupted = true}};
    json_t *document;

    (void)state;
    write_json(&page, sample_recursion(10000, 1), 0);
    assert_true(page.cut_off);
    assert_null(json_loads(fake_host_out(&page.fake), 0, NULL));
    fake_host_deinit(&page.fake);
    document = render(&decoded, sample_everyday(), 0);
    assert_true(json_is_false(json_object_get(document, "complete")));
    json_decref(document);
}

static void test_floats_are_plain(void **state)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

    (void)state;
    json_put(&text, json_real(0.1 + 0.2));
    hog_text_puts(&text, " ");
    json_put(&text, json_real(1.4000000000000001));
    assert_string_equal(text.bytes, "0.3 1.4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_floats_are_plain), cmocka_unit_test(test_schema),
        cmocka_unit_test(test_values),           cmocka_unit_test(test_max_depth),
        cmocka_unit_test(test_threads),          cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_interpreters),     cmocka_unit_test(test_many_frames),
        cmocka_unit_test(test_ascii_only),       cmocka_unit_test(test_interrupted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
