/*
 * A live process as /proc shows it: a child that is made to be what the test
 * needs. (What is said of one that is kept from us: test_access.c.)
 */
#define _GNU_SOURCE
#include "base/clock.h"
#include "memory/access.h"
#include "memory/process.h"
#include "memory/stillness.h"
#include "support/test.h"

#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };

/* A child that runs `body` and then sleeps; returns when `body` is done. */
static pid_t start_child(void (*body)(void *context), void *context)
{
    int ready[2];
    char byte;
    pid_t child;

    assert_int_equal(pipe(ready), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (body)
            body(context);
        (void)!write(ready[1], "r", 1);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

static void end_child(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

/* Opens until the child's main thread is seen asleep: it may still be on its way. */
static enum hog_status open_asleep(struct hog_process *process, pid_t child)
{
    enum hog_status status = HOG_OK;

    for (int i = 0; i < 200; i++) {
        status = hog_process_open_live(process, child);
        if (status != HOG_OK || (process->threads[0].registers.known && !process->threads[0].on_cpu))
            return status;
        hog_process_deinit(process);
        usleep(5000);
    }
    return hog_process_open_live(process, child);
}

static void test_identity(void **state)
{
    struct hog_process process;
    char self[4096] = "";
    double before = hog_clock_epoch();
    pid_t child = start_child(NULL, NULL);
    double after = hog_clock_epoch();

    (void)state;
    assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    assert_int_equal(open_asleep(&process, child), HOG_OK);
    assert_int_equal(process.kind, HOG_TARGET_LIVE);
    /* told in hundredths of a second, and never too early: a file that is newer was not there yet */
    assert_true(process.began >= before && process.began <= after + 0.02);
    assert_int_equal(process.pid, child);
    assert_string_equal(process.executable, self);
    assert_non_null(strstr(process.command_line, "test_live_process"));
    assert_string_equal(process.root, "");
    assert_true(process.elf_machine == EM_X86_64 || process.elf_machine == EM_AARCH64);
    assert_true(process.phdr_address && process.phdr_count && process.entry_address);
    assert_string_equal(process.memory->source, "/proc/PID/mem");
    assert_int_equal(process.thread_count, 1);
    assert_int_equal(process.threads[0].lwp, child);
    assert_int_equal(process.threads[0].registers.known, true);
    assert_true(process.threads[0].registers.system_call > 0);
    assert_false(process.threads[0].on_cpu);
    hog_process_deinit(&process);
    end_child(child);
}

static void test_mappings(void **state)
{
    struct hog_process process;
    static uint64_t word = 0x1122334455667788;
    uint64_t value = 0;
    const struct hog_mapping *mapping;
    pid_t child = start_child(NULL, NULL);

    (void)state;
    assert_int_equal(hog_process_open_live(&process, child), HOG_OK);
    for (size_t i = 1; i < process.mapping_count; i++)
        assert_true(process.mappings[i - 1].end <= process.mappings[i].start);
    mapping = hog_process_mapping_at(&process, (uintptr_t)&word);
    assert_non_null(mapping);
    assert_true(mapping->readable && mapping->writable && !mapping->executable);
    assert_string_equal(mapping->path, process.executable);
    mapping = hog_process_mapping_at(&process, (uintptr_t)test_mappings);
    assert_true(mapping->executable && !mapping->writable && !mapping->deleted);
    assert_int_equal(hog_memory_u64(process.memory, (uintptr_t)&word, &value), HOG_OK);
    assert_int_equal(value, word);
    assert_null(hog_process_mapping_at(&process, 0));
    hog_process_deinit(&process);
    end_child(child);
}

/* A mapped file that is deleted, and one whose name only looks like it. */
static void map_files(void *context)
{
    uint64_t *addresses = context;
    const char *names[] = {"/tmp/hog live.so", "/tmp/hog kept (deleted)"};

    for (unsigned i = 0; i < 2; i++) {
        int file = open(names[i], O_RDWR | O_CREAT | O_TRUNC, 0600);

        if (file < 0 || ftruncate(file, PAGE) != 0)
            _exit(1);
        addresses[i] = (uintptr_t)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 0);
        close(file);
    }
    unlink(names[0]);
}

static void test_deleted_files(void **state)
{
    struct hog_process process;
    uint64_t *addresses = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const struct hog_mapping *deleted, *kept;
    pid_t child;

    (void)state;
    assert_true(addresses != MAP_FAILED);
    child = start_child(map_files, addresses);
    assert_int_equal(hog_process_open_live(&process, child), HOG_OK);
    deleted = hog_process_mapping_at(&process, addresses[0]);
    kept = hog_process_mapping_at(&process, addresses[1]);
    assert_string_equal(deleted->path, "/tmp/hog live.so");
    assert_true(deleted->deleted);
    assert_string_equal(kept->path, "/tmp/hog kept (deleted)");
    assert_false(kept->deleted);
    unlink("/tmp/hog kept (deleted)");
    hog_process_deinit(&process);
    end_child(child);
    munmap(addresses, PAGE);
}

static void *wait_for_ever(void *context)
{
    pthread_setname_np(pthread_self(), context);
    for (;;)
        pause();
    return NULL;
}

static void *run_for_ever(void *context)
{
    pthread_setname_np(pthread_self(), context);
    for (volatile uint64_t i = 0;; i++)
        continue;
    return NULL;
}

static void start_threads(void *context)
{
    pthread_t thread;

    (void)context;
    pthread_create(&thread, NULL, wait_for_ever, "a) R (b");
    pthread_create(&thread, NULL, run_for_ever, "busy");
    usleep(50000);
}

static const struct hog_os_thread *thread_named(const struct hog_process *process, const char *name)
{
    for (size_t i = 0; i < process->thread_count; i++)
        if (strcmp(process->threads[i].name, name) == 0)
            return &process->threads[i];
    fail_msg("no thread is named %s", name);
    return NULL;
}

static void test_threads(void **state)
{
    struct hog_process process;
    pid_t child = start_child(start_threads, NULL);
    const struct hog_os_thread *waiting, *busy;

    (void)state;
    assert_int_equal(open_asleep(&process, child), HOG_OK);
    assert_int_equal(process.thread_count, 3);
    assert_int_equal(process.threads[0].lwp, child);
    assert_true(process.threads[0].lwp < process.threads[1].lwp);
    assert_true(process.threads[1].lwp < process.threads[2].lwp);
    waiting = thread_named(&process, "a) R (b");
    busy = thread_named(&process, "busy");
    assert_false(waiting->on_cpu);
    assert_true(waiting->registers.known && waiting->registers.system_call > 0);
    assert_true(busy->on_cpu);
    assert_true(busy->registers.known);
    assert_int_equal(busy->registers.system_call, -1);
    assert_ptr_equal(hog_process_thread(&process, busy->lwp), busy);
    hog_process_deinit(&process);
    end_child(child);
}

/* What nobody has stopped: the one that sleeps stood still, and has its name when that is asked for. */
static void test_threads_of_running(void **state)
{
    struct hog_process process;
    struct hog_movers movers;
    pid_t child = start_child(start_threads, NULL);
    struct hog_os_thread *waiting;
    struct rlimit most, few;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &most), 0);
    few = (struct rlimit){.rlim_cur = 24, .rlim_max = most.rlim_max};
    for (int limited = 0; limited < 2; limited++) { /* the second time no file is kept open */
        assert_int_equal(setrlimit(RLIMIT_NOFILE, limited ? &few : &most), 0);
        assert_int_equal(hog_process_open_running(&process, child), HOG_OK);
        assert_int_equal(process.thread_count, 3);
        waiting = &process.threads[1];
        assert_true(waiting->asleep && waiting->timeslices_known && waiting->registers.system_call > 0);
        assert_string_equal(hog_process_thread_name(&process, waiting), "a) R (b");
        assert_string_equal(hog_process_thread_name(&process, &process.threads[2]), "busy");
        assert_false(process.threads[2].asleep);
        assert_true(hog_movers_find(&process, &movers));
        assert_true(hog_movers_contain(&movers, process.threads[2].lwp));
        assert_false(hog_movers_contain(&movers, waiting->lwp));
        hog_process_look_again(&process, &movers);
        assert_string_equal(hog_process_thread_name(&process, &process.threads[2]), "busy");
        hog_movers_deinit(&movers);
        hog_process_deinit(&process);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &most), 0);
    end_child(child);
}

