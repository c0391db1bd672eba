/*
 * py-stats: tables, comparisons, sums and files of profiles that are there,
 * made by hand or written by the cProfile of Debian's Python. No process.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "command/command.h"
#include "formats/write.h"
#include "support/fake_host.h"
#include "support/sample_profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct fake_host fake;
    struct hog_session *session;
    char folder[64];
    char line[1024];
    const char *error;
};

static int fixture_make(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct hog_host host;

    if (!fixture)
        return -1;
    strcpy(fixture->folder, "/tmp/hognose-stats-XXXXXX");
    host = fake_host_make(&fixture->fake);
    fixture->session = hog_session_create(&host);
    *state = fixture;
    return fixture->session && mkdtemp(fixture->folder) && chdir(fixture->folder) == 0 ? 0 : -1;
}

static int fixture_drop(void **state)
{
    struct fixture *fixture = *state;
    char command[128];

    hog_session_destroy(fixture->session);
    fake_host_deinit(&fixture->fake);
    snprintf(command, sizeof command, "rm -rf %s", fixture->folder);
    if (chdir("/") != 0 || system(command) != 0)
        return -1;
    free(fixture);
    return 0;
}

static const char *run(struct fixture *fixture, const char *arguments)
{
    hog_text_clear(&fixture->fake.out);
    if (hog_session_run(fixture->session, "py-stats", arguments, &fixture->error) != 0)
        fail_msg("%s", fixture->error);
    return fake_host_out(&fixture->fake);
}

static void refused(struct fixture *fixture, const char *arguments, const char *words)
{
    hog_text_clear(&fixture->fake.out);
    assert_int_not_equal(hog_session_run(fixture->session, "py-stats", arguments, &fixture->error), 0);
    snprintf(fixture->line, sizeof fixture->line, "py-stats: %s", words);
    assert_string_equal(fixture->error, fixture->line);
}

/* The words begin so. */
static void refused_with(struct fixture *fixture, const char *arguments, const char *words)
{
    hog_text_clear(&fixture->fake.out);
    assert_int_not_equal(hog_session_run(fixture->session, "py-stats", arguments, &fixture->error), 0);
    snprintf(fixture->line, sizeof fixture->line, "py-stats: %s", words);
    assert_memory_equal(fixture->error, fixture->line, strlen(fixture->line));
}

static void must_have(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in: %s", part, text);
}

/* The session's last profile is this one, as if it had been sampled. */
static void keep(struct fixture *fixture, struct hog_profile *profile)
{
    hog_profile_destroy(fixture->session->last_profile);
    fixture->session->last_profile = profile;
}

/* Each on a line of its own, in this order. */
static void must_be_ordered(const char *text, const char *const *parts)
{
    for (; text && *parts; parts++) {
        const char *found = strstr(text, *parts);

        if (!found)
            fail_msg("\"%s\" is not in, or not after the one before: %s", *parts, text);
        text = found ? found + strlen(*parts) : NULL;
    }
}

/* A profile that cProfile wrote: fib recurs, square is called 1,000 times. */
static void write_cprofile(const char *path, int times)
{
    char command[512];

    if (access("/usr/bin/python3", X_OK) != 0) {
        print_message("skipped: no /usr/bin/python3\n");
        skip();
    }
    snprintf(command, sizeof command,
             "/usr/bin/python3 -c \"import cProfile\n"
             "def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\n"
             "def square(n): return sum(range(n))\n"
             "def main():\n"
             "  fib(10)\n"
             "  for i in range(%d): square(i)\n"
             "cProfile.run('main()', '%s')\"",
             times, path);
    assert_int_equal(system(command), 0);
}

static void test_top_of_cprofile(void **state)
{
    struct fixture *fixture = *state;
    const char *out;

    write_cprofile("c.prof", 1000);
    out = run(fixture, "top c.prof");
    must_have(out, "Not sampled: exact counts of calls, as cProfile takes them\n");
    must_have(out, "Calls  Self s  Self %  Total s  Total %  Function");
    must_have(out, "\n  177/1  ");
    must_have(out, "\n   1000  ");
    must_have(out, "  fib ");
    out = run(fixture, "top --sort calls -n 2 c.prof");
    must_be_ordered(out,
                    (const char *const[]){"square", "… ", " more (--rows unlimited shows them)\n", NULL});
    out = run(fixture, "top c.prof --callers square --callees main");
    must_be_ordered(out,
                    (const char *const[]){"square (<string>:3) is called by\n", "Caller", "  1000  ",
                                          "  main ", "main (<string>:4) calls\n", "Callee", "square", NULL});
    out = run(fixture, "top c.prof --callers fib");
    must_be_ordered(out, (const char *const[]){"fib (<string>:2) is called by\n", "fib ", NULL});
    must_be_ordered(out, (const char *const[]){"fib (<string>:2) is called by\n", "main ", NULL});
}

