/* py-dump and py-threads: from the host to a report, and from a report to text; see dump.h. */
#include "command/dump.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "command/at.h"
#include "command/dump_locals.h"
#include "command/dump_source.h"
#include "command/select.h"
#include "command/take.h"
#include "command/tasks.h"
#include "command/theme.h"
#include "decode/decode.h"
#include "host/output.h"
#include "show/groups.h"

#include <stdlib.h>
#include <string.h>

/* What would have made the next core whole; NULL when this one is, as far as it was needed. */
static const char *core_remedy(struct dump *dump)
{
    const char *hint = dump->target.process.dump_filter_hint;

    if (!*hint || dump->snapshot->complete)
        return NULL;
    return hog_arena_printf(&dump->target.arena,
                            "the core file lacks pages that matter; for the next one: %s", hint);
}

/* The snapshot's warnings hold those of its source and of the search; ours stand around them. */
static enum hog_status collect_warnings(struct dump *dump, struct hog_error *error)
{
    const struct hog_snapshot *snapshot = dump->snapshot;
    const char *remedy = core_remedy(dump);
    size_t count = 0;

    dump->warnings = calloc(snapshot->warning_count + dump->native.warning_count + 5, sizeof *dump->warnings);
    if (!dump->warnings)
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory");
    if (dump->target.warning)
        dump->warnings[count++] = dump->target.warning;
    for (size_t i = 0; i < snapshot->warning_count; i++)
        if (snapshot->warnings[i])
            dump->warnings[count++] = snapshot->warnings[i];
    for (size_t i = 0; i < dump->native.warning_count; i++)
        dump->warnings[count++] = dump->native.warnings[i];
    if (dump->waits && dump->waits->interrupted)
        dump->warnings[count++] = "interrupted: what the threads wait for was not read to its end";
    if (dump->locals_missing)
        dump->warnings[count++] =
            "the values of all frames would take too much memory, or too long: choose a --thread, "
            "or give --locals once";
    if (dump->source_missing)
        dump->warnings[count++] = "the source of all frames would take too much memory: choose a --thread";
    if (remedy)
        dump->warnings[count++] = remedy;
    dump->report.warnings = dump->warnings;
    dump->report.warning_count = count;
    return HOG_OK;
}

static enum hog_status decode(struct dump *dump, struct hog_session *session, const struct options *options)
{
    struct target *target = &dump->target;
    uint32_t depth = option_given(options, OPTION_MAX_DEPTH) ? options->max_depth
                                                             : session->settings.value[SETTING_MAX_DEPTH];
    struct taken taken;
    enum hog_status status;

    target->max_frames = depth > HOG_DEFAULT_MAX_FRAMES ? depth : 0;
    status = take_snapshot(session, target, option_given(options, OPTION_STOP), dump->wants_waits, &taken);
    dump->snapshot = taken.snapshot;
    dump->waits = taken.waits;
    return status;
}

/* What reading it took, for py-info: variables and source too, but not the debugger's unwinding. */
static void note_costs(const struct target *target, struct hog_session *session, double started)
{
    session->last_dump = (struct last_dump){
        .known = true,
        .target = target->kind,
        .pid = target->pid,
        .costs = {.reads = target->cache->stats.reads,
                  .bytes = target->cache->stats.bytes,
                  .seconds = hog_clock_monotonic() - started},
    };
}

static enum hog_status choose_threads(struct dump *dump, struct hog_session *session,
                                      const struct options *options, double started, size_t *ret_count)
{
    struct hog_error *error = &session->error;
    enum hog_status status = select_threads(dump->snapshot, options, target_selected_thread(&dump->target),
                                            &dump->threads, ret_count, error);

    if (status == HOG_OK && option_given(options, OPTION_LOCALS))
        dump->locals_missing =
            !dump_locals_add(session, &dump->target, dump->snapshot, dump->threads, *ret_count, options);
    if (status == HOG_OK && option_given(options, OPTION_SOURCE))
        dump->source_missing =
            !dump_source_add(session, &dump->target, dump->snapshot, dump->threads, *ret_count, options);
    note_costs(&dump->target, session, started);
    if (status == HOG_OK && option_given(options, OPTION_NATIVE))
        status =
            native_dump_add(&dump->native, &dump->target, dump->snapshot, dump->threads, *ret_count, error);
    return status;
}

/* The thread that the debugger has selected, and the frame that was selected in it. */
static void mark_selected(struct dump *dump, const struct hog_session *session)
{
    struct report *report = &dump->report;

    for (size_t i = 0; i < report->thread_count; i++) {
        const struct hog_thread *thread = report->threads[i];

        if (!report->selected_lwp || thread->os_thread_id != report->selected_lwp || !thread->frame_count)
            continue;
        report->selected_thread = thread;
        report->selected_frame = place_of(session, dump->target.pid, thread);
        return;
    }
}

