/* Which tasks wait for one another for ever, and how sure that is: tasks made by hand. */
#include "support/test.h"
#include "tasks/tasks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 5, MANY = 200000 };

struct scene {
    struct hog_task tasks[MOST];
    struct hog_loop loop;
    struct hog_thread thread;
    struct hog_snapshot snapshot;
    struct hog_tasks all;
    struct hog_arena arena;
};

static const uint32_t numbers[MOST] = {0, 1, 2, 3, 4};

static void waits(struct scene *scene, uint32_t task, const uint32_t *enders, uint32_t count,
                  enum hog_task_need need)
{
    scene->tasks[task].enders = enders;
    scene->tasks[task].ender_count = count;
    scene->tasks[task].need = need;
}

/* a → b → c → a; d waits for c, and e waits for nobody. */
static void make(struct scene *scene)
{
    static const char *const names[MOST] = {"a", "b", "c", "d", "e"};

    *scene =
        (struct scene){.loop = {.kind = "asyncio", .is_running = true}, .thread = {.name = "MainThread"}};
    for (uint32_t i = 0; i < MOST; i++) {
        scene->tasks[i] = (struct hog_task){.address = 0x100 + i,
                                            .name = names[i],
                                            .state = HOG_TASK_WAITING,
                                            .wait = {.kind = "task", .text = "task"}};
        if (i < 4)
            waits(scene, i, &numbers[i == 3 ? 2 : (i + 1) % 3], 1, HOG_TASK_NEEDS_ANY);
    }
    scene->snapshot = (struct hog_snapshot){.threads = &scene->thread, .thread_count = 1};
    scene->all =
        (struct hog_tasks){.loops = &scene->loop, .loop_count = 1, .tasks = scene->tasks, .task_count = MOST};
    hog_arena_init(&scene->arena, 1 << 20);
}

static void end(struct scene *scene)
{
    hog_arena_deinit(&scene->arena);
}

/* The rings: "a b c+1", what is likely with a "?"; joined by "; ". */
static void assert_rings(struct scene *scene, const char *expected)
{
    char text[200] = "";

    assert_true(hog_tasks_find_rings(&scene->all, &scene->arena));
    for (uint32_t i = 0; i < scene->all.ring_count; i++) {
        const struct hog_task_ring *ring = &scene->all.rings[i];
        size_t length = strlen(text);

        snprintf(text + length, sizeof text - length, "%s", i ? "; " : "");
        for (uint32_t k = 0; k < ring->count; k++) {
            length = strlen(text);
            snprintf(text + length, sizeof text - length, "%s", scene->tasks[ring->tasks[k]].name);
        }
        length = strlen(text);
        snprintf(text + length, sizeof text - length, "+%u%s", ring->behind, ring->doubt ? "?" : "");
    }
    assert_string_equal(text, expected);
}

static void a_ring_and_who_is_behind(void **state)
{
    struct scene scene;

    (void)state;
    make(&scene);
    assert_rings(&scene, "abc+1");
    assert_string_equal(hog_task_ring_words(&scene.all, &scene.all.rings[0], &scene.snapshot, &scene.arena),
                        "task a → task b → task c → task a (asyncio, in MainThread)");
    end(&scene);
}

static void steps_in_words(void **state)
{
    struct scene scene;

    (void)state;
    make(&scene);
    scene.tasks[0].name = "Task-1";
    scene.tasks[0].is_default_name = true;
    scene.tasks[1].name = NULL;
    scene.tasks[0].wait = (struct hog_task_wait){
        .kind = "lock", .address = 0x77, .text = "asyncio.Lock, 2 wait for it, held by x"};
    scene.tasks[1].wait = (struct hog_task_wait){.kind = "gather", .text = "asyncio.gather() of 2"};
    assert_true(hog_tasks_find_rings(&scene.all, &scene.arena));
    assert_string_equal(
        hog_task_ring_words(&scene.all, &scene.all.rings[0], &scene.snapshot, &scene.arena),
        "Task-1 → asyncio.Lock 0x77 (held by task 0x101) → asyncio.gather() of 2 → task c → Task-1 "
        "(asyncio, in MainThread)");
    scene.tasks[0].wait.text = "trio's Lock.acquire, held by x";
    scene.tasks[0].name = scene.tasks[2].name;
    assert_string_equal(
        hog_task_ring_words(&scene.all, &scene.all.rings[0], &scene.snapshot, &scene.arena),
        "task c 0x100 → trio's Lock 0x77 (held by task 0x101) → asyncio.gather() of 2 → task c 0x102 → "
        "task c 0x100 (asyncio, in MainThread)");
    scene.loop.kind = "gevent";
    assert_string_equal(hog_task_called(&scene.all, NULL, 1, &scene.arena), "greenlet 0x101");
    end(&scene);
}

/* Each of these lets somebody of the ring go on. */
static void a_wait_that_may_end(void **state)
{
    static const uint32_t one_is_free[] = {2, 4};

    (void)state;
    for (int difference = 0; difference < 9; difference++) {
        struct scene scene;

        make(&scene);
        switch (difference) {
        case 0:
            scene.tasks[1].has_limit = true;
            break;
        case 1:
            scene.tasks[1].state = HOG_TASK_READY;
            break;
        case 2:
            scene.tasks[1].state = HOG_TASK_CANCELLING;
            break;
        case 3:
            scene.tasks[1].is_open = true;
            break;
        case 4: /* of two, either of which would do, one goes on */
            waits(&scene, 1, one_is_free, 2, HOG_TASK_NEEDS_ANY);
            break;
        case 5:
            scene.tasks[1].need = HOG_TASK_NEEDS_UNKNOWN;
            break;
        case 6:
            scene.loop.is_running = false;
            break;
        case 7:
            scene.loop.thread = HOG_TASK_NONE;
            break;
        default:
            scene.tasks[1].loop = HOG_TASK_NONE;
        }
        assert_rings(&scene, "");
        end(&scene);
    }
}

