/* One frame on a line of its own, and one thread without the process around it. */
#ifndef HOG_SHOW_FRAME_LINE_H
#define HOG_SHOW_FRAME_LINE_H

#include "show/report.h"

/* "#1  Condition.wait  threading.py:320" */
void render_frame_line(const struct hog_frame *frame, size_t index, const struct theme *theme,
                       struct hog_text *text);
/* The first thread of the report: its line, its frames, the selected one marked; no line for the process. */
void render_thread_text(const struct report *report, const struct theme *theme, struct hog_outlet *outlet);
/* "x = 1" for each, the unset ones as "x (unset)", `indent` blanks before it. */
void render_locals(const struct hog_locals *locals, unsigned indent, const struct theme *theme,
                   struct hog_text *text);

#endif
