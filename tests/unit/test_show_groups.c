/* Threads that are alike, of many processes: whole pages of groups made by hand. */
#include "show/groups.h"
#include "support/sample_snapshot.h"
#include "support/test.h"
#include "support/written.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct group_frame in_poll[] = {
    {"Ring.wait", "/srv/torch/distributed.py", "torch.distributed", 310},
    {"main", "/srv/train.py", NULL, 20}};
static const struct group_frame in_step[] = {{"step", "/srv/train.py", NULL, 88},
                                             {"main", "/srv/train.py", NULL, 20}};

static uint32_t add_process(struct groups *groups, int64_t pid, int64_t rank, const char *host,
                            const char *error)
{
    const struct group_process about = {
        .host = host, .pid = pid, .rank = rank, .words = "python3 train.py", .error = error};
    uint32_t number;

    assert_int_equal(groups_add_process(groups, &about, &number), HOG_OK);
    return number;
}

static void add_thread(struct groups *groups, uint32_t process, int64_t lwp, const char *name, bool waits)
{
    const struct group_thread thread = {.lwp = lwp,
                                        .name = name,
                                        .state = waits ? "idle, in poll" : "running",
                                        .frames = waits ? in_poll : in_step,
                                        .frame_count = 2};

    assert_int_equal(groups_add_thread(groups, process, &thread), HOG_OK);
}

static char *page(struct groups *groups, const struct theme *theme)
{
    struct written written;

    written_begin(&written);
    assert_int_equal(theme ? groups_put_text(groups, theme, &written.output.outlet)
                           : groups_put_json(groups, "1.2", &written.output.outlet),
                     HOG_OK);
    return written_end(&written);
}

/* The groups end with it. */
static void assert_page(struct groups *groups, const char *expected)
{
    const struct theme theme = {0};
    char *text = page(groups, &theme);

    assert_string_equal(text, expected);
    free(text);
    groups_destroy(groups);
}

/* Three ranks wait for the fourth. */
static struct groups *ranks(void)
{
    struct groups *groups = groups_create();

    assert_non_null(groups);
    for (int64_t rank = 3; rank >= 0; rank--) {
        uint32_t number = add_process(groups, 100 + rank, rank, "node", NULL);

        add_thread(groups, number, 100 + rank, "MainThread", rank != 1);
    }
    return groups;
}

static void the_odd_one_out_comes_first(void **state)
{
    static const char expected[] = "4 threads in 4 processes\n"
                                   "   0  process 100  python3 train.py\n"
                                   "   1  process 101  python3 train.py\n"
                                   "   2  process 102  python3 train.py\n"
                                   "   3  process 103  python3 train.py\n"
                                   "\n"
                                   "1 thread in 1 process (1)  \"MainThread\"   running\n"
                                   "  #0   step  train.py:88\n"
                                   "  #1   main  train.py:20\n"
                                   "\n"
                                   "3 threads in 3 processes (0,2,3)  \"MainThread\"   idle, in poll\n"
                                   "  #0   Ring.wait  torch/distributed.py:310\n"
                                   "  #1   main       train.py:20\n";
    const struct theme theme = {0}, short_theme = {.full_paths = true, .max_depth = 1};
    struct groups *groups = ranks();
    char *text = page(groups, &theme);

    (void)state;
    assert_string_equal(text, expected);
    free(text);
    text = page(groups, &short_theme);
    assert_non_null(strstr(text, "  #0   Ring.wait  /srv/torch/distributed.py:310\n  … 1 more\n"));
    free(text);
    groups_destroy(groups);
}

static void json_has_every_thread(void **state)
{
    static const struct {
        size_t threads;
        int64_t line, processes[3];
        const char *state;
    } wanted[] = {{1, 88, {1}, "running"}, {3, 310, {0, 2, 3}, "idle, in poll"}};
    struct groups *groups = ranks();
    char *text = page(groups, NULL);
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *processes, *found;

    (void)state;
    assert_non_null(document);
    processes = json_object_get(document, "processes");
    assert_int_equal(json_array_size(processes), 4);
    for (size_t i = 0; i < 4; i++) {
        json_t *process = json_array_get(processes, i);

        assert_int_equal(json_integer_value(json_object_get(process, "process")), i);
        assert_int_equal(json_integer_value(json_object_get(process, "rank")), i);
        assert_int_equal(json_integer_value(json_object_get(process, "pid")), 100 + i);
        assert_int_equal(json_integer_value(json_object_get(process, "threads")), 1);
        assert_int_equal(json_integer_value(json_object_get(process, "rounds")), 1);
        assert_true(json_is_null(json_object_get(process, "threads_that_stood_still")));
    }
    found = json_object_get(document, "groups");
    assert_int_equal(json_array_size(found), 2);
    for (size_t i = 0; i < 2; i++) {
        json_t *group = json_array_get(found, i), *frames = json_object_get(group, "frames"),
               *in = json_object_get(group, "processes");

        assert_int_equal(json_integer_value(json_object_get(group, "thread_count")), wanted[i].threads);
        assert_string_equal(json_string_value(json_object_get(group, "state")), wanted[i].state);
        assert_int_equal(json_array_size(json_object_get(group, "threads")), wanted[i].threads);
        assert_int_equal(json_array_size(in), wanted[i].threads);
        for (size_t k = 0; k < wanted[i].threads; k++)
            assert_int_equal(json_integer_value(json_array_get(in, k)), wanted[i].processes[k]);
        assert_int_equal(json_array_size(frames), 2);
        assert_int_equal(json_integer_value(json_object_get(json_array_get(frames, 0), "line")),
                         wanted[i].line);
    }
    json_decref(document);
    free(text);
    groups_destroy(groups);
}

