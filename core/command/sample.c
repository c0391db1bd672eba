/*
 * py-sample: the process runs, is sampled, and stands still again; then the
 * profile is kept, shown, and written to each FILE.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/clock.h"
#include "command/capture.h"
#include "command/profile_files.h"
#include "command/theme.h"
#include "host/terminal.h"
#include "show/advice.h"
#include "show/profile_text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MINUTE = 60 };

/* What all captures of one py-sample have in common. */
struct sampling {
    struct hog_session *session;
    const struct options *options;
    struct profile_files files;
    bool cut; /* the last one was ended by something else than its time */
};

static void sampling_deinit(struct sampling *sampling)
{
    profile_files_deinit(&sampling->files);
}

/*
 * Options that do not go together.
 */

static enum hog_status refuse_pair(struct hog_error *error, enum option one, enum option other)
{
    return hog_fail(error, HOG_USAGE, "--%s and --%s exclude each other: choose one",
                    option_table()[one].name, option_table()[other].name);
}

static enum hog_status check_repetition(const struct options *options, struct hog_error *error)
{
    if (!option_given(options, OPTION_EVERY)) {
        if (option_given(options, OPTION_TIMES))
            return hog_fail(error, HOG_USAGE,
                            "--count counts the profiles of --every MINUTES: give that too");
        return HOG_OK;
    }
    if (options->duration <= 0)
        return hog_fail(error, HOG_USAGE, "--every wants profiles that end: give a --duration in seconds");
    if (options->every * MINUTE < options->duration)
        return hog_fail(error, HOG_USAGE,
                        "--every %g is shorter than the %g seconds of each profile: "
                        "give a longer --every or a shorter --duration",
                        options->every, options->duration);
    for (size_t i = 0; i < options->outputs.count; i++)
        if (strcmp(options->outputs.items[i], "-") != 0 && !profile_file_has_time(options->outputs.items[i]))
            return hog_fail(error, HOG_USAGE,
                            "with --every each profile would replace %.200s: put the "
                            "time into its name, as in prof-%%t.json",
                            options->outputs.items[i]);
    return HOG_OK;
}

static enum hog_status check_options(const struct options *options, struct hog_error *error)
{
    if (option_given(options, OPTION_IDLE) && option_given(options, OPTION_GIL))
        return refuse_pair(error, OPTION_IDLE, OPTION_GIL);
    if (option_given(options, OPTION_FUNCTION) && option_given(options, OPTION_LINE))
        return refuse_pair(error, OPTION_FUNCTION, OPTION_LINE);
    if (option_given(options, OPTION_FORMAT) && !options->outputs.count)
        return hog_fail(error, HOG_USAGE, "--format says how to write a FILE: name it with --output FILE");
    return check_repetition(options, error);
}

/*
 * Progress.
 */

static void put_progress(struct capture *capture)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text line = {0};
    const struct hog_sampler_stats *stats = &capture->result.stats;
    double seconds = hog_clock_monotonic() - capture->result.started;
    char kept[PAINT_NUMBER], dropped[PAINT_NUMBER];

    hog_text_printf(&line, "\r%.0f s", seconds);
    if (capture->seconds > 0)
        hog_text_printf(&line, " of %.6g", capture->seconds);
    hog_text_printf(&line, "  %s samples  %s dropped  %.4g Hz\x1b[K", paint_number(stats->kept, kept),
                    paint_number(capture_dropped(stats), dropped),
                    seconds > 0 ? (double)stats->ticks / seconds : 0);
    terminal_put(capture->beat.context, &line);
}

static enum hog_status run_with_progress(struct capture *capture)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text blank = {0};
    HOG_CLEANUP(terminal_close) struct terminal terminal;
    enum hog_status status;

    terminal_open(&terminal, &capture->session->host, STDERR_FILENO);
    capture->beat.context = &terminal;
    if (terminal_is_there(&terminal))
        capture->beat.call = put_progress;
    status = capture_run(capture);
    hog_text_puts(&blank, "\r\x1b[K");
    terminal_put(&terminal, &blank);
    return status;
}

/*
 * One profile.
 */

static void put_native_missing(const struct hog_sampler_stats *stats, struct hog_text *text)
{
    char missing[PAINT_NUMBER], kept[PAINT_NUMBER];

    if (stats->native_missing)
        hog_text_printf(text,
                        "Note: C frames are missing in %s of %s samples, where their place was not sure; "
                        "py-dump --native says why\n",
                        paint_number(stats->native_missing, missing), paint_number(stats->kept, kept));
}

/* --async: what came of it. */
static void put_tasks(const struct hog_sampler_stats *stats, struct hog_text *text)
{
    char found[PAINT_NUMBER], cut[PAINT_NUMBER], kept[PAINT_NUMBER];

    hog_text_printf(text, "Note: %s of %s samples ran a task of asyncio",
                    paint_number(stats->of_tasks, found), paint_number(stats->kept, kept));
    if (stats->tasks_cut)
        hog_text_printf(text, "; in %s of these more tasks await it than were read",
                        paint_number(stats->tasks_cut, cut));
    hog_text_puts(text, "\n");
}

