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

/* ---- Ctrl-C ---- */

/*
 * gdb's handler stands behind ours from the first run of a command until its
 * end. Heard by gdb while it starts a run, Ctrl-C would be a SIGINT to the
 * process. A signal handler is handed no data: what it needs is static. There
 * is one gdb in a process, and one foreground `continue` in it.
 */

enum { PASS_ON, HOLD_BACK, SEND_SIGNAL };

static struct {
    atomic_int mode;
    _Atomic int64_t pid, lwp; /* SEND_SIGNAL: to whom, and which */
    atomic_int number;
    atomic_uint presses; /* in this command */
    struct sigaction before;
} ctrl_c;

static void on_ctrl_c(int number)
{
    const struct sigaction *before = &ctrl_c.before;

    /* Pressed again and again: nothing stops it, gdb shall try its own ways. */
    if (atomic_fetch_add(&ctrl_c.presses, 1) >= FORCE_AFTER || ctrl_c.mode == PASS_ON) {
        if (!(before->sa_flags & SA_SIGINFO) && before->sa_handler != SIG_DFL &&
            before->sa_handler != SIG_IGN)
            before->sa_handler(number);
    } else if (ctrl_c.mode == SEND_SIGNAL) {
        hog_stopper_send(ctrl_c.pid, ctrl_c.lwp, ctrl_c.number);
    }
}

static void ctrl_c_take(void)
{
    struct sigaction ours = {.sa_handler = on_ctrl_c, .sa_flags = SA_RESTART};

    ctrl_c.presses = 0;
    ctrl_c.mode = PASS_ON;
    sigaction(SIGINT, &ours, &ctrl_c.before);
}

/* False: it was pressed before, and the process must not be let run. */
static bool ctrl_c_begin_run(int64_t pid)
{
    int number = 0;
    int64_t lwp = pid ? hog_stopper_choose(pid, &number) : 0;

    ctrl_c.pid = pid;
    ctrl_c.lwp = lwp;
    ctrl_c.number = number;
    ctrl_c.mode = lwp ? SEND_SIGNAL : PASS_ON;
    return ctrl_c.presses == 0;
}

/* Was it pressed? */
static bool ctrl_c_end_run(struct hog_stopper *stopper)
{
    bool sent = ctrl_c.mode == SEND_SIGNAL && ctrl_c.presses;

    ctrl_c.mode = HOLD_BACK;
    if (sent)
        hog_stopper_note(stopper, ctrl_c.lwp, ctrl_c.number);
    return ctrl_c.presses != 0;
}

bool gdb_run_was_pressed(const struct gdb_host *host)
{
    return host->run.touched && ctrl_c.presses;
}

/* ---- requests ---- */

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

/* ---- a run ---- */

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

static int number_of(const char *signal_name)
{
    return strcmp(signal_name, "SIGSTOP") == 0  ? SIGSTOP
           : strcmp(signal_name, "SIGURG") == 0 ? SIGURG
           : strcmp(signal_name, "SIGINT") == 0 ? SIGINT
                                                : 0;
}

/* What Runner.go answers: how it ended, the signal's name, words. */
static void take_answer(struct gdb_host *host, PyObject *answer, struct hog_run_result *result,
                        int *ret_signal)
{
    const char *signal_name, *words;
    int end;

    *ret_signal = 0;
    if (!answer || !PyArg_ParseTuple(answer, "iss", &end, &signal_name, &words)) {
        gdb_host_note_exception(host);
        fail(result, "gdb gave no answer");
        if (host->interrupted)
            result->end = HOG_RUN_INTERRUPTED;
        return;
    }
    result->end = (enum hog_run_end)end;
    snprintf(result->words, sizeof result->words, "%s", words);
    *ret_signal = number_of(signal_name);
}

/* Stopped, perhaps by what we sent, which then is forgotten; and nothing of it may be on its way still. */
static void settle(struct gdb_host *host, const struct hog_run_result *result, bool forget_signal)
{
    struct hog_stopper *stopper = &host->run.stopper;
    int64_t lwp;

    check(host, PyObject_CallMethod(host->object, "settle", "i", (int)forget_signal));
    if (result->end == HOG_RUN_EXITED)
        return;
    if (!forget_signal)
        hog_stopper_repeat(stopper);
    for (int tries = 0; tries < COLLECT_TRIES && (lwp = hog_stopper_leftover(stopper)); tries++)
        check(host, PyObject_CallMethod(host->object, "collect_stop", "L", (long long)lwp));
}

