/* py-why as text and JSON, and what two looks tell: waits made by hand, whole pages. */
#include "base/arena.h"
#include "show/why.h"
#include "support/test.h"
#include "support/written.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { ARCHIVER, SENDER, WORKER, WORKERS = 6, SLEEPER = WORKER + WORKERS, RUNNER, NATIVE, THREADS };
enum { OUTBOX, MAILBOX, QUEUE, NAP, NODES };

/* A deadlock of two, six workers without work, one that sleeps, one that runs, and one without Python. */
struct scene {
    struct hog_code codes[THREADS][2];
    struct hog_frame frames[THREADS][2];
    struct hog_thread threads[THREADS];
    struct hog_snapshot snapshot;
    struct hog_wait_thread waiters[THREADS];
    struct hog_wait_node nodes[NODES];
    struct hog_waits waits;
    const struct hog_thread *listed[THREADS];
};

static const uint32_t by_archiver[] = {ARCHIVER}, by_sender[] = {SENDER}, both[] = {ARCHIVER, SENDER};
static const struct hog_wait_cycle circle = {.threads = both, .count = 2};

static void add_thread(struct scene *scene, uint32_t number, const char *name, const char *function,
                       int32_t line)
{
    static const char main_name[] = "main";
    const struct {
        const char *name;
        int32_t line;
    } places[] = {{function, line}, {main_name, 80}};

    for (size_t i = 0; i < 2; i++) {
        scene->codes[number][i] = (struct hog_code){.address = 0x9000 + 16 * (uint64_t)number + i,
                                                    .name = places[i].name,
                                                    .filename = "/srv/worker.py",
                                                    .short_filename = "worker.py"};
        scene->frames[number][i] = (struct hog_frame){
            .code = &scene->codes[number][i], .line = places[i].line, .frame = 0x5000 + number};
    }
    scene->threads[number] = (struct hog_thread){.tstate = 0x100 + number,
                                                 .thread_id = 0x700 + number,
                                                 .os_thread_id = 101 + number,
                                                 .debugger_thread = 1 + number,
                                                 .name = name,
                                                 .state = HOG_STATE_IDLE,
                                                 .system_call = "futex",
                                                 .frames = scene->frames[number],
                                                 .frame_count = 2};
    scene->waiters[number] = (struct hog_wait_thread){.node = HOG_WAIT_NONE, .blocked = -1};
}

static void scene_make(struct scene *scene)
{
    static const char *const names[WORKERS] = {"w-1", "w-2", "w-3", "w-4", "w-5", "w-6"};

    *scene = (struct scene){0};
    add_thread(scene, ARCHIVER, "archiver", "archive", 10);
    add_thread(scene, SENDER, "sender", "deliver", 20);
    for (uint32_t i = 0; i < WORKERS; i++)
        add_thread(scene, WORKER + i, names[i], "get_job", 30);
    for (uint32_t i = 0; i < WORKERS; i++) /* the same code is the same function */
        scene->frames[WORKER + i][0].code = &scene->codes[WORKER][0];
    add_thread(scene, SLEEPER, "sleeper", "nap", 50);
    add_thread(scene, RUNNER, "runner", "spin", 60);
    add_thread(scene, NATIVE, "grpc", "never", 1);
    scene->nodes[OUTBOX] = (struct hog_wait_node){.kind = HOG_WAIT_LOCK,
                                                  .grade = HOG_WAIT_HELD,
                                                  .address = 0x1000,
                                                  .name = "outbox",
                                                  .evidence = "sender is in a with of it",
                                                  .holders = by_sender,
                                                  .holder_count = 1};
    scene->nodes[MAILBOX] = (struct hog_wait_node){.kind = HOG_WAIT_RLOCK,
                                                   .grade = HOG_WAIT_LIKELY,
                                                   .address = 0x2000,
                                                   .holders = by_archiver,
                                                   .holder_count = 1};
    scene->nodes[QUEUE] = (struct hog_wait_node){
        .kind = HOG_WAIT_QUEUE, .address = 0x3000, .name = "tasks", .what = "it is empty", .work = true};
    scene->nodes[NAP] = (struct hog_wait_node){.kind = HOG_WAIT_SLEEP};
    scene->waiters[ARCHIVER] =
        (struct hog_wait_thread){.node = OUTBOX, .blocked = 3, .state = HOG_WAIT_STUCK, .in_cycle = true};
    scene->waiters[SENDER] = (struct hog_wait_thread){
        .node = MAILBOX, .blocked = -1, .state = HOG_WAIT_LIKELY_STUCK, .in_cycle = true};
    for (uint32_t i = 0; i < WORKERS; i++)
        scene->waiters[WORKER + i].node = QUEUE;
    scene->waiters[SLEEPER] =
        (struct hog_wait_thread){.node = NAP, .has_limit = true, .limit = 30, .blocked = -1};
    scene->threads[RUNNER].state = HOG_STATE_RUNNING;
    scene->threads[RUNNER].owns_gil = HOG_YES;
    scene->threads[NATIVE].tstate = 0;
    scene->threads[NATIVE].frame_count = 0;
    scene->waiters[NATIVE].frame = HOG_WAIT_NONE;
    scene->snapshot = (struct hog_snapshot){
        .version_text = "3.12.1", .complete = true, .threads = scene->threads, .thread_count = THREADS};
    scene->waits =
        (struct hog_waits){.verdict = HOG_VERDICT_DEADLOCK, .verdict_text = "Deadlock: archiver and sender."};
    scene->waits.graph = (struct hog_wait_graph){.threads = scene->waiters,
                                                 .thread_count = THREADS,
                                                 .nodes = scene->nodes,
                                                 .node_count = NODES,
                                                 .cycles = &circle,
                                                 .cycle_count = 1};
    hog_arena_init(&scene->waits.arena, 1 << 20);
}

