/* py-tasks as text and JSON: tasks made by hand, whole pages. */
#include "show/tasks.h"
#include "support/sample_snapshot.h"
#include "support/test.h"
#include "support/written.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MAIN, FETCH_1, FETCH_2, RUNNER, BOOM, OLD, LAZY, STOP, OF_TRIO, STRAY, TASKS };

static const struct hog_code main_code = {
    .address = 1, .name = "main", .filename = "/srv/service.py", .short_filename = "service.py"};
static const struct hog_code wait_code = {.address = 2,
                                          .name = "wait",
                                          .filename = "/usr/lib/python3.12/streams.py",
                                          .short_filename = "streams.py"};
static const struct hog_frame in_main[] = {{.code = &main_code, .line = 30}};
static const struct hog_frame in_wait[] = {{.code = &wait_code, .line = 539},
                                           {.code = &main_code, .line = 40}};
static const uint32_t by_main[] = {MAIN}, by_many[] = {MAIN, FETCH_1, FETCH_2, RUNNER, STOP};

#define FETCH(where, words)                                                                                  \
    {                                                                                                        \
        .address = (where), .name = (words), .state = HOG_TASK_WAITING, .frames = in_wait, .frame_count = 2, \
        .wait = {.kind = "socket", .address = 0x70, .text = "data of fd 7", .more = ", 3.2 s more"},         \
        .awaited_by = by_main, .awaited_by_count = 1                                                         \
    }

static const struct hog_task tasks[TASKS] = {
    [MAIN] = {.address = 0x100,
              .name = "Task-1",
              .state = HOG_TASK_WAITING,
              .frames = in_main,
              .frame_count = 1,
              .wait = {.kind = "gather", .address = 0x10, .text = "asyncio.gather() of 2"}},
    [FETCH_1] = FETCH(0x200, "fetch-1"),
    [FETCH_2] = FETCH(0x300, "fetch-2"),
    [RUNNER] =
        {.address = 0x400, .name = "runner", .state = HOG_TASK_RUNNING, .frames = in_main, .frame_count = 1},
    [BOOM] = {.address = 0x500,
              .name = "boom",
              .state = HOG_TASK_DONE,
              .exception = "ValueError('x')",
              .is_never_retrieved = true},
    [OLD] = {.address = 0x600, .name = "old", .state = HOG_TASK_DONE, .is_cancelled = true},
    [LAZY] = {.address = 0x700, .name = "lazy", .state = HOG_TASK_CREATED},
    [STOP] = {.address = 0x800,
              .name = "stop",
              .state = HOG_TASK_CANCELLING,
              .wait = {.kind = "lock",
                       .address = 0x77,
                       .text = "asyncio.Lock",
                       .held_by = 0x400,
                       .is_shared = true},
              .stopped_because = "a frame is unreadable"},
    [OF_TRIO] = {.address = 0x900, .loop = 1, .name = "nursery", .state = HOG_TASK_READY},
    [STRAY] = {.address = 0xa00, .loop = HOG_TASK_NONE, .state = HOG_TASK_WAITING},
};

static const struct hog_loop loops[] = {
    {.kind = "asyncio",
     .address = 0xb00,
     .type = "asyncio.unix_events._UnixSelectorEventLoop",
     .is_running = true},
    {.kind = "trio", .address = 0xc00, .type = "Runner", .thread = HOG_TASK_NONE},
};

#define NUMBERS(where)                                                                                       \
    {                                                                                                        \
        .address = (where), .kind = "generator", .name = "numbers", .state = HOG_TASK_SUSPENDED,             \
        .loop = HOG_TASK_NONE, .frames = in_main, .frame_count = 1                                           \
    }

static const struct hog_task suspended[] = {
    NUMBERS(1),
    NUMBERS(2),
    {.address = 3,
     .kind = "async_generator",
     .name = "rows",
     .state = HOG_TASK_CREATED,
     .loop = HOG_TASK_NONE},
};

static struct hog_tasks all_tasks(void)
{
    return (struct hog_tasks){.loops = loops, .loop_count = 2, .tasks = tasks, .task_count = TASKS};
}

static char *page(struct hog_tasks *shown, const struct tasks_view *view, bool as_json)
{
    struct hog_snapshot *snapshot = sample_everyday();
    const struct report report = {.target_kind = "live", .pid = 48291, .rank = -1, .snapshot = snapshot};
    struct written written;

    written_begin(&written);
    if (as_json)
        render_tasks_json(&report, shown, view, &written.output.outlet);
    else
        render_tasks_body(&report, shown, view, &written.output.outlet);
    hog_snapshot_destroy(snapshot);
    return written_end(&written);
}

static void assert_page(struct hog_tasks shown, struct tasks_view view, const char *expected)
{
    char *text = page(&shown, &view, false);

    assert_string_equal(text, expected);
    free(text);
}

#define FIRST_LOOP "Loop 1  _UnixSelectorEventLoop  Thread 1  LWP 48291  \"MainThread\"\n"
#define COUNTS     "  8 tasks: 1 running, 3 waiting, 1 cancelling, 1 not begun, 2 done"

