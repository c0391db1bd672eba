/* Status names and the one place where error messages are formatted; see status.h. */
#include "base/status.h"

#include <stdio.h>

enum hog_status hog_fail(struct hog_error *error, enum hog_status status, const char *format, ...)
{
    va_list args;

    error->status = status;
    va_start(args, format);
    vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    return status;
}

const char *hog_status_name(enum hog_status status)
{
    static const char *const names[] = {
        [HOG_OK] = "ok",
        [HOG_USAGE] = "usage",
        [HOG_NO_PROCESS] = "no-process",
        [HOG_NO_PYTHON] = "no-python",
        [HOG_NOT_READY] = "not-ready",
        [HOG_UNSUPPORTED] = "unsupported",
        [HOG_DENIED] = "denied",
        [HOG_UNREADABLE] = "unreadable",
        [HOG_BAD_DATA] = "bad-data",
        [HOG_LIMIT] = "limit",
        [HOG_INTERRUPTED] = "interrupted",
        [HOG_NO_MEMORY] = "no-memory",
        [HOG_IO] = "io",
        [HOG_NOT_FOUND] = "not-found",
    };

    return (size_t)status < sizeof names / sizeof *names ? names[status] : "unknown";
}
