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

/*
 * The plugin that is installed beside this program, for "gdb" or "lldb", to be freed. NULL: it is not there, and
 * standard error has a line that says so.
 */
char *handoff_plugin(const char *debugger);

/* Was it made without the plugin for "gdb" or "lldb"? Why, after "this hognose has no lldb plugin: "; NULL: it was made with
 * it. */
const char *handoff_left_out(const char *debugger);

#endif
