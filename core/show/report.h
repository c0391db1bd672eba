/*
 * What the renderers see: a snapshot, what is around it, and how the user
 * wants it shown. They know neither host nor target.
 */
#ifndef HOG_SHOW_REPORT_H
#define HOG_SHOW_REPORT_H

#include "base/outlet.h"
#include "memory/signal.h"
#include "snapshot/snapshot.h"

struct hog_tasks;
struct hog_waits;
struct hog_tree;

struct report {
    const char *tool_version; /* of hognose; NULL unknown, as are all texts here */
    const char *debugger_name;
    const char *debugger_version;
    const char *target_kind; /* "live", "core", "remote" */
    const char *machine;     /* the name of the machine that a live process runs on */
    int64_t pid;             /* 0 unknown */
    int64_t rank;            /* which of a launcher's processes it is; -1: of none */
    bool runs;               /* nobody has stopped it, nor did we: it was proven that no thread of it ran */
    double held_seconds;     /* how long threads of it were held for this; 0: not by us */
    const char *executable;
    const char *command_line;
    int64_t selected_lwp;            /* of the thread that the debugger has selected; 0 none */
    const struct hog_signal *signal; /* that ended it, or that it is stopped for; NULL none */
    const struct hog_snapshot *snapshot;
    const char *const *warnings; /* the snapshot's, and those of its source */
    size_t warning_count;
    bool interrupted;            /* Ctrl-C ended the decoding */
    const struct hog_tree *tree; /* --tree: the processes that it waits for; NULL: they are not shown */
    struct hog_waits *waits;     /* what the threads wait for; NULL: not known, or not asked for */
    struct hog_tasks *tasks;     /* --tasks: all of them; py-why: those in rings are shown; NULL: none are */
    bool native_missing;         /* --native did not get all C frames */
    const struct hog_thread *const *threads; /* those that are to be shown, in this order */
    size_t thread_count;
    const struct hog_thread *selected_thread; /* whose frame is marked; NULL: none is */
    size_t selected_frame;
};

/* How text is to look. */
struct theme {
    bool colour;
    bool full_paths;
    bool every_frame;    /* no elision */
    uint32_t max_depth;  /* frames of a thread; 0 unlimited */
    uint32_t max_string; /* characters of a name; 0 unlimited */
    unsigned width;      /* cells of the terminal; 0 unlimited */
};

/* Each appends to outlet->text and calls hog_outlet_more() between threads and frames. */
void render_dump_text(const struct report *report, const struct theme *theme, struct hog_outlet *outlet);
void render_threads_text(const struct report *report, const struct theme *theme, struct hog_outlet *outlet);
/* "Process 48291  python3.12 worker.py      CPython 3.12.1, live" */
void render_process_line(const struct report *report, const struct theme *theme, struct hog_outlet *outlet);
/* Warnings, and that the picture is not whole. */
void render_closing_text(const struct report *report, const struct theme *theme, struct hog_outlet *outlet);
/* `max_depth` 0: every frame. */
void render_dump_json(const struct report *report, uint32_t max_depth, struct hog_outlet *outlet);
void render_threads_json(const struct report *report, struct hog_outlet *outlet);

#endif
