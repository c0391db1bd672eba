/* When our own threads had a CPU, as the kernel's own records of it say; and how many of them may be watched. */
#define _GNU_SOURCE
#include "sample/cpu_ring.h"
#include "sample/run_record.h"
#include "sample/switches.h"
#include "support/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 20, FILES = 32, SELECT_MAX = 1024 };

/* Does the kernel let us see switches? Asked without the code that is tested. */
static bool may_see_switches(void)
{
    struct perf_event_attr attributes = {.size = sizeof attributes,
                                         .type = PERF_TYPE_SOFTWARE,
                                         .config = PERF_COUNT_SW_DUMMY,
                                         .context_switch = 1,
                                         .exclude_kernel = 1,
                                         .exclude_hv = 1};
    int event = (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

    return event >= 0 && close(event) == 0;
}

static int open_tasks(void)
{
    int tasks = open("/proc/self/task", O_PATH | O_DIRECTORY | O_CLOEXEC);

    assert_true(tasks >= 0);
    return tasks;
}

static void *wait_for_the_end(void *barrier)
{
    pthread_barrier_wait(barrier);
    return NULL;
}

struct others {
    pthread_t threads[THREADS];
    pthread_barrier_t barrier;
};

static void start_others(struct others *others)
{
    assert_int_equal(pthread_barrier_init(&others->barrier, NULL, THREADS + 1), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&others->threads[i], NULL, wait_for_the_end, &others->barrier), 0);
}

static void end_others(struct others *others)
{
    pthread_barrier_wait(&others->barrier);
    for (int i = 0; i < THREADS; i++)
        pthread_join(others->threads[i], NULL);
    pthread_barrier_destroy(&others->barrier);
}

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* The caller, on each CPU that it may use: it is there before it sleeps, and not while it does. */
static void *check_on_each_cpu(void *context)
{
    const struct cpu_rings *rings = context;
    const struct timespec moment = {.tv_nsec = 5000000};
    cpu_set_t allowed;

    assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    for (uint32_t i = 0; i < rings->count; i++) {
        const struct cpu_ring *ring = rings->rings + i;
        uint64_t before;
        cpu_set_t one;

        if (!CPU_ISSET((size_t)ring->cpu, &allowed))
            continue;
        CPU_ZERO(&one);
        CPU_SET((size_t)ring->cpu, &one);
        assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
        nanosleep(&moment, NULL);
        before = now();
        nanosleep(&moment, NULL);
        assert_int_equal(cpu_ring_at(rings, ring, before, true), gettid());
        assert_int_equal(cpu_ring_at(rings, ring, before + 2500000, true), 0);
    }
    assert_int_equal(sched_setaffinity(0, sizeof allowed, &allowed), 0);
    return NULL;
}

static void every_thread_is_watched_on_every_cpu(void **state)
{
    int tasks = open_tasks();
    struct others others;
    struct cpu_rings rings;
    struct rlimit files;
    pthread_t later;

    (void)state;
    if (!may_see_switches())
        skip();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    start_others(&others);
    assert_int_equal(cpu_rings_open(&rings, getpid(), tasks), HOG_OK);
    assert_int_equal(rings.count, sysconf(_SC_NPROCESSORS_ONLN));
    for (uint32_t i = 1; i < rings.count; i++)
        assert_true(rings.rings[i - 1].cpu < rings.rings[i].cpu);
    assert_true(rings.whole);
    assert_int_equal(rings.event_count, (THREADS + 1) * rings.count);
    for (uint32_t i = 0; files.rlim_cur > 2 * SELECT_MAX && i < rings.event_count; i++)
        assert_true(rings.events[i] >= SELECT_MAX);
    check_on_each_cpu(&rings);
    assert_int_equal(pthread_create(&later, NULL, check_on_each_cpu, &rings), 0);
    pthread_join(later, NULL);
    end_others(&others);
    cpu_rings_close(&rings);
    assert_int_equal(rings.count, 0);
    close(tasks);
}

/* Half of the files that we may have are left to others; that some threads are not seen is known then. */
static void too_few_descriptors(void **state)
{
    int tasks = open_tasks();
    struct rlimit files, few;
    struct others others;
    struct cpu_rings rings;

    (void)state;
    if (!may_see_switches())
        skip();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    few = files;
    few.rlim_cur = FILES;
    start_others(&others);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    assert_int_equal(cpu_rings_open(&rings, getpid(), tasks), HOG_OK);
    assert_int_equal(rings.event_count, FILES / 2);
    assert_false(rings.whole);
    cpu_rings_close(&rings);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    end_others(&others);
    close(tasks);
}

/* Our own thread, which leaves each CPU that it may use by sleeping. */
static void switches_are_seen_on_every_cpu(void **state)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    int tasks = open_tasks();
    struct run_record record;
    cpu_set_t allowed;

    (void)state;
    if (!may_see_switches())
        skip();
    assert_int_equal(run_record_init(&record, tasks, gettid(), false, false), HOG_OK);
    assert_int_equal(record.witness, RUN_SWITCHES);
    assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        uint64_t before = switches_head(record.switches);
        struct switch_record newest;
        cpu_set_t one;

        if (!CPU_ISSET((size_t)cpu, &allowed))
            continue;
        CPU_ZERO(&one);
        CPU_SET((size_t)cpu, &one);
        assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
        nanosleep(&moment, NULL);
        assert_true(switches_head(record.switches) >=
                    before + 2 * SWITCH_BYTES); /* off it, and on it again */
        assert_true(switches_before(record.switches, 1, switches_head(record.switches), &newest));
        assert_int_equal(newest.cpu, cpu);
        assert_int_equal(newest.tid, gettid());
        assert_true(run_record_was_on(&record, cpu, newest.time));
    }
    assert_int_equal(sched_setaffinity(0, sizeof allowed, &allowed), 0);
    run_record_deinit(&record);
    assert_int_equal(run_record_init(&record, tasks, gettid(), true, false), HOG_OK);
    assert_int_equal(record.witness, RUN_SCHEDSTAT);
    run_record_deinit(&record);
    close(tasks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_thread_is_watched_on_every_cpu),
        cmocka_unit_test(too_few_descriptors),
        cmocka_unit_test(switches_are_seen_on_every_cpu),
    };

    return cmocka_run_group_tests_name("sample_rings", tests, NULL, NULL);
}