static void which_of_several_have_to_end(void **state)
{
    static const uint32_t two[] = {4, 2}, all_stuck[] = {3, 2};
    static const struct {
        const uint32_t *enders;
        enum hog_task_need need;
        bool is_open;
        const char *rings;
    } cases[] = {
        {two, HOG_TASK_NEEDS_ALL, false, "abc+1"},
        {two, HOG_TASK_NEEDS_ALL, true, "abc+1"},
        {two, HOG_TASK_NEEDS_ALL_OR_FAILED, false, "abc+1?"},
        {all_stuck, HOG_TASK_NEEDS_ANY, false, "bdc+1"},
        {all_stuck, HOG_TASK_NEEDS_ALL_OR_FAILED, false, "bdc+1"},
        {all_stuck, HOG_TASK_NEEDS_ALL_OR_FAILED, true, "bdc+1?"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        const uint32_t *enders = cases[i].enders;

        make(&scene);
        if (enders == all_stuck) /* b → d or c; d → c → b, and a → b */
            waits(&scene, 2, &numbers[1], 1, HOG_TASK_NEEDS_ANY);
        waits(&scene, 1, enders, 2, cases[i].need);
        scene.tasks[1].is_open = cases[i].is_open;
        assert_rings(&scene, cases[i].rings);
        end(&scene);
    }
}

static void what_is_told_is_doubted(void **state)
{
    static const uint32_t by_e[] = {4}, by_d[] = {3};
    struct scene scene;

    (void)state;
    make(&scene);
    scene.tasks[2].doubt = "a timer";
    assert_rings(&scene, "abc+1?");
    assert_string_equal(scene.all.rings[0].doubt, "a timer");
    scene.tasks[2].doubt = NULL;
    scene.tasks[2].awaited_by = by_d;
    scene.tasks[3].awaited_by = by_e;
    scene.tasks[2].awaited_by_count = scene.tasks[3].awaited_by_count = 1;
    assert_rings(&scene, "abc+1");
    scene.tasks[4].has_limit = true; /* e → d → c: who awaits is cancelled, and cancels */
    assert_rings(&scene, "abc+1?");
    end(&scene);
}

/* Two rings, and one that waits for itself; the proven ones first. */
static void several(void **state)
{
    static const uint32_t e_or_b[] = {4, 1};
    struct scene scene;

    (void)state;
    make(&scene);
    waits(&scene, 0, e_or_b, 2, HOG_TASK_NEEDS_ALL_OR_FAILED);
    waits(&scene, 1, &numbers[0], 1, HOG_TASK_NEEDS_ANY);
    waits(&scene, 2, &numbers[2], 1, HOG_TASK_NEEDS_ANY);
    assert_rings(&scene, "c+1; ab+0?");
    end(&scene);
}

/* No step is as deep as a chain is long. */
static void a_long_chain(void **state)
{
    struct hog_task *tasks = calloc(MANY, sizeof *tasks);
    uint32_t *enders = calloc(MANY, sizeof *enders);
    const struct hog_loop loop = {.kind = "asyncio", .is_running = true};
    struct hog_tasks all = {.loops = &loop, .loop_count = 1, .tasks = tasks, .task_count = MANY};
    struct hog_arena arena;

    (void)state;
    assert_non_null(tasks);
    assert_non_null(enders);
    for (uint32_t i = 0; i < MANY; i++) {
        enders[i] = i ? i - 1 : MANY - 1;
        tasks[i] = (struct hog_task){
            .state = HOG_TASK_WAITING, .need = HOG_TASK_NEEDS_ANY, .enders = &enders[i], .ender_count = 1};
    }
    hog_arena_init(&arena, 1 << 28);
    assert_true(hog_tasks_find_rings(&all, &arena));
    assert_int_equal(all.ring_count, 1);
    assert_int_equal(all.rings[0].count, MANY);
    tasks[MANY / 2].has_limit = true;
    assert_true(hog_tasks_find_rings(&all, &arena));
    assert_int_equal(all.ring_count, 0);
    hog_arena_deinit(&arena);
    free(tasks);
    free(enders);
}

static void no_tasks(void **state)
{
    struct hog_tasks none = {.task_count = 0};
    struct hog_arena arena;

    (void)state;
    hog_arena_init(&arena, 1 << 20);
    assert_true(hog_tasks_find_rings(&none, &arena));
    assert_int_equal(none.ring_count, 0);
    hog_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_and_who_is_behind),
        cmocka_unit_test(steps_in_words),
        cmocka_unit_test(a_wait_that_may_end),
        cmocka_unit_test(which_of_several_have_to_end),
        cmocka_unit_test(what_is_told_is_doubted),
        cmocka_unit_test(several),
        cmocka_unit_test(a_long_chain),
        cmocka_unit_test(no_tasks),
    };

    return cmocka_run_group_tests_name("task_rings", tests, NULL, NULL);
}
