/* py-dump and py-threads as text: layout, elision, colours, names that would drive the terminal. */
#include "host/output.h"
#include "show/elide.h"
#include "show/paint.h"
#include "support/fake_host.h"
#include "support/sample_snapshot.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

typedef void (*render_function)(const struct report *report, const struct theme *theme,
                                struct hog_outlet *outlet);

struct page {
    struct fake_host fake;
    struct hog_snapshot *snapshot;
    const struct hog_signal *signal;
    bool is_core;
};

/* Renders all threads of the snapshot, which the page takes over. */
static const char *render(struct page *page, struct hog_snapshot *snapshot, const struct theme *theme,
                          render_function function)
{
    const struct hog_thread **threads = calloc(snapshot->thread_count + 1, sizeof *threads);
    struct hog_host host = fake_host_make(&page->fake);
    struct output output;
    const struct report report = {
        .target_kind = page->is_core ? "core" : "live",
        .pid = 48291,
        .signal = page->signal,
        .executable = "/usr/bin/python3.12",
        .command_line = "/usr/bin/python3.12 worker.py --queue mail",
        .snapshot = snapshot,
        .warnings = snapshot->warnings,
        .warning_count = snapshot->warning_count,
        .threads = threads,
        .thread_count = snapshot->thread_count,
    };

    assert_non_null(threads);
    for (size_t i = 0; i < snapshot->thread_count; i++)
        threads[i] = &snapshot->threads[i];
    page->snapshot = snapshot;
    assert_int_equal(output_open(&output, &host, NULL), HOG_OK);
    function(&report, theme, &output.outlet);
    assert_int_equal(output_finish(&output), output.outlet.interrupted ? HOG_INTERRUPTED : HOG_OK);
    output_deinit(&output);
    free(threads);
    return fake_host_out(&page->fake);
}

static void page_end(struct page *page)
{
    hog_snapshot_destroy(page->snapshot);
    fake_host_deinit(&page->fake);
    *page = (struct page){0};
}

static void test_dump_layout(void **state)
{
    static const char expected[] =
        "Process 48291  python3.12 worker.py --queue mail      CPython 3.12.1, live\n"
        "Thread 1  LWP 48291  \"MainThread\"   waiting for the GIL\n"
        "  #0  Condition.wait  threading.py:355\n"
        "  #1  Thread.join     threading.py:1149\n"
        "  #2  main            worker.py:88\n"
        "Thread 7  LWP 48304  \"sender-3\"     running, holds the GIL\n"
        "  #0  encode  codec.py:41  (starting)\n"
        "  #1  send    sender.py:?\n"
        "Thread 8  LWP 48305                 idle, in read\n"
        "  (no Python frames)\n"
        "Thread 9  LWP 48310  \"grpc\"         native, in futex\n";
    const struct theme theme = {0};
    struct page page = {0};

    (void)state;
    assert_string_equal(render(&page, sample_everyday(), &theme, render_dump_text), expected);
    page_end(&page);
}

static void test_signals(void **state)
{
    static const struct {
        struct hog_signal signal;
        bool is_core;
        const char *words;
    } cases[] = {
        {{.number = 11,
          .has_code = true,
          .code = 1,
          .origin = HOG_SIGNAL_OF_FAULT,
          .has_address = true,
          .address = 16},
         true,
         ", core, killed by SIGSEGV at 0x10 (nothing is mapped there)\n"},
        {{.number = 11, .has_code = true, .code = 128, .origin = HOG_SIGNAL_OF_FAULT, .lwp = 48304},
         true,
         ", core, killed by SIGSEGV (no address of memory), LWP 48304\n"},
        {{.number = 6,
          .has_code = true,
          .code = -6,
          .origin = HOG_SIGNAL_OF_PROCESS,
          .sender = 48291,
          .lwp = 48291},
         true,
         ", core, killed by SIGABRT, sent by itself, LWP 48291\n"},
        {{.number = 10, .origin = HOG_SIGNAL_OF_PROCESS, .sender = 4711, .sender_uid = 1000},
         false,
         ", live, stopped by SIGUSR1, sent by process 4711 of uid 1000\n"},
        {{.number = 15, .origin = HOG_SIGNAL_OF_PROCESS},
         false,
         ", live, stopped by SIGTERM, sent from outside of its pid namespace\n"},
        {{.number = 14, .has_code = true, .code = -2, .origin = HOG_SIGNAL_OF_KERNEL},
         false,
         ", live, stopped by SIGALRM (a timer)\n"},
    };
    const struct theme theme = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct page page = {.signal = &cases[i].signal, .is_core = cases[i].is_core};

        assert_non_null(strstr(render(&page, sample_everyday(), &theme, render_dump_text), cases[i].words));
        page_end(&page);
    }
}

