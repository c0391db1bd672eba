/* What the tab key offers for py-stats: its verbs, their options, and names of files. */
#define _GNU_SOURCE
#include "support/fake_host.h"
#include "support/folder.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    struct fake_host fake;
    struct hog_session *session;
    char folder[TEST_FOLDER];
    char line[256];
    char candidates[512];
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
    return fixture->session && test_folder_make(fixture->folder) && chdir(fixture->folder) == 0 ? 0 : -1;
}

static int fixture_drop(void **state)
{
    struct fixture *fixture = *state;
    hog_session_destroy(fixture->session);
    fake_host_deinit(&fixture->fake);
    if (chdir("/") != 0 || !test_folder_drop(fixture->folder))
        return -1;
    free(fixture);
    return 0;
}

static void add_candidate(void *context, const char *candidate)
{
    struct fixture *fixture = context;
    size_t length = strlen(fixture->candidates);

    snprintf(fixture->candidates + length, sizeof fixture->candidates - length, "%s%s", length ? " " : "",
             candidate);
}

static const char *completed(struct fixture *fixture, const char *arguments)
{
    fixture->candidates[0] = '\0';
    hog_session_complete(fixture->session, "py-stats", arguments, add_candidate, fixture);
    return fixture->candidates;
}

static void write_text(const char *path)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fclose(file);
}

static void test_verbs_and_options(void **state)
{
    struct fixture *fixture = *state;

    assert_string_equal(completed(fixture, ""), "top write convert diff merge --help");
    assert_string_equal(completed(fixture, "d"), "diff");
    assert_string_equal(completed(fixture, "top"), "top");
    assert_string_equal(completed(fixture, "'top' -"), "--sort --rows --line --callers --callees --help");
    assert_string_equal(completed(fixture, "top --"), "--sort --rows --line --callers --callees --help");
    assert_string_equal(completed(fixture, "top x.prof -k "), "tottime cumtime calls name");
    assert_string_equal(completed(fixture, "write --format=s"), "--format=svg --format=speedscope");
    assert_string_equal(completed(fixture, "diff a"), "");
}

static void test_files(void **state)
{
    struct fixture *fixture = *state;
    char whole[128];

    assert_string_equal(completed(fixture, "mer"), "merge");
    write_text("after.json");
    write_text(".hidden");
    write_text("two words");
    assert_int_equal(mkdir("before", 0700), 0);
    write_text("before/inner.prof");
    assert_string_equal(completed(fixture, "diff a"), "after.json");
    assert_string_equal(completed(fixture, "diff after.json b"), "before/ before/inner.prof");
    assert_string_equal(completed(fixture, "diff before/"), "before/inner.prof");
    assert_string_equal(completed(fixture, "write ./be"), "./before/ ./before/inner.prof");
    assert_string_equal(completed(fixture, "top .h"), ".hidden");
    assert_string_equal(completed(fixture, "top tw"), "");
    assert_string_equal(completed(fixture, "top -n a"), "");
    snprintf(fixture->line, sizeof fixture->line, "top %s/af", fixture->folder);
    snprintf(whole, sizeof whole, "%s/after.json", fixture->folder);
    assert_string_equal(completed(fixture, fixture->line), whole);
    setenv("HOME", fixture->folder, 1);
    assert_string_equal(completed(fixture, "top ~/af"), "~/after.json");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_make, fixture_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_verbs_and_options), TEST(test_files)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
