/* See run.h. */
#define _GNU_SOURCE
#include "run.h"
#include "host.h"

#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    COLLECT_TRIES = 8,
    FORCE_AFTER = 3, /* presses of Ctrl-C */
};

/* ---- the process's threads -------------------------------------------------------------------------------
 */

static FILE *open_status(int64_t pid, int64_t lwp)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%" PRId64 "/task/%" PRId64 "/status", pid, lwp);
    return fopen(path, "re");
}

/* A main thread that has ended stays as a zombie while others run; a signal to it stops nothing. */
static bool thread_lives(int64_t pid, int64_t lwp)
{
    FILE *file = open_status(pid, lwp);
    char line[256], state = 'Z';

    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "State: %c", &state) == 1)
            break;
    if (file)
        fclose(file);
    return !strchr("ZX", state);
}

static bool stop_is_pending(int64_t pid, int64_t lwp)
{
    FILE *file = open_status(pid, lwp);
    char line[256];
    uint64_t pending = 0;

    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "SigPnd: %" SCNx64, &pending) == 1)
            break;
    if (file)
        fclose(file);
    return pending >> (SIGSTOP - 1) & 1;
}

/* The main one if it lives, as a rule; 0: there is none. */
static int64_t choose_thread(int64_t pid)
{
    char path[64];
    DIR *tasks;
    struct dirent *task;
    int64_t found = 0;

    if (thread_lives(pid, pid))
        return pid;
    snprintf(path, sizeof path, "/proc/%" PRId64 "/task", pid);
    tasks = opendir(path);
    while (tasks && !found && (task = readdir(tasks))) {
        int64_t lwp = strtoll(task->d_name, NULL, 10);

        found = lwp > 0 && thread_lives(pid, lwp) ? lwp : 0;
    }
    if (tasks)
        closedir(tasks);
    return found;
}

static void send_stop(int64_t pid, int64_t lwp)
{
    syscall(SYS_tgkill, (pid_t)pid, (pid_t)lwp, SIGSTOP);
}

/* ---- Ctrl-C ----------------------------------------------------------------------------------------------
 *
 * gdb's handler is set aside while the process runs. A signal handler is
 * handed no data: what it needs is static. There is one gdb in a process, and
 * one foreground `continue` in it.
 */

static struct {
    _Atomic int64_t pid, lwp; /* 0: nothing runs */
    atomic_uint presses;
    struct sigaction before;
} ctrl_c;

static void on_ctrl_c(int number)
{
    int64_t pid = ctrl_c.pid;

    /* Pressed again and again: nothing stops it, gdb shall try its own ways. */
    if (atomic_fetch_add(&ctrl_c.presses, 1) + 1 > FORCE_AFTER && !(ctrl_c.before.sa_flags & SA_SIGINFO) &&
        ctrl_c.before.sa_handler != SIG_DFL && ctrl_c.before.sa_handler != SIG_IGN)
        ctrl_c.before.sa_handler(number);
    else if (pid)
        send_stop(pid, ctrl_c.lwp);
}

static void ctrl_c_take(int64_t pid, int64_t lwp)
{
    struct sigaction ours = {.sa_handler = on_ctrl_c, .sa_flags = SA_RESTART};

    ctrl_c.lwp = lwp;
    ctrl_c.pid = pid;
    ctrl_c.presses = 0;
    sigaction(SIGINT, &ours, &ctrl_c.before);
}

/* Was it pressed? */
static bool ctrl_c_give_back(void)
{
    sigaction(SIGINT, &ctrl_c.before, NULL);
    ctrl_c.pid = 0;
    return ctrl_c.presses > 0;
}

/* ---- requests --------------------------------------------------------------------------------------------
 */

/* False: no room. What is not noted must not be asked. */
static bool note_asked(struct gdb_run *run, int64_t lwp)
{
    for (size_t i = 0; i < run->asked_count; i++)
        if (run->asked[i] == lwp)
            return true;
    if (run->asked_count == ASKED_MAX)
        return false;
    run->asked[run->asked_count++] = lwp;
    return true;
}

/* Another thread than gdb's: Python's lock is free while gdb waits for the process. */
static void post_interrupt(struct gdb_host *host)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *answer = PyObject_CallMethod(host->object, "post_interrupt", NULL);

    if (!answer)
        PyErr_Clear();
    Py_XDECREF(answer);
    PyGILState_Release(state);
}

void gdb_request_stop(void *self)
{
    struct gdb_host *host = self;
    struct gdb_run *run = &host->run;
    bool is_remote;
    int64_t lwp;

    pthread_mutex_lock(&run->lock);
    is_remote = run->running && !run->pid;
    lwp = run->running && run->pid ? choose_thread(run->pid) : 0;
    if (lwp && note_asked(run, lwp))
        send_stop(run->pid, lwp);
    pthread_mutex_unlock(&run->lock);
    if (is_remote)
        post_interrupt(host);
}

