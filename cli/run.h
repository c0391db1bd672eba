/* A command of the table, run on one target; on several of them: several.h. */
#ifndef HOG_CLI_RUN_H
#define HOG_CLI_RUN_H

#include "host.h"
#include "target.h"

/* The exit status: 0, 1 (it failed, and standard error has said why). */
int run_on(const struct line *line, const struct target *target);
/*
 * By these arguments, and what it shows into `text`; NULL: to standard output. *ret_error is to be freed; NULL: all went
 * well. The exit status.
 */
int run_into(const struct line *line, const char *arguments, const struct target *target,
             struct cli_text *text, const char **ret_error);
/* Starts a program, and runs the command on it from its first moment on. */
int run_program(const struct line *line);
/* A command that looks at no process. */
int run_without_target(const struct line *line);

#endif
