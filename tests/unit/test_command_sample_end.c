/*
 * How py-sample ends: by exit, exec, Ctrl-C, a signal, a breakpoint, a full
 * disk. What it has by then is kept and shown. See test_command_sample.c.
 */
#define _GNU_SOURCE
#include "test_command_python.h"

static const char ending[] = "import os, time\n"
                             "def spin(until):\n"
                             "    while time.process_time() < until: pass\n"
                             "os.write(1, b'.')\n"
                             "spin(time.process_time() + 1)\n"
                             "os._exit(3)\n";
static const char replacing[] = "import os, time\n"
                                "def spin(until):\n"
                                "    while time.process_time() < until: pass\n"
                                "os.write(1, b'.')\n"
                                "spin(time.process_time() + 0.6)\n"
                                "os.execv('/bin/sleep', ['sleep', '1000'])\n";

static void test_exit(void **state)
{
    struct fixture *fixture = *state;
    const char *out;

    hold_python(fixture, ending);
    out = run(fixture, "py-sample", "-d 60 -r 1000");
    must_have(out, "  ended: it exited with status 3\n");
    must_have(out, "spin ");
}

/* The process becomes another program: what was sampled of the first is kept, and the second stands still. */
static void test_exec(void **state)
{
    struct fixture *fixture = *state;
    const char *out;

    hold_python(fixture, replacing);
    out = run(fixture, "py-sample", "-d 60 -r 1000");
    if (!strstr(out, "  ended: the process runs another program now (exec)\n"))
        must_have(out, "  ended: Python's list of threads is gone"); /* it was just about to */
    must_have(out, "spin ");
    assert_int_equal(state_of(fixture), 'T');
}

/* The process stops for another reason, in the middle: all is kept, and the reason told. */
static void test_ended_early(void **state)
{
    static const struct {
        struct hog_run_result result;
        const char *words;
    } cases[] = {
        {{.end = HOG_RUN_INTERRUPTED}, "  ended: Ctrl-C\n"},
        {{.end = HOG_RUN_SIGNAL, .words = "signal SIGUSR1 in thread 2"},
         "  ended: signal SIGUSR1 in thread 2\n"},
        {{.end = HOG_RUN_BREAKPOINT, .words = "breakpoint 1"}, "  ended: breakpoint 1\n"},
        {{.end = HOG_RUN_BREAKPOINT}, "  ended: a breakpoint\n"},
        {{.end = HOG_RUN_STOPPED}, "  ended: the debugger stopped it\n"},
        {{.end = HOG_RUN_FAILED, .words = "no threads"},
         "  ended: the debugger could not let it run: no threads\n"},
    };
    struct fixture *fixture = *state;

    hold_python(fixture, busy);
    fixture->fake.run_seconds = 0.5;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *out;

        fixture->fake.run_result = cases[i].result;
        out = run(fixture, "py-sample", "-d 30 -r 1000");
        must_have(out, cases[i].words);
        must_have(out, "spin ");
    }
    fixture->fake.run_seconds = -1;
    must_have(refused(fixture, "py-sample", "-d 30"),
              "py-sample: nothing was sampled: the debugger could not let it run: no threads");
}

static void test_interrupt_of_stopped(void **state)
{
    struct fixture *fixture = *state;

    hold_python(fixture, busy);
    fixture->fake.polls = 0;
    fixture->fake.polls_until_interrupt = 200;
    must_have(run(fixture, "py-sample", "-d 60 --stop"), "  ended: Ctrl-C\n");
}

/* A file that cannot be written any more when it is time to: the other is, and the failure names it. */
static void test_failed_file(void **state)
{
    struct fixture *fixture = *state;
    char line[512];

    hold_python(fixture, busy);
    snprintf(line, sizeof line, "-d 0.3 -o /dev/full -f collapsed -o %s/good", fixture->folder);
    must_have(refused(fixture, "py-sample", line),
              "py-sample: 1 of 2 files was not written: cannot write /dev/full: No space left on device");
    must_have(fake_host_out(&fixture->fake), "good (collapsed, ");
    must_have(fake_host_out(&fixture->fake), "Hottest by self");
    hog_text_clear(&fixture->fake.err);
    must_not_have(run(fixture, "py-sample", "-d 1 -r 500 -o - -f collapsed"), "Hottest");
    must_have(fake_host_out(&fixture->fake), "heavy (<string>:4);spin (<string>:2) ");
    must_have(fixture->fake.err.bytes, "Hottest by self");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_exit),        TEST(test_exec), TEST(test_ended_early), TEST(test_interrupt_of_stopped),
        TEST(test_failed_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
