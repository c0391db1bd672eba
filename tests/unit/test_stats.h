/* What the tests of py-stats share: a session without a process, in a folder of its own. */
#ifndef HOG_TESTS_TEST_STATS_H
#define HOG_TESTS_TEST_STATS_H

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

static inline int fixture_make(void **state)
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

static inline int fixture_drop(void **state)
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

static inline const char *run(struct fixture *fixture, const char *arguments)
{
    hog_text_clear(&fixture->fake.out);
    if (hog_session_run(fixture->session, "py-stats", arguments, &fixture->error) != 0)
        fail_msg("%s", fixture->error);
    return fake_host_out(&fixture->fake);
}

static inline void refused(struct fixture *fixture, const char *arguments, const char *words)
{
    hog_text_clear(&fixture->fake.out);
    assert_int_not_equal(hog_session_run(fixture->session, "py-stats", arguments, &fixture->error), 0);
    snprintf(fixture->line, sizeof fixture->line, "py-stats: %s", words);
    assert_string_equal(fixture->error, fixture->line);
}

/* The words begin so. */
static inline void refused_with(struct fixture *fixture, const char *arguments, const char *words)
{
    hog_text_clear(&fixture->fake.out);
    assert_int_not_equal(hog_session_run(fixture->session, "py-stats", arguments, &fixture->error), 0);
    snprintf(fixture->line, sizeof fixture->line, "py-stats: %s", words);
    assert_memory_equal(fixture->error, fixture->line, strlen(fixture->line));
}

static inline void must_have(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in: %s", part, text);
}

/* The session's last profile is this one, as if it had been sampled. */
static inline void keep(struct fixture *fixture, struct hog_profile *profile)
{
    hog_profile_destroy(fixture->session->last_profile);
    fixture->session->last_profile = profile;
}

/* Each on a line of its own, in this order. */
static inline void must_be_ordered(const char *text, const char *const *parts)
{
    for (; text && *parts; parts++) {
        const char *found = strstr(text, *parts);

        if (!found)
            fail_msg("\"%s\" is not in, or not after the one before: %s", *parts, text);
        text = found ? found + strlen(*parts) : NULL;
    }
}

/* A profile that cProfile wrote: fib recurs, square is called 1,000 times. */
static inline void write_cprofile(const char *path, int times)
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

static inline void write_profile(struct fixture *fixture, struct hog_profile *profile, const char *path)
{
    char line[256];

    keep(fixture, profile);
    snprintf(line, sizeof line, "write --force %s", path);
    run(fixture, line);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_make, fixture_drop)

#endif
