/* Tasks of what a dump looks at: for py-tasks and for py-dump --tasks. */
#ifndef HOG_COMMAND_TASKS_H
#define HOG_COMMAND_TASKS_H

#include "command/dump.h"
#include "show/tasks.h"

/* Their warnings become the report's. The caller destroys them, also on failure. */
enum hog_status dump_tasks(struct hog_session *session, struct dump *dump,
                           struct hog_tasks **ret_tasks) HOG_CHECKED;
struct tasks_look session_tasks_look(const struct hog_session *session, const struct options *options);

#endif