/* A verb may be quoted, as any word may; what is no verb whole is none. */
static void test_quoted_verb(void **state)
{
    static const char *const lines[] = {"'top' it.prof -n 1", " \"top\" it.prof -n 1", "t'o'p it.prof -n 1",
                                        "to\\p\tit.prof -n 1"};
    struct fixture *fixture = *state;
    char *plain;

    write_cprofile("it.prof", 3);
    plain = strdup(run(fixture, "top it.prof -n 1"));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_string_equal(run(fixture, lines[i]), plain);
    free(plain);
    refused(fixture, "'top it.prof' -n 1", "unknown option -n; py-stats --help lists them");
    refused(fixture, "'top", "a quote is not closed: 'top");
    refused(fixture, "''",
            "there is no py-stats : it is top, write, diff or merge; py-stats --help tells more");
}

static void test_sort(void **state)
{
    struct fixture *fixture = *state;

    keep(fixture, sample_profile("M | main zeta | 50\nM | main alpha | 30\nM | main alpha beta | 20\n"));
    must_be_ordered(run(fixture, "top"), (const char *const[]){"zeta", "alpha", "beta", NULL});
    must_be_ordered(run(fixture, "top -k cumtime"),
                    (const char *const[]){"main", "alpha", "zeta", "beta", NULL});
    must_be_ordered(run(fixture, "top --sort=cumulative -n 2"),
                    (const char *const[]){"main", "… 2 more", NULL});
    must_be_ordered(run(fixture, "top --sort name"),
                    (const char *const[]){"alpha", "beta", "main", "zeta", NULL});
    must_be_ordered(run(fixture, "top --sort ncalls"),
                    (const char *const[]){"main", "alpha", "zeta", "beta", NULL});
}

static void test_top_of_lines(void **state)
{
    struct fixture *fixture = *state;
    const char *out;

    keep(fixture, sample_profile("M | main:5 work:11 | 60\nM | main:5 work:12 | 30\nM | main:6 | 10\n"));
    out = run(fixture, "top --line");
    must_be_ordered(
        out, (const char *const[]){"     60   0.600    60.0    0.600     60.0  work      work.py:11\n",
                                   "     30   0.300    30.0    0.300     30.0  work      work.py:12\n",
                                   "     10   0.100    10.0    0.100     10.0  main      main.py:6\n", NULL});
    out = run(fixture, "top --line --sort cumtime -n 1");
    must_have(out, "     90   0.000     0.0    0.900     90.0  main      main.py:5\n");
    must_have(out, "  … 3 more");
}

static void test_callers(void **state)
{
    struct fixture *fixture = *state;
    const char *out;

    keep(fixture, sample_profile_worker());
    out = run(fixture, "top --callers Part.walk");
    must_be_ordered(out, (const char *const[]){"Part.walk (parser.py:55) is called by\n", "Samples", "parse ",
                                               "Part.walk ", NULL});
    out = run(fixture, "top --callees send --callers '<module>'");
    must_have(out, "HTTPAdapter.send (adapters.py:434) calls\n");
    must_have(out, "  (nobody: outermost)\n");
    must_have(out, "HTTPConnectionPool.urlopen");
    must_have(run(fixture, "top --callees inflate"), " calls\n  nothing that was sampled\n");
    refused(fixture, "top --callers nobody",
            "no function is called \"nobody\": py-stats top --sort name --rows unlimited lists them");
}

static void test_refusals(void **state)
{
    struct fixture *fixture = *state;

    refused(fixture, "", "say what to do: top, write, diff or merge; py-stats --help tells more");
    refused(fixture, "tpo x",
            "there is no py-stats tpo: it is top, write, diff or merge; py-stats --help tells more");
    refused(fixture, "top",
            "this session has no profile yet: take one with py-sample, "
            "or name a FILE (a .json of py-sample, a .prof)");
    refused(fixture, "write a.svg",
            "this session has no profile yet: take one with py-sample, or name a FILE (a .json "
            "of py-sample, a .prof)");
    refused(fixture, "write", "too few file names: py-stats write FILE...");
    refused(fixture, "top a b", "too many file names: py-stats top [FILE]");
    refused(fixture, "diff", "too few file names: py-stats diff OLD [NEW]");
    refused(fixture, "merge a.json", "too few file names: py-stats merge OUT FILE...");
    refused(fixture, "top gone.json", "cannot open gone.json: No such file or directory");
    refused(fixture, "top --json", "unknown option --json; py-stats top --help lists them");
    refused(fixture, "top -n many",
            "--rows cannot be \"many\": it is a number of functions such as 20, or unlimited");
    assert_int_equal(system("echo hello > text.prof; : > empty.json"), 0);
    refused(fixture, "top text.prof",
            "text.prof is no profile that can be read back: neither a .prof file nor hognose's own .json");
    refused(fixture, "top empty.json", "empty.json is empty");
}

