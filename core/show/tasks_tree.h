/*
 * Tasks in the order in which they are shown: below each those that it awaits.
 *
 *      A ──awaits──▶ B ──▶ C            A  depth 0
 *      └────────────▶ D                 B    1
 *                                       C      2
 *                                       D    1
 *
 * Neighbours that are alike, with all that is below them, are one line with a count.
 */
#ifndef HOG_SHOW_TASKS_TREE_H
#define HOG_SHOW_TASKS_TREE_H

#include "tasks/tasks.h"

struct task_line {
    uint32_t task;
    uint32_t depth;
    uint32_t parent; /* the line above it in the tree; HOG_TASK_NONE none */
    uint32_t end;    /* the line behind the last that is below this one */
    uint32_t count;  /* tasks that it stands for; 0: another line stands for it */
    uint32_t next;   /* the line of the next task it stands for; HOG_TASK_NONE none */
    bool again;      /* it is shown in full elsewhere */
    uint64_t hash;   /* of all that makes tasks alike, what is below included */
};

struct task_lines {
    struct task_line *items; /* malloc'ed */
    uint32_t count, capacity;
    bool cut; /* there are more edges than are shown */
};

struct task_lines_options {
    uint32_t loop; /* tasks of this loop */
    bool flat, full;
};

/* False: no memory. */
bool task_lines_make(struct task_lines *lines, const struct hog_tasks *tasks,
                     const struct task_lines_options *options) HOG_CHECKED;
void task_lines_deinit(struct task_lines *lines);
/* Is it shown at all? Those that are done are not, unless they have failed and nobody knows. */
bool task_is_shown(const struct hog_task *task, bool full);

#endif
