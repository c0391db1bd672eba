/*
 * py-exc: what threads have raised and handle. As text it is a traceback as Python prints it; as JSON, schema
 * hognose.exceptions/1.
 */
#ifndef HOG_SHOW_EXCEPTIONS_H
#define HOG_SHOW_EXCEPTIONS_H

#include "show/report.h"
#include "source/source.h"
#include "value/render.h"

enum {
    MOST_CHAIN = 64,    /* exceptions that lead to one */
    MOST_ENTRIES = 200, /* of one traceback */
    MOST_GROUP = 100,   /* exceptions of one group */
    MOST_NOTES = 20,
    MOST_TOLD = 1000,   /* exceptions of one thread */
    MOST_LINES = 10000, /* entries of all tracebacks of one thread */
};

struct exceptions_request {
    struct hog_values *values;
    struct hog_sources *sources;
    const struct hog_value_limits *limits;
};

/* The threads of the report that have exceptions; returns how many those are. */
size_t render_exceptions_text(const struct report *report, const struct exceptions_request *request,
                              const struct theme *theme, struct hog_outlet *outlet);
void render_exceptions_json(const struct report *report, const struct exceptions_request *request,
                            struct hog_outlet *outlet);
/* The line of a traceback's entry; NULL: it is not to be had. */
const char *exceptions_line(const struct report *report, const struct exceptions_request *request,
                            const struct hog_thread *thread, const struct hog_code *code, int64_t line);

#endif
