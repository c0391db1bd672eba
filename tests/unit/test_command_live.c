/*
 * Every command from end to end, without a debugger: a child of this test
 * runs Debian's Python, and a made-up host describes it. What cannot be shown
 * here (cores, remote stubs, other versions) is in tests/live.
 */
#define _GNU_SOURCE
#include "hognose.h"
#include "support/fake_host.h"
#include "support/test.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char python[] = "/usr/bin/python3";
static const char program[] = "import os, threading, time\n"
                              "def inner(): time.sleep(1000)\n"
                              "def outer(): inner()\n"
                              "t = threading.Thread(target=outer, name='sleeper', daemon=True)\n"
                              "t.start()\n"
                              "time.sleep(0.2)\n"
                              "os.write(1, b'.')\n"
                              "outer()\n";

struct fixture {
    struct fake_host fake;
    struct hog_session *session;
    struct hog_host_thread threads[1];
    const char *error;
    int64_t pid;
};

/* The child's pid once both its threads sleep; 0: there is no Python to run. */
static pid_t start_python(void)
{
    int ready[2];
    char dot;
    pid_t child;

    if (access(python, X_OK) != 0 || pipe(ready) != 0)
        return 0;
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(ready[1], STDOUT_FILENO);
        execl(python, python, "-c", program, NULL);
        _exit(1);
    }
    close(ready[1]);
    if (child > 0 && read(ready[0], &dot, 1) != 1) {
        waitpid(child, NULL, 0);
        child = 0;
    }
    close(ready[0]);
    usleep(20000);
    return child > 0 ? child : 0;
}

static int fixture_make(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct hog_host host;

    if (!fixture)
        return -1;
    host = fake_host_make(&fixture->fake);
    fixture->session = hog_session_create(&host);
    fixture->pid = start_python();
    fixture->fake.process = (struct hog_host_process){.target = HOG_TARGET_LIVE, .pid = fixture->pid};
    fixture->threads[0] = (struct hog_host_thread){.lwp = fixture->pid, .number = 42};
    fixture->fake.threads = fixture->threads;
    fixture->fake.thread_count = 1;
    *state = fixture;
    return fixture->session ? 0 : -1;
}

static int fixture_drop(void **state)
{
    struct fixture *fixture = *state;

    if (fixture->pid) {
        kill((pid_t)fixture->pid, SIGKILL);
        waitpid((pid_t)fixture->pid, NULL, 0);
    }
    hog_session_destroy(fixture->session);
    hog_memory_destroy(fixture->fake.memory);
    fake_host_deinit(&fixture->fake);
    free(fixture);
    return 0;
}

static void need_python(const struct fixture *fixture)
{
    if (fixture->pid)
        return;
    print_message("skipped: no %s\n", python);
    skip();
}

static const char *run(struct fixture *fixture, const char *name, const char *arguments)
{
    hog_text_clear(&fixture->fake.out);
    if (hog_session_run(fixture->session, name, arguments, &fixture->error) != 0)
        fail_msg("%s", fixture->error);
    return fake_host_out(&fixture->fake);
}

static json_t *run_json(struct fixture *fixture, const char *name, const char *arguments)
{
    json_t *document = json_loads(run(fixture, name, arguments), JSON_REJECT_DUPLICATES, NULL);

    assert_non_null(document);
    return document;
}

static void test_dump(void **state)
{
    struct fixture *fixture = *state;
    const char *out;

    need_python(fixture);
    out = run(fixture, "py-dump", "");
    assert_non_null(strstr(out, "python3 -c "));
    assert_non_null(strstr(out, "Thread 42  LWP "));
    assert_non_null(strstr(out, "\"sleeper\""));
    assert_non_null(strstr(out, "<string>:2\n"));
    assert_null(strstr(out, "Warning"));
    out = run(fixture, "py-dump", "--thread sleeper -m 1");
    assert_null(strstr(out, "Thread 42"));
    assert_non_null(strstr(out, "more (--max-depth unlimited shows them)"));
}

static void test_dump_json(void **state)
{
    struct fixture *fixture = *state;
    json_t *document, *threads, *frames;

    need_python(fixture);
    document = run_json(fixture, "py-dump", "--json");
    threads = json_object_get(document, "threads");
    assert_int_equal(json_array_size(threads), 2);
    assert_true(json_is_true(json_object_get(document, "complete")));
    assert_int_equal(json_integer_value(json_object_get(json_array_get(threads, 0), "debugger_thread")), 42);
    assert_true(json_is_null(json_object_get(json_array_get(threads, 1), "debugger_thread")));
    frames = json_object_get(json_array_get(threads, 0), "frames");
    assert_int_equal(json_array_size(frames), 3);
    assert_string_equal(json_string_value(json_object_get(json_array_get(frames, 0), "name")), "inner");
    assert_string_equal(json_string_value(json_object_get(json_array_get(frames, 1), "name")), "outer");
    json_decref(document);
}

