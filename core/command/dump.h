/*
 * One dump: the target, its snapshot, the threads chosen from it. What
 * py-dump and py-threads have in common, and later commands too.
 */
#ifndef HOG_COMMAND_DUMP_H
#define HOG_COMMAND_DUMP_H

#include "command/command.h"
#include "command/dump_native.h"
#include "host/output.h"
#include "host/target.h"
#include "show/report.h"
#include "tasks/tasks.h"
#include "wait/waits.h"

struct dump {
    struct target target;
    struct hog_snapshot *snapshot;
    const struct hog_thread **threads;
    struct native_dump native; /* --native: what the threads are then */
    bool locals_missing;       /* --locals: not all frames have them */
    bool source_missing;       /* --source: not all frames have it */
    struct hog_waits *waits;   /* of wants_waits */
    struct hog_tasks *tasks;   /* of asyncio, where they were asked for */
    const char **warnings;
    struct report report; /* of all this */
    /* Set before dump_take. */
    bool records;     /* what is read is remembered, for a core file */
    bool wants_waits; /* what the threads wait for, too */
    bool frames_only; /* the snapshot alone, and the debugger is asked for nothing that this does without */
};

/* On failure the session's error has the words. Must be deinit'ed either way. */
enum hog_status dump_take(struct dump *dump, struct hog_session *session,
                          const struct options *options) HOG_CHECKED;
/* What was composed is written also after a Ctrl-C; what was cut off while it was written replaces no file. */
enum hog_status dump_finish(struct hog_session *session, const struct dump *dump,
                            struct output *output) HOG_CHECKED;
void dump_deinit(struct dump *dump);

#endif
