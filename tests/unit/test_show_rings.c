/* py-why of tasks that wait for one another, as text and JSON: tasks made by hand. */
#include "show/why.h"
#include "support/test.h"
#include "support/written.h"
#include "tasks/tasks.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 20, DEEP = 14 };

struct scene {
    struct hog_task tasks[MANY];
    struct hog_frame frames[DEEP];
    uint32_t numbers[MANY];
    struct hog_loop loop;
    struct hog_thread thread;
    struct hog_wait_thread waiter;
    struct hog_snapshot snapshot;
    struct hog_task_ring rings[MANY];
    struct hog_tasks all;
    struct hog_waits waits;
};

static const struct hog_code code = {
    .address = 1, .name = "fetch", .filename = "/srv/app.py", .short_filename = "app.py"};

/* a waits for b, b for a lock that a has. */
static void make(struct scene *scene)
{
    *scene = (struct scene){.loop = {.kind = "asyncio", .address = 0x10, .is_running = true},
                            .thread = {.tstate = 1,
                                       .thread_id = 0x700,
                                       .os_thread_id = 48291,
                                       .debugger_thread = 1,
                                       .name = "MainThread",
                                       .state = HOG_STATE_IDLE,
                                       .system_call = "epoll_wait"},
                            .waiter = {.node = HOG_WAIT_NONE, .frame = HOG_WAIT_NONE, .blocked = -1}};
    for (int i = 0; i < DEEP; i++)
        scene->frames[i] = (struct hog_frame){.code = &code, .line = 10 + i};
    for (uint32_t i = 0; i < MANY; i++) {
        scene->numbers[i] = i;
        scene->tasks[i] = (struct hog_task){.address = 0x100 + i,
                                            .name = "t",
                                            .state = HOG_TASK_WAITING,
                                            .wait = {.kind = "task", .address = 0x101, .text = "task"}};
    }
    scene->tasks[0].name = "a";
    scene->tasks[0].frames = scene->frames;
    scene->tasks[0].frame_count = 2;
    scene->tasks[0].proof = "_fut_waiter of the task at 0x100 is the task at 0x101";
    scene->tasks[1].name = "\033[31mb";
    scene->tasks[1].wait =
        (struct hog_task_wait){.kind = "lock", .address = 0x77, .text = "asyncio.Lock, held by a"};
    scene->rings[0] = (struct hog_task_ring){.tasks = scene->numbers, .count = 2, .behind = 3};
    scene->all = (struct hog_tasks){.loops = &scene->loop,
                                    .loop_count = 1,
                                    .tasks = scene->tasks,
                                    .task_count = MANY,
                                    .rings = scene->rings,
                                    .ring_count = 1};
    scene->snapshot = (struct hog_snapshot){
        .version_text = "3.12.1", .complete = true, .threads = &scene->thread, .thread_count = 1};
    scene->waits = (struct hog_waits){.verdict = HOG_VERDICT_DEADLOCK, .verdict_text = "Deadlock: a and b."};
    scene->waits.graph = (struct hog_wait_graph){.threads = &scene->waiter, .thread_count = 1};
    hog_arena_init(&scene->waits.arena, 1 << 20);
}

/* Without a view: as JSON. */
static char *render(struct scene *scene, const struct why_view *view)
{
    const struct hog_thread *listed[] = {&scene->thread};
    const struct report report = {.target_kind = "live",
                                  .pid = 48291,
                                  .rank = -1,
                                  .command_line = "python3.12 app.py",
                                  .snapshot = &scene->snapshot,
                                  .tasks = &scene->all,
                                  .threads = listed,
                                  .thread_count = 1};
    struct written written;

    written_begin(&written);
    if (view)
        render_why_text(&report, &scene->waits, view, &written.output.outlet);
    else
        render_why_json(&report, &scene->waits, &written.output.outlet);
    hog_arena_deinit(&scene->waits.arena);
    return written_end(&written);
}

static void the_tasks_stand_before_the_threads(void **state)
{
    static const char expected[] = "Deadlock: a and b.\n\n"
                                   "Task a  of Thread 1  LWP 48291  \"MainThread\"\n"
                                   "    waits for task \\x1b[31mb\n"
                                   "    proof: _fut_waiter of the task at 0x100 is the task at 0x101\n"
                                   "    at fetch  app.py:10\n"
                                   "       fetch  app.py:11\n"
                                   "Task \\x1b[31mb  of Thread 1  LWP 48291  \"MainThread\"\n"
                                   "    waits for asyncio.Lock, held by a (0x77)\n"
                                   "Thread 1  LWP 48291  \"MainThread\"\n";
    const struct why_view view = {.verbose = true};
    struct scene scene;
    char *text;

    (void)state;
    make(&scene);
    text = render(&scene, &view);
    assert_non_null(strstr(text, expected));
    free(text);
}

static void what_is_long_is_cut(void **state)
{
    struct why_view view = {0};
    struct scene scene;
    char *text;

    (void)state;
    make(&scene);
    for (int i = 0; i < MANY; i++)
        scene.rings[i] = (struct hog_task_ring){.tasks = scene.numbers, .count = i ? 1 : MANY};
    scene.all.ring_count = MANY;
    scene.tasks[0].frame_count = DEEP;
    text = render(&scene, &view);
    assert_non_null(strstr(text, "       fetch  app.py:21\n       … 2 more\n"));
    assert_non_null(strstr(text, "… 4 more tasks of this ring (--all shows them)\n"));
    assert_non_null(strstr(text, "… 12 more rings of tasks (--all shows them)\n"));
    assert_null(strstr(text, "proof"));
    free(text);
    make(&scene);
    scene.rings[0].count = MANY;
    view.all = true;
    text = render(&scene, &view);
    assert_null(strstr(text, "more tasks"));
    assert_non_null(strstr(text, "Task t 0x113  of"));
    free(text);
}

static void json_has_all(void **state)
{
    struct scene scene;
    json_t *document, *ring, *task;
    char *text;

    (void)state;
    make(&scene);
    scene.rings[0].doubt = "a timer";
    text = render(&scene, NULL);
    document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    assert_non_null(document);
    assert_int_equal(json_array_size(json_object_get(document, "task_cycles")), 1);
    ring = json_array_get(json_object_get(document, "task_cycles"), 0);
    assert_string_equal(json_string_value(json_object_get(ring, "kind")), "asyncio");
    assert_string_equal(json_string_value(json_object_get(ring, "loop")), "0x10");
    assert_string_equal(json_string_value(json_object_get(ring, "doubt")), "a timer");
    assert_string_equal(json_string_value(json_object_get(ring, "thread_id")), "0x700");
    assert_true(json_is_true(json_object_get(ring, "likely")));
    assert_int_equal(json_integer_value(json_object_get(ring, "behind")), 3);
    assert_int_equal(json_array_size(json_object_get(ring, "tasks")), 2);
    task = json_array_get(json_object_get(ring, "tasks"), 0);
    assert_string_equal(json_string_value(json_object_get(task, "id")), "0x100");
    assert_string_equal(json_string_value(json_object_get(task, "evidence")), scene.tasks[0].proof);
    assert_int_equal(json_array_size(json_object_get(task, "frames")), 2);
    task = json_array_get(json_object_get(ring, "tasks"), 1);
    assert_string_equal(json_string_value(json_object_get(json_object_get(task, "waits_for"), "address")),
                        "0x77");
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tasks_stand_before_the_threads),
        cmocka_unit_test(what_is_long_is_cut),
        cmocka_unit_test(json_has_all),
    };

    return cmocka_run_group_tests_name("show_rings", tests, NULL, NULL);
}