static void scene_end(struct scene *scene)
{
    hog_arena_deinit(&scene->waits.arena);
}

/* All threads of the scene, as the debugger lists them. */
static struct report report_of(struct scene *scene)
{
    for (size_t i = 0; i < THREADS; i++)
        scene->listed[i] = &scene->threads[i];
    return (struct report){.target_kind = "live",
                           .pid = 48291,
                           .rank = -1,
                           .executable = "/usr/bin/python3.12",
                           .command_line = "/usr/bin/python3.12 worker.py",
                           .snapshot = &scene->snapshot,
                           .threads = scene->listed,
                           .thread_count = THREADS};
}

/* Without a view: as JSON. */
static char *render(struct scene *scene, const struct why_view *view)
{
    const struct report report = report_of(scene);
    struct written written;

    written_begin(&written);
    if (view)
        render_why_text(&report, &scene->waits, view, &written.output.outlet);
    else
        render_why_json(&report, &scene->waits, &written.output.outlet);
    return written_end(&written);
}

#define HEAD                                                                                                 \
    "Process 48291  python3.12 worker.py      CPython 3.12.1, live\n\nDeadlock: archiver and sender.\n\n"

static void text_says_who_waits_for_what(void **state)
{
    static const char expected[] = HEAD "Thread 1  LWP 101  \"archiver\"\n"
                                        "    waits for lock outbox (0x1000), held by sender; for 3.0 s\n"
                                        "    at archive  worker.py:10\n"
                                        "       main  worker.py:80\n"
                                        "Thread 2  LWP 102  \"sender\"\n"
                                        "    waits for RLock 0x2000, likely held by archiver\n"
                                        "    at deliver  worker.py:20\n"
                                        "       main  worker.py:80\n"
                                        "6 threads alike: w-1, w-2, w-3, w-4, …\n"
                                        "    wait for work: queue tasks (0x3000), it is empty\n"
                                        "    at get_job  worker.py:30\n"
                                        "Thread 9  LWP 109  \"sleeper\"\n"
                                        "    sleeps, at most 30.0 s\n"
                                        "    at nap  worker.py:50\n"
                                        "Thread 10  LWP 110  \"runner\"\n"
                                        "    running, holds the GIL\n"
                                        "    at spin  worker.py:60\n";
    const struct why_view view = {0};
    struct scene scene;
    char *text;

    (void)state;
    scene_make(&scene);
    text = render(&scene, &view);
    assert_string_equal(text, expected);
    free(text);
    scene_end(&scene);
}

