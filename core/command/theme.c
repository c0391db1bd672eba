/* How a session wants text to look, and what stands above every report; see theme.h. */
#include "command/theme.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "host/output.h"
#include "host/rank.h"

#include <stdlib.h>

static bool wants_colour(const struct hog_session *session)
{
    const char *no_color = getenv("NO_COLOR");

    switch (session->settings.value[SETTING_COLOR]) {
    case COLOR_ON:
        return true;
    case COLOR_OFF:
        return false;
    default:
        return !(no_color && *no_color) && session->host.wants_colour(session->host.self);
    }
}

struct theme session_theme(const struct hog_session *session)
{
    return (struct theme){
        .colour = wants_colour(session),
        .full_paths = session->settings.value[SETTING_PATH_STYLE] == PATH_FULL,
        .max_depth = session->settings.value[SETTING_MAX_DEPTH],
        .max_string = session->settings.value[SETTING_MAX_STRING],
        .width = session->host.terminal_width(session->host.self),
    };
}

void session_say_written(const struct hog_session *session, const char *path)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text line = {0};

    if (!path || !output_is_replaced(path))
        return;
    hog_text_puts(&line, "Wrote ");
    hog_text_put_printable(&line, path);
    hog_text_puts(&line, "\n");
    if (!line.failed)
        session->host.write(session->host.self, HOG_STDOUT, line.bytes, line.length);
}

struct theme dump_theme(const struct hog_session *session, const struct options *options)
{
    struct theme theme = session_theme(session);

    if (option_given(options, OPTION_OUTPUT)) {
        theme.colour = false;
        theme.width = 0;
    }
    theme.every_frame = option_given(options, OPTION_FULL);
    if (option_given(options, OPTION_MAX_DEPTH))
        theme.max_depth = options->max_depth;
    return theme;
}

void report_describe(struct report *report, const struct hog_session *session, const struct target *target)
{
    *report = (struct report){
        .tool_version = HOGNOSE_VERSION,
        .debugger_name = session->host.debugger_name,
        .debugger_version = session->host.debugger_version,
        .target_kind = target_kind_name(target),
        .machine = target->kind == HOG_TARGET_LIVE ? session->machine : NULL,
        .pid = target->pid,
        .rank = target->kind == HOG_TARGET_LIVE ? host_rank_of(target->pid) : -1,
        .runs = target->stopped == TARGET_STOPPED_NOTHING,
        .held_seconds = target->held_seconds,
        .executable = *target->process.executable ? target->process.executable : target->executable,
        .command_line = target->process.command_line,
        .signal = target->process.signal.number ? &target->process.signal : NULL,
        .interrupted = target->interrupted,
    };
}
