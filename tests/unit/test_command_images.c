/*
 * Every command on a recorded image, with no debugger and no Python on the
 * machine: a made-up host says "a core file" and names one of tests/images.
 * What is expected is what the program said of itself (truth.json beside it).
 */
#include "hognose.h"
#include "support/fake_host.h"
#include "support/test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MAIN_LWP = 7489, FIRST_LWP = 7492, INSIDE_LWP = 7496, MADE_UP_LWP = 7 };

/* Threads as gdb numbers them; the last is one that libthread_db made up, as for a container's process. */
static const struct hog_host_thread threads[] = {
    {.lwp = MAIN_LWP, .number = 41},
    {.lwp = FIRST_LWP, .number = 42},
    {.lwp = INSIDE_LWP, .number = 43},
    {.lwp = MADE_UP_LWP, .number = 44},
};

struct fixture {
    struct fake_host fake;
    struct hog_session *session;
    const char *error;
};

static int fixture_make(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct hog_host host;

    if (!fixture)
        return -1;
    host = fake_host_make(&fixture->fake);
    fixture->session = hog_session_create(&host);
    fixture->fake.process =
        (struct hog_host_process){.target = HOG_TARGET_CORE,
                                  .core_path = "images/pyenv-3.12.1-subinterpreters/core.zst",
                                  .sysroot = "/nowhere"};
    fixture->fake.threads = threads;
    fixture->fake.thread_count = sizeof threads / sizeof *threads;
    fixture->fake.selected_thread = MAIN_LWP;
    *state = fixture;
    return fixture->session ? 0 : -1;
}

static int fixture_drop(void **state)
{
    struct fixture *fixture = *state;

    hog_session_destroy(fixture->session);
    fake_host_deinit(&fixture->fake);
    free(fixture);
    return 0;
}

static const char *run(struct fixture *fixture, const char *name, const char *arguments)
{
    hog_text_clear(&fixture->fake.out);
    if (hog_session_run(fixture->session, name, arguments, &fixture->error) != 0)
        fail_msg("%s", fixture->error);
    return fake_host_out(&fixture->fake);
}

static json_t *run_json(struct fixture *fixture, const char *name)
{
    json_error_t why;
    json_t *document = json_loads(run(fixture, name, "--json"), 0, &why);

    if (!document)
        fail_msg("%s: line %d: %s", name, why.line, why.text);
    return document;
}

/* Each part comes after the one before it. */
static void must_have_in_order(const char *text, const char *const *parts, size_t count)
{
    const char *at = text;

    for (size_t i = 0; i < count; i++) {
        const char *found = strstr(at, parts[i]);

        if (!found) {
            fail_msg("\"%s\" is not where it should be in: %s", parts[i], text);
            return;
        }
        at = found + strlen(parts[i]);
    }
}

