/* --tasks of a dump; see tasks.h. */
#include "command/tasks.h"

#include "command/dump_locals.h"

#include <stdlib.h>

/* What could not be read of tasks stands beside the warnings of the dump. */
static enum hog_status add_warnings(struct hog_session *session, struct dump *dump,
                                    const struct hog_tasks *tasks)
{
    size_t count = dump->report.warning_count + tasks->warning_count;
    const char **warnings = realloc(dump->warnings, (count + 1) * sizeof *warnings);

    if (!warnings)
        return hog_fail(&session->error, HOG_NO_MEMORY, "not enough memory");
    for (size_t i = 0; i < tasks->warning_count; i++)
        warnings[dump->report.warning_count + i] = tasks->warnings[i];
    dump->warnings = warnings;
    dump->report.warnings = warnings;
    dump->report.warning_count = count;
    dump->report.native_missing = dump->report.native_missing || tasks->warning_count;
    return HOG_OK;
}

enum hog_status dump_tasks(struct hog_session *session, struct dump *dump, bool generators)
{
    struct hog_value_limits limits = session_value_limits(session, false);
    const struct hog_tasks_options how = {.interrupted = target_interrupted,
                                          .context = &dump->target,
                                          .generators = generators,
                                          .limits = &limits};
    enum hog_status status = hog_tasks_read(&dump->target.process, &dump->target.location, dump->target.cache,
                                            dump->snapshot, &how, &dump->tasks, &session->error);

    dump->report.tasks = dump->tasks;
    dump->report.interrupted = dump->target.interrupted;
    return status == HOG_OK ? add_warnings(session, dump, dump->tasks) : status;
}
