/* What py-sample says of a profile's numbers, on profiles made by hand: each line when it is due, and only
 * then. */
#include "base/cleanup.h"
#include "show/advice.h"
#include "show/profile_text.h"
#include "support/sample_profile.h"
#include "support/sample_snapshot.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct theme plain = {.max_string = 200};

/* A profile of 10,000 ticks at 1 kHz, so that nothing is too few, with these stacks. */
static struct hog_profile *profile_of(const char *stacks, enum hog_profile_mode mode)
{
    struct hog_profile_info info = sample_info();

    info.mode = mode;
    info.requested_rate = 1000;
    info.interval = 0.001;
    info.duration = 10;
    info.ticks = 10000;
    return sample_profile_with(stacks, &info);
}

static struct hog_profile *usual(void)
{
    return profile_of("M | main:5 read:7 | 6000\nM | main:6 parse:8 | 3000\nM | main:9 | 1000\n",
                      HOG_PROFILE_CPU);
}

/* The advice on a profile, which is dropped. */
static void expect(struct hog_profile *profile, const char *waiting, const char *words)
{
    HOG_CLEANUP(seen_profile_deinit) struct seen_profile seen = {0};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    const struct advice_facts facts = {.seen = &seen, .waiting = waiting};

    assert_int_equal(seen_profile_init(&seen, profile), HOG_OK);
    advice_put(&facts, &plain, &text);
    assert_string_equal(paint_text(&text), words);
    hog_profile_destroy(profile);
}

static void test_nothing_due(void **state)
{
    (void)state;
    expect(usual(), NULL, "");
    expect(sample_profile_worker(), NULL, "");
}

static void test_idle(void **state)
{
    struct hog_profile *profile =
        profile_of("M | main:5 read:7 | 500\nM | main:5 poll:8 | 20\n", HOG_PROFILE_CPU);

    (void)state;
    profile->counts.idle = 9480;
    expect(profile, "Condition.wait (threading.py:355), in futex",
           "Note: nothing ran in 95 % of the samples: the process was waiting, mostly in Condition.wait "
           "(threading.py:355), in futex; --idle samples waiting threads too\n"
           "Note: read (read.py:1) itself takes 96 % of the time, 100 % of that in line 7\n");
    profile = profile_of("", HOG_PROFILE_GIL);
    expect(
        profile, NULL,
        "Note: nobody held the GIL in 100 % of the samples: the process was waiting; --idle samples waiting "
        "threads "
        "too\n");
    profile = profile_of("M | main:5 read:7 | 500\nM | main:5 poll:8 | 490\n", HOG_PROFILE_IDLE);
    profile->info.ticks = profile->info.duration = 0;
    expect(profile, NULL,
           "Note: only 990 samples: 50.5 % ± 3.2 points, too few to say which function is the hottest;"
           " sample longer (-d) or faster (-r)\n");
}

/* Five busy threads and 95 that wait are no process that waits. */
static void test_busy_among_many(void **state)
{
    struct hog_profile *profile = usual();

    (void)state;
    profile->counts.idle = 990000;
    expect(profile, "nobody cares", "");
}

static void test_gil(void **state)
{
    struct hog_profile *profile = usual();

    (void)state;
    profile->counts.waiting_for_gil = 18000;
    expect(
        profile, NULL,
        "Note: 1.8 threads waited for the GIL on average: only one thread at a time runs Python; --gil shows "
        "what holds "
        "it\n");
    profile = usual();
    profile->counts.waiting_for_gil = 18000;
    profile->info.mode = HOG_PROFILE_GIL;
    expect(profile, NULL,
           "Note: 1.8 threads waited for the GIL on average: only one thread at a time runs Python\n");
    profile = usual();
    profile->counts.waiting_for_gil = 4999;
    expect(profile, NULL, "");
}

static void test_garbage(void **state)
{
    struct hog_profile *profile = usual();

    (void)state;
    profile->counts.collecting_garbage = 1000;
    expect(profile, NULL, "");
    profile = usual();
    profile->counts.collecting_garbage = 1400;
    expect(
        profile, NULL,
        "Note: garbage was being collected in 14 % of the samples: gc.freeze() after the start, or a higher "
        "gc.set_threshold(), reduces that\n");
    profile = usual();
    profile->counts.collecting_garbage = 15000; /* one look stands for several: that may be too many */
    expect(
        profile, NULL,
        "Note: garbage was being collected in 100 % of the samples: gc.freeze() after the start, or a higher "
        "gc.set_threshold(), reduces that\n");
}

static void test_everything(void **state)
{
    (void)state;
    expect(
        profile_of("M | main:5 read:7 | 9000\nM | main:5 read:9 | 900\nM | main:5 | 100\n", HOG_PROFILE_CPU),
        NULL, "Note: read (read.py:1) itself takes 99 % of the time, 91 % of that in line 7\n");
    expect(profile_of("M | main read | 9900\nM | main | 100\n", HOG_PROFILE_CPU), NULL,
           "Note: read (read.py:1) itself takes 99 % of the time\n");
    expect(profile_of("M | main read | 8900\nM | main | 1100\n", HOG_PROFILE_CPU), NULL, "");
    expect(sample_profile_hostile(), NULL,
           "Note: only 351 samples: 8.0 % ± 2.9 points, too few to say which function is the hottest;"
           " sample longer (-d) or faster (-r)\n");
}

