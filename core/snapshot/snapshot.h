/*
 * A snapshot: an immutable picture of one moment of a Python process.
 *
 *     snapshot ─┬─ interpreters[]
 *               ├─ threads[] ── frames[] ── code (shared between frames)
 *               └─ warnings[]
 *
 * decode/ builds it, everything after it (text, JSON, profiles) sees nothing
 * else: writers can be tested on snapshots made by hand. All of it lives in
 * one arena; text is valid UTF-8, lone surrogates and undecodable bytes are
 * shown as Python's `backslashreplace` shows them. What is not known is NULL,
 * HOG_UNKNOWN or 0 lines, never a guess.
 */
#ifndef HOG_SNAPSHOT_SNAPSHOT_H
#define HOG_SNAPSHOT_SNAPSHOT_H

#include "base/arena.h"
#include "layout/layout.h"

enum hog_answer { HOG_NO = 0, HOG_YES = 1, HOG_UNKNOWN = 2 };

/* One PyCodeObject; or a C function, which has a `library`. */
struct hog_code {
    uint64_t address;
    const char *name;           /* "?" when it could not be read */
    const char *qualname;       /* NULL before 3.11 */
    const char *filename;       /* "?" when it could not be read; of a C function NULL when it is unknown */
    const char *short_filename; /* into filename, after the last '/' */
    int32_t first_line;
    const char *library; /* of a C function: the file of the executable or library that holds it, or "?" */
};

enum hog_frame_flag {
    HOG_FRAME_ENTRY = 1,      /* called from C: a C frame of its own runs it */
    HOG_FRAME_INCOMPLETE = 2, /* 3.11+: pushed, but its first instruction has not run yet */
    HOG_FRAME_NATIVE = 4,     /* of C: --native has put it in */
};

/*
 * A call from C into Python code: from 3.12 on CPython links a mark of it into
 * the chain of frames, and the mark lies on the C stack, in the frame of the
 * very function that runs the Python code.
 */
struct hog_c_entry {
    uint32_t frames; /* of the thread that come before it, innermost first */
    uint64_t marker; /* its address; 0: there is none (to 3.11) */
};

/* A variable of a frame. */
struct hog_local {
    const char *name;
    const char *kind; /* "argument", "local", "cell", "free"; "global" of a module's frame */
    const char *type; /* "int", "app.Job"; NULL: it is unset */
    const char *repr; /* as repr() would show it; NULL: it is unset */
    uint64_t address; /* of the object; 0: there is none */
    bool is_repr;     /* false: a __repr__ of the program's own would show something else */
    bool cut;         /* it is longer */
    bool damaged;     /* not all of it could be read */
};

struct hog_locals {
    const struct hog_local *items; /* as the source declares them */
    size_t count;
    bool cut;            /* there are more */
    const char *because; /* why they, or the rest of them, could not be read; NULL: they could */
};

/* The line of source that a frame is at. */
struct hog_source_line {
    const char *text;   /* without its end; NULL: it is not to be had */
    const char *place;  /* "file", "archive", "memory": where it was found; NULL nowhere */
    const char *remark; /* why there is none, or what to know of it; NULL: nothing */
};

struct hog_frame {
    const struct hog_code *code;
    const char *module; /* __name__ of its globals, NULL unknown */
    int32_t line;       /* 1-based; 0 unknown */
    int32_t end_line;   /* 0 unknown, as are columns; 3.11+ */
    int32_t column;     /* 1-based, in bytes of the UTF-8 source line as CPython counts them */
    int32_t end_column; /* 1-based, exclusive */
    uint32_t flags;     /* enum hog_frame_flag */
    uint64_t address;   /* of C: where it is in its code; else 0 */
    uint64_t frame;     /* of Python: its PyFrameObject (to 3.10) or _PyInterpreterFrame; else 0 */
    const struct hog_locals *locals;      /* NULL: they were not asked for, as of every C frame */
    const struct hog_source_line *source; /* the same */
};

