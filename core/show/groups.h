/*
 * Equal stacks, once: of the threads of one process, of a tree of them, of
 * hundreds of ranks on other machines.
 *
 *     dump ─▶ group_process, group_thread … ─▶ groups ─▶ text, JSON
 *
 *     1 thread in 1 process (3)  "MainThread"   running
 *       #0  step   train.py:88                     the odd ones out come first
 *     7 threads in 7 processes (0-2,4-7)  "MainThread"   idle, in poll
 *       #0  wait   distributed.py:310
 *
 * Two threads are alike when their frames (function, file, line) and their
 * states are. A process that is met twice was looked at twice: the second
 * round is shown, and of each thread it is known whether it stood where it
 * had stood before.
 */
#ifndef HOG_SHOW_GROUPS_H
#define HOG_SHOW_GROUPS_H

#include "base/arena.h"
#include "show/report.h"

/* What a dump says of one process. Texts are copied; NULL unknown. */
struct group_process {
    const char *host; /* the machine */
    int64_t pid;
    int64_t rank;      /* -1: of no launcher */
    const char *name;  /* as whoever asked for it called it, where there is no pid */
    const char *words; /* its command line */
    const char *error; /* it could not be dumped, and why */
};

struct group_frame {
    const char *name, *filename;
    const char *module; /* NULL unknown */
    int64_t line;       /* 0 unknown */
};

struct group_thread {
    int64_t lwp;
    const char *name;
    const char *state; /* "idle, in futex" */
    const struct group_frame *frames;
    size_t frame_count;
};

struct groups;

/* NULL: memory is exhausted. */
struct groups *groups_create(void);
void groups_destroy(struct groups *groups);

/* Its number, from 0 on: the one that it had before, where it is met again. */
enum hog_status groups_add_process(struct groups *groups, const struct group_process *process,
                                   uint32_t *ret_process) HOG_CHECKED;
enum hog_status groups_add_thread(struct groups *groups, uint32_t process,
                                  const struct group_thread *thread) HOG_CHECKED;
/* The threads of a report, as those of one process. */
enum hog_status groups_add_report(struct groups *groups, const struct report *report) HOG_CHECKED;

/* Both put the groups in order first. HOG_NO_MEMORY without words. */
enum hog_status groups_put_text(struct groups *groups, const struct theme *theme,
                                struct hog_outlet *outlet) HOG_CHECKED;
/* Schema hognose.groups/1. */
enum hog_status groups_put_json(struct groups *groups, const char *tool_version,
                                struct hog_outlet *outlet) HOG_CHECKED;

#endif