/* Every format, by its ending and by its name, as the writers have it. */
static void test_write(void **state)
{
    struct fixture *fixture = *state;
    size_t count;
    const struct hog_format *formats = hog_formats(&count);

    keep(fixture, sample_profile_worker());
    for (size_t i = 0; i < count; i++) {
        char line[128], said[64];

        snprintf(line, sizeof line, "write 'all of it%s'", formats[i].extensions[0]);
        snprintf(said, sizeof said, "Wrote all of it%s (%s, ", formats[i].extensions[0], formats[i].name);
        must_have(run(fixture, line), said);
        snprintf(line, sizeof line, "write -f %s -- -named", formats[i].name);
        must_have(run(fixture, line), "Wrote -named (");
        snprintf(line, sizeof line, "cmp -- 'all of it%s' -named", formats[i].extensions[0]);
        assert_int_equal(system(line), 0);
    }
    must_have(run(fixture, "write %p-%t-100%%-%x.folded"), "Wrote 48291-2026");
    must_have(run(fixture, "write %p-%t-100%%-%x.folded"), "Z-100%-%x.folded (collapsed, ");
    must_have(run(fixture, "write - -f collapsed"), "<module> (worker.py:1);main (worker.py:88);");
    assert_int_equal(system("ls -A | grep -q tmp"), 256);
}

static void test_failed_files(void **state)
{
    struct fixture *fixture = *state;

    keep(fixture, sample_profile_worker());
    refused(fixture, "write /dev/full good.json /dev/full --format json",
            "2 of 3 files were not written: cannot write /dev/full: No space left on "
            "device; free some space, or choose another FILE; cannot write /dev/full: No "
            "space left on device; free some space, or choose another FILE");
    must_have(fake_host_out(&fixture->fake), "Wrote good.json (json, ");
    refused(fixture, "write nowhere/x.svg good2.json",
            "cannot write nowhere/x.svg: there is no folder nowhere; make it, or choose another FILE");
    assert_int_not_equal(access("good2.json", F_OK), 0);
}

static void write_profile(struct fixture *fixture, struct hog_profile *profile, const char *path)
{
    char line[256];

    keep(fixture, profile);
    snprintf(line, sizeof line, "write %s", path);
    run(fixture, line);
}

static void test_diff(void **state)
{
    struct fixture *fixture = *state;
    struct hog_profile_info longer = sample_info();
    const char *out;

    write_profile(fixture, sample_profile("M | main slow | 700\nM | main read | 200\nM | main | 100\n"),
                  "old.json");
    write_profile(fixture, sample_profile("M | main fast | 50\nM | main read | 205\nM | main | 100\n"),
                  "new.json");
    out = run(fixture, "diff old.json new.json");
    must_have(out, "Before  old.json  10.0 s  1,000 samples\nAfter   new.json  10.0 s  355 samples\n");
    must_have(
        out,
        "Verdict: 6.45 s less in all (10.00 s before, 3.55 s after, -64 %); changed most: slow (slow.py:1) "
        "is gone: 7.00 s before, 0.00 s after\n");
    must_be_ordered(out,
                    (const char *const[]){"Before s  After s  Change", "  gone  slow", "  new   fast", NULL});
    must_have(
        out, "     7.000    0.000  -7.000      70.0      0.0   -70.0     -70.0  gone  slow      slow.py:1\n");
    must_have(run(fixture, "diff old.json -n 1"), "… ");
    must_have(run(fixture, "diff new.json new.json"), "no function changed by more than chance explains");

    longer.duration = 20;
    write_profile(fixture, sample_profile_with("M | main slow | 1400\nM | main read | 600\n", &longer),
                  "long.json");
    out = run(fixture, "diff old.json long.json");
    must_have(out, "Verdict: durations differ (10.0 s and 20.0 s), so shares are compared; ");
}

/* What a team has already: cProfile before and after. */
static void test_diff_of_cprofile(void **state)
{
    struct fixture *fixture = *state;
    const char *out;

    write_cprofile("before.prof", 3000);
    write_cprofile("after.prof", 30);
    out = run(fixture, "diff before.prof after.prof");
    must_have(out, " s of exact calls\n");
    must_have(out, "Verdict: ");
    must_have(out, " s less in all (");
    must_have(out, "square");
}