/* One of two processes was met again: one of its threads went on, one stood still. */
static void two_rounds_tell_who_stood_still(void **state)
{
    const struct theme theme = {0};
    struct groups *groups = groups_create();
    uint32_t number;
    char *text;

    (void)state;
    for (int round = 0; round < 2; round++) {
        number = add_process(groups, 200, -1, "a", NULL);
        add_thread(groups, number, 200, "MainThread", true);
        add_thread(groups, number, 201, "other", true);
        number = add_process(groups, 300, -1, "b", NULL);
        add_thread(groups, number, 300, "MainThread", round);
        add_thread(groups, number, 301, "other", true);
    }
    text = page(groups, &theme);
    assert_non_null(strstr(text, "4 threads in 2 processes\n   0  a  process 200  python3 train.py\n"
                                 "   1  b  process 300  python3 train.py\n"
                                 "No thread moved between the two rounds in 1 of 2 processes: 0\n"));
    assert_non_null(
        strstr(text, "\n4 threads in 2 processes (0,1)  \"MainThread\", \"other\"   idle, in poll\n"));
    assert_null(strstr(text, "running"));
    free(text);
    number = add_process(groups, 200, -1, "a", NULL);
    add_thread(groups, number, 200, "MainThread", false);
    add_thread(groups, number, 201, "other", true);
    text = page(groups, &theme);
    assert_non_null(strstr(text, "Between the two rounds each of 2 processes moved.\n"));
    free(text);
    text = page(groups, NULL);
    assert_non_null(strstr(text, "\"rounds\": 3"));
    assert_non_null(strstr(text, "\"threads_that_stood_still\": 1"));
    free(text);
    groups_destroy(groups);
}

static void of_many_those_are_listed_that_differ(void **state)
{
    const struct theme theme = {0};
    struct groups *groups = groups_create();
    char *text;

    (void)state;
    for (int i = 0; i < 40; i++)
        add_thread(groups, add_process(groups, 1000 + i, -1, NULL, NULL), 1000 + i, "MainThread", i != 7);
    (void)add_process(groups, 5000, -1, NULL, "it has\nended");
    text = page(groups, &theme);
    assert_non_null(strstr(text, "40 threads in 41 processes\n   7  process 1007  python3 train.py\n"
                                 "  40  process 5000  python3 train.py  not dumped: it has\\nended\n"
                                 "      39 more: --json names them\n"));
    assert_non_null(
        strstr(text, "\n39 threads in 39 processes (0-6,8-39)  \"MainThread\"   idle, in poll\n"));
    free(text);
    groups_destroy(groups);
}

static void threads_without_names_or_frames(void **state)
{
    static const char expected[] = "6 threads in 1 process\n"
                                   "   0  process 9  python3 train.py\n"
                                   "\n"
                                   "6 threads  \"a\", \"b\", \"c\", …\n"
                                   "  (no Python frames)\n";
    static const char *const names[] = {"a", NULL, "b", "a", "c", "d"};
    struct groups *groups = groups_create();
    uint32_t number = add_process(groups, 9, -1, NULL, NULL);

    (void)state;
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(groups_add_thread(groups, number,
                                           &(struct group_thread){.lwp = 10 + (int64_t)i, .name = names[i]}),
                         HOG_OK);
    assert_page(groups, expected);
}

static void a_report_is_one_process(void **state)
{
    static const char expected[] = "4 threads in 1 process\n"
                                   "   0  process 48291  python3 worker.py\n"
                                   "\n"
                                   "1 thread  \"MainThread\"   waiting for the GIL\n"
                                   "  #0   Condition.wait  threading.py:355\n"
                                   "  #1   Thread.join     threading.py:1149\n"
                                   "  #2   main            worker.py:88\n"
                                   "\n"
                                   "1 thread  \"sender-3\"   running\n"
                                   "  #0   encode  codec.py:41\n"
                                   "  #1   send    sender.py\n"
                                   "\n"
                                   "1 thread   idle, in read\n"
                                   "  (no Python frames)\n"
                                   "\n"
                                   "1 thread  \"grpc\"   native, in futex\n"
                                   "  (no Python frames)\n";
    struct hog_snapshot *snapshot = sample_everyday();
    const struct hog_thread *threads[4];
    const struct report report = {
        .pid = 48291, .rank = -1, .command_line = "python3 worker.py", .threads = threads, .thread_count = 4};
    struct groups *groups = groups_create();

    (void)state;
    for (size_t i = 0; i < 4; i++)
        threads[i] = &snapshot->threads[i];
    assert_int_equal(groups_add_report(groups, &report), HOG_OK);
    assert_page(groups, expected);
    hog_snapshot_destroy(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_odd_one_out_comes_first),
        cmocka_unit_test(json_has_every_thread),
        cmocka_unit_test(two_rounds_tell_who_stood_still),
        cmocka_unit_test(of_many_those_are_listed_that_differ),
        cmocka_unit_test(threads_without_names_or_frames),
        cmocka_unit_test(a_report_is_one_process),
    };

    return cmocka_run_group_tests_name("show_groups", tests, NULL, NULL);
}
