/* py-bt, py-frame, py-up, py-down: the selected thread's frames, and which of them is selected. */
#include "base/cleanup.h"
#include "command/at.h"
#include "command/runner.h"
#include "command/theme.h"
#include "line/words.h"
#include "show/frame_line.h"
#include "show/listing.h"

#include <inttypes.h>
#include <string.h>

enum { SOURCE_INDENT = 4 };

static enum hog_status open_output(struct hog_session *session, const struct options *options,
                                   struct output *output)
{
    if (output_open(output, &session->host, option_output(options)) == HOG_OK)
        return HOG_OK;
    session->error = output->error;
    return output->error.status;
}

/* The thread as the only one of the report. */
static void show_one_thread(struct at *at)
{
    at->dump.threads[0] = at->thread;
    at->dump.report.threads = at->dump.threads;
    at->dump.report.thread_count = 1;
    at->dump.report.selected_thread = at->thread;
    at->dump.report.selected_frame = at->index;
}

enum hog_status run_bt(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(output_deinit) struct output output = {.file = -1};
    HOG_CLEANUP(at_deinit) struct at at = {0};
    struct theme theme = dump_theme(session, options);
    enum hog_status status = at_open(&at, session, options);

    if (status == HOG_OK)
        status = open_output(session, options, &output);
    if (status != HOG_OK)
        return status;
    show_one_thread(&at);
    if (option_given(options, OPTION_JSON))
        render_dump_json(&at.dump.report, options->max_depth, &output.outlet);
    else
        render_thread_text(&at.dump.report, &theme, &output.outlet);
    return dump_finish(session, &at.dump, &output);
}

/* "#1  Condition.wait  threading.py:320", and that line, where it is to be had. */
static enum hog_status show_selected(struct hog_session *session, const struct options *options,
                                     struct at *at, bool was_moved)
{
    HOG_CLEANUP(output_deinit) struct output output = {.file = -1};
    const struct hog_frame *frame = &at->thread->frames[at->index];
    struct hog_sources *sources = at_sources(at);
    const struct hog_source_line *line;
    struct theme theme = dump_theme(session, options);
    enum hog_status status = open_output(session, options, &output);

    if (status != HOG_OK)
        return status;
    render_frame_line(frame, hog_frame_number(at->thread, at->index), &theme, &output.outlet.text);
    line = sources ? hog_source_of_frame(sources, at_interpreter(at), frame) : NULL;
    if (line && line->text)
        render_source_line(line, SOURCE_INDENT, &theme, &output.outlet.text);
    if (was_moved)
        runner_select(session, at, &output.outlet.text);
    return dump_finish(session, &at->dump, &output);
}

/* The one word that a command takes, a number; `usual` without it. */
static enum hog_status take_count(struct hog_session *session, const struct options *options, uint64_t usual,
                                  uint64_t *ret_count)
{
    *ret_count = usual;
    if (!options->words.count)
        return HOG_OK;
    if (options->words.count > 1 || !words_decimal(options->words.items[0], ret_count))
        return hog_fail(&session->error, HOG_USAGE, "\"%.60s\" is not a frame number: py-bt numbers them",
                        options->words.items[options->words.count - 1]);
    return HOG_OK;
}

static enum hog_status move(struct hog_session *session, const struct options *options, int direction)
{
    HOG_CLEANUP(at_deinit) struct at at = {0};
    const struct hog_frame *frame;
    uint64_t count, wanted, last;
    enum hog_status status = take_count(session, options, 1, &count);

    if (status == HOG_OK)
        status = at_open(&at, session, options);
    if (status == HOG_OK)
        status = at_frame(&at, session, &frame);
    if (status != HOG_OK)
        return status;
    last = at.thread->frame_count - 1;
    if (direction > 0 && at.index == last)
        return hog_fail(&session->error, HOG_NOT_FOUND, "#%zu is the outermost frame: it cannot go up",
                        hog_frame_number(at.thread, at.index));
    if (direction < 0 && at.index == 0)
        return hog_fail(&session->error, HOG_NOT_FOUND, "#0 is the innermost frame: it cannot go down");
    if (direction > 0)
        wanted = count > last - at.index ? last : at.index + count;
    else
        wanted = count > at.index ? 0 : at.index - count;
    at_select(&at, session, wanted);
    return show_selected(session, options, &at, true);
}

enum hog_status run_up(struct hog_session *session, const struct options *options)
{
    return move(session, options, 1);
}

enum hog_status run_down(struct hog_session *session, const struct options *options)
{
    return move(session, options, -1);
}

enum hog_status run_frame(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(at_deinit) struct at at = {0};
    const struct hog_frame *frame;
    uint64_t wanted;
    size_t count, index;
    enum hog_status status = at_open(&at, session, options);

    if (status == HOG_OK)
        status = at_frame(&at, session, &frame);
    if (status == HOG_OK)
        status = take_count(session, options, hog_frame_number(at.thread, at.index), &wanted);
    if (status != HOG_OK)
        return status;
    count = at.thread->frame_count + at.thread->omitted;
    if (wanted >= count)
        return hog_fail(&session->error, HOG_NOT_FOUND,
                        "there is no frame #%" PRIu64 ": the thread has %zu, from #0 on", wanted, count);
    if (!hog_frame_index(at.thread, wanted, &index))
        return hog_fail(&session->error, HOG_NOT_FOUND,
                        "frame #%" PRIu64 " was left out: of %zu not all are kept", wanted, count);
    at_select(&at, session, index);
    return show_selected(session, options, &at, options->words.count > 0);
}
