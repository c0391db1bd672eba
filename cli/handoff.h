/*
 * What takes a debugger (C frames, a remote process) is handed to the gdb
 * or lldb that is there, with the plugin that lies beside this program.
 */
#ifndef HOG_CLI_HANDOFF_H
#define HOG_CLI_HANDOFF_H

#include "target.h"

/* The exit status; only what the command prints reaches standard output. */
int handoff_run(const struct line *line, const struct target *target);
/* Becomes `gdb WORDS…` or `lldb WORDS…` with the plugin loaded; returns (127) only where that fails. */
int handoff_become(const char *debugger, char **words);

/* A file that is installed beside this program ("hognose-gdb.py"), to be freed. NULL: it is not there. */
char *handoff_beside(const char *name);

#endif
