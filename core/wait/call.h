/* The system call a thread waits in, and whether the wait has a limit. */
#ifndef HOG_WAIT_CALL_H
#define HOG_WAIT_CALL_H

#include "wait/reader.h"

#include <string.h>

struct wait_call {
    bool in_call;     /* it is known to be in one; `name` is set */
    const char *name; /* "futex" */
    uint64_t arguments[HOG_CALL_ARGUMENTS];
    unsigned argument_count;
    bool is_restarted; /* after a stop, and which one it was is not known */
    bool is_futex;
    bool has_limit;
    bool limit_unknown;
    double limit; /* seconds that are left (or, in a core, that it asked for); 0 unknown */
};

struct wait_call call_of(struct waits_reader *reader, const struct hog_thread *thread);
static inline bool call_is(const struct wait_call *call, const char *name)
{
    return call->in_call && strcmp(call->name, name) == 0;
}

#endif
