/*
 * A debugger made up by a test: it describes the target it is told to
 * describe, and collects what a command writes.
 */
#ifndef HOG_TESTS_FAKE_HOST_H
#define HOG_TESTS_FAKE_HOST_H

#include "base/text.h"
#include "hognose.h"
#include "memory/memory.h"

struct fake_host {
    /* Set by the test. */
    struct hog_host_process process;
    const struct hog_host_thread *threads;
    size_t thread_count;
    const struct hog_host_module *modules;
    size_t module_count;
    struct hog_memory *memory; /* what the debugger reads; NULL: nothing. Not owned */
    const void *auxv;
    size_t auxv_size;
    const struct hog_host_frame *frames; /* of C, of every thread */
    size_t frame_count;
    bool cannot_unwind; /* no list_native_frames */
    int64_t selected_thread;
    bool colour;
    unsigned width;                 /* of the terminal */
    unsigned polls_until_interrupt; /* 0: Ctrl-C is never pressed; n: the n-th question is answered yes */
    bool cannot_run;                /* no run_process */
    /* The process stops by itself after so long, for this reason; 0: it does not; below 0: it is not let run.
     */
    double run_seconds;
    struct hog_run_result run_result;

    /* What happened. */
    struct hog_text out, err;
    unsigned polls;
    unsigned memory_reads;
    unsigned unwinds;
    size_t largest_write;
    unsigned runs, stop_requests;
    int stop_wanted; /* atomic */
};

/*
 * Running: process.pid is a child of the test that stands still by SIGSTOP;
 * run_process lets it go on until request_stop, until it ends, or until
 * run_seconds are over. fake_host_hold makes it stand still to begin with.
 */
void fake_host_hold(const struct fake_host *fake);

/* A host whose callbacks work on `fake`, which must outlive it. */
struct hog_host fake_host_make(struct fake_host *fake);
void fake_host_deinit(struct fake_host *fake);

/* What was written to standard output so far; "" when nothing was. */
const char *fake_host_out(const struct fake_host *fake);

#endif
