/* py-tasks: a snapshot, the tasks of asyncio, and both as text or JSON. */
#include "command/tasks.h"

#include "base/cleanup.h"
#include "command/dump_locals.h"
#include "command/theme.h"

#include <stdlib.h>

struct tasks_view session_tasks_view(const struct hog_session *session, const struct options *options)
{
    struct tasks_view view = {.theme = dump_theme(session, options),
                              .flat = option_given(options, OPTION_FLAT),
                              .full = option_given(options, OPTION_FULL),
                              .loop = option_given(options, OPTION_LOOP) ? options->loop : 0};

    if (option_given(options, OPTION_JSON))
        view.theme.max_depth = options->max_depth;
    return view;
}

enum hog_status run_tasks(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(output_deinit) struct output output = {.file = -1};
    HOG_CLEANUP(dump_deinit) struct dump dump = {0};
    struct tasks_view view = session_tasks_view(session, options);
    enum hog_status status = dump_take(&dump, session, options);

    if (status == HOG_OK)
        status = dump_tasks(session, &dump, option_given(options, OPTION_GENERATORS));
    if (status != HOG_OK)
        return status;
    if (view.loop > dump.tasks->loop_count)
        return hog_fail(&session->error, HOG_USAGE, "--loop %u: there are %u event loops", view.loop,
                        dump.tasks->loop_count);
    if (output_open(&output, &session->host, option_output(options)) != HOG_OK) {
        session->error = output.error;
        return output.error.status;
    }
    output.ignore_interrupt = dump.report.interrupted;
    if (option_given(options, OPTION_JSON))
        render_tasks_json(&dump.report, dump.tasks, &view, &output.outlet);
    else
        render_tasks_text(&dump.report, dump.tasks, &view, &output.outlet);
    return dump_finish(session, &dump, &output);
}
