/*
 * The cells of a thread's line, in words: shared by py-dump and py-threads.
 */
#ifndef HOG_SHOW_THREAD_CELLS_H
#define HOG_SHOW_THREAD_CELLS_H

#include "show/paint.h"

/* Each clears `cell` first. */
void cell_identity(struct hog_text *cell, const struct hog_thread *thread); /* "LWP 48291", else "id 0x7f…" */
void cell_name(struct hog_text *cell, const struct hog_thread *thread,
               const struct theme *theme);                               /* "\"Main\"" */
void cell_state(struct hog_text *cell, const struct hog_thread *thread); /* "idle, in futex", "native" */
/*
 * What it waits for: "waits for lock mailbox_lock (0x7f…), held by archiver". False, and the cell is empty, where that
 * says no more than the state does.
 */
bool cell_wait(struct hog_text *cell, const struct hog_thread *thread, const struct report *report);
/* ", holds the GIL", appended to the state. */
void cell_add_gil(struct hog_text *cell, const struct hog_thread *thread);
/* ", interpreter 1 (own GIL)", appended where there are several. */
void cell_add_interpreter(struct hog_text *cell, const struct hog_thread *thread,
                          const struct report *report);

/* Name of the function: the qualified one where it is known. */
void cell_function(struct hog_text *cell, const struct hog_frame *frame, const struct theme *theme);
/*
 * The end of `filename` as the package has it: "gunicorn/workers/base.py" of the module gunicorn.workers.base, since
 * many a package has a base.py. Of what the module does not end like (a script, something made by exec; `module` may be
 * NULL) it is `last`, its last component, which points into it.
 */
const char *file_in_package(const char *filename, const char *last, const char *module);
/* "threading.py:355" */
void cell_place(struct hog_text *cell, const struct hog_frame *frame, const struct theme *theme);

#endif
