/* See run.h. */
#define _GNU_SOURCE
#include "run.h"
#include "host.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum {
    COLLECT_TRIES = 8,
    FORCE_AFTER = 3, /* presses of Ctrl-C */
};

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
    const struct sigaction *before = &ctrl_c.before;

    /* Pressed again and again: nothing stops it, gdb shall try its own ways. */
    if (atomic_fetch_add(&ctrl_c.presses, 1) < FORCE_AFTER)
        hog_stopper_send(ctrl_c.pid, ctrl_c.lwp, SIGSTOP);
    else if (!(before->sa_flags & SA_SIGINFO) && before->sa_handler != SIG_DFL &&
             before->sa_handler != SIG_IGN)
        before->sa_handler(number);
}

static void ctrl_c_take(int64_t pid)
{
    struct sigaction ours = {.sa_handler = on_ctrl_c, .sa_flags = SA_RESTART};
    int64_t lwp = pid ? hog_stopper_choose(pid) : 0;

    ctrl_c.pid = lwp ? pid : 0;
    ctrl_c.lwp = lwp;
    ctrl_c.presses = 0;
    if (lwp)
        sigaction(SIGINT, &ours, &ctrl_c.before);
}

/* The thread that a SIGSTOP was sent to because it was pressed; 0: it was not. */
static int64_t ctrl_c_give_back(void)
{
    if (!ctrl_c.pid)
        return 0;
    sigaction(SIGINT, &ctrl_c.before, NULL);
    ctrl_c.pid = 0;
    return ctrl_c.presses ? ctrl_c.lwp : 0;
}

/* ---- requests --------------------------------------------------------------------------------------------
 */

/* Python's lock is free while gdb waits for the process. */
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

    /* Its pid does not change while it runs. */
    if (hog_stopper_ask(&host->run.stopper) && !host->run.stopper.pid)
        post_interrupt(host);
}

/* ---- a run -----------------------------------------------------------------------------------------------
 */

static void fail(struct hog_run_result *result, const char *words)
{
    result->end = HOG_RUN_FAILED;
    snprintf(result->words, sizeof result->words, "%s", words);
}

/* Of what gdb answers only whether it failed matters. */
static void check(struct gdb_host *host, PyObject *answer)
{
    if (!answer)
        gdb_host_note_exception(host);
    Py_XDECREF(answer);
}

/* What Runner.go answers: how it ended, the signal's name, words. */
static void take_answer(struct gdb_host *host, PyObject *answer, struct hog_run_result *result,
                        bool *ret_is_stop)
{
    const char *signal_name, *words;
    int end;

    *ret_is_stop = false;
    if (!answer || !PyArg_ParseTuple(answer, "iss", &end, &signal_name, &words)) {
        gdb_host_note_exception(host);
        fail(result, "gdb gave no answer");
        return;
    }
    result->end = (enum hog_run_end)end;
    snprintf(result->words, sizeof result->words, "%s", words);
    *ret_is_stop = strcmp(signal_name, "SIGSTOP") == 0;
}

/* Stopped; once by what we sent, which then is forgotten, and nothing of it may be on its way still. */
static void settle(struct gdb_host *host, bool forget_signal)
{
    int64_t lwp;

    check(host, PyObject_CallMethod(host->object, "settle", "i", (int)forget_signal));
    for (int tries = 0; tries < COLLECT_TRIES && (lwp = hog_stopper_leftover(&host->run.stopper)); tries++)
        check(host, PyObject_CallMethod(host->object, "collect_stop", "L", (long long)lwp));
}

static void let_run(struct gdb_host *host, int64_t pid, struct hog_run_result *result)
{
    struct hog_stopper *stopper = &host->run.stopper;
    PyObject *answer;
    int64_t pressed;
    bool is_stop;

    hog_stopper_start(stopper, pid);
    ctrl_c_take(pid);
    answer = PyObject_CallMethod(host->object, "go", NULL);
    pressed = ctrl_c_give_back();
    hog_stopper_finish(stopper);
    if (pressed)
        hog_stopper_note(stopper, pressed);
    take_answer(host, answer, result, &is_stop);
    Py_XDECREF(answer);
    is_stop = is_stop && hog_stopper_was_asked(stopper);
    settle(host, is_stop);
    if (is_stop) {
        result->end = pressed ? HOG_RUN_INTERRUPTED : HOG_RUN_STOPPED;
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
    if (host->run.touched)
        check(host, PyObject_CallMethod(host->object, "end_running", NULL));
    host->run.touched = false;
}

void gdb_run_init(struct gdb_run *run)
{
    *run = (struct gdb_run){.touched = false};
    hog_stopper_init(&run->stopper);
}

void gdb_run_deinit(struct gdb_run *run)
{
    hog_stopper_deinit(&run->stopper);
}
