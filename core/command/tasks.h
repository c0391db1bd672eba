/* Tasks of what a dump looks at: for py-tasks and for py-dump --tasks. */
#ifndef HOG_COMMAND_TASKS_H
#define HOG_COMMAND_TASKS_H

#include "command/dump.h"
#include "show/tasks.h"

/* Reads them into the dump and its report, to whose warnings theirs are added. */
enum hog_status dump_tasks(struct hog_session *session, struct dump *dump, bool generators) HOG_CHECKED;
struct tasks_view session_tasks_view(const struct hog_session *session, const struct options *options);

#endif
