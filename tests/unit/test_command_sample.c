/*
 * py-sample and py-top from end to end, without a debugger: a child of this
 * test runs Debian's Python, and a made-up host lets it run and stops it.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "formats/read.h"
#include "profile/view.h"
#include "test_command_python.h"

static const char waiting[] = "import os, time\n"
                              "def dream(): time.sleep(1000)\n"
                              "os.write(1, b'.')\n"
                              "dream()\n";
static double share_of(const struct hog_view *view, const char *name)
{
    for (uint32_t i = 0; i < view->profile->function_count; i++)
        if (strcmp(view->profile->functions[i].name, name) == 0)
            return view->functions[i].total_share;
    return 0;
}

/* The file that py-sample wrote says what the process did. */
static void check_shares(const char *path)
{
    HOG_PROFILE struct hog_profile *profile = NULL;
    HOG_CLEANUP(hog_view_deinit) struct hog_view view = {0};
    struct hog_error error;

    if (hog_profile_read_file(path, NULL, &profile, &error) != HOG_OK)
        fail_msg("%s", error.message);
    assert_int_equal(hog_view_init(&view, profile), HOG_OK);
    assert_true(profile->counts.kept > 5); /* on a busy machine it runs little */
    assert_true(share_of(&view, "heavy") > share_of(&view, "light"));
    assert_true(share_of(&view, "spin") > 0.5);
    assert_true(share_of(&view, "sleeper") < 0.2); /* it runs for a moment when the process is let go */
    assert_string_equal(profile->info.debugger_name, "fake");
}

static void test_running(void **state)
{
    struct fixture *fixture = *state;
    const char *out;
    char line[512], path[128];

    hold_python(fixture, busy);
    snprintf(path, sizeof path, "%s/a.json", fixture->folder);
    snprintf(line, sizeof line, "-d 2 -r 500 -o %s -o %s/b.prof --output=%s/c.collapsed", path,
             fixture->folder, fixture->folder);
    out = run(fixture, "py-sample", line);
    must_have(out, "Process ");
    must_have(out, " samples kept, ");
    must_have(out, "Hottest by self\n");
    must_have(out, "Hottest by total\n");
    must_have(out, "spin      <string>:2\n");
    must_have(out, "a.json (json, ");
    must_have(out, "b.prof (prof, ");
    must_have(out, "c.collapsed (collapsed, ");
    must_not_have(out, "ended:");
    assert_int_equal(fixture->fake.runs, 1);
    assert_int_equal(state_of(fixture), 'T');
    check_shares(path);
    must_have(run(fixture, "py-stats", "top --callers spin"), "heavy");
}

static void test_stopped(void **state)
{
    struct fixture *fixture = *state;
    const char *out;
    char line[512], path[128];

    hold_python(fixture, busy);
    snprintf(path, sizeof path, "%s/a.json", fixture->folder);
    snprintf(line, sizeof line, "--stop --duration 3 --rate 200 -o %s", path);
    out = run(fixture, "py-sample", line);
    must_have(out, "Hottest by self\n");
    must_have(out, "the process stood still at each sample");
    assert_true(fixture->fake.runs > 20);
    assert_int_equal(state_of(fixture), 'T');
    check_shares(path);
}

/* All that waits is the process: the diagnosis says where. --idle shows it. */
static void test_idle(void **state)
{
    struct fixture *fixture = *state;
    const char *out;

    hold_python(fixture, waiting);
    out = run(fixture, "py-sample", "-d 0.5");
    must_have(out, "Note: nothing ran in ");
    must_have(out, " % of the samples: the process was waiting, mostly in dream (<string>:2)");
    must_have(out, "; --idle samples waiting threads too\n");
    out = run(fixture, "py-sample", "-d 0.5 --idle");
    must_have(out, "dream ");
    must_not_have(out, "Note: nothing ran");
}

static void test_under(void **state)
{
    struct fixture *fixture = *state;
    const char *out;

    hold_python(fixture, busy);
    out = run(fixture, "py-sample", "-d 0.6 -r 200 --under light --line");
    must_have(out, " outside --under, ");
    must_have(out, "light ");
    must_not_have(out, "heavy");
    must_have(refused(fixture, "py-sample", "-d 0.2 --under dark"),
              "py-sample: no sample passes through \"dark\": all are kept");
    must_have(run(fixture, "py-stats", "top --sort name"), "heavy");
}

static void test_threads(void **state)
{
    struct fixture *fixture = *state;
    const char *out;

    hold_python(fixture, busy);
    out = run(fixture, "py-sample", "-d 0.6 --threads --idle");
    must_have(out, "\"sleeper\"  ");
    must_have(out, "\"MainThread\"  ");
    out = run(fixture, "py-sample", "-d 0.6 --idle --thread sleeper");
    must_have(out, "sleeper ");
    must_not_have(out, "heavy");
    must_have(refused(fixture, "py-sample", "-d 0.2 -t MainThread -t sleeper"),
              "py-sample: --thread chose 2 threads: sample one of them, or all without --thread");
    must_have(refused(fixture, "py-sample", "-d 0.2 -t nobody"), "there is no thread \"nobody\"");
}

static void test_every(void **state)
{
    struct fixture *fixture = *state;
    char line[512];
    const char *out;

    hold_python(fixture, busy);
    snprintf(line, sizeof line, "-d 0.2 --every 0.02 --count 2 -o %s/p-%%t-%%p.json -o %s/q%%t.folded",
             fixture->folder, fixture->folder);
    out = run(fixture, "py-sample", line);
    assert_int_equal(fixture->fake.runs, 3);
    must_have(strstr(out, "Process ") + 1, "Process ");
    snprintf(line, sizeof line, "-%d.json (json, ", (int)fixture->fake.process.pid);
    must_have(out, line);
    snprintf(line, sizeof line, "[ $(ls %s | wc -l) = 4 ]", fixture->folder);
    assert_int_equal(system(line), 0);
}

/* Through the debugger alone, as a stub would have it. */
static void test_remote(void **state)
{
    struct fixture *fixture = *state;
    static _Thread_local unsigned char auxv[1024];
    char path[64];
    FILE *file;

    hold_python(fixture, busy);
    snprintf(path, sizeof path, "/proc/%d/auxv", (int)fixture->fake.process.pid);
    file = fopen(path, "r");
    assert_non_null(file);
    fixture->fake.auxv = auxv;
    fixture->fake.auxv_size = fread(auxv, 1, sizeof auxv, file);
    fclose(file);
    fixture->fake.memory = hog_memory_of_process((int)fixture->fake.process.pid);
    fixture->fake.process.target = HOG_TARGET_REMOTE;
    fixture->threads[0].has_system_call = true;
    fixture->threads[0].system_call = -1;
    must_have(run(fixture, "py-sample", "--stop -d 0.6"), "spin ");
    assert_true(fixture->fake.memory_reads > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_running), TEST(test_stopped), TEST(test_idle),   TEST(test_under),
        TEST(test_threads), TEST(test_every),   TEST(test_remote),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