/* ---- a run -----------------------------------------------------------------------------------------------
 */

static void fail(struct hog_run_result *result, const char *words)
{
    result->end = HOG_RUN_FAILED;
    snprintf(result->words, sizeof result->words, "%s", words);
}

/* gdb is told of `lwp` that a SIGSTOP of ours is pending there, until none is. */
static void collect(struct gdb_host *host, int64_t pid, int64_t lwp)
{
    for (int tries = 0; tries < COLLECT_TRIES && stop_is_pending(pid, lwp); tries++) {
        PyObject *answer = PyObject_CallMethod(host->object, "collect_stop", "L", (long long)lwp);

        if (!answer)
            gdb_host_note_exception(host);
        Py_XDECREF(answer);
    }
}

static void start(struct gdb_run *run, int64_t pid)
{
    int64_t lwp = pid ? choose_thread(pid) : 0;

    pthread_mutex_lock(&run->lock);
    run->running = true;
    run->pid = pid;
    run->asked_count = 0;
    pthread_mutex_unlock(&run->lock);
    if (lwp)
        ctrl_c_take(pid, lwp);
}

/* True: Ctrl-C was pressed. */
static bool finish(struct gdb_run *run)
{
    bool interrupted = false;

    if (ctrl_c.pid) {
        int64_t lwp = ctrl_c.lwp;

        interrupted = ctrl_c_give_back();
        if (interrupted)
            note_asked(run, lwp);
    }
    pthread_mutex_lock(&run->lock);
    run->running = false;
    pthread_mutex_unlock(&run->lock);
    return interrupted;
}

/* What Runner.go answers: how it ended, the signal's name, words. */
static bool take_answer(struct gdb_host *host, PyObject *answer, struct hog_run_result *result,
                        bool *ret_is_stop)
{
    const char *signal_name, *words;
    int end;

    if (!answer || !PyArg_ParseTuple(answer, "iss", &end, &signal_name, &words)) {
        gdb_host_note_exception(host);
        fail(result, "gdb gave no answer");
        return false;
    }
    result->end = (enum hog_run_end)end;
    snprintf(result->words, sizeof result->words, "%s", words);
    *ret_is_stop = strcmp(signal_name, "SIGSTOP") == 0;
    return true;
}

/* Once the process stands still: the signal that we sent is forgotten, one that is still on its way
 * collected. */
static void settle(struct gdb_host *host, bool forget_signal)
{
    struct gdb_run *run = &host->run;
    PyObject *answer = PyObject_CallMethod(host->object, "settle", "i", (int)forget_signal);

    if (!answer)
        gdb_host_note_exception(host);
    Py_XDECREF(answer);
    for (size_t i = 0; run->pid && i < run->asked_count; i++)
        collect(host, run->pid, run->asked[i]);
}

static void let_run(struct gdb_host *host, int64_t pid, struct hog_run_result *result)
{
    struct gdb_run *run = &host->run;
    PyObject *answer;
    bool is_stop = false, interrupted, good;

    start(run, pid);
    answer = PyObject_CallMethod(host->object, "go", NULL);
    interrupted = finish(run);
    good = take_answer(host, answer, result, &is_stop);
    Py_XDECREF(answer);
    is_stop = is_stop && run->asked_count;
    settle(host, is_stop);
    if (good && is_stop) {
        result->end = interrupted ? HOG_RUN_INTERRUPTED : HOG_RUN_STOPPED;
        *result->words = '\0';
    }
}

void gdb_run_process(void *self, struct hog_run_result *ret_result)
{
    struct gdb_host *host = self;
    PyObject *answer;
    const char *obstacle;
    long long pid;

    *ret_result = (struct hog_run_result){.end = HOG_RUN_FAILED};
    host->run.touched = true;
    answer = PyObject_CallMethod(host->object, "prepare_run", NULL);
    if (!answer || !PyArg_ParseTuple(answer, "Lz", &pid, &obstacle)) {
        gdb_host_note_exception(host);
        fail(ret_result, "gdb's settings could not be changed for it");
    } else if (obstacle) {
        fail(ret_result, obstacle);
    } else {
        let_run(host, pid, ret_result);
    }
    Py_XDECREF(answer);
}

void gdb_run_end_command(struct gdb_host *host)
{
    PyObject *answer;

    if (!host->run.touched)
        return;
    host->run.touched = false;
    answer = PyObject_CallMethod(host->object, "end_running", NULL);
    if (!answer)
        gdb_host_note_exception(host);
    Py_XDECREF(answer);
}

void gdb_run_init(struct gdb_run *run)
{
    *run = (struct gdb_run){.running = false};
    pthread_mutex_init(&run->lock, NULL);
}

void gdb_run_deinit(struct gdb_run *run)
{
    pthread_mutex_destroy(&run->lock);
}
