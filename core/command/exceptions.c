/* py-exc: the exceptions of the threads. */
#include "show/exceptions.h"
#include "base/cleanup.h"
#include "command/dump.h"
#include "command/dump_locals.h"
#include "command/theme.h"

enum { EXCEPTIONS_ARENA = 64 << 20 };

static void values_release(struct hog_values **values)
{
    hog_values_destroy(*values);
}

static void sources_release(struct hog_sources **sources)
{
    hog_sources_destroy(*sources);
}

enum hog_status run_exceptions(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(output_deinit) struct output output = {.file = -1};
    HOG_CLEANUP(hog_arena_deinit) struct hog_arena arena = {0};
    HOG_CLEANUP(dump_deinit) struct dump dump = {0};
    HOG_CLEANUP(values_release) struct hog_values *values = NULL;
    HOG_CLEANUP(hog_files_deinit) struct hog_files files = {0};
    HOG_CLEANUP(sources_release) struct hog_sources *sources = NULL;
    struct exceptions_request request;
    struct hog_value_limits limits = session_value_limits(session, option_given(options, OPTION_FULL));
    struct hog_values_options reading = {.interrupted = target_interrupted, .context = &dump.target};
    struct theme theme = dump_theme(session, options);
    enum hog_status status = dump_take(&dump, session, options);

    hog_arena_init(&arena, EXCEPTIONS_ARENA);
    if (status != HOG_OK)
        return status;
    values =
        hog_values_create(&dump.target.process, &dump.target.location, dump.target.cache, &arena, &reading);
    target_files(&dump.target, &files);
    sources = values ? hog_sources_create(
                           &(struct hog_sources_options){.files = &files,
                                                         .values = values,
                                                         .since = dump.target.process.began,
                                                         .is_core = dump.target.kind == HOG_TARGET_CORE})
                     : NULL;
    request = (struct exceptions_request){.values = values, .sources = sources, .limits = &limits};
    if (!sources)
        return hog_fail(&session->error, HOG_NO_MEMORY, "not enough memory");
    if (output_open(&output, &session->host, option_output(options)) != HOG_OK) {
        session->error = output.error;
        return output.error.status;
    }
    if (option_given(options, OPTION_JSON))
        render_exceptions_json(&dump.report, &request, &output.outlet);
    else if (!render_exceptions_text(&dump.report, &request, &theme, &output.outlet))
        hog_text_puts(&output.outlet.text, "No thread has raised an exception that it has not dealt with.\n");
    return dump_finish(session, &dump, &output);
}
