/* Thread states of an interpreter, and what each thread is doing. */
#ifndef HOG_DECODE_THREAD_H
#define HOG_DECODE_THREAD_H

#include "decode/decoder.h"
#include "decode/gil.h"

/* What the threads of one interpreter have in common. */
struct thread_context {
    uint64_t interpreter;
    int64_t interpreter_id;
    struct gil_state gil;
    bool collecting_garbage;
    uint64_t finalizing; /* the PyThreadState that finalises the runtime, 0 none */
};

/* Walks the interpreter's thread list, oldest first, appending to raw_threads, frames included. */
void thread_walk(struct decoder *decoder, const struct thread_context *context);

/* Appends the OS threads that have no Python state. */
void thread_add_native(struct decoder *decoder);

#endif
