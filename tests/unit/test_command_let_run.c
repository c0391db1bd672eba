/* Letting a process run and ending that, with a debugger that loses requests, keeps them waiting, or is late.
 */
#define _GNU_SOURCE
#include "base/clock.h"
#include "host/let_run.h"
#include "support/test.h"

#include <unistd.h>

enum { NEVER = 1000000 };

struct debugger {
    /* Set by the test. */
    int deaf;     /* so many requests get lost */
    bool hangs;   /* request_stop does not return before `released` */
    double alone; /* the process stops by itself after so long; 0: it does not */
    /* What happened; atomic. */
    int requests, stop, released, beats;
};

static void run_process(void *self, struct hog_run_result *ret_result)
{
    struct debugger *debugger = self;
    double start = hog_clock_monotonic();

    __atomic_store_n(&debugger->stop, 0, __ATOMIC_SEQ_CST);
    *ret_result = (struct hog_run_result){.end = HOG_RUN_STOPPED};
    while (!__atomic_load_n(&debugger->stop, __ATOMIC_SEQ_CST)) {
        if (debugger->alone > 0 && hog_clock_monotonic() - start > debugger->alone) {
            ret_result->end = HOG_RUN_BREAKPOINT;
            return;
        }
        usleep(200);
    }
}

static void request_stop(void *self)
{
    struct debugger *debugger = self;
    int number = __atomic_add_fetch(&debugger->requests, 1, __ATOMIC_SEQ_CST);

    if (number > debugger->deaf)
        __atomic_store_n(&debugger->stop, 1, __ATOMIC_SEQ_CST);
    while (debugger->hangs && !__atomic_load_n(&debugger->released, __ATOMIC_SEQ_CST))
        usleep(1000);
}

static void beat(void *context)
{
    __atomic_add_fetch(&((struct debugger *)context)->beats, 1, __ATOMIC_SEQ_CST);
}

static struct hog_host host_of(struct debugger *debugger)
{
    return (struct hog_host){.self = debugger, .run_process = run_process, .request_stop = request_stop};
}

static struct let_run *made(const struct hog_host *host, struct debugger *beaten, double beat_seconds)
{
    const struct let_run_options options = {
        .beat = beaten ? beat : NULL, .beat_seconds = beat_seconds, .context = beaten};
    struct let_run *run = NULL;
    struct hog_error error;

    assert_int_equal(let_run_create(host, &options, &run, &error), HOG_OK);
    return run;
}

/* How long it took. */
static double timed(struct let_run *run, double seconds, enum hog_run_end *ret_end)
{
    struct hog_run_result result;
    double start = hog_clock_monotonic();

    let_run_for(run, seconds, &result);
    *ret_end = result.end;
    return hog_clock_monotonic() - start;
}

static void test_time(void **state)
{
    struct debugger debugger = {0};
    struct hog_host host = host_of(&debugger);
    struct let_run *run = made(&host, &debugger, 0.05);
    enum hog_run_end end;
    double took;

    (void)state;
    took = timed(run, 0.3, &end);
    assert_true(took >= 0.3 && took < 2);
    assert_int_equal(end, HOG_RUN_STOPPED);
    assert_true(debugger.beats >= 2 && debugger.beats <= 7);
    debugger.alone = 0.05;
    took = timed(run, 60, &end);
    assert_true(took < 2);
    assert_int_equal(end, HOG_RUN_BREAKPOINT);
    for (int i = 0; i < 50; i++) /* many in a row, as --stop does */
        assert_true(timed(run, 0.001, &end) < 2);
    let_run_destroy(run);
}

/* A request that the debugger did not notice is made again. */
static void test_lost_requests(void **state)
{
    struct debugger debugger = {.deaf = 2};
    struct hog_host host = host_of(&debugger);
    struct let_run *run = made(&host, NULL, 0);
    enum hog_run_end end;

    (void)state;
    assert_true(timed(run, 0.01, &end) < 5);
    assert_int_equal(debugger.requests, 3);
    let_run_destroy(run);
}

static void test_end(void **state)
{
    struct debugger debugger = {.deaf = NEVER, .alone = 0.2};
    struct hog_host host = host_of(&debugger);
    struct let_run *run = made(&host, NULL, 0);
    enum hog_run_end end;

    (void)state;
    assert_false(let_run_is_over(run));
    let_run_end(run, 0);
    assert_true(let_run_is_over(run));
    assert_true(timed(run, 60, &end) < 0.15); /* it is not let run any more */
    assert_int_equal(end, HOG_RUN_STOPPED);
    let_run_destroy(run);
    let_run_destroy(NULL);
}

struct ender {
    struct let_run *run;
    double seconds;
};

static void end_from_beat(void *context)
{
    struct ender *ender = context;

    let_run_end(ender->run, ender->seconds);
}

/* Ended on the helper's own thread; at once, or with time for the process to end by itself. */
static void test_end_from_beat(void **state)
{
    struct debugger debugger = {0};
    struct hog_host host = host_of(&debugger);
    struct ender ender = {.seconds = 0};
    struct let_run_options options = {.beat = end_from_beat, .beat_seconds = 0.05, .context = &ender};
    enum hog_run_end end;
    struct hog_error error;

    (void)state;
    assert_int_equal(let_run_create(&host, &options, &ender.run, &error), HOG_OK);
    assert_true(timed(ender.run, 0, &end) < 2);
    assert_int_equal(end, HOG_RUN_STOPPED);
    let_run_destroy(ender.run);

    debugger.alone = 0.2;
    debugger.requests = 0;
    ender.seconds = 5;
    options.beat_seconds = 100;
    assert_int_equal(let_run_create(&host, &options, &ender.run, &error), HOG_OK);
    let_run_destroy(ender.run);
    options.beat_seconds = 0.15;
    assert_int_equal(let_run_create(&host, &options, &ender.run, &error), HOG_OK);
    assert_true(timed(ender.run, 0, &end) < 2);
    assert_int_equal(end, HOG_RUN_BREAKPOINT);
    assert_int_equal(debugger.requests, 0);
    let_run_destroy(ender.run);
}

/* A debugger that keeps request_stop waiting until the command is over: no deadlock. */
static void test_hanging_debugger(void **state)
{
    static struct debugger debugger; /* outlives the helper that is left there */
    static struct hog_host host;
    struct let_run *run;
    enum hog_run_end end;
    double start;

    (void)state;
    debugger = (struct debugger){.hangs = true};
    host = host_of(&debugger);
    run = made(&host, NULL, 0);
    timed(run, 0.01, &end);
    start = hog_clock_monotonic();
    let_run_destroy(run);
    assert_true(hog_clock_monotonic() - start < 4);
    __atomic_store_n(&debugger.released, 1, __ATOMIC_SEQ_CST);
    usleep(20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_lost_requests),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_end_from_beat),
        cmocka_unit_test(test_hanging_debugger),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
