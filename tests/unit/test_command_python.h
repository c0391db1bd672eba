/*
 * What the tests of py-sample and py-top share: a child that runs Debian's
 * Python, and a made-up host that lets it run and stops it.
 */
#ifndef HOG_TESTS_TEST_COMMAND_PYTHON_H
#define HOG_TESTS_TEST_COMMAND_PYTHON_H

#include "hognose.h"
#include "support/fake_host.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char python[] = "/usr/bin/python3";

/* Three quarters of the time in heavy, one in light; another thread sleeps. */
static const char busy[] = "import os, threading, time\n"
                           "def spin(n):\n"
                           "    while n: n -= 1\n"
                           "def heavy(): spin(30000)\n"
                           "def light(): spin(10000)\n"
                           "def sleeper(): time.sleep(1000)\n"
                           "threading.Thread(target=sleeper, name='sleeper', daemon=True).start()\n"
                           "time.sleep(0.1)\n"
                           "os.write(1, b'.')\n"
                           "while True:\n"
                           "    heavy()\n"
                           "    light()\n";

struct fixture {
    struct fake_host fake;
    struct hog_session *session;
    struct hog_host_thread threads[1];
    char folder[64];
    const char *error;
};

/* Its state as in /proc ("R", "S"), and the clock ticks it has computed. */
static inline char look_at(pid_t pid, unsigned long *ret_ticks)
{
    char path[64], line[512] = "", state = '?';
    unsigned long user = 0, kernel = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "r");
    if (file && fgets(line, sizeof line, file) && strrchr(line, ')'))
        sscanf(strrchr(line, ')') + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &state, &user,
               &kernel);
    if (file)
        fclose(file);
    *ret_ticks = user + kernel;
    return state;
}

/* The dot was written: the program goes on to what it is there for, and sleeps or computes. */
static inline void wait_until_under_way(pid_t pid)
{
    unsigned long ticks, ticks_at_dot;

    look_at(pid, &ticks_at_dot);
    for (int i = 0; i < 10000; i++) {
        if (look_at(pid, &ticks) != 'R' || ticks > ticks_at_dot + 1)
            return;
        usleep(500);
    }
}

static inline pid_t start_python(const char *program)
{
    int ready[2];
    char dot;
    pid_t child;

    if (access(python, X_OK) != 0 || pipe(ready) != 0)
        return 0;
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(ready[1], STDOUT_FILENO);
        execl(python, python, "-c", program, NULL);
        _exit(1);
    }
    close(ready[1]);
    if (child > 0 && read(ready[0], &dot, 1) != 1) {
        waitpid(child, NULL, 0);
        child = 0;
    }
    close(ready[0]);
    if (child > 0)
        wait_until_under_way(child);
    return child > 0 ? child : 0;
}

static inline int fixture_make(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct hog_host host;

    if (!fixture)
        return -1;
    strcpy(fixture->folder, "/tmp/hognose-sample-XXXXXX");
    host = fake_host_make(&fixture->fake);
    fixture->session = hog_session_create(&host);
    *state = fixture;
    return fixture->session && mkdtemp(fixture->folder) ? 0 : -1;
}

static inline int fixture_drop(void **state)
{
    struct fixture *fixture = *state;
    pid_t pid = (pid_t)fixture->fake.process.pid;
    char command[128];

    if (pid > 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    hog_session_destroy(fixture->session);
    hog_memory_destroy(fixture->fake.memory);
    fake_host_deinit(&fixture->fake);
    snprintf(command, sizeof command, "rm -rf %s", fixture->folder);
    if (system(command) != 0)
        return -1;
    free(fixture);
    return 0;
}

/* The process that is sampled; it stands still. */
static inline void hold_python(struct fixture *fixture, const char *program)
{
    pid_t pid = start_python(program);

    if (!pid) {
        print_message("skipped: no %s\n", python);
        skip();
    }
    fixture->fake.process = (struct hog_host_process){.target = HOG_TARGET_LIVE, .pid = pid};
    fixture->threads[0] = (struct hog_host_thread){.lwp = pid, .number = 42};
    fixture->fake.threads = fixture->threads;
    fixture->fake.thread_count = 1;
    fake_host_hold(&fixture->fake);
}

static inline const char *run(struct fixture *fixture, const char *name, const char *arguments)
{
    hog_text_clear(&fixture->fake.out);
    if (hog_session_run(fixture->session, name, arguments, &fixture->error) != 0)
        fail_msg("%s", fixture->error);
    return fake_host_out(&fixture->fake);
}

static inline const char *refused(struct fixture *fixture, const char *name, const char *arguments)
{
    fixture->error = NULL;
    assert_int_not_equal(hog_session_run(fixture->session, name, arguments, &fixture->error), 0);
    assert_non_null(fixture->error);
    assert_null(strchr(fixture->error, '\n'));
    return fixture->error;
}

static inline void must_have(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in: %s", part, text);
}

static inline void must_not_have(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" is in: %s", part, text);
}

static inline char state_of(const struct fixture *fixture)
{
    unsigned long ticks;

    return look_at((pid_t)fixture->fake.process.pid, &ticks);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_make, fixture_drop)

#endif