static void a_tree_of_who_awaits_whom(void **state)
{
    (void)state;
    assert_page(all_tasks(), (struct tasks_view){0},
                FIRST_LOOP COUNTS " (some not shown: --full shows them)\n"
                                  "  Task-1  waits for asyncio.gather() of 2\n"
                                  "    #0  main  service.py:30\n"
                                  "    → 2 tasks alike: fetch-1, fetch-2  wait for data of fd 7\n"
                                  "        #0  wait  streams.py:539\n"
                                  "        #1  main  service.py:40\n"
                                  "  runner  running\n"
                                  "    #0  main  service.py:30\n"
                                  "  boom  done, raised ValueError('x'), which nobody has asked for\n"
                                  "  lazy  not begun\n"
                                  "  stop  is being cancelled, waits for asyncio.Lock (0x77)\n"
                                  "    (the rest is missing: a frame is unreadable)\n"
                                  "Loop 2  Runner  not running\n"
                                  "  1 task: 1 ready\n"
                                  "  nursery  ready\n"
                                  "Tasks of no loop that is known\n"
                                  "  1 task: 1 waiting\n"
                                  "  task 0xa00  waits\n");
}

static void one_loop_as_a_list_of_all(void **state)
{
    (void)state;
    assert_page(all_tasks(),
                (struct tasks_view){.flat = true, .full = true, .loop = 1, .theme = {.max_depth = 1}},
                FIRST_LOOP COUNTS "\n"
                                  "  Task-1  waits for asyncio.gather() of 2\n"
                                  "    #0  main  service.py:30\n"
                                  "  fetch-1  waits for data of fd 7, 3.2 s more\n"
                                  "    awaited by Task-1\n"
                                  "    #0  wait  streams.py:539\n"
                                  "    … 1 more (--max-depth unlimited shows them)\n"
                                  "  fetch-2  waits for data of fd 7, 3.2 s more\n"
                                  "    awaited by Task-1\n"
                                  "    #0  wait  streams.py:539\n"
                                  "    … 1 more (--max-depth unlimited shows them)\n"
                                  "  runner  running\n"
                                  "    #0  main  service.py:30\n"
                                  "  boom  done, raised ValueError('x'), which nobody has asked for\n"
                                  "  old  done, cancelled\n"
                                  "  lazy  not begun\n"
                                  "  stop  is being cancelled, waits for asyncio.Lock (0x77)\n"
                                  "    (the rest is missing: a frame is unreadable)\n");
    assert_page(all_tasks(), (struct tasks_view){.loop = 2},
                "Loop 2  Runner  not running\n  1 task: 1 ready\n  nursery  ready\n");
}

static void many_awaiters_are_counted(void **state)
{
    struct hog_tasks shown = all_tasks();
    struct hog_task changed[TASKS];
    const struct tasks_view view = {.flat = true, .loop = 1};
    char *text;

    (void)state;
    memcpy(changed, tasks, sizeof changed);
    changed[LAZY].awaited_by = by_many;
    changed[LAZY].awaited_by_count = 5;
    shown.tasks = changed;
    text = page(&shown, &view, false);
    assert_non_null(
        strstr(text, "  lazy  not begun\n    awaited by Task-1, fetch-1, fetch-2, runner and 1 more\n"));
    free(text);
}

/* One that two await is below both: at the second it is said that it was shown. A ring is begun somewhere. */
static void a_task_stands_below_all_that_await_it(void **state)
{
    static const uint32_t by_two[] = {MAIN, RUNNER}, by_stop[] = {STOP};
    struct hog_tasks shown = all_tasks();
    struct hog_task changed[TASKS];
    const struct tasks_view view = {.loop = 1};
    char *text;

    (void)state;
    memcpy(changed, tasks, sizeof changed);
    changed[LAZY].awaited_by = by_two;
    changed[LAZY].awaited_by_count = 2;
    changed[STOP].awaited_by = by_stop;
    changed[STOP].awaited_by_count = 1;
    shown.tasks = changed;
    text = page(&shown, &view, false);
    assert_non_null(strstr(text, "        #1  main  service.py:40\n    → lazy  not begun\n  runner  running\n"
                                 "    #0  main  service.py:30\n    → lazy  (shown elsewhere)\n  boom  "));
    assert_non_null(strstr(text, "  stop  is being cancelled, waits for asyncio.Lock (0x77)\n"
                                 "    (the rest is missing: a frame is unreadable)\n"
                                 "    → stop  (shown elsewhere)\n"));
    free(text);
}

static void what_nothing_runs(void **state)
{
    struct hog_tasks shown = {.suspended = suspended, .suspended_count = 3};

    (void)state;
    assert_page(shown, (struct tasks_view){0},
                "No thread runs an event loop of asyncio, trio or curio, and there are no tasks.\n"
                "Generators and coroutines that nothing runs: 3\n"
                "  2 alike: generator numbers  suspended\n"
                "    #0  main  service.py:30\n"
                "  asynchronous generator rows  not begun\n");
    shown = (struct hog_tasks){.suspended_unknown = "the heap is torn"};
    assert_page(shown, (struct tasks_view){0},
                "No thread runs an event loop of asyncio, trio or curio, and there are no tasks.\n"
                "Generators and coroutines that nothing runs are not shown: the heap is torn.\n");
}

