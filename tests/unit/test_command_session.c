/* A session without Python: the table, help, settings, completion, and the words of every refusal. */
#include "base/cleanup.h"
#include "hognose.h"
#include "support/fake_host.h"
#include "support/test.h"
#include "support/versions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
    struct fake_host fake;
    struct hog_session *session;
    const char *error;
    char candidates[1024];
};

static int fixture_make(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct hog_host host;

    if (!fixture)
        return -1;
    host = fake_host_make(&fixture->fake);
    fixture->session = hog_session_create(&host);
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

/* Runs a command that must fail; its words. */
static const char *refused(struct fixture *fixture, const char *name, const char *arguments)
{
    fixture->error = NULL;
    assert_int_not_equal(hog_session_run(fixture->session, name, arguments, &fixture->error), 0);
    assert_non_null(fixture->error);
    assert_null(strchr(fixture->error, '\n'));
    return fixture->error;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

static void test_table(void **state)
{
    struct fixture *fixture = *state;
    struct hog_command_info info;
    size_t count = 0;

    for (; hog_command(count, &info); count++) {
        HOG_FREE char *help = hog_command_help(info.name);
        char text[64];

        assert_non_null(help);
        assert_true(strlen(info.summary) <= 70);
        assert_int_not_equal(info.summary[strlen(info.summary) - 1], '.');
        snprintf(text, sizeof text, "Usage: %s", info.name);
        assert_ptr_equal(strstr(help, text), help);
        snprintf(text, sizeof text, "\n  %s ", info.name);
        assert_int_equal(count_of(help, text), 2);
        assert_non_null(strstr(help, "\nExamples:\n"));
        for (const char *line = help; *line; line += strcspn(line, "\n") + 1)
            assert_true(strcspn(line, "\n") <= 80);
        hog_text_clear(&fixture->fake.out);
        assert_int_equal(hog_session_run(fixture->session, info.name, "--help", &fixture->error), 0);
        assert_string_equal(fake_host_out(&fixture->fake), help);
        assert_int_equal(hog_session_run(fixture->session, info.name, "-h", &fixture->error), 0);
    }
    assert_true(count >= 3);
}

struct seen {
    const char *help;
    size_t count;
};

static void candidate_is_in_help(void *context, const char *candidate)
{
    struct seen *seen = context;

    if (!strstr(seen->help, candidate))
        fail_msg("%s is not in: %s", candidate, seen->help);
    seen->count++;
}

/* Every option that a command takes is in its help, and the other way round. */
static void test_help_names_every_option(void **state)
{
    struct fixture *fixture = *state;
    struct hog_command_info info;

    for (size_t i = 0; hog_command(i, &info); i++) {
        HOG_FREE char *help = hog_command_help(info.name);
        struct seen seen = {.help = help};

        assert_non_null(help);
        hog_session_complete(fixture->session, info.name, "--", candidate_is_in_help, &seen);
        assert_int_equal(seen.count, count_of(help, "\n  -"));
    }
}

/* What -f takes is in the help of every command that takes it. */
static void test_help_names_every_format(void **state)
{
    static const char *const lines[][2] = {
        {"py-sample", "-h"}, {"py-stats", "write -h"}, {"py-stats", "merge -h"}};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct seen seen;
        char completed_line[32];

        hog_text_clear(&fixture->fake.out);
        assert_int_equal(hog_session_run(fixture->session, lines[i][0], lines[i][1], &fixture->error), 0);
        seen = (struct seen){.help = fake_host_out(&fixture->fake)};
        snprintf(completed_line, sizeof completed_line, "%.*s -f ", (int)strcspn(lines[i][1], "-"),
                 lines[i][1]);
        hog_session_complete(fixture->session, lines[i][0], completed_line, candidate_is_in_help, &seen);
        assert_true(seen.count >= 9);
    }
}

static void test_nothing_attached(void **state)
{
    struct fixture *fixture = *state;

    assert_string_equal(refused(fixture, "py-dump", ""),
                        "py-dump: no process: attach to one (attach PID) or open a core file (core FILE), "
                        "then run it again; a core file that the debugger refuses: --core FILE");
    assert_string_equal(refused(fixture, "py-info", "--json"),
                        "py-info: no process: attach to one (attach PID) or open a core file (core FILE), "
                        "then run it again; a core file that the debugger refuses: --core FILE");
    assert_string_equal(fake_host_out(&fixture->fake), "");
}

static void test_running(void **state)
{
    struct fixture *fixture = *state;

    fixture->fake.process = (struct hog_host_process){.target = HOG_TARGET_RUNNING, .pid = 123};
    assert_string_equal(
        refused(fixture, "py-threads", NULL),
        "py-threads: process 123 is running: stop it first (Ctrl-C; interrupt in gdb, process interrupt in lldb)");
    fixture->fake.process.pid = 0;
    assert_string_equal(
        refused(fixture, "py-threads", NULL),
        "py-threads: the process is running: stop it first (Ctrl-C; interrupt in gdb, process interrupt in lldb)");
}

static void test_failed_attach(void **state)
{
    struct fixture *fixture = *state;

    fixture->fake.process.attach_request = 999999999;
    assert_non_null(
        strstr(refused(fixture, "py-dump", ""), "py-dump: no process: there is no process 999999999"));
    fixture->fake.process.attach_request = getpid();
    assert_non_null(strstr(refused(fixture, "py-dump", ""), "though nothing forbids it now: attach again"));
}

static void test_gone_and_missing(void **state)
{
    struct fixture *fixture = *state;

    fixture->fake.process = (struct hog_host_process){.target = HOG_TARGET_LIVE, .pid = 999999999};
    assert_non_null(strstr(refused(fixture, "py-dump", ""), "there is no process 999999999"));
    fixture->fake.process =
        (struct hog_host_process){.target = HOG_TARGET_CORE, .core_path = "/no/such/core"};
    assert_non_null(strstr(refused(fixture, "py-dump", ""), "/no/such/core"));
}

/* This very process holds no Python. py-info prints what it tried, and fails all the same. */
static void test_no_python(void **state)
{
    struct fixture *fixture = *state;
    const char *out;

    fixture->fake.process = (struct hog_host_process){.target = HOG_TARGET_LIVE, .pid = getpid()};
    assert_non_null(strstr(refused(fixture, "py-dump", ""), "py-dump: "));
    assert_string_equal(fake_host_out(&fixture->fake), "");
    refused(fixture, "py-info", "");
    out = fake_host_out(&fixture->fake);
    assert_non_null(strstr(out, "Python         not found\n"));
    assert_non_null(strstr(out, "Steps tried\n   1. "));
    hog_text_clear(&fixture->fake.out);
    refused(fixture, "py-info", "--json");
    out = fake_host_out(&fixture->fake);
    assert_non_null(strstr(out, "\"python\": null,\n \"error\": \""));
}

/* A remote target that can be read nowhere, with threads and modules and nonsense for an auxv. */
static void test_unreadable_remote(void **state)
{
    struct fixture *fixture = *state;
    const struct hog_host_thread threads[] = {
        {.lwp = 7, .number = 2}, {.lwp = 5, .number = 1, .name = "a name that is too long for a thread"}};
    const struct hog_host_module modules[] = {{.path = NULL},
                                              {.path = "/usr/bin/x", .load_address = UINT64_MAX}};
    unsigned char auxv[37];

    memset(auxv, 3, sizeof auxv);
    fixture->fake.process = (struct hog_host_process){.target = HOG_TARGET_REMOTE, .pid = 7};
    fixture->fake.threads = threads;
    fixture->fake.thread_count = 2;
    fixture->fake.modules = modules;
    fixture->fake.module_count = 2;
    fixture->fake.auxv = auxv;
    fixture->fake.auxv_size = sizeof auxv;
    refused(fixture, "py-dump", "");
    refused(fixture, "py-info", "");
    assert_non_null(strstr(fake_host_out(&fixture->fake), "Process        7, remote, 2 threads\n"));
    assert_non_null(strstr(fake_host_out(&fixture->fake), "Memory from    debugger\n"));
}

/* "…" in `words` stands for any list. */
static void assert_words(const char *said, const char *words)
{
    const char *gap = strstr(words, "…");
    size_t before = gap ? (size_t)(gap - words) : 0;
    const char *after = gap ? gap + strlen("…") : "";

    if (!gap)
        assert_string_equal(said, words);
    else if (strncmp(said, words, before) != 0 || strlen(said) < before + strlen(after) ||
             strcmp(said + strlen(said) - strlen(after), after) != 0)
        fail_msg("\"%s\" is not \"%s\"", said, words);
}

static void test_usage(void **state)
{
    struct fixture *fixture = *state;

    assert_string_equal(refused(fixture, "py-dump", "--foo"),
                        "py-dump: unknown option --foo (did you mean --full?); py-dump --help lists them");
    assert_string_equal(refused(fixture, "py-dump", "--\x1b[31m\n"),
                        "py-dump: unknown option --\\x1b[31m; py-dump --help lists them");
    assert_string_equal(refused(fixture, "py-info", "--thread 1"),
                        "py-info: unknown option --thread; py-info --help lists them");
    assert_string_equal(refused(fixture, "py-nothing", ""), "py-nothing: there is no command of this name");
}

/* What cannot be sampled, and options that do not go together: told before anything runs. */
static void test_sampling_refusals(void **state)
{
    static const struct {
        const char *name, *arguments, *words;
    } cases[] = {
        {"py-sample", "-d 0",
         "--duration cannot be \"0\": it is a number of seconds such as 10, at most 604800, or unlimited"},
        {"py-sample", "-r 1e3", "--rate cannot be \"1e3\": it is samples a second, 0.1 to 100000"},
        {"py-sample", "-i -g", "--idle and --gil exclude each other: choose one"},
        {"py-sample", "-lF", "--function and --line exclude each other: choose one"},
        {"py-sample", "-f svg", "--format says how to write a FILE: name it with --output FILE"},
        {"py-sample", "-f tar -o x", "--format cannot be \"tar\": it is prof, json, …"},
        {"py-sample", "-n 3", "--count counts the profiles of --every MINUTES: give that too"},
        {"py-sample", "-e 0.1",
         "--every 0.1 is shorter than the 10 seconds of each profile: "
         "give a longer --every or a shorter --duration"},
        {"py-sample", "-e 1 -d unlimited", "--every wants profiles that end: give a --duration in seconds"},
        {"py-sample", "-e 1 -o a.json",
         "with --every each profile would replace a.json: put the time into its name, as in prof-%t.json"},
        {"py-sample", "-o a.txt",
         "a.txt does not tell the format: let it end in .prof, .json, …, or add --format FORMAT"},
        {"py-sample", "-o -", "- does not tell the format: add --format, such as --format collapsed"},
        {"py-sample", "-o - -f prof", "cannot write prof, a binary format, to -: name a FILE"},
        {"py-sample", "-o /nowhere/a.svg",
         "cannot write /nowhere/a.svg: there is no folder /nowhere; make it, or choose another FILE"},
        {"py-sample", "-o /tmp -f svg", "cannot write /tmp: Is a directory; choose the name of a file in it"},
        {"py-sample", "", "no process: attach to one (attach PID) or start one (run), then run it again"},
        {"py-top", "", "no process: attach to one (attach PID) or start one (run), then run it again"},
        {"py-top", "-k size", "--sort cannot be \"size\": it is tottime, cumtime, calls or name"},
    };
    struct fixture *fixture = *state;
    char whole[512];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(whole, sizeof whole, "%s: %s", cases[i].name, cases[i].words);
        assert_words(refused(fixture, cases[i].name, cases[i].arguments), whole);
    }
    fixture->fake.process = (struct hog_host_process){.target = HOG_TARGET_CORE, .core_path = "/tmp/core"};
    assert_string_equal(
        refused(fixture, "py-sample", ""),
        "py-sample: a core file cannot run, so there is nothing to sample: py-dump shows its stacks");
    fixture->fake.process = (struct hog_host_process){.target = HOG_TARGET_REMOTE, .pid = 1};
    assert_string_equal(
        refused(fixture, "py-top", ""),
        "py-top: a remote process cannot be read while it runs: py-sample --stop stops it for each sample");
    assert_int_equal(fixture->fake.runs, 0);
}

