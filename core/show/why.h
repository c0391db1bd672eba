/* What threads wait for, as text and as JSON. */
#ifndef HOG_SHOW_WHY_H
#define HOG_SHOW_WHY_H

#include "show/report.h"
#include "wait/waits.h"

struct why_view {
    struct theme theme;
    bool all;     /* each thread by itself, and those without Python too */
    bool verbose; /* the proofs */
};

/* `report->threads` are those shown; the verdict is of all. */
void render_why_text(const struct report *report, struct hog_waits *waits, const struct why_view *view,
                     struct hog_outlet *outlet);
/* The processes at the other ends, `report->tree`: below the threads, and as the member "tree". */
void render_tree_text(const struct report *report, const struct theme *theme, struct hog_outlet *outlet);
void render_tree_json(const struct report *report, struct hog_outlet *outlet);
/* Tasks that wait for one another, of `report->tasks`: before the threads, and as the member "task_cycles". */
void render_rings_text(const struct report *report, struct hog_waits *waits, const struct why_view *view,
                       struct hog_outlet *outlet);
void render_rings_json(const struct report *report, struct hog_outlet *outlet);
void render_why_json(const struct report *report, const struct hog_waits *waits, struct hog_outlet *outlet);

#endif