static const char *words_of(json_t *object, const char *key)
{
    const char *words = json_string_value(json_object_get(object, key));

    return words ? words : "";
}

static void json_has_every_task(void **state)
{
    struct hog_tasks shown = all_tasks();
    const struct tasks_view view = {0};
    char *text;
    json_t *document, *listed;
    size_t number = 0;

    (void)state;
    shown.suspended = suspended;
    shown.suspended_count = 3;
    text = page(&shown, &view, true);
    document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    assert_non_null(document);
    assert_true(json_is_true(json_object_get(document, "complete")));
    listed = json_object_get(document, "loops");
    assert_int_equal(json_array_size(listed), 3);
    for (size_t i = 0; i < 3; i++) {
        static const char *const kinds[] = {"asyncio", "trio", "asyncio"};
        json_t *loop = json_array_get(listed, i), *of_loop = json_object_get(loop, "tasks");

        assert_string_equal(words_of(loop, "kind"), kinds[i]);
        assert_string_equal(words_of(loop, "type"), i < 2 ? loops[i].type : "");
        assert_int_equal(json_is_true(json_object_get(loop, "running")), i == 0);
        assert_int_equal(json_integer_value(json_object_get(loop, "os_thread_id")), i ? 0 : 48291);
        assert_int_equal(json_array_size(of_loop), i ? 1 : 8);
        for (size_t k = 0; k < json_array_size(of_loop); k++, number++) {
            json_t *task = json_array_get(of_loop, k), *wait = json_object_get(task, "waits_for");
            const struct hog_task *wanted = &tasks[number];

            assert_int_equal(strtoull(words_of(task, "id"), NULL, 16), wanted->address);
            assert_string_equal(words_of(task, "name"), wanted->name ? wanted->name : "");
            assert_string_equal(words_of(task, "state"), hog_task_state_key(wanted->state));
            assert_int_equal(json_is_true(json_object_get(task, "cancelled")), wanted->is_cancelled);
            assert_int_equal(json_is_true(json_object_get(task, "never_retrieved")),
                             wanted->is_never_retrieved);
            assert_string_equal(words_of(task, "exception"), wanted->exception ? wanted->exception : "");
            assert_int_equal(json_array_size(json_object_get(task, "frames")), wanted->frame_count);
            assert_int_equal(json_array_size(json_object_get(task, "awaited_by")), wanted->awaited_by_count);
            assert_int_equal(json_is_null(wait), !wanted->wait.kind);
            assert_string_equal(words_of(wait, "kind"), wanted->wait.kind ? wanted->wait.kind : "");
            assert_int_equal(strtoull(words_of(wait, "held_by"), NULL, 16), wanted->wait.held_by);
        }
    }
    assert_int_equal(number, TASKS);
    listed = json_object_get(json_array_get(listed, 0), "tasks");
    assert_string_equal(words_of(json_object_get(json_array_get(listed, FETCH_1), "waits_for"), "text"),
                        "data of fd 7, 3.2 s more");
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(json_array_get(listed, FETCH_1), "awaited_by"), 0)),
        "0x100");
    listed = json_object_get(document, "suspended");
    assert_int_equal(json_array_size(listed), 3);
    assert_string_equal(words_of(json_array_get(listed, 2), "kind"), "async_generator");
    assert_string_equal(words_of(json_array_get(listed, 2), "state"), "created");
    json_decref(document);
}

static void json_of_one_loop_with_few_frames(void **state)
{
    struct hog_tasks shown = all_tasks();
    const struct tasks_view view = {.loop = 1, .theme = {.max_depth = 1}};
    char *text;
    json_t *document, *listed;

    (void)state;
    shown.warning_count = 1;
    text = page(&shown, &view, true);
    document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    assert_non_null(document);
    assert_true(json_is_false(json_object_get(document, "complete")));
    assert_true(json_is_null(json_object_get(document, "suspended")));
    assert_int_equal(json_array_size(json_object_get(document, "loops")), 1);
    listed = json_object_get(json_array_get(json_object_get(document, "loops"), 0), "tasks");
    assert_int_equal(json_array_size(json_object_get(json_array_get(listed, FETCH_1), "frames")), 1);
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_of_who_awaits_whom),
        cmocka_unit_test(one_loop_as_a_list_of_all),
        cmocka_unit_test(many_awaiters_are_counted),
        cmocka_unit_test(a_task_stands_below_all_that_await_it),
        cmocka_unit_test(what_nothing_runs),
        cmocka_unit_test(json_has_every_task),
        cmocka_unit_test(json_of_one_loop_with_few_frames),
    };

    return cmocka_run_group_tests_name("show_tasks", tests, NULL, NULL);
}
