/* Tasks of asyncio as text, a tree of who awaits whom or a list, and as JSON. */
#ifndef HOG_SHOW_TASKS_H
#define HOG_SHOW_TASKS_H

#include "show/report.h"
#include "tasks/tasks.h"

struct tasks_view {
    struct theme theme;
    bool flat;     /* a list instead of the tree */
    bool full;     /* each task by itself, and those that are done */
    uint32_t loop; /* that one alone, counted from 1; 0: all */
};

/* Without the line of the process and the end of the page: py-dump has its own. */
void render_tasks_body(const struct report *report, struct hog_tasks *tasks, const struct tasks_view *view,
                       struct hog_outlet *outlet);
void render_tasks_text(const struct report *report, struct hog_tasks *tasks, const struct tasks_view *view,
                       struct hog_outlet *outlet);
void render_tasks_json(const struct report *report, const struct hog_tasks *tasks,
                       const struct tasks_view *view, struct hog_outlet *outlet);
/* The list "loops" alone, as a member of an object that is open. */
void render_loops_json(const struct report *report, const struct hog_tasks *tasks,
                       const struct tasks_view *view, struct hog_outlet *outlet);

#endif
