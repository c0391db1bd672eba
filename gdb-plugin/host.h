/*
 * The debugger as the core sees it: hog_host, answered by the Python object
 * `Host` of hognose_gdb/host.py, or by gdb itself where it is hot.
 *
 *     the core ──▶ struct hog_host ──▶ struct gdb_host ──▶ host.read_memory (gdb's own bound method)
 *                                                     └──▶ Host: describe_process, list_threads, write, …
 *
 * No exception of Python's outlives a callback: Ctrl-C is remembered as
 * `interrupted`, the first other one as words in `failure`, and the core gets
 * the answer that means "unknown".
 */
#ifndef HOGNOSE_GDB_HOST_H
#define HOGNOSE_GDB_HOST_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "hognose.h"
#include "run.h"

struct gdb_host {
    PyObject *object; /* the Host */
    char *debugger_version;

    /* Of the running command. */
    PyObject
        *read_memory;   /* gdb.Inferior.read_memory, bound to the selected inferior; NULL not asked for yet */
    PyObject *unwinder; /* frames.Unwinder; NULL not asked for yet */
    PyObject *process;  /* what describe_process answered: owns the strings given to the core */
    PyObject *failure;  /* str; NULL none */
    bool interrupted;
    bool deaf; /* the user left the pager: what is written from here on is dropped */
    struct gdb_run run;
};

/* 0, or -1 with an exception set. Takes a reference to `object`. */
int gdb_host_init(struct gdb_host *host, PyObject *object);
void gdb_host_deinit(struct gdb_host *host);

/* The callbacks; valid as long as `host` is. */
struct hog_host gdb_host_callbacks(struct gdb_host *host);

/* Takes the pending exception and keeps what it says; for the parts of the host. */
void gdb_host_note_exception(struct gdb_host *host);

/* Around each command. */
void gdb_host_begin(struct gdb_host *host);
void gdb_host_end(struct gdb_host *host);

#endif
