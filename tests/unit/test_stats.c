/*
 * py-stats: tables, comparisons, sums and files of profiles that are there,
 * made by hand or written by the cProfile of Debian's Python. No process.
 */
#define _GNU_SOURCE
#include "test_stats.h"

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
            "there is no py-stats : it is top, write, convert, diff or merge; py-stats --help tells more");
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

    refused(fixture, "", "say what to do: top, write, convert, diff or merge; py-stats --help tells more");
    refused(fixture, "tpo x",
            "there is no py-stats tpo: it is top, write, convert, diff or merge; py-stats --help tells more");
    refused(fixture, "top",
            "this session has no profile yet: take one with py-sample, "
            "or name a FILE (a .json of py-sample, a .prof)");
    refused(fixture, "write a.svg",
            "this session has no profile yet: take one with py-sample, or write a file in other formats with "
            "py-stats convert IN OUT");
    refused(fixture, "write", "too few file names: py-stats write FILE...");
    refused(fixture, "top a b", "too many file names: py-stats top [FILE]");
    refused(fixture, "diff", "too few file names: py-stats diff OLD [NEW]");
    refused(fixture, "merge a.json", "too few file names: py-stats merge OUT FILE...");
    refused(fixture, "top gone.json", "cannot open gone.json: No such file or directory");
    refused(fixture, "top --json", "unknown option --json; py-stats top --help lists them");
    refused(fixture, "top -n many",
            "--rows cannot be \"many\": it is a number of functions such as 20, or unlimited");
    assert_int_equal(system("echo hello > text.prof; : > empty.json"), 0);
    refused(
        fixture, "top text.prof",
        "text.prof is not a profile that can be read back: it is neither a .prof file nor hognose's own .json");
    refused(fixture, "top empty.json", "empty.json is empty");
}

/* 1,000 samples of 10 ms each, so that everything can be added up by hand: whole tables, and nothing behind them. */
static void test_pages(void **state)
{
    static const struct {
        const char *line, *table;
    } cases[] = {
        {"top p.json", "  Samples  Self s  Self %  Total s  Total %  Function  File\n"
                       "      950   9.500    95.0    9.500     95.0  parse     parse.py:1\n"
                       "      450   0.500     5.0    4.500     45.0  work      work.py:1\n"},
        {"top p.json --line", "  Samples  Self s  Self %  Total s  Total %  Function  File\n"
                              "      850   8.500    85.0    8.500     85.0  parse     parse.py:20\n"
                              "      100   1.000    10.0    1.000     10.0  parse     parse.py:21\n"
                              "      350   0.500     5.0    3.500     35.0  work      work.py:3\n"},
        {"top p.json --sort cumtime -n 2",
         "  Samples  Self s  Self %  Total s  Total %  Function  File\n"
         "      950   9.500    95.0    9.500     95.0  parse     parse.py:1\n"
         "      550   0.000     0.0    5.500     55.0  run       run.py:1\n"
         "  … 2 more (--rows unlimited shows them)\n"},
        {"top p.json --sort name", "  Samples  Self s  Self %  Total s  Total %  Function  File\n"
                                   "      450   0.000     0.0    4.500     45.0  main      main.py:1\n"
                                   "      950   9.500    95.0    9.500     95.0  parse     parse.py:1\n"
                                   "      550   0.000     0.0    5.500     55.0  run       run.py:1\n"
                                   "      450   0.500     5.0    4.500     45.0  work      work.py:1\n"},
        {"top p.json --callers parse", "parse (parse.py:1) is called by\n"
                                       "  Samples  Self s  Total s  Total %  Caller  File\n"
                                       "      550   5.500    5.500     55.0  run     run.py:1\n"
                                       "      400   4.000    4.000     40.0  work    work.py:1\n"},
        {"top p.json --callees work", "work (work.py:1) calls\n"
                                      "  Samples  Self s  Total s  Total %  Callee  File\n"
                                      "      400   4.000    4.000     40.0  parse   parse.py:1\n"
                                      "       50   0.500    0.500      5.0  work    work.py:1\n"},
    };
    struct fixture *fixture = *state;

    write_profile(fixture,
                  sample_profile("M | main:9 work:3 parse:20 | 300\nM | main:9 work:4 parse:21 | 100\n"
                                 "M | main:9 work:4 work:3 | 50\nW | run:2 parse:20 | 550\n"),
                  "p.json");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *out = strdup(run(fixture, cases[i].line));

        assert_non_null(strstr(out, "\n\n"));
        assert_string_equal(strstr(out, "\n\n") + 2, cases[i].table);
        free(out);
    }
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
    must_have(
        out, "\n  Before s  After s  Change  Before %  After %  Points  In total        Function  File\n"
             "     7.000    0.000  -7.000      70.0      0.0   -70.0     -70.0  gone  slow      slow.py:1\n"
             "     0.000    0.500  +0.500       0.0     14.1   +14.1     +14.1  new   fast      fast.py:1\n"
             "     2.000    2.050  +0.050      20.0     57.7   +37.7     +37.7        read      read.py:1\n"
             "     1.000    1.000   0.000      10.0     28.2   +18.2       0.0        main      main.py:1\n");
    assert_null(strstr(out, "… "));
    out = run(fixture, "diff old.json new.json -n 3");
    must_have(out, "\n  … 1 more (--rows unlimited shows them)\n");
    assert_null(strstr(out, "main.py:1"));
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

/* Each has its help, and it names every option that it takes. */
static void test_help(void **state)
{
    struct fixture *fixture = *state;
    size_t count;
    const struct command *commands = stats_commands(&count);

    assert_true(count >= 5);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_top_of_cprofile),  TEST(test_quoted_verb), TEST(test_sort),  TEST(test_top_of_lines),
        TEST(test_callers),          TEST(test_refusals),    TEST(test_pages), TEST(test_diff),
        TEST(test_diff_of_cprofile), TEST(test_hostile),     TEST(test_look),  TEST(test_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
