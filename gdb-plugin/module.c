/*
 * _hognose: the core as an extension module for gdb's Python.
 *
 *     hognose_gdb/__init__.py ──▶ _hognose ──▶ hognose.h ──▶ the core
 *              Host           ◀── host.c   ◀── struct hog_host
 *
 * Only the stable ABI of Python 3.6 is used, so that one file serves every
 * gdb. The module has no state: a session is a capsule that Python keeps.
 */
#include "module.h"

#include <stdlib.h>

static const char *const CAPSULE = "_hognose.session";

/* ---- helpers ---- */

PyObject *module_text(const char *utf8)
{
    size_t length = 0;

    if (!utf8)
        Py_RETURN_NONE;
    while (utf8[length])
        length++;
    return PyUnicode_DecodeUTF8(utf8, (Py_ssize_t)length, "backslashreplace");
}

struct gdb_session *module_session(PyObject *capsule)
{
    struct gdb_session *self = PyCapsule_GetPointer(capsule, CAPSULE);

    if (self && self->busy) {
        PyErr_SetString(PyExc_RuntimeError, "hognose is busy with another command");
        return NULL;
    }
    return self;
}

int module_append(PyObject *list, PyObject *item)
{
    int status = item ? PyList_Append(list, item) : -1;

    Py_XDECREF(item);
    return status;
}

/* ---- tables ---- */

static PyObject *commands(PyObject *module, PyObject *none)
{
    struct hog_command_info info;
    PyObject *list = PyList_New(0);

    (void)module, (void)none;
    for (size_t i = 0; list && hog_command(i, &info); i++) {
        char *help = hog_command_help(info.name);

        if (module_append(list, Py_BuildValue("(sss)", info.name, info.summary, help ? help : "")))
            Py_CLEAR(list);
        free(help);
    }
    return list;
}

/* None of words, an empty list of a count. */
static PyObject *choices(const struct hog_setting_info *setting)
{
    PyObject *list;

    if (setting->kind == HOG_SETTING_WORDS)
        return Py_BuildValue("");
    list = PyList_New(0);
    for (size_t i = 0; list && setting->kind == HOG_SETTING_CHOICE && setting->choices[i]; i++) {
        if (module_append(list, module_text(setting->choices[i])))
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *settings(PyObject *module, PyObject *none)
{
    size_t count;
    const struct hog_setting_info *table = hog_settings(&count);
    PyObject *list = PyList_New(0);

    (void)module, (void)none;
    for (size_t i = 0; list && i < count; i++) {
        if (module_append(list, Py_BuildValue("(sNsss)", table[i].name, choices(&table[i]), table[i].initial,
                                              table[i].summary, table[i].help)))
            Py_CLEAR(list);
    }
    return list;
}

/* ---- sessions ---- */

static void destroy(PyObject *capsule)
{
    struct gdb_session *self = PyCapsule_GetPointer(capsule, CAPSULE);

    hog_session_destroy(self->session);
    gdb_host_deinit(&self->host);
    free(self);
}

static PyObject *create(PyObject *module, PyObject *host)
{
    struct gdb_session *self = calloc(1, sizeof *self);
    struct hog_host callbacks;
    PyObject *capsule;

    (void)module;
    if (!self)
        return PyErr_NoMemory();
    if (gdb_host_init(&self->host, host)) {
        free(self);
        return NULL;
    }
    callbacks = gdb_host_callbacks(&self->host);
    self->session = hog_session_create(&callbacks);
    capsule = self->session ? PyCapsule_New(self, CAPSULE, destroy) : PyErr_NoMemory();
    if (!capsule) {
        if (self->session)
            hog_session_destroy(self->session);
        gdb_host_deinit(&self->host);
        free(self);
    }
    return capsule;
}

/* run(session, name, arguments) -> (error, failure): strings, or None where there was none. */
static PyObject *run(PyObject *module, PyObject *arguments)
{
    PyObject *capsule, *error_text, *failure;
    struct gdb_session *self;
    const char *name, *line, *error = NULL;
    int status;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "Osy", &capsule, &name, &line) || !(self = module_session(capsule)))
        return NULL;
    Py_INCREF(capsule);
    self->busy = true;
    gdb_host_begin(&self->host);
    status = hog_session_run(self->session, name, line, &error);
    gdb_host_end(&self->host);
    self->busy = false;
    error_text = module_text(!status ? NULL : error ? error : "failed, and no reason was given");
    failure = self->host.failure ? self->host.failure : Py_None;
    Py_INCREF(failure);
    Py_DECREF(capsule);
    return error_text ? Py_BuildValue("(NN)", error_text, failure) : NULL;
}

