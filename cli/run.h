/*
 * A command of the table, run on each of its targets.
 *
 *     one target          as in a debugger
 *     several, text       py-dump: equal stacks once (py-group); else one after the other
 *     several, JSON       one document, "hognose.processes/1", with that of each target
 */
#ifndef HOG_CLI_RUN_H
#define HOG_CLI_RUN_H

#include "target.h"

/* The exit status: 0, 1 (it failed, and standard error has said why). */
int run_on_targets(const struct line *line, const struct targets *targets);
/* Starts a program, and runs the command on it from its first moment on. */
int run_program(const struct line *line);
/* A command that looks at no process. */
int run_without_target(const struct line *line);

#endif
