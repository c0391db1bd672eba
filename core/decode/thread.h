/* Thread states of an interpreter, and what each thread is doing. */
#ifndef HOG_DECODE_THREAD_H
#define HOG_DECODE_THREAD_H

#include "decode/decoder.h"
#include "decode/gil.h"

struct thread_gil {
    struct hog_gil_place place;
    struct hog_gil_state state;
};

/* What the threads of one interpreter have in common. */
struct thread_context {
    uint64_t interpreter;
    int64_t interpreter_id;
    const struct thread_gil *gil;
    bool collecting_garbage;
    uint64_t finalizing; /* the PyThreadState that finalises the runtime, 0 none */
};

/* Walks the interpreter's thread list, oldest first, appending to raw_threads, frames included. */
void thread_walk(struct decoder *decoder, const struct thread_context *context);

/* Appends the OS threads that have no Python state. */
void thread_add_native(struct decoder *decoder);
/* Of threads that nobody has stopped. */
void thread_warn_of_running(struct decoder *decoder);

#endif
