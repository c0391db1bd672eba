/*
 * Python in gdb's own backtrace, for hognose_gdb/backtrace.py: struct
 * hog_backtrace in a capsule, which is let go of with it.
 *
 * What the unwinder of a command forgets at its end is kept here from call to
 * call, since all of it is of one stop.
 */
#include "module.h"

#include <stdlib.h>

struct gdb_backtrace {
    PyObject *session; /* the capsule, which must outlive us */
    PyObject *unwinder;
    struct hog_backtrace *backtrace;
};

static const char *const CAPSULE = "_hognose.backtrace";

static void destroy(PyObject *capsule)
{
    struct gdb_backtrace *self = PyCapsule_GetPointer(capsule, CAPSULE);

    hog_backtrace_close(self->backtrace);
    Py_XDECREF(self->unwinder);
    Py_DECREF(self->session);
    free(self);
}

/* backtrace_open(session) -> backtrace, or why there is none as a str. */
PyObject *backtrace_open(PyObject *module, PyObject *capsule)
{
    struct gdb_session *session = module_session(capsule);
    struct gdb_backtrace *self = session ? calloc(1, sizeof *self) : NULL;
    const char *error = NULL;
    PyObject *made;
    int status;

    (void)module;
    if (!self)
        return session ? PyErr_NoMemory() : NULL;
    session->busy = true;
    gdb_host_begin(&session->host);
    status = hog_backtrace_open(session->session, &self->backtrace, &error);
    gdb_host_end(&session->host);
    session->busy = false;
    if (status) {
        free(self);
        return module_text(error ? error : "failed, and no reason was given");
    }
    self->session = capsule;
    Py_INCREF(capsule);
    made = PyCapsule_New(self, CAPSULE, destroy);
    if (!made) {
        hog_backtrace_close(self->backtrace);
        Py_DECREF(capsule);
        free(self);
    }
    return made;
}

/* Around each call into the core. */
static struct gdb_session *enter(struct gdb_backtrace *self)
{
    struct gdb_session *session = module_session(self->session);

    if (!session)
        return NULL;
    session->busy = true;
    gdb_host_begin(&session->host);
    if (!self->unwinder)
        self->unwinder = PyObject_CallMethod(session->host.object, "unwinder", "O", Py_False);
    if (!self->unwinder)
        gdb_host_note_exception(&session->host);
    session->host.unwinder = self->unwinder;
    self->unwinder = NULL;
    return session;
}

/* Ctrl-C goes on to gdb. */
static PyObject *leave(struct gdb_backtrace *self, struct gdb_session *session, PyObject *answer)
{
    bool interrupted = session->host.interrupted;

    self->unwinder = session->host.unwinder;
    session->host.unwinder = NULL;
    gdb_host_end(&session->host);
    session->busy = false;
    if (!interrupted)
        return answer;
    Py_XDECREF(answer);
    PyErr_SetNone(PyExc_KeyboardInterrupt);
    return NULL;
}

static PyObject *frame_list(const struct hog_backtrace_stack *stack)
{
    PyObject *list = PyList_New(0);

    for (size_t i = 0; list && i < stack->frame_count; i++) {
        const struct hog_backtrace_frame *frame = &stack->frames[i];

        if (module_append(list,
                          Py_BuildValue("(NNNi)", module_text(frame->name), module_text(frame->bare_name),
                                        module_text(frame->filename), (int)frame->line)))
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *place_dict(const struct hog_backtrace_stack *stack)
{
    PyObject *dict = PyDict_New();

    for (size_t i = 0; dict && i < stack->place_count; i++) {
        const struct hog_backtrace_place *place = &stack->places[i];
        PyObject *level = PyLong_FromUnsignedLong(place->level);
        PyObject *frames = PyDict_GetItem(dict, level); /* two states of Python's may share a C frame */
        PyObject *more = NULL;

        if (!frames && (frames = PyList_New(0))) {
            if (PyDict_SetItem(dict, level, frames))
                Py_CLEAR(dict);
            Py_DECREF(frames);
        }
        for (uint32_t at = 0; dict && frames && at < place->count; at++) {
            more = PyLong_FromUnsignedLong(place->first + at);
            if (module_append(frames, more))
                Py_CLEAR(dict);
        }
        Py_XDECREF(level);
    }
    return dict;
}

/*
 * backtrace_stack(backtrace, lwp, most) -> (frames, places, partial, words): frames as (name, bare name, file, line),
 * places as {level: [index of a frame, …]}.
 */
PyObject *backtrace_stack(PyObject *module, PyObject *arguments)
{
    struct hog_backtrace_stack stack;
    struct gdb_backtrace *self;
    struct gdb_session *session;
    PyObject *capsule, *answer = NULL;
    long long lwp;
    Py_ssize_t most;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "OLn", &capsule, &lwp, &most) ||
        !(self = PyCapsule_GetPointer(capsule, CAPSULE)) || !(session = enter(self)))
        return NULL;
    if (hog_backtrace_of(self->backtrace, lwp, (size_t)most, &stack))
        answer = Py_BuildValue("(NNNN)", frame_list(&stack), place_dict(&stack),
                               PyBool_FromLong(stack.partial), module_text(stack.words));
    else
        PyErr_NoMemory();
    return leave(self, session, answer);
}

static void add_variable(void *context, const struct hog_backtrace_variable *variable)
{
    PyObject *item = Py_BuildValue("(NNNN)", module_text(variable->name), module_text(variable->type),
                                   module_text(variable->value), PyBool_FromLong(variable->is_argument));

    if (module_append(context, item))
        PyErr_Clear();
}

/* backtrace_variables(backtrace, lwp, index) -> [(name, type, value, is argument)]. */
PyObject *backtrace_variables(PyObject *module, PyObject *arguments)
{
    struct gdb_backtrace *self;
    struct gdb_session *session;
    PyObject *capsule, *list = NULL;
    long long lwp;
    Py_ssize_t index;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "OLn", &capsule, &lwp, &index) ||
        !(self = PyCapsule_GetPointer(capsule, CAPSULE)) || !(session = enter(self)))
        return NULL;
    if ((list = PyList_New(0)))
        hog_backtrace_variables(self->backtrace, lwp, (size_t)index, add_variable, list);
    return leave(self, session, list);
}
