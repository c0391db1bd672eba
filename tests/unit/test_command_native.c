/*
 * --native from end to end: a child that runs Debian's Python, and a made-up
 * host that says what its stack of C is.
 */
#define _GNU_SOURCE
#include "test_command_python.h"

#include <jansson.h>

static const char sleeping[] = "import os, time\n"
                               "def inner(): time.sleep(1000)\n"
                               "def outer(): inner()\n"
                               "os.write(1, b'.')\n"
                               "outer()\n";

enum { FRAMES_MAX = 10000, STACK = 7 };

struct stack {
    struct hog_host_frame frames[FRAMES_MAX];
};

/* Where the code of the file begins whose name holds `part`. */
static uint64_t code_of(const struct fixture *fixture, const char *part)
{
    char path[64], line[512];
    unsigned long start, found = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/maps", (int)fixture->fake.process.pid);
    file = fopen(path, "r");
    assert_non_null(file);
    while (!found && fgets(line, sizeof line, file))
        if (sscanf(line, "%lx-%*x r-x", &start) == 1 && strstr(line, " r-xp ") && strstr(line, part))
            found = start;
    fclose(file);
    assert_true(found != 0);
    return found;
}

/* As it is in 3.11 and later: one eval function runs all three. */
static struct stack *hold_with_stack(struct fixture *fixture, const char *program)
{
    static struct stack stack;
    uint64_t libc, interpreter;

    hold_python(fixture, program);
    libc = code_of(fixture, "/libc.so.6");
    interpreter = code_of(fixture, "/python3");
    stack = (struct stack){{
        {.pc = libc + 16, .function = "clock_nanosleep"},
        {.pc = interpreter + 32, .function = "time_sleep", .source = "./Modules/timemodule.c", .line = 370},
        {.pc = interpreter + 48, .function = "PyObject_Vectorcall"},
        {.pc = interpreter + 64, .function = "_PyEval_EvalFrameDefault"},
        {.pc = interpreter + 80, .function = "PyEval_EvalCode"},
        {.pc = interpreter + 96, .function = "Py_RunMain"},
        {.pc = libc + 112, .function = "_start"},
    }};
    fixture->fake.frames = stack.frames;
    fixture->fake.frame_count = STACK;
    return &stack;
}

static void test_dump_as_text(void **state)
{
    struct fixture *fixture = *state;
    const char *text;

    hold_with_stack(fixture, sleeping);
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
    const char *kind, *name, *module, *source;
    int line;

    hold_with_stack(fixture, sleeping);
    document = json_loads(run(fixture, "py-dump", "-Nj"), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    assert_true(json_is_true(json_object_get(document, "complete")));
    frame =
        json_array_get(json_object_get(json_array_get(json_object_get(document, "threads"), 0), "frames"), 1);
    assert_int_equal(json_unpack(frame, "{s:s, s:s, s:n, s:s, s:i}", "kind", &kind, "name", &name, "line",
                                 "source_file", &source, "source_line", &line),
                     0);
    assert_string_equal(kind, "native");
    assert_string_equal(name, "time_sleep");
    assert_string_equal(source, "./Modules/timemodule.c");
    assert_int_equal(line, 370);
    frame =
        json_array_get(json_object_get(json_array_get(json_object_get(document, "threads"), 0), "frames"), 0);
    assert_int_equal(json_unpack(frame, "{s:s, s:n}", "filename", &module, "source_file"), 0);
    must_have(module, "/libc.so.6");
    json_decref(document);
}

static void test_what_is_missing_is_said(void **state)
{
    struct fixture *fixture = *state;
    const char *text;

    hold_with_stack(fixture, sleeping);
    fixture->fake.frame_count = 0;
    text = run(fixture, "py-dump", "--native");
    must_have(text, "Warning: fake gave no C frames for threads ");
    must_have(text, "  #0  inner     <string>:2\n");
    must_have(text, "Incomplete");
    fixture->fake.frame_count = 2;
    text = run(fixture, "py-dump", "--native");
    must_have(text, "Warning: C frames could not be put between the Python frames of threads ");
    must_have(text, "  #1  C time_sleep       timemodule.c:370\n  #2  inner ");
    must_have(run(fixture, "py-dump", "--native --json"), "\"complete\": false");
}

static void test_stack_without_end(void **state)
{
    struct fixture *fixture = *state;
    struct stack *stack = hold_with_stack(fixture, sleeping);

    for (size_t i = 1; i < FRAMES_MAX; i++)
        stack->frames[i] =
            (struct hog_host_frame){.pc = stack->frames[3].pc, .function = stack->frames[3].function};
    fixture->fake.frame_count = FRAMES_MAX;
    must_have(run(fixture, "py-dump", "--native"), "no more than 4096 of a thread are read");
}

static void test_addresses_of_no_code(void **state)
{
    struct fixture *fixture = *state;
    struct stack *stack = hold_with_stack(fixture, sleeping);

    stack->frames[1].pc = 16;
    must_have(run(fixture, "py-dump", "--native"), "  #0  C clock_nanosleep  libc.so.6\n  #1  inner ");
}

static json_t *function_named(json_t *functions, const char *name)
{
    for (size_t i = 0; i < json_array_size(functions); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(functions, i), "name")), name) == 0)
            return json_array_get(functions, i);
    return NULL;
}

