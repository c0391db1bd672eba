/* Which processes are stuck when each waits for another: trees made by hand, their words, text and JSON. */
#define _GNU_SOURCE
#include "base/arena.h"
#include "show/why.h"
#include "support/test.h"
#include "support/written.h"
#include "wait/tree_parts.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { MOST = 9 };

struct scene {
    struct hog_tree_process processes[MOST];
    struct hog_tree_wait waits[MOST][2];
    struct hog_tree tree;
};

static const uint32_t numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
static const uint32_t one_and_three[] = {1, 3};
static const char *const names[MOST] = {"a", NULL, "c", "d", "e", "f", "g", "h", "i"};

/* Processes 10, 11, … each of which waits for the next for sure, and the last for the first. */
static struct scene *ring(uint32_t count)
{
    struct scene *scene = calloc(1, sizeof *scene);

    assert_non_null(scene);
    hog_arena_init(&scene->tree.arena, 1 << 20);
    scene->tree.processes = scene->processes;
    scene->tree.process_count = count;
    scene->tree.whole = true;
    for (uint32_t i = 0; i < count; i++) {
        scene->waits[i][0] = (struct hog_tree_wait){.lwp = 10 + i,
                                                    .text = "waits for the next",
                                                    .ends = &numbers[(i + 1) % count],
                                                    .end_count = 1,
                                                    .certain = true};
        scene->processes[i] = (struct hog_tree_process){
            .pid = 10 + i, .name = names[i], .readable = true, .waits = scene->waits[i], .wait_count = 1};
    }
    return scene;
}

static void end(struct scene *scene)
{
    hog_arena_deinit(&scene->tree.arena);
    free(scene);
}

static void assert_judged(struct scene *scene, enum hog_tree_state state, const char *text)
{
    assert_true(tree_judge(&scene->tree));
    for (uint32_t i = 0; i < scene->tree.process_count; i++)
        assert_int_equal(scene->processes[i].state, state);
    assert_string_equal(scene->tree.text, text);
    end(scene);
}

#define NONE "No deadlock between processes is seen."

static void a_ring_is_a_deadlock(void **state)
{
    struct scene *scene = ring(2);

    (void)state;
    assert_true(tree_judge(&scene->tree));
    assert_int_equal(scene->tree.cycle_count, 2);
    assert_int_equal(scene->tree.cycle[0], 0);
    assert_int_equal(scene->tree.cycle[1], 1);
    end(scene);
    assert_judged(ring(2), HOG_TREE_STUCK, "Deadlock between processes: 10 (a) → 11 → 10 (a).");
    assert_judged(ring(6), HOG_TREE_STUCK,
                  "Deadlock between processes: 10 (a) → 11 → 12 (c) → 13 (d) → 14 (e) → 15 (f) → 10 (a).");
    assert_judged(
        ring(8), HOG_TREE_STUCK,
        "Deadlock between processes: 10 (a) → 11 → 12 (c) → 13 (d) → 14 (e) → 15 (f) → … → 10 (a).");
}

static void what_is_not_known_makes_it_likely(void **state)
{
    static const char words[] = "Likely deadlock between processes: 10 (a) → 11 → 12 (c) → 10 (a).";
    struct scene *scene = ring(3);

    (void)state;
    scene->tree.whole = false; /* who else has an end was not seen */
    assert_judged(scene, HOG_TREE_LIKELY_STUCK, words);
    scene = ring(3);
    scene->waits[1][0].certain = false; /* something else may end it */
    assert_judged(scene, HOG_TREE_LIKELY_STUCK, words);
}

static void one_that_goes_on_frees_all(void **state)
{
    struct scene *scene = ring(3);

    (void)state;
    scene->waits[2][0] = (struct hog_tree_wait){.lwp = 12};
    assert_judged(scene, HOG_TREE_FREE, NONE);
    scene = ring(3);
    scene->processes[1].readable = false;
    assert_judged(scene, HOG_TREE_FREE, NONE);
    scene = ring(3); /* another thread of it runs */
    scene->processes[1].wait_count = 2;
    assert_judged(scene, HOG_TREE_FREE, NONE);
    scene = ring(3); /* it waits for its own threads alone */
    scene->waits[0][0] = (struct hog_tree_wait){.lwp = 10, .passive = true};
    assert_judged(scene, HOG_TREE_FREE, NONE);
    scene = ring(4); /* either of two could end it, and one of them runs */
    scene->waits[0][0].end_count = 2;
    scene->waits[0][0].ends = one_and_three;
    scene->waits[2][0].ends = &numbers[0];
    scene->waits[3][0] = (struct hog_tree_wait){.lwp = 13};
    assert_judged(scene, HOG_TREE_FREE, NONE);
}

