/*
 * The terminal itself, for what changes while the process runs: a progress
 * line, a screen that is drawn again. Written to directly, since the
 * debugger's own thread waits in run_process then; a copy of the descriptor,
 * since the debugger may turn the original elsewhere meanwhile.
 */
#ifndef HOG_HOST_TERMINAL_H
#define HOG_HOST_TERMINAL_H

#include "base/text.h"
#include "hognose.h"

struct terminal {
    int file; /* -1: there is none, and nothing is written */
};

/* `file` is STDOUT_FILENO or STDERR_FILENO. None where that is no terminal, or where the host does not style
 * text. */
void terminal_open(struct terminal *terminal, const struct hog_host *host, int file);
void terminal_close(struct terminal *terminal);
bool terminal_is_there(const struct terminal *terminal);

/* Lines and cells; the usual ones where they are not known. */
void terminal_size(const struct terminal *terminal, unsigned *ret_lines, unsigned *ret_cells);
/* What cannot be written at once is lost. */
void terminal_put(const struct terminal *terminal, const struct hog_text *text);

#endif
