/* From a capture to the profile that the session keeps; see capture.h. */
#include "base/clock.h"
#include "command/capture.h"
#include "profile/project.h"

uint64_t capture_dropped(const struct hog_sampler_stats *stats)
{
    uint64_t dropped = 0;

    for (int i = 0; i < HOG_DROP_COUNT; i++)
        dropped += stats->dropped[i];
    return dropped;
}

static struct hog_profile_info info_of(const struct capture *capture)
{
    const struct hog_session *session = capture->session;
    const struct target *target = &capture->target;

    return (struct hog_profile_info){
        .stopped = option_given(capture->options, OPTION_STOP),
        .start_time = capture->result.start_time,
        .pid = target->pid,
        .command_line = *target->process.command_line ? target->process.command_line : NULL,
        .python_version = capture->snapshot->version_text,
        .debugger_name = session->host.debugger_name,
        .debugger_version = session->host.debugger_version,
        .tool_version = HOGNOSE_VERSION,
        .ended_because = *capture->result.ended ? capture->result.ended : NULL,
    };
}

/* Only what passes through --under. */
static enum hog_status keep_under(const struct capture *capture, struct hog_profile **profile)
{
    const struct hog_projection projection = {
        .by_line = true, .threads = HOG_THREADS_APART, .under = capture->options->under};
    struct hog_profile *under;
    enum hog_status status = hog_profile_project(*profile, &projection, &under);

    if (status != HOG_OK)
        return status;
    hog_profile_destroy(*profile);
    *profile = under;
    return HOG_OK;
}

enum hog_status capture_profile(const struct capture *capture, struct hog_profile **ret_profile)
{
    const struct hog_profile_info info = info_of(capture);
    enum hog_status status = hog_sampler_profile(capture->sampler, &info, ret_profile);
    struct hog_profile_info *filled;
    struct hog_sampler_stats stats;

    if (status != HOG_OK || !info.stopped)
        return status;
    /* what the sampler cannot know: how long the process ran between its looks */
    filled = &(*ret_profile)->info;
    filled->duration = hog_clock_monotonic() - capture->result.started;
    hog_sampler_stats(capture->sampler, &stats);
    if (filled->ticks && capture->result.ran > 0 && !stats.ran)
        filled->interval = capture->result.ran / (double)filled->ticks;
    return HOG_OK;
}

/* The files go with the profile. */
static void keep(struct capture *capture, struct hog_profile *profile)
{
    struct hog_session *session = capture->session;

    hog_profile_destroy(session->last_profile);
    hog_files_deinit(&session->last_files);
    session->last_profile = profile;
    /* The Ctrl-C that ended the sampling must not end what is made of the samples. */
    profile->watch = session->host.interrupted(session->host.self) ? NULL : &session->watch;
    session->last_files = capture->files;
    capture->files = (struct hog_files){.made = false};
}

enum hog_status capture_finish(struct capture *capture)
{
    struct hog_session *session = capture->session;
    struct hog_profile *profile;
    enum hog_status status = capture_profile(capture, &profile);

    if (status != HOG_OK)
        return hog_fail(&session->error, status, "not enough memory for the profile");
    if (option_given(capture->options, OPTION_UNDER))
        status = keep_under(capture, &profile);
    keep(capture, profile);
    if (status == HOG_NOT_FOUND)
        return hog_fail(&session->error, status,
                        "no sample passes through \"%.100s\": all are kept, and "
                        "py-stats top --sort name lists their functions",
                        capture->options->under);
    return status == HOG_OK ? HOG_OK : hog_fail(&session->error, status, "not enough memory for the profile");
}
