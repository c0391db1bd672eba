/* What the kernel says of threads: of children of the test's own, whose threads it knows. */
#define _GNU_SOURCE
#include "sample/lwp.h"

#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 3, LEVEL = 7 };

/* A child with threads that sleep for good, the last of them perhaps at a real-time priority. */
struct child {
    pid_t pid;
    struct told {
        pid_t lwp[THREADS];
        int level; /* that the last one got; 0: it may have none */
        uint64_t phdr;
    } told;
    struct roster roster;
    struct sampled_thread threads[THREADS], *list[THREADS];
};

struct start {
    pid_t *lwp;
    pthread_barrier_t *ready;
    int *level; /* NULL: as it is */
};

static void *sleep_for_good(void *context)
{
    const struct start *start = context;
    const struct sched_param wanted = {.sched_priority = LEVEL};

    *start->lwp = (pid_t)syscall(SYS_gettid);
    if (start->level && sched_setscheduler(0, SCHED_FIFO, &wanted) == 0)
        *start->level = LEVEL;
    pthread_barrier_wait(start->ready);
    while (true)
        pause();
    return NULL;
}

static void be_the_child(int out, bool real_time)
{
    struct told told = {.lwp = {(pid_t)syscall(SYS_gettid)}, .phdr = getauxval(AT_PHDR)};
    struct start starts[THREADS];
    pthread_barrier_t ready;
    pthread_t thread;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pthread_barrier_init(&ready, NULL, THREADS);
    for (int i = 1; i < THREADS; i++) {
        starts[i] = (struct start){&told.lwp[i], &ready, real_time && i == THREADS - 1 ? &told.level : NULL};
        if (pthread_create(&thread, NULL, sleep_for_good, &starts[i]) != 0)
            _exit(1);
    }
    pthread_barrier_wait(&ready);
    if (write(out, &told, sizeof told) != (ssize_t)sizeof told)
        _exit(1);
    for (;;)
        pause();
}

static void child_start(struct child *child, bool real_time)
{
    char path[64];
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    child->pid = fork();
    if (child->pid == 0)
        be_the_child(ends[1], real_time);
    close(ends[1]);
    assert_int_equal(read(ends[0], &child->told, sizeof child->told), sizeof child->told);
    close(ends[0]);
    snprintf(path, sizeof path, "/proc/%d/task", (int)child->pid);
    child->roster = (struct roster){.tasks = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)};
    assert_true(child->roster.tasks >= 0);
    for (int i = 0; i < THREADS; i++) {
        child->threads[i] = (struct sampled_thread){.lwp = child->told.lwp[i]};
        child->list[i] = &child->threads[i];
    }
    child->roster.threads = child->list;
    child->roster.count = THREADS;
}

static void child_kill(struct child *child)
{
    siginfo_t about;

    kill(child->pid, SIGKILL);
    assert_int_equal(waitid(P_PID, (id_t)child->pid, &about, WEXITED | WNOWAIT), 0);
}

static void child_end(struct child *child)
{
    kill(child->pid, SIGKILL);
    waitpid(child->pid, NULL, 0);
    close(child->roster.tasks);
}

static void threads_are_there_until_the_process_ends(void **state)
{
    struct child child;
    const struct roster of_a_core = {.tasks = -1};
    uint64_t phdr = 0;

    (void)state;
    child_start(&child, false);
    for (int i = 0; i < THREADS; i++) {
        assert_true(lwp_is_there(&child.roster, child.told.lwp[i]));
        assert_int_equal(lwp_by_own_id(&child.roster, child.told.lwp[i]), child.told.lwp[i]);
    }
    assert_false(lwp_is_there(&child.roster, getpid()));
    assert_int_equal(lwp_by_own_id(&child.roster, getpid()), 0);
    assert_true(lwp_is_there(&child.roster, 0)); /* not known */
    assert_true(lwp_is_there(&of_a_core, getpid()));
    child.roster.namespaced = true; /* and its ids are the same in its own */
    assert_int_equal(lwp_by_own_id(&child.roster, child.told.lwp[1]), child.told.lwp[1]);
    assert_int_equal(lwp_by_own_id(&child.roster, getpid()), 0);
    assert_true(lwp_process_phdr(child.pid, &phdr));
    assert_int_equal(phdr, child.told.phdr);
    assert_false(lwp_process_ended(child.pid));
    child_kill(&child); /* a zombie */
    assert_true(lwp_process_ended(child.pid));
    child_end(&child);
    assert_true(lwp_process_ended(child.pid));
    assert_false(lwp_process_phdr(child.pid, &phdr));
}

