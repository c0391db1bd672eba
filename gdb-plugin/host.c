/* See host.h. */
#include "host.h"

#include <stdlib.h>
#include <string.h>

/* ---- exceptions ---- */

void gdb_host_note_exception(struct gdb_host *host)
{
    PyObject *type = NULL, *value = NULL, *trace = NULL;

    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) {
        host->interrupted = true;
        PyErr_Clear();
        return;
    }
    PyErr_Fetch(&type, &value, &trace);
    if (!host->failure && value)
        host->failure = PyObject_Str(value);
    if (!host->failure && type)
        host->failure = PyObject_Str(type);
    PyErr_Clear();
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
}

/* Calls a method of the Host; NULL with nothing pending when it failed. */
static PyObject *ask(struct gdb_host *host, const char *method)
{
    PyObject *answer = PyObject_CallMethod(host->object, method, NULL);

    if (!answer)
        gdb_host_note_exception(host);
    return answer;
}

static long ask_long(struct gdb_host *host, const char *method, long otherwise)
{
    PyObject *answer = ask(host, method);
    long value = otherwise;

    if (answer) {
        value = PyLong_AsLong(answer);
        if (PyErr_Occurred()) {
            gdb_host_note_exception(host);
            value = otherwise;
        }
        Py_DECREF(answer);
    }
    return value;
}

/*
 * Calls `each` with every item of what a method of the Host answered; that is
 * NULL with an exception pending when it failed. `each` returns -1 with an
 * exception pending to pass one over.
 */
static void each_of(struct gdb_host *host, PyObject *answer, int (*each)(void *context, PyObject *item),
                    void *context)
{
    PyObject *iterator = answer ? PyObject_GetIter(answer) : NULL;
    PyObject *item;

    while (iterator && (item = PyIter_Next(iterator))) {
        if (each(context, item))
            gdb_host_note_exception(host);
        Py_DECREF(item);
    }
    if (PyErr_Occurred())
        gdb_host_note_exception(host);
    Py_XDECREF(iterator);
    Py_XDECREF(answer);
}

/* ---- the process ---- */

/* For "O&": bytes, or None as NULL. */
static int optional_bytes(PyObject *object, void *ret_string)
{
    char **string = ret_string;

    *string = object == Py_None ? NULL : PyBytes_AsString(object);
    return object == Py_None || *string;
}

static void describe_process(void *self, struct hog_host_process *ret_process)
{
    struct gdb_host *host = self;
    struct hog_host_process process = {.target = HOG_TARGET_NOTHING};
    PyObject *answer = ask(host, "describe_process");
    int target = HOG_TARGET_NOTHING;
    long long pid = 0, attach_request = 0;

    *ret_process = process;
    if (!answer)
        return;
    if (!PyArg_ParseTuple(answer, "iLO&O&O&L", &target, &pid, optional_bytes, &process.core_path,
                          optional_bytes, &process.executable, optional_bytes, &process.sysroot,
                          &attach_request)) {
        gdb_host_note_exception(host);
        Py_DECREF(answer);
        return;
    }
    process.target = (enum hog_target_kind)target;
    process.pid = pid;
    process.attach_request = attach_request;
    Py_XDECREF(host->process);
    host->process = answer;
    *ret_process = process;
}

/* Whole or not at all; which is how gdb reads, and what the core expects. */
static size_t read_memory(void *self, uint64_t address, void *buffer, size_t length)
{
    struct gdb_host *host = self;
    PyObject *view, *bytes;
    char *data;
    Py_ssize_t size;
    size_t got = 0;

    if (!host->read_memory && !(host->read_memory = ask(host, "memory_reader")))
        return 0;
    view = PyObject_CallFunction(host->read_memory, "KK", (unsigned long long)address,
                                 (unsigned long long)length);
    /* PyObject_GetBuffer is not in the stable ABI before 3.11. */
    bytes = view ? PyBytes_FromObject(view) : NULL;
    if (bytes && !PyBytes_AsStringAndSize(bytes, &data, &size)) {
        got = (size_t)size < length ? (size_t)size : length;
        memcpy(buffer, data, got);
    }
    if (PyErr_Occurred()) {
        /* gdb.MemoryError: an unreadable address is an answer, and common. */
        if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt))
            host->interrupted = true;
        PyErr_Clear();
    }
    Py_XDECREF(bytes);
    Py_XDECREF(view);
    return got;
}

struct add_thread {
    void (*add)(void *context, const struct hog_host_thread *thread);
    void *context;
};

/* An int, or None: unknown. */
static uint64_t optional_number(PyObject *object, bool *ret_known)
{
    *ret_known = object != Py_None;
    return *ret_known ? PyLong_AsUnsignedLongLongMask(object) : 0;
}