enum hog_status dump_take(struct dump *dump, struct hog_session *session, const struct options *options)
{
    struct hog_error *error = &session->error;
    double started = hog_clock_monotonic();
    size_t thread_count = 0;
    enum hog_status status;

    *dump = (struct dump){
        .records = dump->records, .wants_waits = dump->wants_waits, .frames_only = dump->frames_only};
    status =
        option_given(options, OPTION_NATIVE) ? unwind_check(&session->host, !options->core, error) : HOG_OK;
    if (status == HOG_OK)
        status = target_open(&dump->target, &session->host, options->core, error);
    if (status == HOG_OK && !dump->frames_only)
        host_take_signal(&dump->target);
    if (status == HOG_OK && dump->records)
        status = target_record(&dump->target, error);
    if (status == HOG_OK)
        status = target_locate(&dump->target, options->assume_version, error);
    if (status == HOG_OK)
        status = decode(dump, session, options);
    if (status != HOG_OK || dump->frames_only)
        return status;
    status = choose_threads(dump, session, options, started, &thread_count);
    report_describe(&dump->report, session, &dump->target);
    dump->report.snapshot = dump->snapshot;
    if (dump->waits && !dump->waits->interrupted && !dump->target.warning) /* else it is not of one moment */
        dump->report.waits = dump->waits;
    dump->report.native_missing =
        dump->native.warning_count > 0 || dump->locals_missing || dump->source_missing;
    dump->report.threads = dump->threads;
    dump->report.thread_count = thread_count;
    dump->report.selected_lwp = target_selected_thread(&dump->target);
    mark_selected(dump, session);
    return status == HOG_OK ? collect_warnings(dump, error) : status;
}

void dump_deinit(struct dump *dump)
{
    hog_tasks_destroy(dump->tasks);
    hog_waits_destroy(dump->waits);
    native_dump_deinit(&dump->native);
    free(dump->threads);
    free(dump->warnings);
    hog_snapshot_destroy(dump->snapshot);
    target_deinit(&dump->target);
}

enum hog_status dump_finish(struct hog_session *session, const struct dump *dump, struct output *output)
{
    enum hog_status status = output_finish(output);

    if (status != HOG_OK) {
        session->error = output->error;
        return status;
    }
    session_say_written(session, output->path);
    if (dump->report.interrupted)
        return hog_fail(&session->error, HOG_INTERRUPTED, "interrupted: not everything was read");
    return HOG_OK;
}

typedef void (*render_function)(const struct report *report, const struct options *options,
                                const struct theme *theme, struct hog_outlet *outlet);

static enum hog_status dump_and_render(struct hog_session *session, const struct options *options,
                                       render_function render)
{
    HOG_CLEANUP(output_deinit) struct output output = {.file = -1};
    HOG_CLEANUP(dump_deinit) struct dump dump = {.wants_waits = true};
    struct theme theme = dump_theme(session, options);
    enum hog_status status = dump_take(&dump, session, options);

    if (status == HOG_OK && option_given(options, OPTION_TASKS))
        status = dump_tasks(session, &dump, false);
    if (status != HOG_OK)
        return status;
    if (output_open(&output, &session->host, option_output(options)) != HOG_OK) {
        session->error = output.error;
        return output.error.status;
    }
    output.ignore_interrupt = dump.report.interrupted;
    render(&dump.report, options, &theme, &output.outlet);
    return dump_finish(session, &dump, &output);
}

static void render_groups(const struct report *report, const struct options *options,
                          const struct theme *theme, struct hog_outlet *outlet)
{
    struct groups *groups = groups_create();
    enum hog_status status = groups ? groups_add_report(groups, report) : HOG_NO_MEMORY;

    if (status == HOG_OK)
        status = option_given(options, OPTION_JSON) ? groups_put_json(groups, report->tool_version, outlet)
                                                    : groups_put_text(groups, theme, outlet);
    if (status == HOG_OK && !option_given(options, OPTION_JSON))
        render_closing_text(report, theme, outlet);
    outlet->text.failed |= status == HOG_NO_MEMORY;
    groups_destroy(groups);
}

static void render_dump(const struct report *report, const struct options *options, const struct theme *theme,
                        struct hog_outlet *outlet)
{
    if (option_given(options, OPTION_GROUP))
        render_groups(report, options, theme, outlet);
    else if (option_given(options, OPTION_JSON))
        render_dump_json(report, options->max_depth, outlet);
    else
        render_dump_text(report, theme, outlet);
}

static void render_threads(const struct report *report, const struct options *options,
                           const struct theme *theme, struct hog_outlet *outlet)
{
    if (option_given(options, OPTION_JSON))
        render_threads_json(report, outlet);
    else
        render_threads_text(report, theme, outlet);
}

enum hog_status run_dump(struct hog_session *session, const struct options *options)
{
    return dump_and_render(session, options, render_dump);
}

enum hog_status run_threads(struct hog_session *session, const struct options *options)
{
    return dump_and_render(session, options, render_threads);
}
