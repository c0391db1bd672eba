/*
 * C frames, asked of the host: which module each lies in, and whether that
 * is the interpreter's.
 *
 *     host->list_native_frames ─▶ struct unwind ─▶ hog_native_stack ─▶ native/ merges it with Python's
 *                                      │
 *                        modules: the process's mappings, else what was located, else the host's word
 */
#ifndef HOG_HOST_UNWIND_H
#define HOG_HOST_UNWIND_H

#include "host/target.h"
#include "native/native.h"

enum {
    UNWIND_MOST = 4096,        /* frames of a thread in a dump */
    UNWIND_MOST_SAMPLED = 1024 /* and in a sample */
};

struct unwind {
    const struct hog_host *host;
    const struct hog_process *process; /* as it is now; the owner may put another one in */
    const struct hog_location *location;
    size_t most;                     /* frames of a thread */
    struct hog_native_frame *frames; /* of the last one */
    size_t count;
    uint32_t given;         /* by the host, those that were left out too */
    struct hog_arena texts; /* of them */
    bool failed;            /* no memory for all of it */
};

/* Can it be done? The words say why not: a core file named to us, a host that gives no frames. */
enum hog_status unwind_check(const struct hog_host *host, bool is_hosts, struct hog_error *error) HOG_CHECKED;

enum hog_status unwind_init(struct unwind *unwind, const struct target *target, size_t most,
                            struct hog_error *error) HOG_CHECKED;
void unwind_deinit(struct unwind *unwind);

/* The stack lives until the next call. Empty where the host knows nothing. */
void unwind_stack(struct unwind *unwind, int64_t lwp, struct hog_native_stack *ret_stack);

#endif