/* The main thread ends, another goes on: the kernel shows a zombie that has memory. */
static void leave_main_thread(void *context)
{
    int *ready = context;
    pthread_t thread;

    pthread_create(&thread, NULL, wait_for_ever, "survivor");
    (void)!write(*ready, "r", 1);
    syscall(SYS_exit, 0);
}

static void test_main_thread_has_ended(void **state)
{
    struct hog_process process;
    struct hog_error error = {0};
    int ready[2];
    char byte;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, 0);
        leave_main_thread(&ready[1]);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    usleep(50000);
    assert_int_equal(hog_process_open_live(&process, child), HOG_OK);
    assert_int_equal(process.pid, child);
    assert_true(process.mapping_count > 0);
    assert_true(*process.executable);
    assert_non_null(thread_named(&process, "survivor"));
    hog_process_deinit(&process);
    assert_int_equal(hog_process_open_running(&process, child), HOG_OK);
    assert_int_equal(process.thread_count, 1); /* none that has ended */
    assert_string_equal(hog_process_thread_name(&process, &process.threads[0]), "survivor");
    hog_process_deinit(&process);
    assert_int_equal(hog_process_explain_access(child, &error), HOG_DENIED);
    assert_non_null(strstr(error.message, "has ended while 1 other lives on"));
    close(ready[0]);
    close(ready[1]);
    end_child(child);
}

