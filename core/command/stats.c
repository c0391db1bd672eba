/*
 * py-stats: profiles that are there already, as files or as the session's
 * last one. No process is needed.
 *
 *     py-stats top    ─▶ table of functions, callers, callees
 *     py-stats write  ─▶ the last profile as files
 *     py-stats diff   ─▶ two side by side
 *     py-stats merge  ─▶ one out of many
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "command/look.h"
#include "command/profile_files.h"
#include "formats/read.h"
#include "host/output.h"
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

static enum hog_status read_profile(const char *path, struct hog_profile **ret_profile,
                                    struct hog_error *error)
{
    HOG_FREE char *resolved = output_path(path);

    return resolved ? hog_profile_read_file(resolved, ret_profile, error) : no_memory(error);
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
        status = read_profile(path, &opened->read, error);
        if (status != HOG_OK)
            return status;
    }
    opened->profile = path ? opened->read : session->last_profile;
    return seen_profile_init(&opened->seen, opened->profile) == HOG_OK ? HOG_OK : no_memory(error);
}

static enum hog_status show(struct hog_session *session, const struct hog_text *text)
{
    if (text->failed)
        return no_memory(&session->error);
    session->host.write(session->host.self, HOG_STDOUT, paint_text(text), text->length);
    return HOG_OK;
}

static enum hog_status check_words(const struct options *options, size_t least, size_t most,
                                   const char *usage, struct hog_error *error)
{
    if (options->words.count >= least && options->words.count <= most)
        return HOG_OK;
    return hog_fail(error, HOG_USAGE, "too %s file names: %s", options->words.count < least ? "few" : "many",
                    usage);
}

/*
 * top
 */

static enum hog_status put_relatives(const struct seen_profile *seen, const struct options *options,
                                     const struct look *look, struct hog_text *text, struct hog_error *error)
{
    const char *missing = NULL;
    enum hog_status status = HOG_OK;

    if (options->callers) {
        status = stats_put_callers(seen, options->callers, look, text);
        missing = status == HOG_NOT_FOUND ? options->callers : NULL;
    }
    if (status == HOG_OK && options->callees) {
        status = stats_put_callees(seen, options->callees, look, text);
        missing = status == HOG_NOT_FOUND ? options->callees : NULL;
    }
    if (missing)
        return hog_fail(
            error, HOG_NOT_FOUND,
            "no function is called \"%.100s\": py-stats top --sort name --rows unlimited lists them",
            missing);
    return status == HOG_OK ? HOG_OK : no_memory(error);
}

enum hog_status run_stats_top(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(opened_deinit) struct opened opened = {0};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    const struct look look = session_look(session);
    struct hog_error *error = &session->error;
    enum hog_status status = check_words(options, 0, 1, "py-stats top [FILE]", error);

    if (status == HOG_OK)
        status = opened_init(&opened, session, options->words.count ? options->words.items[0] : NULL);
    if (status != HOG_OK)
        return status;
    profile_put_process(opened.profile, &look, &text);
    profile_put_summary(opened.profile, &look, &text);
    if (options->callers || options->callees) {
        status = put_relatives(&opened.seen, options, &look, &text, error);
    } else {
        hog_text_puts(&text, option_given(options, OPTION_LINE) && !opened.profile->info.has_lines
                                 ? "This profile has no line numbers: functions are shown.\n\n"
                                 : "\n");
        status = profile_put_table(&opened.seen, &look, options->sort, option_given(options, OPTION_LINE),
                                   options->rows, &text);
        if (status != HOG_OK)
            return no_memory(error);
    }
    return status == HOG_OK ? show(session, &text) : status;
}

/*
 * write, merge
 */

static enum hog_status write_all(struct hog_session *session, const struct options *options,
                                 const struct profile_files *files, const struct hog_profile *profile,
                                 const struct hog_files *sources)
{
    const struct hog_write_options write = {.by_line = option_given(options, OPTION_LINE),
                                            .by_thread = option_given(options, OPTION_THREADS),
                                            .files =
                                                option_given(options, OPTION_NO_SOURCE) ? NULL : sources};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    enum hog_status status = profile_files_write(files, profile, &write, session, &text);

    if (text.length && !files->to_host)
        session->host.write(session->host.self, HOG_STDOUT, text.bytes, text.length);
    return status;
}

