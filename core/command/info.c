/*
 * py-info: which CPython was found, how, and where memory comes from; where
 * none is found, every step that was tried.
 *
 *     Process        48291, live
 *     Python         CPython 3.12.1
 *     Found by       _PyRuntime in .dynsym of /usr/bin/python3.12
 *     …
 */
#include "show/info.h"
#include "base/cleanup.h"
#include "command/theme.h"
#include "host/output.h"

#include <inttypes.h>
#include <stdio.h>

static void info_gather(struct info *info, const struct hog_session *session, const struct target *target,
                        enum hog_status located, bool verbose)
{
    report_describe(&info->report, session, target);
    info->found = located == HOG_OK;
    info->verbose = verbose;
    info->error = info->found ? NULL : session->error.message;
    info->location = &target->location;
    info->memory_source = target->cache->source;
    info->core_path = *target->process.core_path ? target->process.core_path : target->core_path;
    info->thread_count = target->process.thread_count;
    info->own_warning = target->warning;
    info->process_warnings = target->process.warnings;
    info->process_warning_count = target->process.warning_count;
    if (session->last_dump.known && session->last_dump.pid == target->pid &&
        session->last_dump.target == target->kind)
        info->last_dump = &session->last_dump.costs;
}

/* Texts of counts lie in `buffers`. */
static size_t list_settings(const struct hog_session *session, struct info_setting list[SETTING_COUNT],
                            char buffers[SETTING_COUNT][SETTING_TEXT])
{
    size_t count;
    const struct hog_setting_info *infos = hog_settings(&count);

    for (size_t i = 0; i < count; i++)
        list[i] =
            (struct info_setting){infos[i].name, settings_get(&session->settings, infos[i].name, buffers[i])};
    return count;
}

enum hog_status run_info(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(output_deinit) struct output output = {.file = -1};
    HOG_CLEANUP(target_deinit) struct target target = {0};
    struct theme theme = dump_theme(session, options);
    struct hog_error *error = &session->error;
    struct info_setting settings[SETTING_COUNT];
    char buffers[SETTING_COUNT][SETTING_TEXT];
    struct info info = {.settings = settings, .setting_count = list_settings(session, settings, buffers)};
    enum hog_status status = target_open(&target, &session->host, options->core, error);

    if (status != HOG_OK)
        return status;
    host_take_signal(&target);
    status = target_locate(&target, options->assume_version, error);
    info_gather(&info, session, &target, status, option_given(options, OPTION_VERBOSE));
    if (output_open(&output, &session->host, option_output(options)) == HOG_OK) {
        if (option_given(options, OPTION_JSON))
            render_info_json(&info, &output.outlet.text);
        else
            render_info_text(&info, &theme, &output.outlet.text);
    }
    if (output.error.status != HOG_OK || output_finish(&output) != HOG_OK) {
        *error = output.error;
        return output.error.status;
    }
    session_say_written(session, output.path);
    return status;
}