static void all_shows_each_by_itself(void **state)
{
    const struct why_view view = {.all = true, .verbose = true};
    struct scene scene;
    char *text;

    (void)state;
    scene_make(&scene);
    scene.threads[SLEEPER].stopped_because = "frame 0x10 is unreadable";
    text = render(&scene, &view);
    assert_null(strstr(text, "alike"));
    assert_non_null(
        strstr(text, "held by sender; for 3.0 s\n    proof: sender is in a with of it\n    at archive"));
    assert_non_null(
        strstr(text, "Thread 8  LWP 108  \"w-6\"\n    waits for work: queue tasks (0x3000), it is empty\n"
                     "    at get_job  worker.py:30\n       main  worker.py:80\n"));
    assert_non_null(strstr(text, "    at nap  worker.py:50\n       main  worker.py:80\n"
                                 "    (the rest is missing: frame 0x10 is unreadable)\n"));
    assert_non_null(strstr(text, "Thread 11  LWP 111  \"grpc\"\n    native, in futex\n"));
    free(text);
    scene_end(&scene);
}

/* Each of these tells a worker from the others: five are left that are alike, and it stands by itself. */
static void who_differs_is_not_alike(void **state)
{
    const struct why_view view = {0};

    (void)state;
    for (int difference = 0; difference < 7; difference++) {
        struct scene scene;
        struct hog_wait_thread *other;
        char *text;

        scene_make(&scene);
        other = &scene.waiters[WORKER + 1];
        switch (difference) {
        case 0:
            other->has_limit = true;
            break;
        case 1:
            other->state = HOG_WAIT_STUCK;
            break;
        case 2:
            scene.frames[WORKER + 1][0].line = 31;
            break;
        case 3:
            scene.frames[WORKER + 1][0].code = &scene.codes[WORKER + 1][0];
            break;
        case 4:
            other->frame = HOG_WAIT_NONE;
            break;
        case 5:
            other->node = HOG_WAIT_NONE;
            break;
        default: /* of two queues, each with an address, each is itself */
            scene.nodes[NAP] = scene.nodes[QUEUE];
            scene.nodes[NAP].address = 0x4000;
            other->node = NAP;
        }
        text = render(&scene, &view);
        assert_non_null(strstr(text, "5 threads alike: w-1, w-3, w-4, w-5, …\n"));
        assert_non_null(strstr(text, "Thread 4  LWP 104  \"w-2\"\n"));
        free(text);
        scene_end(&scene);
    }
}

/* Waits that have no address are alike when their kinds and names are. */
static void waits_without_address_are_alike(void **state)
{
    const struct why_view view = {0};
    struct scene scene;
    char *text;

    (void)state;
    scene_make(&scene);
    scene.nodes[QUEUE] = (struct hog_wait_node){.kind = HOG_WAIT_SOCKET, .name = "db"};
    scene.nodes[NAP] = scene.nodes[QUEUE];
    scene.waiters[WORKER + 1].node = NAP;
    text = render(&scene, &view);
    assert_non_null(strstr(text, "6 threads alike: "));
    free(text);
    scene.nodes[NAP].name = "cache";
    text = render(&scene, &view);
    assert_non_null(strstr(text, "5 threads alike: w-1, w-3, "));
    free(text);
    scene_end(&scene);
}

static char *threads_page(struct scene *scene, unsigned width)
{
    const struct theme theme = {.width = width};
    struct report report = report_of(scene);
    struct written written;

    report.selected_lwp = 102;
    report.waits = &scene->waits;
    written_begin(&written);
    render_threads_text(&report, &theme, &written.output.outlet);
    return written_end(&written);
}

/* What a thread waits for is its state where there is the room; else it stands below. No line is wider than that. */
static void waits_stand_where_there_is_room(void **state)
{
    struct scene scene;
    char *text;

    (void)state;
    scene_make(&scene);
    scene.threads[RUNNER].name = "a name that takes more of a line than there is for it";
    text = threads_page(&scene, 0);
    assert_non_null(strstr(text, "  1     101  \"archiver\" "));
    assert_non_null(strstr(text, "* 2     102  \"sender\" "));
    assert_non_null(strstr(text, "  waits for lock outbox (0x1000), held by sender; for 3.0 s "));
    assert_null(strstr(text, "idle, in futex"));
    free(text);
    for (unsigned width = 80; width <= 100; width += 10) {
        text = threads_page(&scene, width);
        assert_non_null(strstr(text, "idle, in futex"));
        assert_non_null(strstr(text, "\n        waits for lock outbox (0x1000), held by sender; "));
        assert_non_null(strstr(text, "…"));
        for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
            size_t cells = 0;

            for (const char *at = line; at < end; at++)
                cells += ((unsigned char)*at & 0xc0) != 0x80;
            if (cells > width)
                fail_msg("%zu of %u cells: %.*s", cells, width, (int)(end - line), line);
        }
        free(text);
    }
    scene_end(&scene);
}

