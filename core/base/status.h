/*
 * Status and messages.
 *
 * Every fallible call in hognose returns a checked `enum hog_status`. The
 * status says what kind of failure it is (a caller may act on it); the message
 * for the person, with the address and the next step, is written once, by the
 * code that knows them, into a `struct hog_error` that the handle owns.
 */
#ifndef HOG_BASE_STATUS_H
#define HOG_BASE_STATUS_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOG_CHECKED                         __attribute__((warn_unused_result))
#define HOG_PRINTF(format_index, first_arg) __attribute__((format(printf, format_index, first_arg)))

/* How a message, a repr and JSON show an address of the debuggee, a uint64_t: 0x7f3a5c001230. */
#define HOG_ADDRESS "0x%" PRIx64

enum hog_status {
    HOG_OK = 0,
    HOG_USAGE,       /* the command line is wrong */
    HOG_NO_PROCESS,  /* nothing to look at: not attached, no core, gone */
    HOG_NO_PYTHON,   /* a process, but no CPython found in it */
    HOG_NOT_READY,   /* CPython is there but not initialised, or finalising */
    HOG_UNSUPPORTED, /* a version, architecture or implementation we do not know */
    HOG_DENIED,      /* the kernel or the debugger refuses */
    HOG_UNREADABLE,  /* an address could not be read */
    HOG_BAD_DATA,    /* read, but cannot be what it should be */
    HOG_LIMIT,       /* a budget ran out */
    HOG_INTERRUPTED, /* Ctrl-C */
    HOG_NO_MEMORY,   /* our own allocation failed */
    HOG_IO,          /* a file could not be opened, written, renamed */
    HOG_NOT_FOUND,   /* looked up, not there; not an error by itself */
};

enum { HOG_ERROR_MESSAGE = 1024 };

struct hog_error {
    enum hog_status status;
    char message[HOG_ERROR_MESSAGE];
};

/* Sets status and message (one line, no full stop needed, no newline) and returns the status. */
enum hog_status hog_fail(struct hog_error *error, enum hog_status status, const char *format, ...)
    HOG_PRINTF(3, 4);

/* A short name for logs and tests: "no-python". Never NULL. */
const char *hog_status_name(enum hog_status status);

#endif
