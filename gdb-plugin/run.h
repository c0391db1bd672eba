/*
 * Letting the process run, and stopping it again: run_process and
 * request_stop of hog_host.
 *
 *     command's thread   run_process ──▶ Runner.go (hognose_gdb/running.py): a foreground `continue` ──▶
 * returns any thread         request_stop ─┬─▶ SIGSTOP to one thread of the process ──▶ gdb stops it all
 *     Ctrl-C             our handler ──┘
 *
 * gdb's own `interrupt`, and its Ctrl-C, send the process a SIGINT and hope
 * to see it first. Whoever waits for it with sigwait() gets it all the same;
 * where every thread blocks it nothing happens; and if the process stops for
 * something else, or gdb is killed, it is delivered. SIGSTOP can be neither
 * blocked nor waited for, and a thread that it has stopped is as an attach
 * leaves it. While the process runs, gdb is told to keep that signal from it.
 *
 * If the process had stopped already, the SIGSTOP lies in wait in the kernel;
 * run_process looks for it and lets gdb take it before it returns. The thread
 * runs no instruction for that: what is pending comes first.
 *
 * A remote process has no signal that we could send. There gdb's `interrupt`
 * is posted to its event loop; Runner refuses where that would do harm.
 */
#ifndef HOGNOSE_GDB_RUN_H
#define HOGNOSE_GDB_RUN_H

#include "hognose.h"

#include <pthread.h>

enum { ASKED_MAX = 8 };

struct gdb_run {
    pthread_mutex_t lock; /* of all below but `touched` */
    bool running;
    int64_t pid;              /* 0: not of this machine */
    int64_t asked[ASKED_MAX]; /* LWPs that were sent a SIGSTOP in this run */
    size_t asked_count;
    bool touched; /* gdb's settings are as running needs them: to be undone when the command ends */
};

void gdb_run_init(struct gdb_run *run);
void gdb_run_deinit(struct gdb_run *run);

struct gdb_host;

/* When the command ends: gdb's settings as they were. */
void gdb_run_end_command(struct gdb_host *host);

void gdb_run_process(void *self, struct hog_run_result *ret_result);
void gdb_request_stop(void *self);

#endif