static void threads_that_wait_for_the_others_of_a_process_change_nothing(void **state)
{
    struct scene *scene = ring(2);

    (void)state;
    scene->processes[1].wait_count = 2;
    scene->waits[1][1] = (struct hog_tree_wait){.lwp = 99, .passive = true};
    assert_judged(scene, HOG_TREE_STUCK, "Deadlock between processes: 10 (a) → 11 → 10 (a).");
    scene = ring(2); /* of what it could end itself the other one is named */
    scene->waits[0][0].end_count = 2;
    scene->waits[0][0].ends = numbers;
    assert_judged(scene, HOG_TREE_STUCK, "Deadlock between processes: 10 (a) → 11 → 10 (a).");
}

static void who_waits_for_a_ring_is_not_in_it(void **state)
{
    struct scene *scene = ring(3);

    (void)state;
    scene->waits[2][0].ends = &numbers[1];
    assert_true(tree_judge(&scene->tree));
    assert_int_equal(scene->tree.cycle_count, 2);
    assert_int_equal(scene->processes[0].state, HOG_TREE_STUCK);
    assert_string_equal(scene->tree.text, "Deadlock between processes: 11 → 12 (c) → 11.");
    end(scene);
}

static void nobody_alive_could_end_it(void **state)
{
    struct scene *scene = ring(1);

    (void)state;
    scene->waits[0][0] = (struct hog_tree_wait){.lwp = 10, .dead = true, .certain = true};
    assert_judged(scene, HOG_TREE_STUCK,
                  "Deadlock between processes: 10 (a) waits for a lock that nobody alive holds.");
    scene = ring(1);
    scene->waits[0][0] = (struct hog_tree_wait){.lwp = 10, .dead = true};
    assert_judged(scene, HOG_TREE_LIKELY_STUCK,
                  "Likely deadlock between processes: 10 (a) waits for a lock that nobody alive holds.");
}

