/* Threads held by ptrace; see hold.h. */
#define _GNU_SOURCE
#include "hold.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A thread in an uninterruptible sleep does not stop: it does not run either, and is given up on. */
static const double HOLD_PATIENCE = 0.2;

enum { HOLD_ROUNDS = 8, NAP_NANOSECONDS = 20000 };

static double now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct held_thread *find(const struct hold *hold, pid_t lwp)
{
    for (size_t i = 0; i < hold->count; i++)
        if (hold->threads[i].lwp == lwp)
            return &hold->threads[i];
    return NULL;
}

static bool make_room(struct hold *hold)
{
    size_t capacity = hold->capacity ? 2 * hold->capacity : 64;
    struct held_thread *grown;

    if (hold->count < hold->capacity)
        return true;
    grown = realloc(hold->threads, capacity * sizeof *grown);
    if (!grown)
        return false;
    hold->threads = grown;
    hold->capacity = capacity;
    return true;
}

/* False: it is gone, or not to be had. */
static bool seize(struct hold *hold, pid_t lwp)
{
    if (!make_room(hold) || ptrace(PTRACE_SEIZE, lwp, NULL, NULL) != 0)
        return false;
    hold->threads[hold->count++] = (struct held_thread){.lwp = lwp};
    return true;
}

/*
 * Those that were seized since: all at once, so that none stands while others are seized. Who sleeps is woken to be
 * stopped, and would get our CPU before the next is asked.
 */
static void interrupt_seized(struct hold *hold)
{
    const struct sched_param lowest = {.sched_priority = 1};
    struct sched_param own;
    int policy = sched_getscheduler(0);
    bool goes_first = hold->count - hold->interrupted > 1 && policy >= 0 && sched_getparam(0, &own) == 0 &&
                      sched_setscheduler(0, SCHED_FIFO, &lowest) == 0;

    for (size_t i = hold->interrupted; i < hold->count; i++)
        ptrace(PTRACE_INTERRUPT, hold->threads[i].lwp, NULL, NULL);
    hold->interrupted = hold->count;
    if (goes_first)
        sched_setscheduler(0, policy, &own);
}

/*
 * What a seized thread reports: that it was interrupted, that its group stands
 * stopped (both PTRACE_EVENT_STOP, and there is no signal to hand on), or a
 * signal that it is about to get. It stands still in each case.
 */
static void take_report(struct held_thread *thread, int status)
{
    thread->stands = true;
    if (WIFSTOPPED(status) && status >> 16 != PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP)
        thread->signal = WSTOPSIG(status);
}

static bool poll_thread(struct held_thread *thread)
{
    int status;
    pid_t got = waitpid(thread->lwp, &status, __WALL | WNOHANG);

    if (got == thread->lwp)
        take_report(thread, status);
    else if (got < 0 && errno == ECHILD)
        thread->stands = true; /* it has ended */
    return thread->stands;
}

static void wait_for_all(struct hold *hold)
{
    const struct timespec nap = {.tv_nsec = NAP_NANOSECONDS};
    long slack = prctl(PR_GET_TIMERSLACK);
    double until = now_seconds() + HOLD_PATIENCE;
    size_t standing;

    prctl(PR_SET_TIMERSLACK, 1UL); /* else the nap takes 50 microseconds more, and those that stand wait */
    do {
        standing = 0;
        for (size_t i = 0; i < hold->count; i++)
            standing += hold->threads[i].stands || poll_thread(&hold->threads[i]);
        if (standing < hold->count)
            nanosleep(&nap, NULL);
    } while (standing < hold->count && now_seconds() < until);
    if (slack > 0)
        prctl(PR_SET_TIMERSLACK, (unsigned long)slack);
}

static bool is_gone(pid_t pid, pid_t lwp)
{
    return syscall(SYS_tgkill, pid, lwp, 0) != 0 && errno == ESRCH;
}

size_t hold_threads(struct hold *hold, const int64_t *lwps, size_t count)
{
    size_t standing = 0;

    for (size_t i = 0; i < count; i++)
        if (!find(hold, (pid_t)lwps[i]) && !seize(hold, (pid_t)lwps[i]))
            standing += is_gone(hold->pid, (pid_t)lwps[i]);
    interrupt_seized(hold);
    wait_for_all(hold);
    for (size_t i = 0; i < hold->count; i++)
        standing += hold->threads[i].stands;
    return standing;
}

/* Seizes the threads that are not held yet. Returns how many there were, and those that could not be had. */
static size_t seize_new(struct hold *hold, size_t *ret_refused)
{
    char path[64];
    DIR *listing;
    const struct dirent *entry;
    size_t met = 0;

    snprintf(path, sizeof path, "/proc/%d/task", (int)hold->pid);
    listing = opendir(path);
    *ret_refused = 0;
    while (listing && (entry = readdir(listing))) {
        pid_t lwp = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;

        if (lwp <= 0 || find(hold, lwp))
            continue;
        met++;
        if (!seize(hold, lwp))
            *ret_refused += !is_gone(hold->pid, lwp);
    }
    if (listing)
        closedir(listing);
    return met;
}

bool hold_all(struct hold *hold)
{
    size_t refused = 0;
    bool standing = true;

    for (int round = 0; round < HOLD_ROUNDS && seize_new(hold, &refused) > refused; round++) {
        interrupt_seized(hold);
        wait_for_all(hold);
    }
    for (size_t i = 0; i < hold->count; i++)
        standing = standing && hold->threads[i].stands;
    return standing && !refused && hold->count;
}

bool hold_registers(const struct hold *hold, int64_t lwp, struct hog_host_thread *ret_thread)
{
#if defined(__x86_64__)
    const struct held_thread *thread = find(hold, (pid_t)lwp);
    struct user_regs_struct registers;

    if (!thread || !thread->stands || ptrace(PTRACE_GETREGS, thread->lwp, NULL, &registers) != 0)
        return false;
    ret_thread->has_thread_pointer = true;
    ret_thread->thread_pointer = registers.fs_base;
    ret_thread->has_system_call = true;
    ret_thread->system_call = (int64_t)registers.orig_rax;
    ret_thread->arguments[0] = registers.rdi;
    ret_thread->arguments[1] = registers.rsi;
    ret_thread->arguments[2] = registers.rdx;
    ret_thread->arguments[3] = registers.r10;
    ret_thread->arguments[4] = registers.r8;
    ret_thread->arguments[5] = registers.r9;
    ret_thread->argument_count = 6;
    return true;
#else
    (void)hold, (void)lwp, (void)ret_thread;
    return false;
#endif
}

void hold_release(struct hold *hold)
{
    for (size_t i = 0; i < hold->count; i++) {
        struct held_thread *thread = &hold->threads[i];

        if (thread->stands || poll_thread(thread))
            ptrace(PTRACE_DETACH, thread->lwp, NULL, (void *)(intptr_t)thread->signal);
    }
    hold->count = hold->interrupted = 0;
}

void hold_deinit(struct hold *hold)
{
    hold_release(hold);
    free(hold->threads);
    hold->threads = NULL;
    hold->capacity = 0;
}