static void test_merge(void **state)
{
    struct fixture *fixture = *state;
    struct hog_profile_info idle = sample_info();

    write_profile(fixture, sample_profile("M | main a | 30\n"), "one.json");
    write_profile(fixture, sample_profile("M | main b | 70\n"), "two.json");
    must_have(run(fixture, "merge sum.json one.json two.json"), "Wrote sum.json (json, ");
    must_have(run(fixture, "top sum.json -k total"), "    100   0.000     0.0    1.000    100.0  main");
    must_have(run(fixture, "merge sum.json sum.json one.json"), "Wrote sum.json");
    must_have(run(fixture, "top sum.json -k total"), "    130   0.000     0.0    1.300    100.0  main");
    must_have(run(fixture, "merge one.folded one.json"), "Wrote one.folded (collapsed, ");
    idle.mode = HOG_PROFILE_IDLE;
    write_profile(fixture, sample_profile_with("M | main b | 70\n", &idle), "idle.json");
    refused(fixture, "merge sum.json one.json idle.json",
            "one profile is of mode cpu, another of mode idle: merge only like with like");
    write_cprofile("c.prof", 10);
    must_have(run(fixture, "merge more.prof c.prof c.prof"), "Wrote more.prof (prof, ");
    must_have(run(fixture, "top more.prof"), "\n  354/2  ");
    refused_with(fixture, "merge picture.svg c.prof",
                 "a .svg file needs stacks, and this profile knows functions and callers only "
                 "(cProfile keeps no stacks); write .prof, ");
}

/* Names that try to drive the terminal, in every table. */
static void test_hostile(void **state)
{
    static const char *const lines[] = {
        "top",
        "top --line -n unlimited",
        "top --callers main --callees main",
        "diff hostile.json",
        "top hostile.prof",
    };
    struct fixture *fixture = *state;

    write_profile(fixture, sample_profile_hostile(), "hostile.json");
    run(fixture, "write hostile.prof");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const char *out = run(fixture, lines[i]);

        assert_null(strchr(out, '\x1b'));
        assert_null(strchr(out, '\t'));
        if (i != 3) /* nothing differs there */
            must_have(out, "<script>alert(\"1\")</script>;");
    }
    keep(fixture, sample_profile_empty());
    must_have(run(fixture, "top"), ": 0 of 1,000 samples kept, 1,000 idle");
    must_have(run(fixture, "diff hostile.json"), "After   (this session's last profile)");
}

static void test_look(void **state)
{
    struct fixture *fixture = *state;

    keep(fixture, sample_profile_worker());
    fixture->fake.colour = true;
    unsetenv("NO_COLOR");
    must_have(run(fixture, "top"), "\x1b[36m");
    assert_int_equal(hog_session_set(fixture->session, "color", "off", &fixture->error), 0);
    assert_int_equal(hog_session_set(fixture->session, "path-style", "full", &fixture->error), 0);
    must_have(run(fixture, "top"), "  /srv/app/mail/parser.py:55\n");
    assert_int_equal(hog_session_set(fixture->session, "max-string", "5", &fixture->error), 0);
    must_have(run(fixture, "top"), "  Part… ");
}

/* Each of the four has its help, and it names every option that it takes. */
static void test_help(void **state)
{
    struct fixture *fixture = *state;
    size_t count;
    const struct command *commands = stats_commands(&count);

    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++) {
        const struct usage *usage = &commands[i].usage;
        HOG_FREE char *help = hog_command_help(usage->name);
        char line[64];

        assert_non_null(help);
        snprintf(line, sizeof line, "%s --help", strrchr(usage->name, ' ') + 1);
        assert_string_equal(run(fixture, line), help);
        snprintf(line, sizeof line, "Usage: %s ", usage->name);
        assert_ptr_equal(strstr(help, line), help);
        assert_true(strlen(usage->summary) <= 70);
        for (const char *at = help; *at; at += strcspn(at, "\n") + 1)
            assert_true(strcspn(at, "\n") <= 80);
        for (size_t k = 0; k < OPTION_COUNT; k++) {
            snprintf(line, sizeof line, "  -%c, --%s ", option_table()[k].letter, option_table()[k].name);
            assert_true((strstr(help, line) != NULL) == (usage_find(usage, (enum option)k) != NULL));
        }
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_make, fixture_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_top_of_cprofile),
        TEST(test_sort),
        TEST(test_quoted_verb),
        TEST(test_top_of_lines),
        TEST(test_callers),
        TEST(test_refusals),
        TEST(test_write),
        TEST(test_failed_files),
        TEST(test_diff),
        TEST(test_diff_of_cprofile),
        TEST(test_merge),
        TEST(test_hostile),
        TEST(test_look),
        TEST(test_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