static void test_look(void **state)
{
    const struct theme theme = {.full_paths = true, .max_depth = 1, .max_string = 5};
    struct page page = {0};
    const char *text = render(&page, sample_everyday(), &theme, render_dump_text);

    (void)state;
    assert_non_null(strstr(text, "Process 48291  /usr/bin/python3.12 worker.py"));
    assert_non_null(strstr(text, "  #0  Cond…  /usr/lib/python3.12/threading.py:355\n"
                                 "  … 2 more (--max-depth unlimited shows them)\n"));
    assert_non_null(strstr(text, "\"Main…\""));
    page_end(&page);
}

static void test_colours(void **state)
{
    const struct theme theme = {.colour = true};
    struct page page = {0};
    const char *text = render(&page, sample_everyday(), &theme, render_dump_text);

    (void)state;
    assert_non_null(strstr(text,
                           "\x1b[1mThread 1\x1b[0m  \x1b[1mLWP 48291\x1b[0m  \x1b[1m\"MainThread\"\x1b[0m   "
                           "\x1b[33mwaiting for the GIL\x1b[0m\n"));
    assert_non_null(strstr(text, "  #0  Condition.wait  \x1b[36mthreading.py:355\x1b[0m\n"));
    assert_non_null(strstr(text, "  \x1b[2m(no Python frames)\x1b[0m\n"));
    page_end(&page);
}

static void test_threads_layout(void **state)
{
    static const char expected[] =
        "Thread  LWP    Name          State                GIL    Innermost frame\n"
        "1       48291  \"MainThread\"  waiting for the GIL         Condition.wait  threading.py:355\n"
        "7       48304  \"sender-3\"    running              holds  encode  codec.py:41\n"
        "8       48305                idle, in read        ?      (no Python frames)\n"
        "9       48310  \"grpc\"        native, in futex\n";
    const struct theme theme = {0};
    struct page page = {0};

    (void)state;
    assert_string_equal(render(&page, sample_everyday(), &theme, render_threads_text), expected);
    page_end(&page);
}

static void test_several_interpreters(void **state)
{
    const struct theme theme = {0};
    struct page page = {0};

    (void)state;
    assert_string_equal(
        render(&page, sample_interpreters(), &theme, render_dump_text),
        "Process 48291  python3.12 worker.py --queue mail      "
        "CPython 3.13.1 free-threaded debug build, live, shutting down\n"
        "Thread -  id 0x1234     \"main\"   collecting garbage, holds the GIL, interpreter 0\n"
        "  (no Python frames)\n"
        "Thread -  state at 0x2           finishing, interpreter 1 (own GIL)\n"
        "  (no Python frames)\n"
        "Incomplete: not everything could be read.\n");
    page_end(&page);
}

static void test_empty(void **state)
{
    const struct theme theme = {0};
    struct page page = {0};

    (void)state;
    assert_string_equal(render(&page, sample_empty(), &theme, render_dump_text),
                        "Process 48291  python3.12 worker.py --queue mail      CPython ?, live\n"
                        "Incomplete: not everything could be read.\n");
    page_end(&page);
    assert_string_equal(render(&page, sample_empty(), &theme, render_threads_text),
                        "Thread  LWP  Name  State  GIL  Innermost frame\n"
                        "Incomplete: not everything could be read.\n");
    page_end(&page);
}

/* No control character but the newlines that are ours comes through. */
static void test_hostile(void **state)
{
    const struct theme theme = {.max_string = 200};
    const struct theme unlimited = {0};
    struct page page = {0};
    const char *text = render(&page, sample_hostile(), &theme, render_dump_text);
    size_t lines = 0;

    (void)state;
    for (const char *at = text; *at; at++) {
        assert_true(*at == '\n' || ((unsigned char)*at >= 0x20 && *at != 0x7f));
        lines += *at == '\n';
    }
    assert_int_equal(lines, 14);
    assert_true(strlen(text) < 4000);
    assert_non_null(strstr(text, "  #0  ?"));
    assert_non_null(strstr(text, "  (the rest is missing: frame 0xdead\\nis unreadable)\n"));
    assert_non_null(strstr(text, "  (no frames: nothing could be read)\n"));
    assert_non_null(strstr(text, "Warning: line one\\nline two\\x1b[31m\n"));
    page_end(&page);
    assert_true(strlen(render(&page, sample_hostile(), &unlimited, render_dump_text)) > 200000);
    page_end(&page);
    render(&page, sample_hostile(), &unlimited, render_threads_text);
    page_end(&page);
}