static enum hog_status put_profile(const struct hog_profile *profile, const struct capture *capture,
                                   const struct theme *theme, struct hog_text *text)
{
    HOG_CLEANUP(seen_profile_deinit) struct seen_profile seen = {0};
    HOG_CLEANUP(hog_text_deinit) struct hog_text waiting = {0};
    const struct options *options = capture->options;
    struct advice_facts facts = {.seen = &seen};
    enum hog_status status = seen_profile_init(&seen, profile);

    if (status != HOG_OK)
        return status;
    profile_put_process(profile, theme, text);
    profile_put_summary(profile, theme, text);
    status = profile_put_hottest(&seen, theme, option_given(options, OPTION_LINE),
                                 option_given(options, OPTION_THREADS), text);
    if (status != HOG_OK)
        return status;
    hog_text_puts(text, "\n");
    if (advice_waiting(capture->snapshot, &waiting))
        facts.waiting = paint_text(&waiting);
    advice_put(&facts, theme, text);
    put_native_missing(&capture->result.stats, text);
    if (option_given(options, OPTION_ASYNC))
        put_tasks(&capture->result.stats, text);
    return text->failed ? HOG_NO_MEMORY : HOG_OK;
}

static void show(const struct sampling *sampling, struct hog_text *text)
{
    const struct hog_host *host = &sampling->session->host;

    if (text->length)
        host->write(host->self, sampling->files.to_host ? HOG_STDERR : HOG_STDOUT, text->bytes, text->length);
    hog_text_clear(text);
}

static enum hog_status show_and_write(struct sampling *sampling, const struct capture *capture,
                                      const struct hog_profile *profile)
{
    const struct theme theme = session_theme(sampling->session);
    bool no_source = option_given(sampling->options, OPTION_NO_SOURCE);
    const struct hog_write_options options = {.by_line = option_given(sampling->options, OPTION_LINE),
                                              .by_thread = option_given(sampling->options, OPTION_THREADS),
                                              .files = no_source ? NULL : &sampling->session->last_files};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    enum hog_status status = put_profile(profile, capture, &theme, &text);

    show(sampling, &text);
    if (status != HOG_OK)
        return hog_fail(&sampling->session->error, status, "not enough memory to show the profile");
    status = profile_files_write(&sampling->files, profile, &options, sampling->session, &text);
    show(sampling, &text);
    return status;
}

static enum hog_status sample_once(struct sampling *sampling)
{
    HOG_CLEANUP(capture_deinit) struct capture capture = {0};
    struct hog_session *session = sampling->session;
    enum hog_status status = capture_open(&capture, session, sampling->options, sampling->options->duration);

    if (status == HOG_OK)
        status = run_with_progress(&capture);
    if (status != HOG_OK)
        return status;
    status = capture_finish(&capture);
    sampling->cut = capture_was_cut(&capture);
    return status == HOG_OK ? show_and_write(sampling, &capture, session->last_profile) : status;
}

/*
 * Many profiles.
 */

/* False: it was stopped by something else. */
static bool let_run_between(struct sampling *sampling, double seconds)
{
    const struct hog_host *host = &sampling->session->host;
    const struct let_run_options options = {.beat = NULL};
    struct hog_run_result result = {.end = HOG_RUN_FAILED, .words = "there is no memory for it"};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    struct let_run *run = NULL;

    if (seconds <= 0)
        return true;
    if (let_run_create(host, &options, &run, &sampling->session->error) == HOG_OK)
        let_run_for(run, seconds, &result);
    let_run_destroy(run);
    if (result.end == HOG_RUN_STOPPED)
        return true;
    hog_text_printf(&text, "No further profile: %s\n", *result.words ? result.words : "Ctrl-C");
    show(sampling, &text);
    return false;
}

/* A file that could not be written ends nothing: the next one may be. */
static enum hog_status sample_repeatedly(struct sampling *sampling)
{
    const struct options *options = sampling->options;
    double start = hog_clock_monotonic();
    struct hog_error failure = {0};

    for (uint32_t n = 1;; n++) {
        enum hog_status status = sample_once(sampling);
        bool is_last = option_given(options, OPTION_TIMES) && n == options->times;

        if (status != HOG_OK && failure.status == HOG_OK)
            failure = sampling->session->error;
        if ((status != HOG_OK && status != HOG_IO) || sampling->cut || is_last)
            break;
        if (!let_run_between(sampling, start + n * options->every * MINUTE - hog_clock_monotonic()))
            break;
    }
    if (failure.status != HOG_OK)
        sampling->session->error = failure;
    return failure.status;
}

enum hog_status run_sample(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(sampling_deinit) struct sampling sampling = {.session = session, .options = options};
    enum hog_status status = check_options(options, &session->error);

    if (status == HOG_OK)
        status = profile_files_plan(&sampling.files, options->outputs.items, options->outputs.count,
                                    options->format, &session->error);
    if (status != HOG_OK)
        return status;
    return option_given(options, OPTION_EVERY) ? sample_repeatedly(&sampling) : sample_once(&sampling);
}