static void test_gone(void **state)
{
    struct hog_process process;
    struct hog_error error = {0};

    (void)state;
    assert_int_equal(hog_process_open_live(&process, 0x3ffffffe), HOG_NO_PROCESS);
    assert_non_null(strstr(process.error.message, "there is no process 1073741822"));
    hog_process_deinit(&process);
    assert_int_equal(hog_process_explain_access(-5, &error), HOG_NO_PROCESS);
}

static void test_zombie(void **state)
{
    struct hog_process process;
    pid_t child = fork();
    char words[128];
    siginfo_t about;

    (void)state;
    if (child == 0)
        _exit(0);
    assert_int_equal(waitid(P_PID, (id_t)child, &about, WEXITED | WNOWAIT), 0);
    assert_int_equal(hog_process_open_live(&process, child), HOG_NO_PROCESS);
    snprintf(words, sizeof words, "process %d (hog-test) is a zombie: it has exited and its parent %d", child,
             getpid());
    assert_non_null(strstr(process.error.message, words));
    hog_process_deinit(&process);
    waitpid(child, NULL, 0);
}

static void trace_target(void *context)
{
    pid_t target = *(pid_t *)context;

    if (ptrace(PTRACE_SEIZE, target, NULL, NULL) != 0)
        _exit(1);
}

static void test_traced(void **state)
{
    struct hog_process process;
    struct hog_error error = {0};
    pid_t target = start_child(NULL, NULL);
    pid_t tracer;
    char words[128];

    (void)state;
    assert_int_equal(hog_process_explain_access(target, &error), HOG_OK);
    tracer = start_child(trace_target, &target);
    assert_int_equal(hog_process_explain_access(target, &error), HOG_DENIED);
    snprintf(words, sizeof words, "is being traced by %d (hog-test): detach that debugger first", tracer);
    assert_non_null(strstr(error.message, words));
    assert_int_equal(hog_process_open_live(&process, target),
                     HOG_OK); /* its memory can be read all the same */
    hog_process_deinit(&process);
    end_child(tracer);
    end_child(target);
}

/* As another user, in a child of our own: the status and the first words are handed back as text. */
static void test_other_user(void **state)
{
    pid_t target = start_child(NULL, NULL);
    char heard[1024] = "";
    int pipes[2];
    pid_t other;

    (void)state;
    if (geteuid() != 0) {
        end_child(target);
        print_message("skipped: test_other_user needs root\n");
        skip();
    }
    assert_int_equal(pipe(pipes), 0);
    other = fork();
    if (other == 0) {
        struct hog_process process;

        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(1);
        if (hog_process_open_live(&process, target) == HOG_DENIED)
            (void)!write(pipes[1], process.error.message, strlen(process.error.message));
        _exit(0);
    }
    close(pipes[1]);
    assert_true(read(pipes[0], heard, sizeof heard - 1) > 0);
    assert_non_null(strstr(heard, "belongs to user root (uid 0), you are uid 65534: run this as that user"));
    close(pipes[0]);
    waitpid(other, NULL, 0);
    end_child(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_mappings),
        cmocka_unit_test(test_deleted_files),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_threads_of_running),
        cmocka_unit_test(test_main_thread_has_ended),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_zombie),
        cmocka_unit_test(test_traced),
        cmocka_unit_test(test_other_user),
    };

    prctl(PR_SET_NAME, "hog-test"); /* however the program is called */
    return cmocka_run_group_tests_name("live process", tests, NULL, NULL);
}
