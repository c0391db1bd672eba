/*
 * Holding threads of a process for a moment, by ptrace(2):
 *
 *     PTRACE_SEIZE all ─▶ PTRACE_INTERRUPT all ─▶ wait until each stands ─▶ … ─▶ PTRACE_DETACH
 *
 * No signal is sent, so the process sees none; one that arrives meanwhile is
 * handed on. If we die the kernel lets the threads go. All calls are made on
 * one thread, as ptrace wants it.
 */
#ifndef HOG_CLI_HOLD_H
#define HOG_CLI_HOLD_H

#include "hognose.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct held_thread {
    pid_t lwp;
    bool stands;
    int signal; /* that arrived while it was held; 0 none */
};

struct hold {
    pid_t pid;
    struct held_thread *threads;
    size_t count, capacity;
    size_t interrupted; /* the first so many of them were asked to stand still */
};

/* How many of these stand still now (those that have ended do), at most after 0.2 s. */
size_t hold_threads(struct hold *hold, const int64_t *lwps, size_t count);
/* All threads of the process, also those that start meanwhile. False: some would not, or we may not. */
bool hold_all(struct hold *hold);
/* Of a thread that is held: what a debugger would tell the core of it. False: its registers cannot be had. */
bool hold_registers(const struct hold *hold, int64_t lwp, struct hog_host_thread *ret_thread);
void hold_release(struct hold *hold);
void hold_deinit(struct hold *hold);

#endif
