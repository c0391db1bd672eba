/*
 * py-info: which CPython was found, how, and where memory comes from; where
 * none is found, every step that was tried.
 *
 *     Process        48291, live
 *     Python         CPython 3.12.1
 *     Found by       _PyRuntime in .dynsym of /usr/bin/python3.12
 *     …
 */
#include "command/info.h"
#include "base/cleanup.h"
#include "command/dump.h"

#include <inttypes.h>
#include <stdio.h>

static void info_gather(struct info *info, const struct hog_session *session, const struct target *target,
                        enum hog_status located, bool verbose)
{
    report_describe(&info->report, session, target);
    info->found = located == HOG_OK;
    info->verbose = verbose;
    info->error = info->found ? NULL : session->error.words;
    info->location = &target->location;
    info->memory = target->cache;
    info->core_path = *target->process.core_path ? target->process.core_path : target->core_path;
    info->settings = &session->settings;
    info->thread_count = target->process.thread_count;
    info->own_warning = target->warning;
    info->process_warnings = target->process.warnings;
    info->process_warning_count = target->process.warning_count;
    if (session->last_dump.known && session->last_dump.pid == target->pid &&
        session->last_dump.target == target->kind)
        info->last_dump = &session->last_dump;
}

enum hog_status run_info(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(output_deinit) struct output output = {.file = -1};
    HOG_CLEANUP(target_deinit) struct target target = {0};
    struct look look = dump_look(session, options);
    struct hog_error *error = &session->error;
    struct info info = {0};
    enum hog_status status = target_open(&target, &session->host, options->core, error);

    if (status != HOG_OK)
        return status;
    status = target_locate(&target, options->assume_version, error);
    info_gather(&info, session, &target, status, option_given(options, OPTION_VERBOSE));
    if (output_open(&output, &session->host, options->output) == HOG_OK) {
        if (option_given(options, OPTION_JSON))
            render_info_json(&info, &output.text);
        else
            render_info_text(&info, &look, &output.text);
    }
    if (output.error.status != HOG_OK || output_finish(&output) != HOG_OK) {
        *error = output.error;
        return output.error.status;
    }
    return status;
}
