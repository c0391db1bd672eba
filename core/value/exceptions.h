/*
 * Exceptions of a thread: the one in flight and those that are being handled, each with what it came from.
 *
 *     tstate.current_exception      in flight: raised, and not caught yet
 *     tstate.exc_info ──▶ {exc_value, previous_item} ──▶ …      being handled: except and finally blocks
 *     tstate.exc_value                                          the same in 3.6: the innermost alone is known
 */
#ifndef HOG_VALUE_EXCEPTIONS_H
#define HOG_VALUE_EXCEPTIONS_H

#include "snapshot/snapshot.h"
#include "value/values.h"

enum { HOG_EXCEPTIONS_MAX = 64 };

struct hog_exception {
    uint64_t object; /* 0: it is not made yet, as happens to 3.11, and is the two below */
    uint64_t type, argument;
    bool in_flight; /* else it is being handled */
};

/* Innermost first. Returns how many there are, at most HOG_EXCEPTIONS_MAX. */
size_t hog_exceptions_of(struct hog_values *values, const struct hog_thread *thread,
                         struct hog_exception ret_exceptions[HOG_EXCEPTIONS_MAX]);

/* One exception, and the way to the others of its chain; 0: there is none. */
struct hog_exception_links {
    uint64_t cause;     /* raise … from cause */
    uint64_t context;   /* what was being handled when it was raised */
    bool is_suppressed; /* the context is not to be shown: raise … from None */
    uint64_t traceback;
    uint64_t notes;      /* a list of str, 3.11+ */
    uint64_t exceptions; /* of a group, a tuple */
};
enum hog_status hog_exception_links(struct hog_values *values, uint64_t exception,
                                    struct hog_exception_links *ret_links) HOG_CHECKED;

/* One entry of a traceback, outermost call first. */
struct hog_traceback_entry {
    const struct hog_code *code; /* lives as long as `values` */
    int64_t line;                /* 0 unknown */
    uint64_t next;
};
enum hog_status hog_traceback_entry(struct hog_values *values, uint64_t traceback,
                                    struct hog_traceback_entry *ret_entry) HOG_CHECKED;

#endif
