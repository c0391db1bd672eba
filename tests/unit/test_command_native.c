/*
 * --native from end to end: a child that runs Debian's Python, and a made-up
 * host that says what its stack of C is.
 */
#define _GNU_SOURCE
#include "test_command_python.h"

#include <jansson.h>

#define LIBC "/lib/x86_64-linux-gnu/libc.so.6"

static const char sleeping[] = "import os, time\n"
                               "def inner(): time.sleep(1000)\n"
                               "def outer(): inner()\n"
                               "os.write(1, b'.')\n"
                               "outer()\n";

/* As it is in 3.11 and later: one eval function runs all three. */
static const struct hog_host_frame stack[] = {
    {.pc = 16, .function = "clock_nanosleep", .module = LIBC},
    {.pc = 32, .function = "time_sleep", .source = "./Modules/timemodule.c", .line = 370},
    {.pc = 48, .function = "PyObject_Vectorcall"},
    {.pc = 64, .function = "_PyEval_EvalFrameDefault"},
    {.pc = 80, .function = "PyEval_EvalCode"},
    {.pc = 96, .function = "Py_RunMain"},
    {.pc = 112, .function = "_start"},
};
enum { STACK = sizeof stack / sizeof *stack };

static void hold_sleeping(struct fixture *fixture)
{
    hold_python(fixture, sleeping);
    fixture->fake.frames = stack;
    fixture->fake.frame_count = STACK;
}

static void test_dump_as_text(void **state)
{
    struct fixture *fixture = *state;
    const char *text;

    hold_sleeping(fixture);
    text = run(fixture, "py-dump", "--native");
    must_have(text, "  #0  C clock_nanosleep  libc.so.6\n  #1  C time_sleep       timemodule.c:370\n"
                    "  #2  inner              <string>:2\n  #3  outer              <string>:3\n");
    must_not_have(text, "EvalFrame");
    must_not_have(text, "Warning");
    assert_int_equal(fixture->fake.unwinds, 1);
    must_not_have(run(fixture, "py-dump", ""), "C clock_nanosleep");
    assert_int_equal(fixture->fake.unwinds, 1);
}

static void test_dump_as_json(void **state)
{
    struct fixture *fixture = *state;
    json_t *document, *frame;
    const char *kind, *name, *module, *source, *address;
    int line;

    hold_sleeping(fixture);
    document = json_loads(run(fixture, "py-dump", "-Nj"), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    assert_true(json_is_true(json_object_get(document, "complete")));
    frame =
        json_array_get(json_object_get(json_array_get(json_object_get(document, "threads"), 0), "frames"), 1);
    assert_int_equal(json_unpack(frame, "{s:s, s:s, s:n, s:s, s:i, s:s}", "kind", &kind, "name", &name,
                                 "line", "source_file", &source, "source_line", &line, "address", &address),
                     0);
    assert_string_equal(kind, "native");
    assert_string_equal(name, "time_sleep");
    assert_string_equal(source, "./Modules/timemodule.c");
    assert_string_equal(address, "0x20");
    assert_int_equal(line, 370);
    frame =
        json_array_get(json_object_get(json_array_get(json_object_get(document, "threads"), 0), "frames"), 0);
    assert_int_equal(json_unpack(frame, "{s:s, s:n}", "filename", &module, "source_file"), 0);
    assert_string_equal(module, LIBC);
    json_decref(document);
}

static void test_what_is_missing_is_said(void **state)
{
    struct fixture *fixture = *state;
    const char *text;

    hold_sleeping(fixture);
    fixture->fake.frame_count = 0;
    text = run(fixture, "py-dump", "--native");
    must_have(text, "Warning: fake gave no frames of C of threads ");
    must_have(text, "  #0  inner     <string>:2\n");
    must_have(text, "Incomplete");
    fixture->fake.frame_count = 2;
    text = run(fixture, "py-dump", "--native");
    must_have(text, "Warning: frames of C could not be put between the Python frames of threads ");
    must_have(text, "  #0  C clock_nanosleep  libc.so.6\n  #1  inner ");
    must_have(run(fixture, "py-dump", "--native --json"), "\"complete\": false");
}

static void test_stack_without_end(void **state)
{
    static struct hog_host_frame endless[10000];
    struct fixture *fixture = *state;

    hold_sleeping(fixture);
    for (size_t i = 0; i < 10000; i++)
        endless[i] =
            (struct hog_host_frame){.pc = 16 * i, .function = i ? "_PyEval_EvalFrameDefault" : "sleep"};
    fixture->fake.frames = endless;
    fixture->fake.frame_count = 10000;
    must_have(run(fixture, "py-dump", "--native"), "no more than 4096 of a thread are read");
}

static void test_refusals(void **state)
{
    struct fixture *fixture = *state;
    struct hog_host host;

    hold_sleeping(fixture);
    must_have(refused(fixture, "py-dump", "--native --core /nowhere"),
              "--native needs the debugger's unwinder");
    fixture->fake.cannot_unwind = true;
    host = fake_host_make(&fixture->fake);
    hog_session_destroy(fixture->session);
    fixture->session = hog_session_create(&host);
    must_have(refused(fixture, "py-dump", "--native"), "this debugger gives no frames of C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_dump_as_text),      TEST(test_dump_as_json), TEST(test_what_is_missing_is_said),
        TEST(test_stack_without_end), TEST(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
