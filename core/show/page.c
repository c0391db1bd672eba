/* The first line of a page and its last ones, which say what is wrong; see report.h. */
#define _GNU_SOURCE
#include "show/paint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ", killed by SIGSEGV at 0x10 (nothing is mapped there), LWP 4711" */
static void put_signal(const struct report *report, const struct theme *theme, struct hog_text *text)
{
    const struct hog_signal *signal = report->signal;
    struct hog_text cell = {0};
    char name[HOG_SIGNAL_NAME];

    if (!signal)
        return;
    hog_text_printf(&cell, "%s by %s", strcmp(report->target_kind, "core") == 0 ? "killed" : "stopped",
                    hog_signal_name(signal->number, name));
    if (signal->has_address)
        hog_text_printf(&cell, " at " HOG_ADDRESS, signal->address);
    if (hog_signal_code_words(signal))
        hog_text_printf(&cell, " (%s)", hog_signal_code_words(signal));
    if (signal->origin == HOG_SIGNAL_OF_PROCESS && signal->sender == report->pid)
        hog_text_puts(&cell, ", sent by itself");
    else if (signal->origin == HOG_SIGNAL_OF_PROCESS && signal->sender)
        hog_text_printf(&cell, ", sent by process %" PRId64 " of uid %" PRIu32, signal->sender,
                        signal->sender_uid);
    else if (signal->origin == HOG_SIGNAL_OF_PROCESS)
        hog_text_puts(&cell, ", sent from outside of its pid namespace");
    if (signal->lwp)
        hog_text_printf(&cell, ", LWP %" PRId64, signal->lwp);
    hog_text_puts(text, ", ");
    paint_put(text, theme, STYLE_STATE, paint_text(&cell));
    hog_text_deinit(&cell);
}

void render_process_line(const struct report *report, const struct theme *theme, struct hog_outlet *outlet)
{
    const struct hog_snapshot *snapshot = report->snapshot;
    struct hog_text *text = &outlet->text;
    char process[32] = "Process";

    if (report->pid)
        snprintf(process, sizeof process, "Process %" PRId64, report->pid);
    paint_put(text, theme, STYLE_HEADING, process);
    hog_text_puts(text, "  ");
    paint_command_line(text, theme, report->executable, report->command_line);
    hog_text_printf(text, "      CPython %s%s%s, %s%s", snapshot->version_text ? snapshot->version_text : "?",
                    snapshot->build.free_threaded ? " free-threaded" : "",
                    snapshot->build.debug ? " debug build" : "", report->target_kind,
                    snapshot->finalizing ? ", shutting down" : "");
    if (report->runs)
        hog_text_puts(text, ", not stopped");
    else if (report->held_seconds > 0)
        hog_text_printf(text, ", held for %.2g ms", report->held_seconds * 1e3);
    put_signal(report, theme, text);
    hog_text_puts(text, "\n");
}

void render_closing_text(const struct report *report, const struct theme *theme, struct hog_outlet *outlet)
{
    struct hog_text *text = &outlet->text;

    for (size_t i = 0; i < report->warning_count; i++) {
        paint_put(text, theme, STYLE_STATE, "Warning:");
        hog_text_puts(text, " ");
        paint_name(text, report->warnings[i], 0);
        hog_text_puts(text, "\n");
    }
    if (outlet->interrupted)
        hog_text_puts(text, "Interrupted: only what was written until then is shown.\n");
    else if (!report->snapshot->complete || report->native_missing)
        hog_text_puts(text, "Incomplete: not everything could be read.\n");
}