static void test_elision(void **state)
{
    const struct theme theme = {0};
    const struct theme full = {.every_frame = true};
    struct page page = {0};
    const char *text = render(&page, sample_recursion(100000, 2), &theme, render_dump_text);

    (void)state;
    assert_non_null(
        strstr(text, "  #0       leaf  deep.py:1\n"
                     "  #1       f0    deep.py:10\n"
                     "  #2       f1    deep.py:10\n"
                     "  … the 2 frames above repeat 49,999 times more (#3–#100,000); --full shows them\n"
                     "  #100001  main  deep.py:99\n"));
    page_end(&page);
    text = render(&page, sample_recursion(100, 1), &theme, render_dump_text);
    assert_non_null(strstr(text, "  … the frame above repeats 99 times more (#2–#100); --full shows them\n"));
    page_end(&page);
    text = render(&page, sample_recursion(1000, 16), &theme, render_dump_text);
    assert_non_null(strstr(text,
                           "  … the 16 frames above repeat 61 times more (#17–#992); --full shows them\n"
                           "  #993   f0    deep.py:10\n"));
    page_end(&page);
    assert_null(strstr(render(&page, sample_recursion(1000, 17), &theme, render_dump_text), "repeat"));
    page_end(&page);
    assert_null(strstr(render(&page, sample_recursion(1000, 1), &full, render_dump_text), "repeat"));
    page_end(&page);
    assert_null(strstr(render(&page, sample_recursion(4, 1), &theme, render_dump_text), "repeat"));
    page_end(&page);
}

/* A million frames: what is elided, and what is not, is written in pieces and ends soon. */
static void test_a_million_frames(void **state)
{
    const struct theme theme = {0};
    const struct theme full = {.every_frame = true};
    struct page page = {0};

    (void)state;
    assert_true(strlen(render(&page, sample_recursion(1000000, 3), &theme, render_dump_text)) < 1000);
    page_end(&page);
    assert_true(strlen(render(&page, sample_recursion(1000000, 17), &full, render_dump_text)) > 20000000);
    assert_true(page.fake.largest_write < 100000);
    page_end(&page);
}

/* Every frame is accounted for, whatever the pattern. */
static void test_walk_loses_nothing(void **state)
{
    enum { FRAMES = 400 };
    static const struct hog_code codes[4];
    struct hog_frame frames[FRAMES] = {0};

    (void)state;
    for (unsigned seed = 0; seed < 500; seed++) {
        struct elide_walk walk = {.frames = frames, .count = seed % FRAMES};
        struct elide_line line;
        size_t next = 0;

        srand(seed);
        for (size_t i = 0; i < FRAMES; i++)
            frames[i].code = i > 3 && rand() % 16 ? frames[i - 1 - seed % 4].code : &codes[rand() % 4];
        while (elide_next(&walk, &line)) {
            assert_int_equal(line.frame, next);
            next += line.elided.period ? line.elided.period * line.elided.repeats : 1;
            for (size_t i = line.frame; line.elided.period && i < next; i++)
                assert_ptr_equal(frames[i].code, frames[i - line.elided.period].code);
        }
        assert_int_equal(next, walk.count);
    }
}

static void test_interrupted(void **state)
{
    const struct theme full = {.every_frame = true};
    struct page page = {.fake.polls_until_interrupt = 3};
    const char *text = render(&page, sample_recursion(100000, 17), &full, render_dump_text);

    (void)state;
    assert_true(strlen(text) < 300000);
    assert_non_null(strstr(text, "\nInterrupted: only what was written until then is shown.\n"));
    page_end(&page);
}

static void test_numbers(void **state)
{
    char buffer[PAINT_NUMBER];

    (void)state;
    assert_string_equal(paint_number(0, buffer), "0");
    assert_string_equal(paint_number(999, buffer), "999");
    assert_string_equal(paint_number(1000, buffer), "1,000");
    assert_string_equal(paint_number(UINT64_MAX, buffer), "18,446,744,073,709,551,615");
}

static void test_names(void **state)
{
    struct hog_text text = {0};

    (void)state;
    paint_name(&text, "工作者 поток", 3);
    assert_string_equal(text.bytes, "工作…");
    hog_text_clear(&text);
    paint_name(&text, "工作者", 3);
    assert_string_equal(text.bytes, "工作者");
    hog_text_clear(&text);
    paint_name(&text, "", 3);
    paint_name(&text, "abc", 1);
    assert_string_equal(text.bytes, "…");
    hog_text_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dump_layout),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_look),
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_threads_layout),
        cmocka_unit_test(test_several_interpreters),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_elision),
        cmocka_unit_test(test_a_million_frames),
        cmocka_unit_test(test_walk_loses_nothing),
        cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
