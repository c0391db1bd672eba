/* py-why: a snapshot, what its threads wait for, and both as text or JSON. */
#include "show/why.h"
#include "base/cleanup.h"
#include "command/dump.h"
#include "command/look.h"
#include "host/output.h"
#include "wait/waits.h"

static void waits_release(struct hog_waits **waits)
{
    hog_waits_destroy(*waits);
}

static enum hog_status render(struct hog_session *session, const struct options *options, struct dump *dump,
                              struct hog_waits *waits)
{
    HOG_CLEANUP(output_deinit) struct output output = {.file = -1};
    const struct why_look look = {.look = dump_look(session, options),
                                  .all = option_given(options, OPTION_ALL),
                                  .verbose = option_given(options, OPTION_VERBOSE)};

    if (output_open(&output, &session->host, option_output(options)) != HOG_OK) {
        session->error = output.error;
        return output.error.status;
    }
    output.ignore_interrupt = dump->report.interrupted;
    if (option_given(options, OPTION_JSON))
        render_why_json(&dump->report, waits, &output.outlet);
    else
        render_why_text(&dump->report, waits, &look, &output.outlet);
    return dump_finish(session, dump, &output);
}

enum hog_status run_why(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(dump_deinit) struct dump dump = {0};
    HOG_CLEANUP(waits_release) struct hog_waits *waits = NULL;
    const struct hog_wait_options how = {.interrupted = target_interrupted, .context = &dump.target};
    enum hog_status status = dump_take(&dump, session, options);

    if (status == HOG_OK)
        status = hog_waits_read(&dump.target.process, &dump.target.location, dump.target.cache, dump.snapshot,
                                &how, &waits, &session->error);
    if (status != HOG_OK)
        return status;
    dump.report.interrupted = dump.target.interrupted;
    return render(session, options, &dump, waits);
}