static const char *words_of(json_t *object, const char *key)
{
    const char *words = json_string_value(json_object_get(object, key));

    return words ? words : "";
}

static void json_has_the_same(void **state)
{
    struct scene scene;
    char *text;
    json_t *document, *threads, *nodes, *node;

    (void)state;
    scene_make(&scene);
    text = render(&scene, NULL);
    document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    assert_non_null(document);
    assert_string_equal(words_of(document, "schema"), "hognose.why/1");
    assert_true(json_is_true(json_object_get(document, "complete")));
    assert_string_equal(words_of(json_object_get(document, "verdict"), "kind"), "deadlock");
    assert_string_equal(words_of(json_object_get(document, "verdict"), "text"),
                        "Deadlock: archiver and sender.");
    threads = json_object_get(document, "threads");
    assert_int_equal(json_array_size(threads), THREADS);
    for (size_t i = 0; i < THREADS; i++) {
        static const char *const stuck[] = {
            [HOG_WAIT_FREE] = "no", [HOG_WAIT_LIKELY_STUCK] = "likely", [HOG_WAIT_STUCK] = "yes"};
        const struct hog_wait_thread *waiter = &scene.waiters[i];
        json_t *thread = json_array_get(threads, i), *limit = json_object_get(thread, "has_limit"),
               *blocked = json_object_get(thread, "blocked_seconds");

        assert_string_equal(words_of(thread, "thread_name"), scene.threads[i].name);
        assert_int_equal(json_integer_value(json_object_get(thread, "os_thread_id")), 101 + i);
        assert_int_equal(json_integer_value(json_object_get(thread, "waits_for")),
                         waiter->node == HOG_WAIT_NONE ? 0 : waiter->node + 1);
        assert_true(waiter->node == HOG_WAIT_NONE ? json_is_null(limit) : json_is_boolean(limit));
        assert_int_equal(json_is_true(limit), waiter->has_limit);
        assert_int_equal(json_is_null(blocked), waiter->blocked < 0);
        assert_string_equal(words_of(thread, "stuck"), stuck[waiter->state]);
        assert_int_equal(json_integer_value(json_object_get(json_object_get(thread, "frame"), "line")),
                         i == NATIVE ? 0 : scene.frames[i][0].line);
        assert_true(json_is_null(json_object_get(thread, "moved")));
    }
    nodes = json_object_get(document, "nodes");
    assert_int_equal(json_array_size(nodes), NODES);
    node = json_array_get(nodes, OUTBOX);
    assert_int_equal(json_integer_value(json_object_get(node, "id")), OUTBOX + 1);
    assert_string_equal(words_of(node, "kind"), "lock");
    assert_string_equal(words_of(node, "address"), "0x1000");
    assert_string_equal(words_of(node, "name"), "outbox");
    assert_string_equal(words_of(node, "grade"), "held");
    assert_string_equal(words_of(node, "evidence"), "sender is in a with of it");
    assert_string_equal(words_of(json_object_get(node, "held_by"), "kind"), "thread");
    assert_string_equal(words_of(json_object_get(node, "held_by"), "thread_name"), "sender");
    assert_string_equal(json_string_value(json_array_get(json_object_get(node, "holders"), 0)), "0x701");
    assert_true(json_is_null(json_object_get(json_array_get(nodes, NAP), "held_by")));
    assert_int_equal(json_array_size(json_object_get(document, "cycles")), 1);
    assert_int_equal(json_array_size(json_array_get(json_object_get(document, "cycles"), 0)), 2);
    json_decref(document);
    scene_end(&scene);
}

