/* py-info as text and as JSON, schema hognose.info/1; see info.c. */
#include "show/info.h"
#include "show/json.h"
#include "show/paint.h"

#include <inttypes.h>
#include <stdio.h>

enum { LABEL_WIDTH = 15 };

/*
 * Text.
 */

struct sheet {
    const struct theme *theme;
    struct hog_text *text;
};

static void put_line(const struct sheet *sheet, const char *label, const char *value)
{
    if (!value || !*value)
        return;
    paint_column(sheet->text, sheet->theme, STYLE_HEADING, label, LABEL_WIDTH, 0);
    paint_name(sheet->text, value, 0);
    hog_text_puts(sheet->text, "\n");
}

static void put_target(const struct sheet *sheet, const struct info *info)
{
    const struct report *report = &info->report;
    char pid[32] = "";
    char words[96];

    if (report->pid)
        snprintf(pid, sizeof pid, "%" PRId64 ", ", report->pid);
    snprintf(words, sizeof words, "%s%s, %zu thread%s", pid, report->target_kind, info->thread_count,
             info->thread_count == 1 ? "" : "s");
    put_line(sheet, "Process", words);
    put_line(sheet, "Core file", info->core_path);
    put_line(sheet, "Command line", report->command_line);
    put_line(sheet, "Executable", report->executable);
}

static void put_python(const struct sheet *sheet, const struct info *info)
{
    const struct hog_python *python = &info->location->python;
    char version[HOG_VERSION_TEXT];
    char words[96];

    snprintf(words, sizeof words, "CPython %s%s%s", hog_version_text(python->build.version, version),
             python->build.free_threaded ? ", free-threaded" : "",
             python->build.debug ? ", debug build" : "");
    put_line(sheet, "Python", words);
    put_line(sheet, "Found by", python->located_by);
    put_line(sheet, "Version from", python->version_by);
    put_line(sheet, "Module", python->module);
    if (python->runtime) {
        snprintf(words, sizeof words, HOG_ADDRESS, python->runtime);
        put_line(sheet, "Runtime at", words);
    }
    if (python->candidates > 1) {
        snprintf(words, sizeof words, "%u in the process; this is the live one", python->candidates);
        put_line(sheet, "Runtimes", words);
    }
}

static void put_costs(const struct sheet *sheet, const struct costs *costs)
{
    char reads[PAINT_NUMBER], bytes[PAINT_NUMBER];
    char words[128];

    if (!costs)
        return;
    snprintf(words, sizeof words, "%s reads, %s bytes, %.1f ms", paint_number(costs->reads, reads),
             paint_number(costs->bytes, bytes), costs->seconds * 1000);
    put_line(sheet, "Last dump", words);
}

static void put_steps(const struct sheet *sheet, const struct info *info)
{
    paint_put(sheet->text, sheet->theme, STYLE_HEADING, "Steps tried");
    hog_text_puts(sheet->text, "\n");
    for (size_t i = 0; i < info->location->trail_count; i++) {
        hog_text_printf(sheet->text, "  %2zu. ", i + 1);
        paint_name(sheet->text, info->location->trail[i], 0);
        hog_text_puts(sheet->text, "\n");
    }
}

static void put_settings(const struct sheet *sheet, const struct info *info)
{
    paint_put(sheet->text, sheet->theme, STYLE_HEADING, "Settings");
    hog_text_puts(sheet->text, "\n");
    for (size_t i = 0; i < info->setting_count; i++)
        hog_text_printf(sheet->text, "  %-12s %s\n", info->settings[i].name, info->settings[i].value);
}

