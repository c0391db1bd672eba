/* Which loops of gevent and of asyncio are taken to hang, and which are not: made by hand. */
#include "support/test.h"
#include "tasks/tasks.h"

#include <stdio.h>

enum { TASKS = 4, MANY = 9 };

struct scene {
    struct hog_task tasks[TASKS];
    struct hog_loop loop;
    struct hog_thread threads[3];
    struct hog_snapshot snapshot;
    struct hog_tasks all;
};

static struct hog_task waiting(const char *name, const char *kind, const char *text)
{
    return (struct hog_task){
        .kind = "Greenlet", .name = name, .state = HOG_TASK_WAITING, .wait = {.kind = kind, .text = text}};
}

/* The hub; one that waits for a semaphore, one for the end of that one, one for work. */
static void make(struct scene *scene)
{
    static const uint32_t by_first[] = {2};

    *scene = (struct scene){.loop = {.kind = "gevent", .is_running = true}};
    scene->tasks[0] = (struct hog_task){.kind = "Hub", .state = HOG_TASK_RUNNING};
    scene->tasks[1] = waiting("one", "semaphore", "a lock");
    scene->tasks[2] = waiting("two", "task", "the end of one");
    scene->tasks[3] = waiting(NULL, "queue", "work");
    scene->tasks[1].awaited_by = by_first;
    scene->tasks[1].awaited_by_count = 1;
    scene->threads[0] = (struct hog_thread){.tstate = 1, .state = HOG_STATE_IDLE};
    scene->threads[1] = (struct hog_thread){.tstate = 2, .state = HOG_STATE_FINISHING};
    scene->threads[2] = (struct hog_thread){.state = HOG_STATE_IDLE}; /* runs no Python */
    scene->snapshot = (struct hog_snapshot){.threads = scene->threads, .thread_count = 3};
    scene->all = (struct hog_tasks){
        .loops = &scene->loop, .loop_count = 1, .tasks = scene->tasks, .task_count = TASKS};
}

static void assert_hang(const struct scene *scene, const char *words)
{
    struct hog_arena arena;
    const char *found;

    hog_arena_init(&arena, 1 << 20);
    found = hog_tasks_hang(&scene->all, &scene->snapshot, &arena);
    if (words) {
        assert_non_null(found);
        assert_string_equal(found, words);
    } else {
        assert_null(found);
    }
    hog_arena_deinit(&arena);
}

static void each_waits_for_another(void **state)
{
    struct scene scene;

    (void)state;
    make(&scene);
    assert_hang(
        &scene,
        "gevent hang: each of the 3 greenlets of the hub waits for what another one would have to give: "
        "one waits for a lock, two waits for the end of one, Greenlet waits for work.");
}

static void something_may_still_happen(void **state)
{
    (void)state;
    for (int difference = 0; difference < 11; difference++) {
        struct scene scene;

        make(&scene);
        switch (difference) {
        case 0:
            scene.all.interrupted = true;
            break;
        case 1:
            scene.all.warning_count = 1;
            break;
        case 2:
            scene.threads[1].state = HOG_STATE_IDLE; /* another thread of Python */
            break;
        case 3:
            scene.threads[0].tstate = 0;
            break;
        case 4:
            scene.loop.is_running = false;
            break;
        case 5:
            scene.loop.kind = "greenlet";
            break;
        case 6:
            scene.tasks[3].wait.kind = "sleep";
            break;
        case 7:
            scene.tasks[3].state = HOG_TASK_READY;
            break;
        case 8:
            scene.tasks[3].wait.kind = NULL;
            break;
        case 9: /* all wait for work */
            scene.tasks[1].wait.kind = scene.tasks[2].wait.kind = "queue";
            break;
        default: /* one greenlet is no hang */
            scene.tasks[2].loop = scene.tasks[3].loop = 1;
        }
        assert_hang(&scene, NULL);
    }
}

static void the_end_of_one_that_is_awaited(void **state)
{
    struct scene scene;

    (void)state;
    make(&scene);
    scene.tasks[1].wait.kind =
        "event"; /* nobody waits for a semaphore, or for the end of one whom somebody awaits */
    assert_hang(&scene, NULL);
    scene.tasks[2].awaited_by = scene.tasks[1].awaited_by;
    scene.tasks[2].awaited_by_count = 1;
    assert_hang(
        &scene,
        "gevent hang: each of the 3 greenlets of the hub waits for what another one would have to give: "
        "one waits for a lock, two waits for the end of one, Greenlet waits for work.");
}

static void few_are_named(void **state)
{
    struct hog_task tasks[MANY];
    struct scene scene;

    (void)state;
    make(&scene);
    for (size_t i = 0; i < MANY; i++)
        tasks[i] = waiting("w", "semaphore", "x");
    scene.all.tasks = tasks;
    scene.all.task_count = MANY;
    assert_hang(
        &scene,
        "gevent hang: each of the 9 greenlets of the hub waits for what another one would have to give: "
        "w waits for x, w waits for x, w waits for x, w waits for x, w waits for x, w waits for x, ….");
}