static void test_threads(void **state)
{
    struct fixture *fixture = *state;
    json_t *document;

    need_python(fixture);
    assert_non_null(strstr(run(fixture, "py-threads", ""), "inner  <string>:2\n"));
    document = run_json(fixture, "py-threads", "-j -p");
    assert_string_equal(json_string_value(json_object_get(document, "schema")), "hognose.threads/1");
    assert_int_equal(json_array_size(json_object_get(document, "threads")), 2);
    json_decref(document);
}

static void test_info(void **state)
{
    struct fixture *fixture = *state;
    const char *out;
    json_t *document;

    need_python(fixture);
    out = run(fixture, "py-info", "");
    assert_non_null(strstr(out, "Python         CPython 3."));
    assert_non_null(strstr(out, "Memory from    /proc/PID/mem\n"));
    assert_null(strstr(out, "Steps tried"));
    run(fixture, "py-dump", "");
    out = run(fixture, "py-info", "--verbose");
    assert_non_null(strstr(out, "Last dump      "));
    assert_non_null(strstr(out, "Steps tried\n"));
    assert_non_null(strstr(out, "  path-style   short\n"));
    document = run_json(fixture, "py-info", "--json");
    assert_true(json_is_null(json_object_get(document, "error")));
    assert_true(json_integer_value(json_object_get(json_object_get(document, "last_dump"), "reads")) > 0);
    json_decref(document);
}

/* All through the debugger's reads: the same frames as read directly. */
static void test_remote(void **state)
{
    struct fixture *fixture = *state;
    static _Thread_local unsigned char auxv[1024];
    char path[64];
    char *direct;
    FILE *file;

    need_python(fixture);
    direct = strdup(strchr(run(fixture, "py-dump", "-t MainThread -m 3"), '#'));
    snprintf(path, sizeof path, "/proc/%d/auxv", (int)fixture->pid);
    file = fopen(path, "r");
    assert_non_null(file);
    fixture->fake.auxv = auxv;
    fixture->fake.auxv_size = fread(auxv, 1, sizeof auxv, file);
    fclose(file);
    fixture->fake.memory = hog_memory_of_process((int)fixture->pid);
    fixture->fake.process.target = HOG_TARGET_REMOTE;
    assert_string_equal(strchr(run(fixture, "py-dump", "-t MainThread -m 3"), '#'), direct);
    assert_true(fixture->fake.memory_reads > 0);
    assert_non_null(strstr(fake_host_out(&fixture->fake), ", remote\n"));
    free(direct);
}

/* The costs of a dump of one process are not shown for another. */
static void test_two_inferiors(void **state)
{
    struct fixture *fixture = *state;
    pid_t other;

    need_python(fixture);
    other = start_python();
    assert_true(other > 0);
    run(fixture, "py-dump", "");
    fixture->fake.process.pid = other;
    assert_null(strstr(run(fixture, "py-info", "-v"), "Last dump"));
    fixture->fake.process.pid = fixture->pid;
    assert_non_null(strstr(run(fixture, "py-info", "-v"), "Last dump"));
    kill(other, SIGKILL);
    waitpid(other, NULL, 0);
}

static void test_settings_take_effect(void **state)
{
    struct fixture *fixture = *state;

    need_python(fixture);
    setenv("NO_COLOR", "1", 1);
    fixture->fake.colour = true;
    assert_null(strchr(run(fixture, "py-dump", ""), '\x1b'));
    unsetenv("NO_COLOR");
    assert_non_null(strchr(run(fixture, "py-dump", ""), '\x1b'));
    assert_null(strchr(run(fixture, "py-dump", "--json"), '\x1b'));
    assert_int_equal(hog_session_set(fixture->session, "color", "off", &fixture->error), 0);
    assert_null(strchr(run(fixture, "py-threads", ""), '\x1b'));
    assert_int_equal(hog_session_set(fixture->session, "max-depth", "1", &fixture->error), 0);
    assert_non_null(strstr(run(fixture, "py-dump", ""), "… 2 more"));
    assert_null(strstr(run(fixture, "py-dump", "-m unlimited"), "more ("));
    assert_null(strstr(run(fixture, "py-dump", "--json"), "--max-depth"));
}

/* Ctrl-C at the n-th question, for every n until none is asked: an error in words or all is well. */
static void test_interrupt(void **state)
{
    struct fixture *fixture = *state;
    int status = 1;

    need_python(fixture);
    for (unsigned n = 1; status != 0 && n < 1000; n++) {
        hog_text_clear(&fixture->fake.out);
        fixture->fake.polls = 0;
        fixture->fake.polls_until_interrupt = n;
        status = hog_session_run(fixture->session, "py-dump", "", &fixture->error);
        if (status == 0)
            break;
        assert_non_null(strstr(fixture->error, "py-dump: interrupted"));
        if (fixture->fake.out.length)
            assert_non_null(strstr(fake_host_out(&fixture->fake), "interrupted"));
        assert_null(strstr(fake_host_out(&fixture->fake), "native")); /* as if it ran no Python */
    }
    assert_int_equal(status, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_make, fixture_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_dump),
        TEST(test_dump_json),
        TEST(test_threads),
        TEST(test_info),
        TEST(test_remote),
        TEST(test_two_inferiors),
        TEST(test_settings_take_effect),
        TEST(test_interrupt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
