/* Which signal stops a process, what of it is ours, and whether a process behind a server is of this machine.
 */
#define _GNU_SOURCE
#include "stop/stopper.h"
#include "support/test.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum habit { IDLE, HANDLES_URGENT, BLOCKS_URGENT, WAITS_FOR_SIGNALS };

static void on_signal(int number)
{
    (void)number;
}

/* A child that has taken up its habit. */
static pid_t child_with(enum habit habit)
{
    int ready[2];
    char byte;
    pid_t child;

    assert_return_code(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        sigset_t set;
        int number;

        sigemptyset(&set);
        sigaddset(&set, SIGURG);
        if (habit == HANDLES_URGENT)
            signal(SIGURG, on_signal);
        if (habit == BLOCKS_URGENT || habit == WAITS_FOR_SIGNALS)
            sigprocmask(SIG_BLOCK, &set, NULL);
        alarm(60);
        (void)!write(ready[1], "", 1);
        for (;;)
            if (habit != WAITS_FOR_SIGNALS)
                pause();
            else if (sigwait(&set, &number) == 0)
                _exit(number);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return child;
}

static int end(pid_t child)
{
    int status;

    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int chosen_for(enum habit habit)
{
    pid_t child = child_with(habit);
    int number;

    assert_int_equal(hog_stopper_choose(child, &number), child);
    end(child);
    return number;
}

static void test_signal_that_does_nothing(void **state)
{
    (void)state;
    assert_int_equal(chosen_for(IDLE), SIGURG);
    assert_int_equal(chosen_for(HANDLES_URGENT), SIGSTOP);
    assert_int_equal(chosen_for(BLOCKS_URGENT), SIGSTOP);
    assert_int_equal(chosen_for(WAITS_FOR_SIGNALS), SIGSTOP);
}

static void test_no_process(void **state)
{
    pid_t child = child_with(IDLE);
    int number;

    (void)state;
    end(child);
    assert_int_equal(hog_stopper_choose(child, &number), 0);
}

/* Nobody traces the child: a SIGURG is dropped. */
static void test_what_was_sent_is_ours(void **state)
{
    pid_t child = child_with(IDLE);
    struct hog_stopper stopper;

    (void)state;
    hog_stopper_init(&stopper);
    assert_false(hog_stopper_ask(&stopper));
    hog_stopper_start(&stopper, child);
    assert_false(hog_stopper_is_ours(&stopper, SIGURG));
    assert_true(hog_stopper_ask(&stopper));
    assert_true(hog_stopper_is_ours(&stopper, SIGURG));
    assert_false(hog_stopper_is_ours(&stopper, SIGSTOP));
    hog_stopper_finish(&stopper);
    assert_false(hog_stopper_ask(&stopper));
    assert_int_equal(hog_stopper_leftover(&stopper), 0);
    hog_stopper_start(&stopper, child);
    assert_false(hog_stopper_was_asked(&stopper));
    hog_stopper_finish(&stopper);
    hog_stopper_deinit(&stopper);
    assert_true(WIFSIGNALED(end(child)));
}

/* Only the debugger can stop it, by SIGINT or SIGSTOP as its server does. */
static void test_of_another_machine(void **state)
{
    struct hog_stopper stopper;

    (void)state;
    hog_stopper_init(&stopper);
    hog_stopper_start(&stopper, 0);
    assert_false(hog_stopper_is_ours(&stopper, SIGINT));
    assert_true(hog_stopper_ask(&stopper));
    assert_true(hog_stopper_was_asked(&stopper));
    assert_true(hog_stopper_is_ours(&stopper, SIGINT));
    assert_true(hog_stopper_is_ours(&stopper, SIGSTOP));
    hog_stopper_finish(&stopper);
    hog_stopper_deinit(&stopper);
}

static size_t read_self(void *context, uint64_t address, void *buffer, size_t length)
{
    (void)context;
    memcpy(buffer, (const void *)(uintptr_t)address, length);
    return length;
}

static size_t read_noise(void *context, uint64_t address, void *buffer, size_t length)
{
    (void)context;
    (void)address;
    memset(buffer, 7, length);
    return length;
}

static void test_process_is_here(void **state)
{
    (void)state;
    assert_true(hog_process_is_here(getpid(), read_self, NULL));
    assert_false(hog_process_is_here(getpid(), read_noise, NULL));
    assert_false(hog_process_is_here(0, read_self, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signal_that_does_nothing), cmocka_unit_test(test_no_process),
        cmocka_unit_test(test_what_was_sent_is_ours),    cmocka_unit_test(test_of_another_machine),
        cmocka_unit_test(test_process_is_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
