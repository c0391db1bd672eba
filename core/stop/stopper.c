/* See stopper.h. */
#define _GNU_SOURCE
#include "stop/stopper.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LOOKS = 64 };

/* ---- threads, as /proc has them ---- */

/* The value of a line of its status file; false if there is none. */
static bool read_status(int64_t pid, int64_t lwp, const char *name, char *ret_value, size_t size)
{
    size_t length = strlen(name);
    char line[256];
    bool found = false;
    FILE *file;

    snprintf(line, sizeof line, "/proc/%" PRId64 "/task/%" PRId64 "/status", pid, lwp);
    file = fopen(line, "re");
    while (file && !found && fgets(line, sizeof line, file)) {
        found = strncmp(line, name, length) == 0;
        if (found)
            snprintf(ret_value, size, "%s", line + length + strspn(line + length, " \t"));
    }
    if (file)
        fclose(file);
    return found;
}

/* A main thread that has ended stays as a zombie while others run; a signal to it stops nothing. */
static bool thread_lives(int64_t pid, int64_t lwp)
{
    char state[32];

    return read_status(pid, lwp, "State:", state, sizeof state) && !strchr("ZX", *state);
}

/* Of a set of signals in its status file; `otherwise` when it cannot be read. */
static bool has_signal(int64_t pid, int64_t lwp, const char *set, int number, bool otherwise)
{
    char mask[32];

    if (!read_status(pid, lwp, set, mask, sizeof mask))
        return otherwise;
    return strtoull(mask, NULL, 16) >> (number - 1) & 1;
}

/* In sigwait() or one of its kin: what it waits for does not count as blocked then. */
static bool waits_for_signals(int64_t pid, int64_t lwp)
{
    char path[64];
    long call = -1;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%" PRId64 "/task/%" PRId64 "/syscall", pid, lwp);
    file = fopen(path, "re");
    if (file && fscanf(file, "%ld", &call) != 1)
        call = -1; /* "running" */
    if (file)
        fclose(file);
    return call == SYS_rt_sigtimedwait;
}

static int harmless_signal(int64_t pid, int64_t lwp)
{
    if (has_signal(pid, lwp, "SigCgt:", SIGURG, true) || has_signal(pid, lwp, "SigBlk:", SIGURG, true) ||
        waits_for_signals(pid, lwp))
        return SIGSTOP;
    return SIGURG;
}

static bool runs(int64_t pid, int64_t lwp)
{
    char state[32];

    return read_status(pid, lwp, "State:", state, sizeof state) && *state == 'R';
}

/* The first thread of which that is so, among at most so many; 0: none. */
static int64_t look_through(int64_t pid, bool (*is_so)(int64_t pid, int64_t lwp), int most)
{
    char path[64];
    struct dirent *task;
    int64_t found = 0;
    DIR *tasks;

    snprintf(path, sizeof path, "/proc/%" PRId64 "/task", pid);
    tasks = opendir(path);
    while (tasks && !found && most > 0 && (task = readdir(tasks))) {
        int64_t lwp = strtoll(task->d_name, NULL, 10);

        most -= lwp > 0;
        found = lwp > 0 && is_so(pid, lwp) ? lwp : 0;
    }
    if (tasks)
        closedir(tasks);
    return found;
}

int64_t hog_stopper_choose(int64_t pid, int *ret_number)
{
    int64_t lwp = thread_lives(pid, pid) ? pid : look_through(pid, thread_lives, INT_MAX);

    *ret_number = lwp ? harmless_signal(pid, lwp) : SIGSTOP;
    return lwp;
}

/*
 * Debuggers stop the others one after the other, milliseconds later: so one that runs, where that does it no harm. Of
 * many threads the first are looked at, since who runs goes on meanwhile.
 */
static int64_t choose_running(int64_t pid, int *ret_number)
{
    int64_t running = look_through(pid, runs, LOOKS);

    if (running && harmless_signal(pid, running) == SIGURG) {
        *ret_number = SIGURG;
        return running;
    }
    return hog_stopper_choose(pid, ret_number);
}