/* Once, until it stops for whatever. */
static bool go(struct gdb_host *host, int64_t pid, struct hog_run_result *result, int *ret_signal)
{
    PyObject *answer;
    bool pressed;

    *ret_signal = 0;
    if (!ctrl_c_begin_run(pid)) {
        ctrl_c.mode = HOLD_BACK;
        result->end = HOG_RUN_INTERRUPTED;
        return true;
    }
    answer = PyObject_CallMethod(host->object, "go", NULL);
    pressed = ctrl_c_end_run(&host->run.stopper);
    take_answer(host, answer, result, ret_signal);
    Py_XDECREF(answer);
    return pressed || (result->end == HOG_RUN_INTERRUPTED && *ret_signal != SIGINT);
}

static void let_run(struct gdb_host *host, int64_t pid, struct hog_run_result *result)
{
    struct hog_stopper *stopper = &host->run.stopper;
    bool is_stop, pressed;
    int number;

    hog_stopper_start(stopper, pid);
    do {
        pressed = go(host, pid, result, &number);
        is_stop = hog_stopper_is_ours(stopper, number) || (pressed && number == SIGINT) ||
                  (result->end == HOG_RUN_INTERRUPTED && !number);
    } while (number == SIGURG && !is_stop); /* its own, which is nothing to it and to us */
    hog_stopper_finish(stopper);
    settle(host, result, is_stop);
    if (is_stop) {
        result->end = pressed ? HOG_RUN_INTERRUPTED : HOG_RUN_STOPPED;
        *result->words = '\0';
    }
}

/* 0: only gdb can stop it. */
static int64_t pid_to_stop(struct gdb_host *host, int64_t pid, bool is_native)
{
    struct hog_host callbacks = gdb_host_callbacks(host);

    return is_native || hog_stopper_is_safe_behind_server(pid, callbacks.read_memory, host) ? pid : 0;
}

/* False, with words: it must not be let run. */
static bool prepare(struct gdb_host *host, int64_t *ret_pid, struct hog_run_result *result)
{
    PyObject *answer = PyObject_CallMethod(host->object, "prepare_run", NULL);
    const char *obstacle = NULL;
    long long pid;
    int is_native;

    if (answer && PyArg_ParseTuple(answer, "Lpz", &pid, &is_native, &obstacle) && !obstacle) {
        *ret_pid = pid_to_stop(host, pid, is_native);
        if (!*ret_pid) {
            Py_DECREF(answer);
            answer = PyObject_CallMethod(host->object, "prepare_interrupts", NULL);
            obstacle = NULL;
            if (answer)
                PyArg_Parse(answer, "z", &obstacle);
        }
    }
    if (!answer || PyErr_Occurred()) {
        gdb_host_note_exception(host);
        obstacle = "gdb's settings could not be changed for it";
    }
    if (obstacle)
        fail(result, obstacle);
    /* Pressed while gdb still heard it by itself: it ends what gdb did just then, a setting for example. */
    if (obstacle && host->interrupted)
        result->end = HOG_RUN_INTERRUPTED;
    Py_XDECREF(answer);
    return !obstacle;
}

void gdb_run_process(void *self, struct hog_run_result *ret_result)
{
    struct gdb_host *host = self;
    int64_t pid = 0;

    *ret_result = (struct hog_run_result){.end = HOG_RUN_FAILED};
    if (!host->run.touched)
        ctrl_c_take();
    host->run.touched = true;
    ctrl_c.mode = HOLD_BACK; /* what is done before and after a run is done whole */
    if (prepare(host, &pid, ret_result))
        let_run(host, pid, ret_result);
    ctrl_c.mode = PASS_ON;
}

void gdb_run_end_command(struct gdb_host *host)
{
    if (!host->run.touched)
        return;
    ctrl_c.mode = HOLD_BACK;
    check(host, PyObject_CallMethod(host->object, "end_running", NULL));
    sigaction(SIGINT, &ctrl_c.before, NULL);
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
