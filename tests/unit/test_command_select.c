/* --thread and --python-only: which threads of a snapshot are shown. */
#include "command/select.h"
#include "line/usage.h"
#include "support/sample_snapshot.h"
#include "support/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct usage_option taken[] = {
    {OPTION_THREAD, NULL}, {OPTION_PYTHON_ONLY, NULL}, {OPTION_HELP, NULL}};
static const struct usage usage = {.name = "py-dump", .options = taken};

/* LWPs of the chosen threads, or the words of the error. */
static const char *chosen(const char *line, char buffer[256])
{
    struct hog_snapshot *snapshot = sample_everyday();
    const struct hog_thread **threads;
    struct hog_error error = {0};
    struct options options;
    size_t count;

    assert_int_equal(options_parse(&options, &usage, line, &error), HOG_OK);
    buffer[0] = '\0';
    if (select_threads(snapshot, &options, 48304, &threads, &count, &error) == HOG_OK) {
        for (size_t i = 0; i < count; i++)
            snprintf(buffer + strlen(buffer), 256 - strlen(buffer), "%s%" PRId64, i ? " " : "",
                     threads[i]->os_thread_id);
        free(threads);
    } else {
        snprintf(buffer, 256, "%.250s", error.message);
    }
    options_deinit(&options);
    hog_snapshot_destroy(snapshot);
    return buffer;
}

static void test_chosen(void **state)
{
    static const struct {
        const char *line, *lwps;
    } cases[] = {
        {"", "48291 48304 48305 48310"},
        {"-p", "48291 48304 48305"},
        {"-t 1", "48291"},
        {"-t 48304", "48304"},
        {"-t 0x7f0000000840", "48304"},
        {"-t sender-3", "48304"},
        {"-t 7 -t 1", "48291 48304"},
        {"-t 7,1,grpc", "48291 48304 48310"},
        {"-t 9 -p", "48310"},
        {"-t 1,1", "48291"},
        {"-t ,", ""},
        {"-t current", "48304"},
        {"-t 1,current", "48291 48304"},
    };
    char buffer[256];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(chosen(cases[i].line, buffer), cases[i].lwps);
}

static void test_no_such_thread(void **state)
{
    static const char *const lines[] = {"-t 99", "-t 1,99", "-t 99 -t 1"};
    static const char words[] =
        "there is no thread \"99\": give a number, LWP, pthread id 0x..., name or current; py-threads lists them";
    char buffer[256];

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_string_equal(chosen(lines[i], buffer), words);
    assert_non_null(strstr(chosen("-t 0", buffer), "\"0\""));
    assert_non_null(strstr(chosen("-t 0x0", buffer), "\"0x0\""));
    assert_non_null(strstr(chosen("-t -7", buffer), "\"-7\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chosen),
        cmocka_unit_test(test_no_such_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
