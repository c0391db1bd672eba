/*
 * Letting the process run, and stopping it again: run_process and
 * request_stop of hog_host.
 *
 *     command's thread   run_process ──▶ Runner.go (hognose_gdb/running.py): a foreground `continue` ──▶ returns
 *     any thread         request_stop ─┬─▶ a signal to one thread of the process (core/stop) ──▶ gdb stops it
 *     Ctrl-C             our handler ──┘
 *
 * Of a remote process that cannot be: there gdb's `interrupt` is posted to its
 * event loop; Runner refuses where that would do harm.
 */
#ifndef HOGNOSE_GDB_RUN_H
#define HOGNOSE_GDB_RUN_H

#include "hognose.h"
#include "stop/stopper.h"

struct gdb_run {
    struct hog_stopper stopper;
    bool touched; /* gdb's settings are as running needs them: to be undone when the command ends */
};

void gdb_run_init(struct gdb_run *run);
void gdb_run_deinit(struct gdb_run *run);

struct gdb_host;

/* Ctrl-C, since the process was first let run in this command. */
bool gdb_run_was_pressed(const struct gdb_host *host);

/* When the command ends: gdb's settings as they were. */
void gdb_run_end_command(struct gdb_host *host);

void gdb_run_process(void *self, struct hog_run_result *ret_result);
void gdb_request_stop(void *self);

#endif
