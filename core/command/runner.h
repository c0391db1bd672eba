/* The debugger's own frame, moved along when a frame of Python is selected: the one of C that runs it. */
#ifndef HOG_COMMAND_RUNNER_H
#define HOG_COMMAND_RUNNER_H

#include "base/text.h"
#include "command/at.h"

/*
 * Selects it, and appends a line that says so, and which other frames of Python it runs. Only where the thread is the
 * one that the debugger has selected: to select a thread is the user's.
 */
void runner_select(struct hog_session *session, struct at *at, struct hog_text *text);

#endif