/* Where the main thread has ended before the others: it is a zombie, the process is none. */
static void a_main_thread_that_ended_is_not_the_process(void **state)
{
    struct child child;

    (void)state;
    child.pid = fork();
    if (child.pid == 0) {
        static pthread_barrier_t ready;
        static pid_t lwp;
        static struct start start = {&lwp, &ready, NULL};
        pthread_t thread;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pthread_barrier_init(&ready, NULL, 2);
        pthread_create(&thread, NULL, sleep_for_good, &start);
        pthread_barrier_wait(&ready);
        syscall(SYS_exit, 0);
    }
    for (int i = 0; i < 10000; i++) {
        char path[64], text[512];
        FILE *file;
        size_t got;

        snprintf(path, sizeof path, "/proc/%d/stat", (int)child.pid);
        file = fopen(path, "r");
        assert_non_null(file);
        got = fread(text, 1, sizeof text - 1, file);
        text[got] = '\0';
        fclose(file);
        if (strstr(text, ") Z "))
            break;
        usleep(1000);
    }
    assert_false(lwp_process_ended(child.pid));
    child.roster.tasks = -1;
    kill(child.pid, SIGKILL);
    waitpid(child.pid, NULL, 0);
}

static void the_highest_priority_counts(void **state)
{
    struct child child;
    const struct roster of_a_core = {.tasks = -1};
    struct sampled_thread *first;

    (void)state;
    child_start(&child, true);
    assert_int_equal(lwp_highest_level(&child.roster), child.told.level);
    first = child.list[0]; /* whichever it is */
    child.list[0] = child.list[THREADS - 1];
    child.list[THREADS - 1] = first;
    assert_int_equal(lwp_highest_level(&child.roster), child.told.level);
    child.threads[THREADS - 1].lwp = 0; /* not known: it would be ourselves */
    assert_int_equal(lwp_highest_level(&child.roster), 0);
    assert_int_equal(lwp_highest_level(&of_a_core), 0);
    child_end(&child);
}

static void cpu_time_is_that_of_the_process(void **state)
{
    struct child child;
    double before = lwp_process_cpu(getpid()), used = 0;

    (void)state;
    assert_true(before > 0);
    for (volatile uint64_t i = 0; used < 0.02; i++)
        used = i % 1024 ? used : lwp_process_cpu(getpid()) - before;
    child_start(&child, false);
    assert_true(lwp_process_cpu(child.pid) < lwp_process_cpu(getpid()));
    child_end(&child);
    assert_true(lwp_process_cpu(child.pid) < 0);
}

static void a_tracing_stop_is_seen(void **state)
{
    struct child child;
    int status;

    (void)state;
    child_start(&child, false);
    assert_false(lwp_any_is_held(child.pid));
    if (ptrace(PTRACE_SEIZE, child.told.lwp[1], NULL, NULL) == 0) {
        assert_int_equal(ptrace(PTRACE_INTERRUPT, child.told.lwp[1], NULL, NULL), 0);
        assert_int_equal(waitpid(child.told.lwp[1], &status, __WALL), child.told.lwp[1]);
        assert_true(lwp_any_is_held(child.pid));
        assert_int_equal(ptrace(PTRACE_DETACH, child.told.lwp[1], NULL, NULL), 0);
    }
    child_end(&child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_are_there_until_the_process_ends),
        cmocka_unit_test(a_main_thread_that_ended_is_not_the_process),
        cmocka_unit_test(the_highest_priority_counts),
        cmocka_unit_test(cpu_time_is_that_of_the_process),
        cmocka_unit_test(a_tracing_stop_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