bool hog_stopper_is_safe_behind_server(int64_t pid, hog_read_memory read, void *context)
{
    int number;

    return hog_process_is_here(pid, read, context) && hog_stopper_choose(pid, &number) && number != SIGSTOP;
}

void hog_stopper_send(int64_t pid, int64_t lwp, int number)
{
    syscall(SYS_tgkill, (pid_t)pid, (pid_t)lwp, number);
}

/* ---- requests ---- */

/* False: no room. What is not noted must not be sent. */
static bool note(struct hog_stopper *stopper, int64_t lwp, int number)
{
    stopper->was_asked = true;
    if (number == SIGURG)
        return stopper->sent_urgent = true;
    for (size_t i = 0; i < stopper->asked_count; i++)
        if (stopper->asked[i] == lwp)
            return true;
    if (stopper->asked_count == HOG_STOPPER_ASKED_MAX)
        return false;
    stopper->asked[stopper->asked_count++] = lwp;
    return true;
}

bool hog_stopper_ask(struct hog_stopper *stopper)
{
    int64_t lwp;
    bool running;
    int number;

    pthread_mutex_lock(&stopper->lock);
    running = stopper->running;
    lwp = running && stopper->pid ? choose_running(stopper->pid, &number) : 0;
    if (lwp && note(stopper, lwp, number))
        hog_stopper_send(stopper->pid, lwp, number);
    if (running && !stopper->pid)
        stopper->was_asked = true;
    pthread_mutex_unlock(&stopper->lock);
    return running;
}

void hog_stopper_note(struct hog_stopper *stopper, int64_t lwp, int number)
{
    pthread_mutex_lock(&stopper->lock);
    note(stopper, lwp, number);
    pthread_mutex_unlock(&stopper->lock);
}

bool hog_stopper_was_asked(struct hog_stopper *stopper)
{
    bool was_asked;

    pthread_mutex_lock(&stopper->lock);
    was_asked = stopper->was_asked;
    pthread_mutex_unlock(&stopper->lock);
    return was_asked;
}

bool hog_stopper_is_ours(struct hog_stopper *stopper, int number)
{
    bool ours;

    pthread_mutex_lock(&stopper->lock);
    ours = (number == SIGURG && stopper->sent_urgent) || (number == SIGSTOP && stopper->asked_count) ||
           ((number == SIGINT || number == SIGSTOP) && stopper->was_asked && !stopper->pid);
    pthread_mutex_unlock(&stopper->lock);
    return ours;
}

int64_t hog_stopper_leftover(const struct hog_stopper *stopper)
{
    for (size_t i = 0; stopper->pid && i < stopper->asked_count; i++)
        if (has_signal(stopper->pid, stopper->asked[i], "SigPnd:", SIGSTOP, false))
            return stopper->asked[i];
    return 0;
}

void hog_stopper_repeat(struct hog_stopper *stopper)
{
    for (size_t i = 0; stopper->pid && i < stopper->asked_count; i++)
        if (thread_lives(stopper->pid, stopper->asked[i]))
            hog_stopper_send(stopper->pid, stopper->asked[i], SIGSTOP);
}

/* ---- life ---- */

void hog_stopper_start(struct hog_stopper *stopper, int64_t pid)
{
    pthread_mutex_lock(&stopper->lock);
    stopper->running = true;
    stopper->pid = pid;
    stopper->was_asked = false;
    stopper->sent_urgent = false;
    stopper->asked_count = 0;
    pthread_mutex_unlock(&stopper->lock);
}

void hog_stopper_finish(struct hog_stopper *stopper)
{
    pthread_mutex_lock(&stopper->lock);
    stopper->running = false;
    pthread_mutex_unlock(&stopper->lock);
}

void hog_stopper_init(struct hog_stopper *stopper)
{
    *stopper = (struct hog_stopper){.running = false};
    pthread_mutex_init(&stopper->lock, NULL);
}

void hog_stopper_deinit(struct hog_stopper *stopper)
{
    pthread_mutex_destroy(&stopper->lock);
}
