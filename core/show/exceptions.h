/* py-exc as text: what a thread has raised and handles, as a traceback of Python shows it. */
#ifndef HOG_SHOW_EXCEPTIONS_H
#define HOG_SHOW_EXCEPTIONS_H

#include "show/report.h"
#include "value/render.h"

/* The threads of the report that have exceptions; returns how many those are. */
size_t render_exceptions_text(const struct report *report, struct hog_values *values,
                              const struct hog_value_limits *limits, const struct look *look,
                              struct hog_outlet *outlet);

#endif
