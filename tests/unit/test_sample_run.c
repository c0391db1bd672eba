/* When to sample, where, and whether a thread has run: against children of the test's own. */
#define _GNU_SOURCE

#include "sample/placement.h"
#include "sample/run_record.h"
#include "sample/schedule.h"
#include "support/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void pin(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

/* What a child counts on while it runs, seen by the test: the truth about whether it ran. */
static volatile uint64_t *steps;

static int map_steps(void **state)
{
    (void)state;
    steps = mmap(NULL, sizeof *steps, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return steps == MAP_FAILED;
}

/* A child that computes on one CPU, or sleeps. */
static pid_t start_child(bool busy, int cpu)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pin(cpu);
        for (;;) {
            ++*steps;
            if (!busy)
                pause();
        }
    }
    assert_true(pid > 0);
    return pid;
}

static void end_child(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static int open_tasks(pid_t pid)
{
    char path[64];
    int tasks;

    snprintf(path, sizeof path, "/proc/%d/task", pid);
    tasks = open(path, O_PATH | O_DIRECTORY);
    assert_true(tasks >= 0);
    return tasks;
}

static void let_pass(double seconds)
{
    struct timespec time = {.tv_sec = (time_t)seconds};

    time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
    nanosleep(&time, NULL);
}

/* False where this machine lets nobody see when threads are switched. */
static bool record_init(struct run_record *record, int tasks, pid_t pid, bool no_switches)
{
    enum hog_status status = run_record_init(record, tasks, pid, no_switches, true);

    assert_true(status == HOG_OK || (no_switches && status == HOG_DENIED));
    return status == HOG_OK && (no_switches || record->witness == RUN_SWITCHES);
}

static void check_states(bool no_switches)
{
    pid_t busy = start_child(true, 0), asleep = start_child(false, 0);
    int busy_tasks = open_tasks(busy), asleep_tasks = open_tasks(asleep);
    struct run_record record;

    let_pass(0.05);
    if (record_init(&record, busy_tasks, busy, no_switches)) {
        let_pass(0.02);
        run_record_look(&record);
        assert_true(record.state == RUN_RUNNING || record.state == RUN_READY);
        kill(busy, SIGSTOP);
        waitpid(busy, NULL, WUNTRACED);
        /* it is told to be stopped a moment before it leaves the CPU for that */
        for (int i = 0; i < 1000 && record.state != RUN_HELD; i++) {
            let_pass(0.001);
            run_record_look(&record);
        }
        assert_int_equal(record.state, RUN_HELD);
    }
    run_record_deinit(&record);
    if (record_init(&record, asleep_tasks, asleep, no_switches)) {
        run_record_look(&record);
        assert_int_equal(record.state, RUN_ASLEEP);
        assert_true(record.known_asleep);
        assert_false(run_record_look(&record));
        assert_int_equal(record.state, RUN_ASLEEP);
        assert_false(run_record_is_over(&record));
        end_child(asleep);
        assert_true(run_record_is_over(&record));
        assert_int_equal(record.state, RUN_GONE);
    } else {
        end_child(asleep);
    }
    run_record_deinit(&record);
    end_child(busy);
    close(busy_tasks);
    close(asleep_tasks);
}

static void states_are_told_by_switches(void **state)
{
    (void)state;
    check_states(false);
}

static void states_are_told_by_schedstat(void **state)
{
    (void)state;
    check_states(true);
}

/* In a thread, because its priority and its CPU are to end with it. */
struct proof {
    pid_t child;
    int tasks;
    bool no_switches;
    unsigned beside, beside_false; /* read from another CPU while it ran, and said that it stood still */
    unsigned above, above_true;
};

static void *prove(void *context)
{
    struct proof *proof = context;
    struct placement placement;
    struct run_record record;
    double end;

    placement_init(&placement, false, 1);
    if (!record_init(&record, proof->tasks, proof->child, proof->no_switches)) {
        run_record_deinit(&record);
        return NULL;
    }
    for (int cpu = 1; cpu >= 0; cpu--) {
        if (!placement_move(&placement, cpu))
            continue;
        end = now_seconds() + 0.3;
        while (now_seconds() < end) {
            struct run_mark mark;
            double moment = now_seconds() + 20e-6;
            uint64_t before;
            bool stood, ran;

            let_pass(200e-6);
            if (cpu == 0)
                moment = now_seconds() + 5e-6;
            run_record_look(&record);
            stood = run_record_mark(&record, &mark);
            before = *steps;
            while (now_seconds() < moment)
                continue;
            ran = *steps != before;
            stood = stood && run_record_stood_still(&record, &mark, cpu);
            if (cpu == 1 && ran) {
                proof->beside++;
                proof->beside_false += stood;
            } else if (cpu == 0) {
                proof->above++;
                proof->above_true += stood;
            }
        }
    }
    run_record_deinit(&record);
    return NULL;
}

static void check_proof(bool no_switches)
{
    struct proof proof = {.child = start_child(true, 0), .no_switches = no_switches};
    pthread_t thread;

    let_pass(0.05);
    proof.tasks = open_tasks(proof.child);
    assert_int_equal(pthread_create(&thread, NULL, prove, &proof), 0);
    pthread_join(thread, NULL);
    end_child(proof.child);
    close(proof.tasks);
    print_message("from beside %u of %u stood still, from its own CPU %u of %u\n", proof.beside_false,
                  proof.beside, proof.above_true, proof.above);
    assert_int_equal(proof.beside_false, 0);
    assert_true(proof.above_true >= proof.above * 9 / 10);
}

static void what_runs_beside_is_never_proved_by_switches(void **state)
{
    (void)state;
    check_proof(false);
}

static void what_runs_beside_is_never_proved_by_schedstat(void **state)
{
    (void)state;
    check_proof(true);
}

static void ticks_lie_each_in_its_period(void **state)
{
    struct schedule schedule;
    double start = now_seconds(), phases = 0;
    int stop = 0, ticks = 0;
    uint64_t before = UINT64_MAX;

    (void)state;
    schedule_init(&schedule, start, 2000, 7);
    while (now_seconds() < start + 0.2) {
        double planned = schedule.planned;
        uint64_t number = schedule.next;

        assert_true(planned >= start + (double)number * 0.0005 - 1e-9);
        assert_true(planned < start + (double)(number + 1) * 0.0005 + 1e-9);
        assert_true(before == UINT64_MAX || number > before);
        assert_true(schedule_wait(&schedule, &stop));
        assert_true(now_seconds() >= planned);
        phases += (planned - start) / 0.0005 - (double)number;
        before = number;
        ticks++;
    }
    assert_true(ticks > 20);
    assert_true(phases / ticks > 0.3 && phases / ticks < 0.7);
}

/* A tick that took the CPU for long is followed by as long a rest, even if the next one is due at once. */
static void the_target_has_half_of_its_time(void **state)
{
    struct schedule schedule;
    double start = now_seconds(), awake;
    int stop = 0;

    (void)state;
    schedule_init(&schedule, start, 100000, 7);
    assert_true(schedule_wait(&schedule, &stop));
    awake = now_seconds();
    while (now_seconds() < awake + 0.02)
        continue;
    schedule_rest(&schedule, 0.02);
    assert_true(schedule_wait(&schedule, &stop));
    assert_true(now_seconds() >= awake + 0.04);
    assert_true(schedule.next >= 3999);
}

static void *wake_soon(void *stop)
{
    let_pass(0.05);
    schedule_wake(stop);
    return NULL;
}

static void a_long_wait_ends_when_told_to(void **state)
{
    struct schedule schedule;
    double start = now_seconds();
    int stop = 0;
    pthread_t thread;

    (void)state;
    schedule_init(&schedule, start + 100, 1, 7);
    assert_int_equal(pthread_create(&thread, NULL, wake_soon, &stop), 0);
    assert_false(schedule_wait(&schedule, &stop));
    pthread_join(thread, NULL);
    assert_true(now_seconds() - start < 10);
}

static void a_cpu_that_is_none_is_refused(void **state)
{
    struct placement placement = {.cpu = -1};

    (void)state;
    assert_false(placement_move(&placement, -1));
    assert_false(placement_move(&placement, 60000));
    assert_int_equal(placement.cpu, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_are_told_by_switches),
        cmocka_unit_test(states_are_told_by_schedstat),
        cmocka_unit_test(what_runs_beside_is_never_proved_by_switches),
        cmocka_unit_test(what_runs_beside_is_never_proved_by_schedstat),
        cmocka_unit_test(ticks_lie_each_in_its_period),
        cmocka_unit_test(the_target_has_half_of_its_time),
        cmocka_unit_test(a_long_wait_ends_when_told_to),
        cmocka_unit_test(a_cpu_that_is_none_is_refused),
    };

    return cmocka_run_group_tests(tests, map_steps, NULL);
}