enum hog_thread_state {
    HOG_STATE_UNKNOWN = 0,
    HOG_STATE_RUNNING, /* in user code */
    HOG_STATE_IDLE,    /* in a system call */
    HOG_STATE_WAITING_FOR_GIL,
    HOG_STATE_COLLECTING_GARBAGE,
    HOG_STATE_CRASHED,     /* of what it did the process got a signal that ends it */
    HOG_STATE_NOT_STARTED, /* a state that no thread runs yet */
    HOG_STATE_FINISHING,   /* its interpreter is finalising, or its OS thread is gone */
};

struct hog_thread {
    uint64_t tstate;         /* address of the PyThreadState, 0: an OS thread without Python */
    uint64_t thread_id;      /* threading.get_ident(), pthread_self(); 0 unknown */
    int64_t os_thread_id;    /* LWP; 0 unknown */
    int64_t debugger_thread; /* the debugger's own number; 0 unknown */
    int64_t interpreter;     /* id; -1 for a thread without Python */
    const char *name;        /* threading's name, else the OS's; NULL unknown */
    bool name_is_of_os;
    enum hog_thread_state state;
    const char *system_call; /* "futex"; NULL unknown or not in one */
    enum hog_answer owns_gil;
    enum hog_answer active;         /* on the CPU rather than waiting */
    const struct hog_frame *frames; /* innermost first */
    size_t frame_count;
    size_t omitted_at, omitted;        /* after so many frames so many are left out; 0: none */
    const char *stopped_because;       /* why the chain ended early, or is not whole; NULL: it is */
    const struct hog_c_entry *entries; /* innermost first; none to 3.11, where frames are flagged alone */
    size_t entry_count;
};

struct hog_interpreter {
    uint64_t address;
    int64_t id;
    int64_t gil_holder; /* LWP, 0: nobody or unknown; see gil_holder_known */
    bool gil_holder_known;
    bool has_own_gil; /* its GIL is not the first interpreter's */
    enum hog_answer gc_collecting;
};

struct hog_snapshot {
    struct hog_build build;
    const char *version_text; /* "3.12.1" */
    const char *located_by;   /* one line: how the interpreter was found */
    bool complete;            /* nothing was skipped and no chain broke */
    bool finalizing;
    const char *const *warnings;
    size_t warning_count;
    const struct hog_interpreter *interpreters; /* by id: the main one first */
    size_t interpreter_count;
    /* Python threads first, interpreter after interpreter, in each the oldest first; then native ones by LWP.
     */
    const struct hog_thread *threads;
    size_t thread_count;
    uint64_t reads; /* calls of the memory source, and bytes, that this snapshot took */
    uint64_t bytes;
    double seconds; /* that decoding took */
    struct hog_arena arena;
};

/* Address of the interpreter that a thread belongs to; of one that is not known the first; 0: there is none. */
uint64_t hog_interpreter_of(const struct hog_snapshot *snapshot, const struct hog_thread *thread);

/* The number of a frame, as it is shown: counted from the innermost, those that are left out too. */
static inline size_t hog_frame_number(const struct hog_thread *thread, size_t index)
{
    return index + (index >= thread->omitted_at ? thread->omitted : 0);
}

/* The frame of a number. False: there is none, or it was left out. */
static inline bool hog_frame_index(const struct hog_thread *thread, uint64_t number, size_t *ret_index)
{
    uint64_t index = number;

    if (thread->omitted && number >= thread->omitted_at) {
        if (number < thread->omitted_at + thread->omitted)
            return false;
        index = number - thread->omitted;
    }
    *ret_index = (size_t)index;
    return index < thread->frame_count;
}

void hog_snapshot_destroy(struct hog_snapshot *snapshot); /* NULL is fine */

/* "running", "waiting for the GIL", …; and the JSON spelling "running", "waiting_for_gil", … */
const char *hog_thread_state_words(enum hog_thread_state state);
const char *hog_thread_state_key(enum hog_thread_state state);

#endif