static void take_arguments(struct hog_host_thread *thread, PyObject *arguments)
{
    Py_ssize_t count = PyTuple_Size(arguments);

    while (thread->argument_count < sizeof thread->arguments / sizeof *thread->arguments &&
           thread->argument_count < count) {
        PyObject *argument = PyTuple_GetItem(arguments, thread->argument_count);

        thread->arguments[thread->argument_count++] = PyLong_AsUnsignedLongLongMask(argument);
    }
}

static int add_thread(void *context, PyObject *item)
{
    struct add_thread *to = context;
    struct hog_host_thread thread = {0};
    PyObject *pointer, *system_call, *arguments;
    long long lwp, number;
    unsigned long long program_counter, stack_pointer, result;

    if (!PyArg_ParseTuple(item, "LLO&OOO!KKK", &lwp, &number, optional_bytes, &thread.name, &pointer,
                          &system_call, &PyTuple_Type, &arguments, &program_counter, &stack_pointer, &result))
        return -1;
    thread.from_registers = true;
    thread.program_counter = program_counter;
    thread.stack_pointer = stack_pointer;
    thread.result = result;
    thread.lwp = lwp;
    thread.number = number;
    thread.thread_pointer = optional_number(pointer, &thread.has_thread_pointer);
    thread.system_call = (int64_t)optional_number(system_call, &thread.has_system_call);
    take_arguments(&thread, arguments);
    if (PyErr_Occurred())
        return -1;
    to->add(to->context, &thread);
    return 0;
}

static void list_threads(void *self, void (*add)(void *context, const struct hog_host_thread *thread),
                         void *context)
{
    struct add_thread to = {add, context};

    each_of(self, ask(self, "list_threads"), add_thread, &to);
}

struct add_module {
    void (*add)(void *context, const struct hog_host_module *module);
    void *context;
};

static int add_module(void *context, PyObject *item)
{
    struct add_module *to = context;
    struct hog_host_module module = {0};
    unsigned long long load_address;

    if (!PyArg_ParseTuple(item, "O&KO&", optional_bytes, &module.path, &load_address, optional_bytes,
                          &module.local_path))
        return -1;
    module.load_address = load_address;
    to->add(to->context, &module);
    return 0;
}

static void list_modules(void *self, void (*add)(void *context, const struct hog_host_module *module),
                         void *context)
{
    struct add_module to = {add, context};

    each_of(self, ask(self, "list_modules"), add_module, &to);
}

static size_t read_auxv(void *self, void *buffer, size_t size)
{
    struct gdb_host *host = self;
    PyObject *answer = ask(host, "read_auxv");
    char *data;
    Py_ssize_t length;
    size_t got = 0;

    if (!answer)
        return 0;
    if (PyBytes_AsStringAndSize(answer, &data, &length)) {
        gdb_host_note_exception(host);
    } else {
        got = (size_t)length < size ? (size_t)length : size;
        memcpy(buffer, data, got);
    }
    Py_DECREF(answer);
    return got;
}

struct add_frame {
    void (*add)(void *context, const struct hog_host_frame *frame);
    void *context;
};

static int add_frame(void *context, PyObject *item)
{
    struct add_frame *to = context;
    struct hog_host_frame frame = {0};
    unsigned long long pc, stack_pointer;
    unsigned line;

    if (!PyArg_ParseTuple(item, "KKO&O&O&I", &pc, &stack_pointer, optional_bytes, &frame.function,
                          optional_bytes, &frame.module, optional_bytes, &frame.source, &line))
        return -1;
    frame.pc = pc;
    frame.stack_pointer = stack_pointer;
    frame.line = line;
    to->add(to->context, &frame);
    return 0;
}

static void list_native_frames(void *self, int64_t lwp, size_t max,
                               void (*add)(void *context, const struct hog_host_frame *frame), void *context)
{
    struct gdb_host *host = self;
    struct add_frame to = {add, context};

    PyObject *answer = NULL;

    if (!host->unwinder)
        host->unwinder = ask(host, "unwinder");
    if (host->unwinder)
        answer = PyObject_CallMethod(host->unwinder, "frames_of", "Ln", (long long)lwp, (Py_ssize_t)max);
    each_of(host, answer, add_frame, &to);
}

static void stop_signal(void *self, struct hog_host_signal *ret_signal)
{
    PyObject *answer = ask(self, "stop_signal");
    unsigned long long address;
    long long lwp, sender;
    unsigned long uid;
    int number, code;

    *ret_signal = (struct hog_host_signal){.number = 0};
    if (answer && answer != Py_None) {
        if (PyArg_ParseTuple(answer, "iLiKLk", &number, &lwp, &code, &address, &sender, &uid))
            *ret_signal = (struct hog_host_signal){.number = number,
                                                   .lwp = lwp,
                                                   .has_code = true,
                                                   .code = code,
                                                   .address = address,
                                                   .sender = sender,
                                                   .sender_uid = (uint32_t)uid};
        else
            gdb_host_note_exception(self);
    }
    Py_XDECREF(answer);
}

