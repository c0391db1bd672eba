/*
 * py-stats: profiles that are there already, as files or as the session's
 * last one. No process is needed.
 *
 *     py-stats top      ─▶ table of functions, callers, callees
 *     py-stats diff     ─▶ two side by side
 *     py-stats write    ─▶ the last profile as files         stats_write.c
 *     py-stats convert  ─▶ one as other files
 *     py-stats merge    ─▶ one out of many
 */
#define _GNU_SOURCE
#include "command/stats.h"
#include "base/cleanup.h"
#include "command/theme.h"
#include "show/profile_tables.h"
#include "show/profile_text.h"

#include <string.h>

/* A profile, read from a file or the session's own. */
struct opened {
    struct hog_profile *read; /* NULL: it is the session's */
    const struct hog_profile *profile;
    const char *name;
    struct seen_profile seen;
};

static void opened_deinit(struct opened *opened)
{
    seen_profile_deinit(&opened->seen);
    hog_profile_destroy(opened->read);
}

static enum hog_status no_memory(struct hog_error *error)
{
    return hog_fail(error, HOG_NO_MEMORY, "not enough memory for the profile");
}

/* The words of what ended work on profiles: Ctrl-C, or else there was no memory. */
static enum hog_status ended(struct hog_session *session)
{
    if (session->watch.seen)
        return hog_fail(&session->error, HOG_INTERRUPTED, "interrupted: nothing was shown");
    return no_memory(&session->error);
}

/* `path` NULL: the last one of the session. */
static enum hog_status opened_init(struct opened *opened, struct hog_session *session, const char *path)
{
    struct hog_error *error = &session->error;
    enum hog_status status;

    *opened = (struct opened){.name = path ? path : "(this session's last profile)"};
    if (!path && !session->last_profile)
        return hog_fail(error, HOG_NOT_FOUND,
                        "this session has no profile yet: take one with py-sample, "
                        "or name a FILE (a .json of py-sample, a .prof)");
    if (path) {
        status = stats_read(session, path, &opened->read);
        if (status != HOG_OK || !opened->read)
            return status;
    }
    opened->profile = path ? opened->read : session->last_profile;
    return seen_profile_init(&opened->seen, opened->profile) == HOG_OK ? HOG_OK : ended(session);
}

static enum hog_status show(struct hog_session *session, const struct hog_text *text)
{
    if (text->failed || hog_watch_due(&session->watch, 0))
        return ended(session);
    session->host.write(session->host.self, HOG_STDOUT, paint_text(text), text->length);
    return HOG_OK;
}

/*
 * top
 */

static enum hog_status put_relatives(const struct seen_profile *seen, const struct options *options,
                                     const struct theme *theme, struct hog_text *text,
                                     struct hog_error *error)
{
    const char *missing = NULL;
    enum hog_status status = HOG_OK;

    if (options->callers) {
        status = stats_put_callers(seen, options->callers, theme, text);
        missing = status == HOG_NOT_FOUND ? options->callers : NULL;
    }
    if (status == HOG_OK && options->callees) {
        status = stats_put_callees(seen, options->callees, theme, text);
        missing = status == HOG_NOT_FOUND ? options->callees : NULL;
    }
    if (missing)
        return hog_fail(
            error, HOG_NOT_FOUND,
            "no function is called \"%.100s\": py-stats top --sort name --rows unlimited lists them",
            missing);
    return status;
}

enum hog_status run_stats_top(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(opened_deinit) struct opened opened = {0};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    const struct theme theme = session_theme(session);
    struct hog_error *error = &session->error;
    enum hog_status status = stats_check_words("top", options, 0, 1, error);

    if (status == HOG_OK)
        status = opened_init(&opened, session, options->words.count ? options->words.items[0] : NULL);
    if (status != HOG_OK || !opened.profile)
        return status;
    profile_put_process(opened.profile, &theme, &text);
    profile_put_summary(opened.profile, &theme, &text);
    if (options->callers || options->callees) {
        status = put_relatives(&opened.seen, options, &theme, &text, error);
    } else {
        hog_text_puts(&text, option_given(options, OPTION_LINE) && !opened.profile->info.has_lines
                                 ? "This profile has no line numbers: functions are shown.\n\n"
                                 : "\n");
        status = profile_put_table(&opened.seen, &theme, options->sort, option_given(options, OPTION_LINE),
                                   options->rows, &text);
    }
    if (status == HOG_NO_MEMORY || status == HOG_INTERRUPTED)
        return ended(session);
    return status == HOG_OK ? show(session, &text) : status;
}

/*
 * diff
 */

static enum hog_status put_diff(const struct opened *before, const struct opened *after,
                                const struct options *options, const struct theme *theme,
                                struct hog_text *text)
{
    HOG_CLEANUP(hog_diff_deinit) struct hog_diff diff = {0};
    enum hog_status status = hog_diff_init(&diff, before->profile, after->profile);

    if (status != HOG_OK)
        return status;
    stats_put_side("Before", before->name, &before->seen, theme, text);
    stats_put_side("After", after->name, &after->seen, theme, text);
    return stats_put_diff(&diff, &before->seen, &after->seen, theme, options->rows, text);
}

enum hog_status run_stats_diff(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(opened_deinit) struct opened before = {0};
    HOG_CLEANUP(opened_deinit) struct opened after = {0};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    const struct theme theme = session_theme(session);
    struct hog_error *error = &session->error;
    enum hog_status status = stats_check_words("diff", options, 1, 2, error);

    if (status == HOG_OK)
        status = opened_init(&before, session, options->words.items[0]);
    if (status == HOG_OK)
        status = opened_init(&after, session, options->words.count > 1 ? options->words.items[1] : NULL);
    if (status != HOG_OK)
        return status;
    if (put_diff(&before, &after, options, &theme, &text) != HOG_OK)
        return ended(session);
    return show(session, &text);
}