#define MUST_HAVE_IN_ORDER(text, ...)                                                                        \
    must_have_in_order(text, (const char *const[]){__VA_ARGS__},                                             \
                       sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void dump_as_text(void **state)
{
    struct fixture *fixture = *state;

    MUST_HAVE_IN_ORDER(run(fixture, "py-dump", ""), "Process 7489  ", "CPython 3.12.1, core\n",
                       "Thread 41  LWP 7489  \"MainThread\"", "#0  main ", "subinterpreters.py:101\n",
                       "#1  <module> ", "subinterpreters.py:104\n", "Thread 42  LWP 7492  \"first\"",
                       "run_inside", "subinterpreters.py:70\n", "LWP 7493  \"second\"",
                       "Thread 42  LWP 7492  \"MainThread\"", "interpreter 1", "#0  hold ",
                       "Thread 43  LWP 7496  \"inside 1\"", "#0  hold ", "#1  worker ", "LWP 7493",
                       "interpreter 2", "LWP 7495  \"inside 2\"");
}

static void dump_of_one_thread(void **state)
{
    struct fixture *fixture = *state;
    const char *text = run(fixture, "py-dump", "--thread 43 --max-depth 1");

    MUST_HAVE_IN_ORDER(text, "Thread 43  LWP 7496", "#0  hold ", "… ");
    assert_null(strstr(text, "MainThread"));
    assert_null(strstr(text, "#1"));
}

static void dump_as_json(void **state)
{
    static const struct {
        int64_t interpreter, lwp, number;
        const char *name, *innermost;
    } wanted[] = {
        {0, 7489, 41, "MainThread", "main"},  {0, 7492, 42, "first", "run_inside"},
        {0, 7493, 0, "second", "run_inside"}, {1, 7492, 42, "MainThread", "hold"},
        {1, 7496, 43, "inside 1", "hold"},    {2, 7493, 0, "MainThread", "hold"},
        {2, 7495, 0, "inside 2", "hold"},
    };
    json_t *document = run_json(*state, "py-dump");
    json_t *listed = json_object_get(document, "threads");
    json_t *interpreters = json_object_get(document, "interpreters");

    assert_true(json_is_true(json_object_get(document, "complete")));
    assert_int_equal(json_array_size(listed), sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < json_array_size(listed); i++) {
        json_t *thread = json_array_get(listed, i);
        json_t *frame = json_array_get(json_object_get(thread, "frames"), 0);

        assert_int_equal(json_integer_value(json_object_get(thread, "interpreter")), wanted[i].interpreter);
        assert_int_equal(json_integer_value(json_object_get(thread, "os_thread_id")), wanted[i].lwp);
        assert_int_equal(json_integer_value(json_object_get(thread, "debugger_thread")), wanted[i].number);
        assert_string_equal(json_string_value(json_object_get(thread, "thread_name")), wanted[i].name);
        assert_string_equal(json_string_value(json_object_get(frame, "name")), wanted[i].innermost);
    }
    assert_int_equal(json_array_size(interpreters), 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(json_integer_value(json_object_get(json_array_get(interpreters, i), "id")), i);
    json_decref(document);
}

static void threads_as_text(void **state)
{
    MUST_HAVE_IN_ORDER(run(*state, "py-threads", ""), "Thread  LWP   Name", "* 41    7489  \"MainThread\"",
                       "interpreter 0", "main  subinterpreters.py:101\n", "42    7492  \"first\"",
                       "42    7492  \"MainThread\"", "43    7496  \"inside 1\"", "hold  <string>:9\n");
}

static void threads_as_json(void **state)
{
    json_t *document = run_json(*state, "py-threads");
    json_t *first = json_array_get(json_object_get(document, "threads"), 0);

    assert_string_equal(json_string_value(json_object_get(document, "schema")), "hognose.threads/1");
    assert_int_equal(json_array_size(json_object_get(document, "threads")), 7);
    assert_string_equal(json_string_value(json_object_get(first, "thread_name")), "MainThread");
    json_decref(document);
}

static void info_as_text(void **state)
{
    struct fixture *fixture = *state;

    run(fixture, "py-dump", "");
    MUST_HAVE_IN_ORDER(run(fixture, "py-info", "--verbose"), "Process", "7489", "Python", "CPython 3.12.1",
                       "_PyRuntime", "Memory from", "core file", "Last dump", "Steps tried\n");
}

/* Each with what it is set to. */
static void info_has_every_setting(void **state)
{
    struct fixture *fixture = *state;
    size_t count;
    const struct hog_setting_info *settings = hog_settings(&count);
    const char *text;

    assert_int_equal(hog_session_set(fixture->session, "max-depth", "7", &fixture->error), 0);
    text = run(fixture, "py-info", "--verbose");
    for (size_t i = 0; i < count; i++) {
        const char *value = hog_session_get(fixture->session, settings[i].name);
        const char *line = strstr(strstr(text, "Settings"), settings[i].name);

        assert_non_null(line);
        line += strlen(settings[i].name);
        line += strspn(line, " ");
        assert_int_equal(strncmp(line, value, strlen(value)), 0);
    }
}

static void info_as_json(void **state)
{
    json_t *document = run_json(*state, "py-info");
    json_t *found = json_object_get(document, "python");

    assert_string_equal(json_string_value(json_object_get(found, "version")), "3.12.1");
    assert_string_equal(json_string_value(json_object_get(json_object_get(document, "target"), "kind")),
                        "core");
    assert_true(json_is_null(json_object_get(document, "error")));
    json_decref(document);
}

/* What lets a process run says that a core cannot, and what can be done with one. */
static void a_core_does_not_run(void **state)
{
    static const char *const names[] = {"py-sample", "py-top"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < 2; i++) {
        assert_int_not_equal(hog_session_run(fixture->session, names[i], "-d 1", &fixture->error), 0);
        assert_non_null(strstr(fixture->error, "py-dump"));
        assert_int_equal(fixture->fake.runs, 0);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_make, fixture_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(dump_as_text),           TEST(dump_of_one_thread), TEST(dump_as_json),
        TEST(threads_as_text),        TEST(threads_as_json),    TEST(info_as_text),
        TEST(info_has_every_setting), TEST(info_as_json),       TEST(a_core_does_not_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
