/*
 * From what was written to what is looked at: processes by their number, name
 * or parent, core files, what a debugger has to reach.
 */
#ifndef HOG_CLI_TARGET_H
#define HOG_CLI_TARGET_H

#include "line.h"

struct target {
    int64_t pid;        /* 0: none */
    const char *core;   /* NULL none */
    const char *remote; /* HOST:PORT; NULL none */
};

struct targets {
    struct target *items;
    size_t count, capacity;
};

/*
 * Each once, in the order they were written, children after their parents. 0; else the exit status, after
 * having said on standard error what was not found. Must be deinit'ed either way.
 */
int targets_find(struct targets *targets, const struct line *line);
void targets_deinit(struct targets *targets);

#endif