static void test_sample(void **state)
{
    struct fixture *fixture = *state;
    char path[128], arguments[512];
    json_t *document, *function;
    const char *text;

    hold_with_stack(fixture, sleeping);
    snprintf(path, sizeof path, "%s/p.json", fixture->folder);
    snprintf(arguments, sizeof arguments, "--native --idle -d 0.3 -r 50 -o %s", path);
    text = run(fixture, "py-sample", arguments);
    must_have(text, "the process stood still at each sample, C frames from the debugger's unwinder");
    must_have(text, "   100.0    100.0  clock_nanosleep  libc.so.6\n");
    must_have(text, "     0.0    100.0  time_sleep       python3");
    must_have(text, "     0.0    100.0  inner            <string>:2\n");
    must_not_have(text, "Note: C frames");
    assert_true(fixture->fake.unwinds > 0);
    document = json_load_file(path, 0, NULL);
    function = function_named(json_object_get(document, "functions"), "time_sleep");
    assert_string_equal(json_string_value(json_object_get(function, "kind")), "native");
    must_have(json_string_value(json_object_get(function, "filename")), "/python3");
    assert_string_equal(json_string_value(json_object_get(
                            function_named(json_object_get(document, "functions"), "inner"), "kind")),
                        "python");
    json_decref(document);
    snprintf(arguments, sizeof arguments, "top --sort cumtime %s", path);
    must_have(run(fixture, "py-stats", arguments), "time_sleep");
    snprintf(arguments, sizeof arguments, "diff %s %s", path, path);
    must_have(run(fixture, "py-stats", arguments), "Verdict");
}

static void test_samples_without_frames(void **state)
{
    struct fixture *fixture = *state;
    const char *text;

    hold_with_stack(fixture, sleeping);
    fixture->fake.frame_count = 0;
    text = run(fixture, "py-sample", "--native --idle -d 0.2 -r 50");
    must_have(text, "Note: C frames are missing in ");
    must_have(text, "   100.0    100.0  inner     <string>:2\n");
}

static void test_refusals(void **state)
{
    struct fixture *fixture = *state;
    struct hog_host host;

    hold_with_stack(fixture, sleeping);
    must_have(refused(fixture, "py-dump", "--native --core /nowhere"),
              "--native needs the debugger's unwinder");
    fixture->fake.cannot_unwind = true;
    host = fake_host_make(&fixture->fake);
    hog_session_destroy(fixture->session);
    fixture->session = hog_session_create(&host);
    must_have(refused(fixture, "py-dump", "--native"), "this debugger gives no C frames");
}