static void two_looks_tell_who_moved(void **state)
{
    struct scene before, now;
    const struct why_view view = {0};
    char *text;

    (void)state;
    scene_make(&before);
    scene_make(&now);
    for (size_t i = 0; i < THREADS; i++)
        for (size_t k = 0; k < 2; k++) /* codes of one process stay where they are */
            now.frames[i][k].code = before.frames[i][k].code;
    assert_true(hog_waits_compare(&now.waits, &now.snapshot, &before.waits, &before.snapshot, 1.5));
    assert_string_equal(now.waits.verdict_text,
                        "Deadlock: archiver and sender. No progress: 1.5 s later every thread "
                        "stood where it had stood.");
    text = render(&now, &view);
    assert_non_null(strstr(text, "for 3.0 s; stands where it stood\n"));
    assert_non_null(strstr(text, "6 threads alike"));
    free(text);

    now.waits.verdict_text = "Idle.";
    now.frames[WORKER][0].line++;
    now.frames[WORKER + 1][1].frame++;
    now.threads[WORKER + 2].frame_count = 1;
    now.waiters[WORKER + 3].instruction = 8;
    now.waiters[WORKER + 4].node = NAP;
    now.threads[SENDER].tstate++;
    now.threads[RUNNER].active = HOG_YES;
    now.threads[NATIVE].os_thread_id++;
    assert_true(hog_waits_compare(&now.waits, &now.snapshot, &before.waits, &before.snapshot, 2));
    assert_string_equal(now.waiters[WORKER].moved, "its frames differ");
    assert_string_equal(now.waiters[WORKER + 1].moved, "its frames differ");
    assert_string_equal(now.waiters[WORKER + 2].moved, "its frames differ");
    assert_string_equal(now.waiters[WORKER + 3].moved, "it is at another instruction");
    assert_string_equal(now.waiters[WORKER + 4].moved, "it waits for something else");
    assert_string_equal(now.waiters[WORKER + 5].moved, "");
    assert_string_equal(now.waiters[ARCHIVER].moved, "");
    assert_string_equal(now.waiters[SENDER].moved, "it is new");
    assert_string_equal(now.waiters[RUNNER].moved, "it runs");
    assert_string_equal(now.waiters[NATIVE].moved, "it is new");
    assert_string_equal(now.waits.verdict_text, "Idle. 2.0 s later 7 of 10 threads had moved.");
    text = render(&now, &view);
    assert_non_null(strstr(text, "; has moved: it is at another instruction\n"));
    assert_non_null(strstr(text, "2 threads alike: w-2, w-3\n")); /* of both the frames differ */
    assert_null(strstr(text, "threads alike: w-1"));
    free(text);
    now.nodes[OUTBOX].address++;
    assert_true(hog_waits_compare(&now.waits, &now.snapshot, &before.waits, &before.snapshot, 2));
    assert_string_equal(now.waiters[ARCHIVER].moved, "it waits for something else");
    scene_end(&before);
    scene_end(&now);
}

static double rest_of(void *context, int64_t lwp)
{
    return (double)lwp / *(double *)context;
}

static void times_are_of_those_that_wait_and_tell_none(void **state)
{
    struct scene scene;
    double by = 10;

    (void)state;
    scene_make(&scene);
    scene.nodes[QUEUE].kind = HOG_WAIT_GIL; /* who wants it wakes up now and then */
    hog_waits_add_times(&scene.waits, &scene.snapshot, rest_of, &by);
    assert_true(scene.waiters[ARCHIVER].blocked == 3);
    assert_true(scene.waiters[SENDER].blocked == 10.2);
    assert_true(scene.waiters[WORKER].blocked < 0);
    assert_true(scene.waiters[SLEEPER].blocked == 10.9);
    assert_true(scene.waiters[RUNNER].blocked < 0);
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_says_who_waits_for_what),
        cmocka_unit_test(all_shows_each_by_itself),
        cmocka_unit_test(who_differs_is_not_alike),
        cmocka_unit_test(waits_without_address_are_alike),
        cmocka_unit_test(json_has_the_same),
        cmocka_unit_test(two_looks_tell_who_moved),
        cmocka_unit_test(times_are_of_those_that_wait_and_tell_none),
        cmocka_unit_test(waits_stand_where_there_is_room),
    };

    return cmocka_run_group_tests_name("show_why", tests, NULL, NULL);
}
