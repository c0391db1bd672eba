/*
 * py-stats write, convert and merge: profiles into files. None of them writes
 * over a profile unless told to: whoever mixes up what is read and what is
 * written must not lose a profile that cannot be taken again.
 */
#include "base/cleanup.h"
#include "command/profile_files.h"
#include "command/stats.h"
#include "formats/read.h"
#include "host/output.h"
#include "profile/compare.h"

enum hog_status stats_read(struct hog_session *session, const char *path, struct hog_profile **ret_profile)
{
    HOG_FREE char *resolved = output_path(path);

    if (!resolved)
        return hog_fail(&session->error, HOG_NO_MEMORY, "not enough memory for the profile");
    return hog_profile_read_file(resolved, &session->watch, ret_profile, &session->error);
}

/* Source text with the rights of the owner of this profile. */
static void sources_of(struct hog_files *files, const char *path)
{
    HOG_FREE char *resolved = output_path(path);

    hog_files_of_file(files, resolved ? resolved : path, "");
}

static enum hog_status plan(struct profile_files *files, const struct options *options, size_t first,
                            size_t count, struct hog_error *error)
{
    return profile_files_plan(files, options->words.items + first, count, options->format, error);
}

static enum hog_status write_all(struct hog_session *session, const struct options *options,
                                 const struct profile_files *files, const struct hog_profile *profile,
                                 const struct hog_files *sources)
{
    const struct hog_write_options write = {.by_line = option_given(options, OPTION_LINE),
                                            .by_thread = option_given(options, OPTION_THREADS),
                                            .files =
                                                option_given(options, OPTION_NO_SOURCE) ? NULL : sources};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    enum hog_status status = HOG_OK;

    if (!option_given(options, OPTION_FORCE))
        status = profile_files_spare(files, profile, &session->error);
    if (status == HOG_OK)
        status = profile_files_write(files, profile, &write, session, &text);
    if (text.length && !files->to_host)
        session->host.write(session->host.self, HOG_STDOUT, text.bytes, text.length);
    if (status == HOG_OK && text.failed)
        return hog_fail(&session->error, HOG_NO_MEMORY, "not enough memory");
    return status;
}

enum hog_status run_stats_write(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(profile_files_deinit) struct profile_files files = {0};
    struct hog_error *error = &session->error;
    enum hog_status status = stats_check_words("write", options, 1, SIZE_MAX, error);

    if (status == HOG_OK && !session->last_profile)
        return hog_fail(error, HOG_NOT_FOUND,
                        "this session has no profile yet: take one with py-sample, or write a file in other "
                        "formats with py-stats convert IN OUT");
    if (status == HOG_OK)
        status = plan(&files, options, 0, options->words.count, error);
    if (status != HOG_OK)
        return status;
    return write_all(session, options, &files, session->last_profile, &session->last_files);
}

enum hog_status run_stats_convert(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(profile_files_deinit) struct profile_files files = {0};
    HOG_CLEANUP(hog_files_deinit) struct hog_files sources = {0};
    HOG_PROFILE struct hog_profile *profile = NULL;
    struct hog_error *error = &session->error;
    enum hog_status status = stats_check_words("convert", options, 2, SIZE_MAX, error);

    if (status == HOG_OK)
        status = plan(&files, options, 1, options->words.count - 1, error);
    if (status == HOG_OK)
        status = stats_read(session, options->words.items[0], &profile);
    if (status != HOG_OK)
        return status;
    sources_of(&sources, options->words.items[0]);
    return write_all(session, options, &files, profile, &sources);
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

static enum hog_status read_all(struct profile_list *profiles, struct hog_session *session,
                                const char *const *paths, size_t count)
{
    enum hog_status status = HOG_OK;

    profiles->list = calloc(count + 1, sizeof *profiles->list);
    if (!profiles->list)
        return hog_fail(&session->error, HOG_NO_MEMORY, "not enough memory for the profile");
    for (size_t i = 0; i < count && status == HOG_OK; i++) {
        status = stats_read(session, paths[i], &profiles->list[i]);
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
    enum hog_status status = stats_check_words("merge", options, 2, SIZE_MAX, error);

    if (status == HOG_OK)
        status = plan(&files, options, 0, 1, error);
    if (status == HOG_OK)
        status = read_all(&profiles, session, options->words.items + 1, options->words.count - 1);
    if (status == HOG_OK)
        status =
            hog_profile_merge((const struct hog_profile *const *)profiles.list, profiles.count, &sum, error);
    if (status != HOG_OK)
        return status;
    sources_of(&sources, options->words.items[1]);
    return write_all(session, options, &files, sum, &sources);
}