static void add_candidate(void *context, const char *candidate)
{
    if (module_append(context, module_text(candidate)))
        PyErr_Clear();
}

static PyObject *complete(PyObject *module, PyObject *arguments)
{
    PyObject *capsule, *list;
    struct gdb_session *self;
    const char *name, *line;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "Osy", &capsule, &name, &line) || !(self = module_session(capsule)) ||
        !(list = PyList_New(0)))
        return NULL;
    self->busy = true;
    gdb_host_begin(&self->host);
    hog_session_complete(self->session, name, line, add_candidate, list);
    gdb_host_end(&self->host);
    self->busy = false;
    return list;
}

/* set(session, name, value) -> None, or what is wrong with it. */
static PyObject *set(PyObject *module, PyObject *arguments)
{
    PyObject *capsule;
    struct gdb_session *self;
    const char *name, *value, *error = NULL;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "Oss", &capsule, &name, &value) || !(self = module_session(capsule)))
        return NULL;
    if (!hog_session_set(self->session, name, value, &error))
        Py_RETURN_NONE;
    return module_text(error ? error : "failed, and no reason was given");
}

static PyObject *get(PyObject *module, PyObject *arguments)
{
    PyObject *capsule;
    struct gdb_session *self;
    const char *name;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "Os", &capsule, &name) || !(self = module_session(capsule)))
        return NULL;
    return module_text(hog_session_get(self->session, name));
}

/* ---- the module ---- */

static PyMethodDef methods[] = {
    {"commands", commands, METH_NOARGS, "commands() -> [(name, summary, help)]"},
    {"settings", settings, METH_NOARGS, "settings() -> [(name, choices, initial, summary, help)]"},
    {"create", create, METH_O, "create(host) -> session"},
    {"run", run, METH_VARARGS, "run(session, name, arguments: bytes) -> (error, failure)"},
    {"complete", complete, METH_VARARGS, "complete(session, name, arguments: bytes) -> [candidate]"},
    {"set", set, METH_VARARGS, "set(session, name, value) -> error or None"},
    {"backtrace_open", backtrace_open, METH_O, "backtrace_open(session) -> backtrace, or why there is none"},
    {"backtrace_stack", backtrace_stack, METH_VARARGS,
     "backtrace_stack(backtrace, lwp, most) -> (frames, places, partial, words)"},
    {"backtrace_variables", backtrace_variables, METH_VARARGS,
     "backtrace_variables(backtrace, lwp, index) -> [(name, type, value, is argument)]"},
    {"get", get, METH_VARARGS, "get(session, name) -> value or None"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "_hognose", .m_doc = "hognose's core.",
    .m_size = 0,           .m_methods = methods,
};

PyMODINIT_FUNC PyInit__hognose(void);

PyMODINIT_FUNC PyInit__hognose(void)
{
    PyObject *module = PyModule_Create(&definition);

    if (module && (PyModule_AddStringConstant(module, "VERSION", HOGNOSE_VERSION) ||
                   PyModule_AddIntConstant(module, "NOTHING", HOG_TARGET_NOTHING) ||
                   PyModule_AddIntConstant(module, "LIVE", HOG_TARGET_LIVE) ||
                   PyModule_AddIntConstant(module, "CORE", HOG_TARGET_CORE) ||
                   PyModule_AddIntConstant(module, "REMOTE", HOG_TARGET_REMOTE) ||
                   PyModule_AddIntConstant(module, "RUNNING", HOG_TARGET_RUNNING) ||
                   PyModule_AddIntConstant(module, "INTERRUPTED", HOG_RUN_INTERRUPTED) ||
                   PyModule_AddIntConstant(module, "EXITED", HOG_RUN_EXITED) ||
                   PyModule_AddIntConstant(module, "SIGNAL", HOG_RUN_SIGNAL) ||
                   PyModule_AddIntConstant(module, "BREAKPOINT", HOG_RUN_BREAKPOINT) ||
                   PyModule_AddIntConstant(module, "FAILED", HOG_RUN_FAILED)))
        Py_CLEAR(module);
    return module;
}