static void test_debugger_cannot_run(void **state)
{
    struct fixture *fixture = *state;
    struct hog_host host;

    fixture->fake.cannot_run = true;
    host = fake_host_make(&fixture->fake);
    hog_session_destroy(fixture->session);
    fixture->session = hog_session_create(&host);
    fixture->fake.process = (struct hog_host_process){.target = HOG_TARGET_LIVE, .pid = getpid()};
    assert_string_equal(
        refused(fixture, "py-sample", ""),
        "py-sample: this debugger offers no way to let the process run for a while: py-dump shows its "
        "stacks as they are now");
}

static void test_settings(void **state)
{
    struct fixture *fixture = *state;
    struct hog_session *session = fixture->session;
    size_t count;
    const struct hog_setting_info *settings = hog_settings(&count);

    assert_int_equal(count, 6);
    for (size_t i = 0; i < count; i++) {
        assert_true(settings[i].summary && settings[i].help && strlen(settings[i].summary) <= 70);
        assert_string_equal(hog_session_get(session, settings[i].name), settings[i].initial);
        assert_int_equal(hog_session_set(session, settings[i].name, settings[i].initial, &fixture->error), 0);
        assert_true((settings[i].kind == HOG_SETTING_CHOICE) == (settings[i].choices != NULL));
    }
    assert_int_equal(hog_session_set(session, "max-depth", "20", &fixture->error), 0);
    assert_string_equal(hog_session_get(session, "max-depth"), "20");
    assert_int_equal(hog_session_set(session, "max-depth", "0", &fixture->error), 0);
    assert_string_equal(hog_session_get(session, "max-depth"), "unlimited");
    assert_int_equal(hog_session_set(session, "color", "off", &fixture->error), 0);
    assert_string_equal(hog_session_get(session, "color"), "off");
    assert_int_equal(hog_session_set(session, "redact", "*password*,token", &fixture->error), 0);
    assert_string_equal(hog_session_get(session, "redact"), "*password*,token");
    assert_null(hog_session_get(session, "colour"));

    assert_int_not_equal(hog_session_set(session, "color", "red", &fixture->error), 0);
    assert_string_equal(fixture->error, "hognose: color cannot be \"red\": it is auto, on or off");
    assert_int_not_equal(hog_session_set(session, "max-string", "-1", &fixture->error), 0);
    assert_string_equal(fixture->error,
                        "hognose: max-string cannot be \"-1\": it is a number such as 20, or unlimited");
    assert_int_not_equal(hog_session_set(session, "nothing", "1", &fixture->error), 0);
    assert_string_equal(fixture->error, "hognose: no setting is called \"nothing\": there are "
                                        "backtrace, color, max-depth, max-string, path-style, redact");
    assert_string_equal(hog_session_get(session, "color"), "off");
}

