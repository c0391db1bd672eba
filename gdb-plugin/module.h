/* What the files of the extension share; nothing outside this folder includes it. */
#ifndef HOGNOSE_GDB_MODULE_H
#define HOGNOSE_GDB_MODULE_H

#include "host.h"

struct gdb_session {
    struct gdb_host host;
    struct hog_session *session;
    bool busy; /* a command is running; the core is not to be entered a second time */
};

/* Of a capsule that `create` made; NULL with an exception set when it is busy, or none. */
struct gdb_session *module_session(PyObject *capsule);
/* Text of the core's as str, NULL as None; bytes that are not UTF-8 come out as escapes. */
PyObject *module_text(const char *utf8);
/* Appends `item`, of which it takes the reference. */
int module_append(PyObject *list, PyObject *item);

/* backtrace.c */
PyObject *backtrace_open(PyObject *module, PyObject *capsule);
PyObject *backtrace_stack(PyObject *module, PyObject *arguments);
PyObject *backtrace_variables(PyObject *module, PyObject *arguments);

#endif