void render_info_text(const struct info *info, const struct theme *theme, struct hog_text *text)
{
    const struct sheet sheet = {.theme = theme, .text = text};
    const struct report *report = &info->report;
    char words[128];

    put_target(&sheet, info);
    if (info->found)
        put_python(&sheet, info);
    else
        put_line(&sheet, "Python", "not found");
    put_line(&sheet, "Memory from", info->memory_source);
    snprintf(words, sizeof words, "%.60s %.40s", report->debugger_name ? report->debugger_name : "?",
             report->debugger_version ? report->debugger_version : "");
    put_line(&sheet, "Debugger", words);
    put_line(&sheet, "hognose", report->tool_version);
    put_line(&sheet, "Warning", info->own_warning);
    for (size_t i = 0; i < info->process_warning_count; i++)
        put_line(&sheet, "Warning", info->process_warnings[i]);
    for (size_t i = 0; i < info->location->warning_count; i++)
        put_line(&sheet, "Warning", info->location->warnings[i]);
    if (info->verbose)
        put_costs(&sheet, info->last_dump);
    if (info->verbose || !info->found)
        put_steps(&sheet, info);
    if (info->verbose)
        put_settings(&sheet, info);
}

/*
 * JSON.
 */

static json_t *python_object(struct hog_text *text, const struct hog_python *python)
{
    char version[HOG_VERSION_TEXT];
    json_t *object = json_object();

    json_set(text, object, "version", json_words(hog_version_text(python->build.version, version)));
    json_set(text, object, "implementation", json_words("cpython"));
    json_set(text, object, "free_threaded", json_boolean(python->build.free_threaded));
    json_set(text, object, "debug_build", json_boolean(python->build.debug));
    json_set(text, object, "located_by", json_words(python->located_by));
    json_set(text, object, "version_by", json_words(python->version_by));
    json_set(text, object, "module", json_words(python->module));
    json_set(text, object, "runtime", json_address(python->runtime));
    json_set(text, object, "runtimes_seen", json_integer(python->candidates));
    return object;
}

static json_t *costs_object(struct hog_text *text, const struct costs *costs)
{
    json_t *object;

    if (!costs)
        return json_null();
    object = json_object();
    json_set(text, object, "reads", json_integer((json_int_t)costs->reads));
    json_set(text, object, "bytes", json_integer((json_int_t)costs->bytes));
    json_set(text, object, "milliseconds", json_real((double)(int64_t)(costs->seconds * 1e6) / 1e3));
    return object;
}

static json_t *settings_object(struct hog_text *text, const struct info *info)
{
    json_t *object = json_object();

    for (size_t i = 0; i < info->setting_count; i++)
        json_set(text, object, info->settings[i].name, json_words(info->settings[i].value));
    return object;
}

static void put_warnings(struct hog_text *text, const struct info *info)
{
    const struct hog_location *location = info->location;
    json_t *warnings = json_array();
    bool failed = info->own_warning && json_array_append_new(warnings, json_words(info->own_warning)) != 0;

    for (size_t i = 0; i < info->process_warning_count; i++)
        failed |= json_array_append_new(warnings, json_words(info->process_warnings[i])) != 0;
    for (size_t i = 0; i < location->warning_count; i++)
        failed |= json_array_append_new(warnings, json_words(location->warnings[i])) != 0;
    text->failed |= failed;
    json_member(text, "warnings", warnings);
}

void render_info_json(const struct info *info, struct hog_text *text)
{
    const struct hog_location *location = info->location;
    json_t *memory = json_object();

    json_head(text, "hognose.info/1", &info->report);
    json_member(text, "python", info->found ? python_object(text, &location->python) : json_null());
    json_member(text, "error", json_words(info->error));
    json_set(text, memory, "source", json_words(info->memory_source));
    json_set(text, memory, "core_file", json_words(*info->core_path ? info->core_path : NULL));
    json_member(text, "memory", memory);
    put_warnings(text, info);
    json_strings(text, "steps", location->trail, location->trail_count);
    json_member(text, "last_dump", costs_object(text, info->last_dump));
    json_member(text, "settings", settings_object(text, info));
    hog_text_puts(text, "}\n");
}