static void add_candidate(void *context, const char *candidate)
{
    struct fixture *fixture = context;
    size_t length = strlen(fixture->candidates);

    snprintf(fixture->candidates + length, sizeof fixture->candidates - length, "%s%s", length ? " " : "",
             candidate);
}

static const char *completed(struct fixture *fixture, const char *name, const char *arguments)
{
    fixture->candidates[0] = '\0';
    hog_session_complete(fixture->session, name, arguments, add_candidate, fixture);
    return fixture->candidates;
}

static void test_completion(void **state)
{
    struct fixture *fixture = *state;
    const struct hog_host_thread threads[] = {{.lwp = 7, .number = 1}, {.lwp = 8, .number = 12}, {.lwp = 9}};
    HOG_CLEANUP(hog_text_deinit) struct hog_text versions = {0};

    fixture->fake.threads = threads;
    fixture->fake.thread_count = 3;
    assert_string_equal(completed(fixture, "py-info", ""),
                        "--verbose --json --output --if-alive --core --assume-version --help");
    assert_string_equal(completed(fixture, "py-dump", "--ma"), "--max-depth");
    assert_string_equal(completed(fixture, "py-dump", "-j --f"), "--full");
    assert_string_equal(completed(fixture, "py-dump", "--thread "), "1 12 current");
    assert_string_equal(completed(fixture, "py-dump", "-t 12"), "12");
    assert_string_equal(completed(fixture, "py-dump", "--thread=1"), "--thread=1 --thread=12");
    assert_string_equal(completed(fixture, "py-dump", "-m u"), "unlimited");
    assert_string_equal(completed(fixture, "py-dump", "-o /nowhere/"), "");
    assert_string_equal(completed(fixture, "py-dump", "--json=x"), "");
    assert_string_equal(completed(fixture, "py-dump", "x"), "");
    for (size_t i = 0; i < version_count(); i++) {
        if (version_minor(i) >= 10)
            hog_text_printf(&versions, "%s%s", versions.length ? " " : "", version_name(i));
    }
    assert_string_equal(completed(fixture, "py-info", "-a 3.1"), versions.bytes);
    assert_string_equal(completed(fixture, "py-set", ""),
                        "backtrace color max-depth max-string path-style redact");
    assert_string_equal(completed(fixture, "py-set", "color o"), "on off");
    assert_string_equal(completed(fixture, "py-set", "max-depth "), "unlimited");
    assert_string_equal(completed(fixture, "py-set", "color on "), "");
    assert_string_equal(completed(fixture, "py-nothing", ""), "");
    assert_string_equal(completed(fixture, "py-sample", "--t"), "--threads --thread");
    assert_string_equal(completed(fixture, "py-sample", "-o x.svg -f p"), "prof pprof");
    assert_string_equal(completed(fixture, "py-sample", "-d "), "unlimited");
    assert_string_equal(completed(fixture, "py-top", "--sort="),
                        "--sort=tottime --sort=cumtime --sort=calls --sort=name");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_make, fixture_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_table),
        TEST(test_help_names_every_option),
        TEST(test_help_names_every_format),
        TEST(test_nothing_attached),
        TEST(test_running),
        TEST(test_failed_attach),
        TEST(test_gone_and_missing),
        TEST(test_no_python),
        TEST(test_unreadable_remote),
        TEST(test_usage),
        TEST(test_sampling_refusals),
        TEST(test_debugger_cannot_run),
        TEST(test_settings),
        TEST(test_completion),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