/* Python in the debugger's own backtrace: what stands in the place of which C frame. */
static void test_backtrace(void **state)
{
    static const struct {
        const char *name;
        int32_t line;
    } frames[] = {{"inner", 2}, {"outer", 3}, {"<module>", 5}};
    struct fixture *fixture = *state;
    int64_t lwp;
    struct hog_backtrace *backtrace = NULL;
    struct hog_backtrace_stack stack;

    hold_with_stack(fixture, sleeping);
    lwp = fixture->fake.process.pid;
    assert_int_equal(hog_backtrace_open(fixture->session, &backtrace, &fixture->error), 0);
    assert_true(hog_backtrace_of(backtrace, lwp, 0, &stack));
    assert_int_equal(stack.frame_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(stack.frames[i].name, frames[i].name);
        assert_string_equal(stack.frames[i].bare_name, frames[i].name);
        assert_string_equal(stack.frames[i].filename, "<string>");
        assert_int_equal(stack.frames[i].line, frames[i].line);
    }
    assert_null(stack.words);
    assert_false(stack.partial);
    for (size_t i = 0; i < stack.place_count; i++) {
        const struct hog_backtrace_place *place = &stack.places[i];

        assert_true(i == 0 || place[-1].level < place->level);
        assert_in_range(place->level, 2, 6); /* the machinery that calls Python, and what runs it */
        assert_int_equal(place->count, place->level == 3 ? 3 : 0);
        assert_int_equal(place->first, 0);
    }
    assert_int_equal(stack.place_count, 5);
    assert_true(hog_backtrace_of(backtrace, lwp + 1, 0, &stack)); /* not a thread of it */
    assert_int_equal(stack.frame_count + stack.place_count, 0);
    assert_null(stack.words);
    fixture->fake.frame_count = 2;
    assert_true(hog_backtrace_of(backtrace, lwp, 2, &stack));
    assert_string_equal(stack.words,
                        "3 of 3 Python frames are left out, as they could not be placed for sure in "
                        "fake's stack: py-bt has them");
    assert_int_equal(stack.place_count, 0);
    hog_backtrace_close(backtrace);
}

struct variables {
    char text[256];
};

static void add_variable(void *context, const struct hog_backtrace_variable *variable)
{
    struct variables *variables = context;
    size_t length = strlen(variables->text);

    snprintf(variables->text + length, sizeof variables->text - length, "%s%s=%s (%s);",
             variable->is_argument ? "" : "local ", variable->name,
             variable->value ? variable->value : "unset", variable->type ? variable->type : "none");
}

static void test_variables_of_a_backtrace(void **state)
{
    static const char program[] = "import os, time\n"
                                  "def inner(first, *rest, last='z'):\n"
                                  "    kept = [first]; time.sleep(1000); later = 1\n"
                                  "def outer(number): inner(number, 2)\n"
                                  "os.write(1, b'.')\n"
                                  "outer(7)\n";
    static const char *const wanted[] = {
        "first=7 (int);last='z' (str);rest=(2,) (tuple);local kept=[7] (list);local later=unset (none);",
        "number=7 (int);"};
    struct fixture *fixture = *state;
    struct hog_backtrace *backtrace = NULL;
    struct hog_backtrace_stack stack;
    struct variables none = {""};

    hold_with_stack(fixture, program);
    assert_int_equal(hog_backtrace_open(fixture->session, &backtrace, &fixture->error), 0);
    assert_true(hog_backtrace_of(backtrace, fixture->fake.process.pid, 0, &stack));
    for (size_t i = 0; i < 2; i++) {
        struct variables variables = {""};

        hog_backtrace_variables(backtrace, fixture->fake.process.pid, i, add_variable, &variables);
        assert_string_equal(variables.text, wanted[i]);
    }
    hog_backtrace_variables(backtrace, fixture->fake.process.pid, 3, add_variable, &none);
    hog_backtrace_variables(backtrace, 1, 0, add_variable, &none);
    assert_string_equal(none.text, "");
    hog_backtrace_close(backtrace);
}

static void test_no_backtrace(void **state)
{
    struct fixture *fixture = *state;
    struct hog_backtrace *backtrace = NULL;

    assert_int_not_equal(hog_backtrace_open(fixture->session, &backtrace, &fixture->error), 0);
    must_have(fixture->error, "hognose: no process");
    assert_null(backtrace);
    hog_backtrace_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_dump_as_text),
        TEST(test_dump_as_json),
        TEST(test_what_is_missing_is_said),
        TEST(test_stack_without_end),
        TEST(test_addresses_of_no_code),
        TEST(test_sample),
        TEST(test_samples_without_frames),
        TEST(test_refusals),
        TEST(test_backtrace),
        TEST(test_variables_of_a_backtrace),
        TEST(test_no_backtrace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