enum hog_status run_stats_write(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(opened_deinit) struct opened opened = {0};
    HOG_CLEANUP(profile_files_deinit) struct profile_files files = {0};
    struct hog_error *error = &session->error;
    enum hog_status status = check_words(options, 1, SIZE_MAX, "py-stats write FILE...", error);

    if (status == HOG_OK)
        status = opened_init(&opened, session, NULL);
    if (status == HOG_OK)
        status =
            profile_files_plan(&files, options->words.items, options->words.count, options->format, error);
    return status == HOG_OK ? write_all(session, options, &files, opened.profile, &session->last_files)
                            : status;
}

struct profile_list {
    struct hog_profile **list;
    size_t count;
};

static void profile_list_deinit(struct profile_list *profiles)
{
    for (size_t i = 0; i < profiles->count; i++)
        hog_profile_destroy(profiles->list[i]);
    free(profiles->list);
}

static enum hog_status read_all(struct profile_list *profiles, const char *const *paths, size_t count,
                                struct hog_error *error)
{
    enum hog_status status = HOG_OK;

    profiles->list = calloc(count + 1, sizeof *profiles->list);
    if (!profiles->list)
        return no_memory(error);
    for (size_t i = 0; i < count && status == HOG_OK; i++) {
        status = read_profile(paths[i], &profiles->list[i], error);
        profiles->count += status == HOG_OK;
    }
    return status;
}

enum hog_status run_stats_merge(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(profile_list_deinit) struct profile_list profiles = {0};
    HOG_CLEANUP(profile_files_deinit) struct profile_files files = {0};
    HOG_CLEANUP(hog_files_deinit) struct hog_files sources = {0};
    HOG_PROFILE struct hog_profile *sum = NULL;
    struct hog_error *error = &session->error;
    enum hog_status status = check_words(options, 2, SIZE_MAX, "py-stats merge OUT FILE...", error);

    if (status == HOG_OK)
        status = profile_files_plan(&files, options->words.items, 1, options->format, error);
    if (status == HOG_OK)
        status = read_all(&profiles, options->words.items + 1, options->words.count - 1, error);
    if (status == HOG_OK)
        status =
            hog_profile_merge((const struct hog_profile *const *)profiles.list, profiles.count, &sum, error);
    if (status != HOG_OK)
        return status;
    hog_files_of_file(&sources, options->words.items[1], "");
    return write_all(session, options, &files, sum, &sources);
}

/*
 * diff
 */

static enum hog_status put_diff(const struct opened *before, const struct opened *after,
                                const struct options *options, const struct look *look, struct hog_text *text)
{
    HOG_CLEANUP(hog_diff_deinit) struct hog_diff diff = {0};
    enum hog_status status = hog_diff_init(&diff, before->profile, after->profile);

    if (status != HOG_OK)
        return status;
    stats_put_side("Before", before->name, &before->seen, look, text);
    stats_put_side("After", after->name, &after->seen, look, text);
    return stats_put_diff(&diff, &before->seen, &after->seen, look, options->rows, text);
}

enum hog_status run_stats_diff(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(opened_deinit) struct opened before = {0};
    HOG_CLEANUP(opened_deinit) struct opened after = {0};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    const struct look look = session_look(session);
    struct hog_error *error = &session->error;
    enum hog_status status = check_words(options, 1, 2, "py-stats diff OLD [NEW]", error);

    if (status == HOG_OK)
        status = opened_init(&before, session, options->words.items[0]);
    if (status == HOG_OK)
        status = opened_init(&after, session, options->words.count > 1 ? options->words.items[1] : NULL);
    if (status != HOG_OK)
        return status;
    if (put_diff(&before, &after, options, &look, &text) != HOG_OK)
        return no_memory(error);
    return show(session, &text);
}

/* Only without one of them. */
enum hog_status run_stats(struct hog_session *session, const struct options *options)
{
    if (options->words.count)
        return hog_fail(
            &session->error, HOG_USAGE,
            "there is no py-stats %.60s: it is top, write, diff or merge; py-stats --help tells more",
            options->words.items[0]);
    return hog_fail(&session->error, HOG_USAGE,
                    "say what to do: top, write, diff or merge; py-stats --help tells more");
}