static void test_few(void **state)
{
    struct hog_profile *profile;

    (void)state;
    profile = profile_of("M | a:1 | 7\nM | b:1 | 3\n", HOG_PROFILE_CPU);
    profile->info.ticks = 10;
    profile->info.duration = 0.01;
    expect(profile, NULL,
           "Note: only 10 samples: 70 % ± 28 points, too few to say which function is the hottest;"
           " sample longer (-d) or faster (-r)\n");
    profile = profile_of("M | a:1 | 200\nM | b:1 | 20\n", HOG_PROFILE_CPU);
    profile->info.ticks = 220;
    profile->info.duration = 0.22;
    expect(profile, NULL, "Note: a (a.py:1) itself takes 91 % of the time, 100 % of that in line 1\n");
    profile = profile_of("M | a:1 | 51\nM | b:1 | 30\n", HOG_PROFILE_CPU);
    profile->info.ticks = 81;
    profile->info.duration = 0.081;
    expect(profile, NULL,
           "Note: only 81 samples: 63 % ± 11 points; sample longer (-d) or "
           "faster "
           "(-r)\n");
    expect(
        sample_profile_empty(), NULL,
        "Note: nothing ran in 100 % of the samples: the process was waiting; --idle samples waiting threads too\n");
}

static void test_dropped(void **state)
{
    static const struct hog_profile_drop drops[] = {{"of a reason", 200}, {"of another", 900}};
    struct hog_profile *profile = usual();

    (void)state;
    profile->counts.dropped = 1100;
    profile->drops = drops;
    profile->drop_count = 2;
    expect(profile, NULL,
           "Note: 10 % of the samples were dropped, most of them because: of another; shares assume "
           "that they were like the other samples of their threads\n");
    profile = usual();
    profile->counts.dropped = 500;
    expect(profile, NULL, "");
}

static void test_slow(void **state)
{
    struct hog_profile *profile = usual();

    (void)state;
    profile->info.duration = 16;
    expect(profile, NULL,
           "Note: only 62 % of the samples asked for could be taken in time: ask for a lower --rate\n");
    profile = usual();
    profile->info.duration = 16;
    profile->info.stopped = true;
    expect(profile, NULL,
           "Note: only 62 % of the samples asked for could be taken in time: the process cannot be "
           "stopped and resumed any faster\n");
}

static void test_waiting(void **state)
{
    struct hog_snapshot *(*const makers[])(void) = {sample_everyday, sample_empty, sample_hostile,
                                                    sample_interpreters};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    const struct hog_code wait = {
        .name = "wait", .filename = "/lib/threading.py", .short_filename = "threading.py"};
    const struct hog_code read = {.name = "read", .qualname = "Pipe.read", .filename = "/lib/pipe.py"};
    const struct hog_frame in_wait = {.code = &wait, .line = 320}, in_read = {.code = &read};
    struct hog_thread threads[] = {
        {.tstate = 1, .state = HOG_STATE_IDLE, .frames = &in_read, .frame_count = 1, .system_call = "read"},
        {.tstate = 2, .state = HOG_STATE_IDLE, .frames = &in_wait, .frame_count = 1, .system_call = "futex"},
        {.tstate = 3, .state = HOG_STATE_RUNNING, .frames = &in_read, .frame_count = 1},
        {.tstate = 4, .state = HOG_STATE_IDLE, .frames = &in_wait, .frame_count = 1, .system_call = "futex"},
    };
    struct hog_snapshot snapshot = {.threads = threads, .thread_count = 4};

    (void)state;
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        struct hog_snapshot *made = makers[i]();

        hog_text_clear(&text);
        (void)advice_waiting(made, &text);
        hog_snapshot_destroy(made);
    }
    hog_text_clear(&text);
    assert_true(advice_waiting(&snapshot, &text));
    assert_string_equal(text.bytes, "wait (threading.py:320), in futex");
    hog_text_clear(&text);
    snapshot.thread_count = 1;
    assert_true(advice_waiting(&snapshot, &text));
    assert_string_equal(text.bytes, "Pipe.read (/lib/pipe.py), in read");
}

/* The summary, word for word. */
static void test_summary(void **state)
{
    HOG_PROFILE struct hog_profile *profile = sample_profile_worker();
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

    (void)state;
    profile_put_process(profile, &plain, &text);
    profile_put_summary(profile, &plain, &text);
    assert_string_equal(
        text.bytes,
        "Process 48291  python3.12 worker.py --queue mail      CPython 3.12.1\n"
        "20.4 s at 100 Hz: 2,000 of 3,330 samples kept, 1,290 idle, 40 dropped\n"
        "  dropped: 35 changed while it was read, 3 an instruction pointer lies outside of its code, "
        "2 the list of threads could not be read\n"
        "  taken: from the target's own core, one read a sample\n");
    hog_text_clear(&text);
    profile->info.ended_because = "it exited with status 3";
    profile->info.ticks = 1000;
    profile->info.method = NULL;
    profile->counts.elsewhere = 1234;
    profile->drop_count = 0;
    profile_put_summary(profile, &plain, &text);
    assert_string_equal(text.bytes,
                        "20.4 s at 100 Hz (49 reached): 2,000 of 4,564 samples kept, 1,234 outside "
                        "--under, 1,290 idle, 40 dropped\n"
                        "  ended: it exited with status 3\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_due),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_busy_among_many),
        cmocka_unit_test(test_gil),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_everything),
        cmocka_unit_test(test_few),
        cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_slow),
        cmocka_unit_test(test_waiting),
        cmocka_unit_test(test_summary),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