static void forms_of_calls(void **state)
{
    static const struct {
        struct tree_call call;
        enum tree_form form;
        bool writes;
    } cases[] = {
        {{.name = "read"}, TREE_DESCRIPTOR, false},
        {{.name = "sendto"}, TREE_DESCRIPTOR, true},
        {{.name = "futex"}, TREE_FUTEX, false},
        {{.name = "wait4"}, TREE_CHILD, false},
        {{.name = "wait4", .arguments = {0, 0, WNOHANG}}, TREE_OTHER, false},
        {{.name = "waitid", .arguments = {0, 0, 0, WEXITED}}, TREE_CHILD, false},
        {{.name = "waitid", .arguments = {0, 0, 0, WEXITED | WNOHANG}}, TREE_OTHER, false},
        {{.name = "flock"}, TREE_LOCK, false},
        {{.name = "fcntl", .arguments = {3, F_SETLKW}}, TREE_LOCK, false},
        {{.name = "fcntl", .arguments = {3, F_SETLK}}, TREE_OTHER, false},
        {{.name = "poll", .arguments = {0, 0, (uint32_t)-1}}, TREE_POLL, false},
        {{.name = "poll", .arguments = {0, 0, 0}}, TREE_OTHER, false},
        {{.name = "ppoll"}, TREE_POLL, false},
        {{.name = "ppoll", .arguments = {0, 0, 0x1000}}, TREE_OTHER, false},
        {{.name = "epoll_wait", .arguments = {0, 0, 0, (uint32_t)-1}}, TREE_EPOLL, false},
        {{.name = "epoll_pwait", .arguments = {0, 0, 0, 0}}, TREE_OTHER, false},
        {{.name = "nanosleep"}, TREE_OTHER, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tree_call call = cases[i].call;

        assert_int_equal(tree_form_of(&call), cases[i].form);
        assert_int_equal(call.writes, cases[i].writes);
    }
}

/* A tree as it is shown. `as_json`: an object with it as its one member. */
static char *shown(const struct hog_tree *tree, bool as_json)
{
    const struct report report = {.tree = tree};
    const struct theme theme = {0};
    struct written written;
    struct hog_outlet *outlet = &written.output.outlet;

    written_begin(&written);
    if (as_json) {
        hog_text_puts(&outlet->text, "{\"first\": 1");
        render_tree_json(&report, outlet);
        hog_text_puts(&outlet->text, "}");
    } else {
        render_tree_text(&report, &theme, outlet);
    }
    return written_end(&written);
}

static void pages(void **state)
{
    static const char expected[] =
        "\nDeadlock between processes: 10 (a) → 11 → 10 (a).\n\n"
        "Process 10 (a)\n"
        "    LWP 10 waits for the next\n"
        "Process 11, which ran meanwhile, or cannot be looked at\n"
        "    LWP 11 waits for the next\n"
        "    LWP 100 runs\n    LWP 101 runs\n    LWP 102 runs\n    LWP 103 runs\n"
        "    LWP 104 runs\n    LWP 105 runs\n    LWP 106 runs\n"
        "    … and 2 more threads\n"
        "    1 thread waits for others of the same process\n"
        "Not every process of this machine could be looked at, so nothing is proven here.\n"
        "There are more processes than are followed.\n";
    struct scene *scene = ring(2);
    struct hog_tree_wait waits[11] = {{0}};
    json_t *document, *tree, *process;
    char *text;

    (void)state;
    assert_true(tree_judge(&scene->tree));
    waits[0] = scene->waits[1][0];
    for (uint32_t i = 1; i < 10; i++)
        waits[i].lwp = 99 + i;
    waits[10] = (struct hog_tree_wait){.lwp = 200, .text = "waits for LWP 11", .passive = true};
    scene->processes[1].waits = waits;
    scene->processes[1].wait_count = 11;
    scene->processes[1].readable = false;
    scene->tree.whole = false;
    scene->tree.cut = true;
    text = shown(&scene->tree, false);
    assert_string_equal(text, expected);
    free(text);
    text = shown(&scene->tree, true);
    document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    assert_non_null(document);
    tree = json_object_get(document, "tree");
    assert_true(json_is_false(json_object_get(tree, "whole")));
    assert_int_equal(json_integer_value(json_array_get(json_object_get(tree, "cycle"), 1)), 11);
    process = json_array_get(json_object_get(tree, "processes"), 1);
    assert_int_equal(json_integer_value(json_object_get(process, "pid")), 11);
    assert_true(json_is_false(json_object_get(process, "readable")));
    assert_string_equal(json_string_value(json_object_get(process, "stuck")), "yes");
    assert_int_equal(json_array_size(json_object_get(process, "threads")), 11);
    for (size_t i = 0; i < 11; i++) {
        json_t *thread = json_array_get(json_object_get(process, "threads"), i),
               *ends = json_object_get(thread, "waits_for");

        assert_int_equal(json_integer_value(json_object_get(thread, "os_thread_id")), waits[i].lwp);
        assert_int_equal(json_is_true(json_object_get(thread, "within")), i == 10);
        assert_int_equal(json_array_size(ends), i == 0);
        assert_int_equal(json_integer_value(json_array_get(ends, 0)), i ? 0 : 10);
    }
    json_decref(document);
    end(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_is_a_deadlock),
        cmocka_unit_test(what_is_not_known_makes_it_likely),
        cmocka_unit_test(one_that_goes_on_frees_all),
        cmocka_unit_test(threads_that_wait_for_the_others_of_a_process_change_nothing),
        cmocka_unit_test(who_waits_for_a_ring_is_not_in_it),
        cmocka_unit_test(nobody_alive_could_end_it),
        cmocka_unit_test(forms_of_calls),
        cmocka_unit_test(pages),
    };

    return cmocka_run_group_tests_name("wait_tree", tests, NULL, NULL);
}