/* One that waits for the next, which waits for a future. */
static void make_asyncio(struct scene *scene)
{
    static const uint32_t next[] = {1};

    make(scene);
    scene->loop = (struct hog_loop){.kind = "asyncio", .is_running = true, .has_nothing_to_come = true};
    scene->tasks[0] = waiting("main", "task", "task");
    scene->tasks[0].enders = next;
    scene->tasks[0].ender_count = 1;
    scene->tasks[1] = waiting("reply", "future", "a future");
    scene->tasks[2] = (struct hog_task){.name = "old", .state = HOG_TASK_DONE};
    scene->tasks[3] = (struct hog_task){.name = "other", .state = HOG_TASK_READY, .loop = 1};
}

static const char one_for_the_next[] =
    "asyncio hang: nothing is left that could wake the loop (no timer, no file, no handler of a signal, "
    "no other thread): task main waits for task reply; task reply waits for a future.";

static void nothing_is_left_to_come(void **state)
{
    struct scene scene;

    (void)state;
    make_asyncio(&scene);
    assert_hang(&scene, one_for_the_next);
    make_asyncio(&scene);
    scene.loop.has_nothing_to_come = false;
    assert_hang(&scene, NULL);
    make_asyncio(&scene);
    scene.loop.is_running = false;
    assert_hang(&scene, NULL);
    make_asyncio(&scene);
    scene.tasks[1].state = HOG_TASK_READY;
    assert_hang(&scene, NULL);
    make_asyncio(&scene);
    scene.threads[1].state = HOG_STATE_IDLE; /* another thread of Python */
    assert_hang(&scene, NULL);
}

static void who_waits_for_its_end_does_not_hang(void **state)
{
    struct scene scene;

    (void)state;
    make_asyncio(&scene);
    scene.tasks[0].ender_count = 0;
    scene.tasks[0].wait.kind = "event";
    assert_hang(&scene, NULL);
    scene.tasks[1].wait = (struct hog_task_wait){.kind = "lock", .text = "asyncio.Lock"};
    assert_hang(&scene,
                "asyncio hang: nothing is left that could wake the loop (no timer, no file, no handler of a "
                "signal, no other thread): task main waits for task; task reply waits for asyncio.Lock.");
}

/* Task "main" runs, "reply" waits for a future; those that wait for another task are no reason. */
static void a_call_holds_up_the_loop(void **state)
{
    static const struct {
        enum hog_thread_state thread;
        enum hog_task_state reply;
        uint32_t reply_enders;
        double overdue;
        const char *words;
    } cases[] = {
        {HOG_STATE_IDLE, HOG_TASK_WAITING, 0, 0, "; 1 other task cannot run."},
        {HOG_STATE_IDLE, HOG_TASK_READY, 0, 2, "; 1 other task cannot run; timers are overdue by 2.0 s."},
        {HOG_STATE_IDLE, HOG_TASK_WAITING, 1, 0, NULL},
        {HOG_STATE_IDLE, HOG_TASK_WAITING, 1, 0.5, "; timers are overdue by 0.5 s."},
        {HOG_STATE_IDLE, HOG_TASK_DONE, 0, 0.05, NULL},
        {HOG_STATE_RUNNING, HOG_TASK_WAITING, 0, 0.5, NULL},
        {HOG_STATE_RUNNING, HOG_TASK_WAITING, 1, 1, "; timers are overdue by 1.0 s."},
        {HOG_STATE_WAITING_FOR_GIL, HOG_TASK_WAITING, 1, 1, "; timers are overdue by 1.0 s."},
        {HOG_STATE_CRASHED, HOG_TASK_WAITING, 0, 9, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        struct hog_arena arena;
        const char *found;
        char wanted[256];

        make_asyncio(&scene);
        scene.tasks[0].state = HOG_TASK_RUNNING;
        scene.tasks[0].ender_count = 0;
        scene.tasks[1].state = cases[i].reply;
        scene.tasks[1].ender_count = cases[i].reply_enders;
        scene.loop.overdue = cases[i].overdue;
        scene.threads[0].state = cases[i].thread;
        scene.threads[0].name = "MainThread";
        hog_arena_init(&arena, 1 << 20);
        found = hog_tasks_blocked_loop(&scene.all, &scene.snapshot, &arena);
        snprintf(wanted, sizeof wanted,
                 "Blocked event loop: task main holds up the loop of MainThread (asyncio)%s",
                 cases[i].words ? cases[i].words : "");
        assert_true(!found == !cases[i].words);
        if (found)
            assert_string_equal(found, wanted);
        scene.loop.thread = HOG_TASK_NONE;
        assert_null(hog_tasks_blocked_loop(&scene.all, &scene.snapshot, &arena));
        scene.loop.thread = 0;
        scene.tasks[0].kind = "Hub"; /* it is the loop itself that runs */
        assert_null(hog_tasks_blocked_loop(&scene.all, &scene.snapshot, &arena));
        hog_arena_deinit(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_waits_for_another),
        cmocka_unit_test(something_may_still_happen),
        cmocka_unit_test(the_end_of_one_that_is_awaited),
        cmocka_unit_test(few_are_named),
        cmocka_unit_test(nothing_is_left_to_come),
        cmocka_unit_test(who_waits_for_its_end_does_not_hang),
        cmocka_unit_test(a_call_holds_up_the_loop),
    };

    return cmocka_run_group_tests_name("task_hang", tests, NULL, NULL);
}