static int64_t selected_thread(void *self)
{
    return ask_long(self, "selected_thread", 0);
}

static double thread_seconds(void *self, int64_t lwp)
{
    struct gdb_host *host = self;
    PyObject *answer = PyObject_CallMethod(host->object, "thread_seconds", "L", (long long)lwp);
    double seconds = answer ? PyFloat_AsDouble(answer) : -1;

    if (!answer || PyErr_Occurred())
        gdb_host_note_exception(host);
    Py_XDECREF(answer);
    return seconds;
}

static bool select_native_frame(void *self, uint32_t level)
{
    struct gdb_host *host = self;
    PyObject *answer = PyObject_CallMethod(host->object, "select_native_frame", "k", (unsigned long)level);
    bool selected = answer == Py_True;

    if (!answer)
        gdb_host_note_exception(host);
    Py_XDECREF(answer);
    return selected;
}

/* ---- the terminal ---- */

static void write_text(void *self, enum hog_stream stream, const char *bytes, size_t length)
{
    struct gdb_host *host = self;
    PyObject *data, *answer = NULL;
    bool was_interrupted = host->interrupted;

    if (host->deaf)
        return;
    data = PyBytes_FromStringAndSize(bytes, (Py_ssize_t)length);
    if (data)
        answer = PyObject_CallMethod(host->object, "write", "iO", (int)(stream == HOG_STDERR), data);
    if (!answer) {
        host->interrupted = false;
        gdb_host_note_exception(host);
        host->deaf = host->interrupted;
        host->interrupted |= was_interrupted;
    }
    Py_XDECREF(answer);
    Py_XDECREF(data);
}

static bool interrupted(void *self)
{
    struct gdb_host *host = self;

    if (!host->interrupted && PyErr_CheckSignals())
        gdb_host_note_exception(host);
    return host->interrupted || gdb_run_was_pressed(host);
}

static bool wants_colour(void *self)
{
    return ask_long(self, "wants_colour", 0) != 0;
}

static unsigned terminal_width(void *self)
{
    long width = ask_long(self, "terminal_width", 0);

    return width > 0 ? (unsigned)width : 0;
}

/* ---- life ---- */

int gdb_host_init(struct gdb_host *host, PyObject *object)
{
    PyObject *version = PyObject_GetAttrString(object, "debugger_version");
    PyObject *bytes = version ? PyUnicode_AsUTF8String(version) : NULL;

    memset(host, 0, sizeof *host);
    if (bytes && !(host->debugger_version = strdup(PyBytes_AsString(bytes))))
        PyErr_NoMemory();
    Py_XDECREF(bytes);
    Py_XDECREF(version);
    if (!host->debugger_version)
        return -1;
    Py_INCREF(object);
    host->object = object;
    gdb_run_init(&host->run);
    return 0;
}

void gdb_host_deinit(struct gdb_host *host)
{
    gdb_host_begin(host);
    Py_XDECREF(host->object);
    free(host->debugger_version);
    gdb_run_deinit(&host->run);
    memset(host, 0, sizeof *host);
}

struct hog_host gdb_host_callbacks(struct gdb_host *host)
{
    return (struct hog_host){
        .self = host,
        .debugger_name = "gdb",
        .debugger_version = host->debugger_version,
        .describe_process = describe_process,
        .read_memory = read_memory,
        .list_threads = list_threads,
        .list_modules = list_modules,
        .read_auxv = read_auxv,
        .list_native_frames = list_native_frames,
        .stop_signal = stop_signal,
        .selected_thread = selected_thread,
        .thread_seconds = thread_seconds,
        .select_native_frame = select_native_frame,
        .run_process = gdb_run_process,
        .request_stop = gdb_request_stop,
        .write = write_text,
        .interrupted = interrupted,
        .wants_colour = wants_colour,
        .terminal_width = terminal_width,
    };
}

void gdb_host_begin(struct gdb_host *host)
{
    gdb_host_end(host);
    Py_XDECREF(host->failure);
    host->failure = NULL;
    host->interrupted = false;
    host->deaf = false;
}

void gdb_host_end(struct gdb_host *host)
{
    gdb_run_end_command(host);
    Py_XDECREF(host->unwinder);
    host->unwinder = NULL;
    Py_XDECREF(host->read_memory);
    host->read_memory = NULL;
    Py_XDECREF(host->process);
    host->process = NULL;
}
