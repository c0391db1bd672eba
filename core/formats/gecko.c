/*
 * .gecko.json: the Firefox profiler's processed format, version 55. Tables of
 * columns for each thread:
 *
 *     samples ─▶ stackTable (a node, prefix = its parent) ─▶ frameTable ─▶ funcTable ─▶ resourceTable
 *
 * A sample a distinct stack, weighted. When each was taken is not kept; their
 * times only stand one after the other.
 * https://github.com/firefox-devtools/profiler/blob/main/docs-developer/processed-profile-format.md
 */
#include "base/cleanup.h"
#include "formats/gecko_tables.h"

#include <inttypes.h>
#include <stdio.h>

enum { PROCESSED_VERSION = 55, GECKO_VERSION = 31 };

/* What the categories are called, and their colours as the profiler knows them. */
static const char *const category_names[] = {"Other", "Python", "Native"};
static const char *const category_colours[] = {"grey", "yellow", "blue"};

static void gecko_deinit(struct gecko *gecko)
{
    hog_labels_deinit(&gecko->labels);
    frames_deinit(&gecko->frames);
    local_numbers_deinit(&gecko->used_frames);
    local_numbers_deinit(&gecko->used_functions);
    strings_deinit(&gecko->strings);
}

static void put_thread_head(struct gecko *gecko, const struct hog_profile_thread *thread, bool is_main)
{
    struct json_out *json = gecko->json;
    char pid[32], fallback[48];

    snprintf(pid, sizeof pid, "%" PRId64, thread->pid ? thread->pid : gecko->profile->info.pid);
    snprintf(fallback, sizeof fallback, "thread %" PRId64, thread->os_thread_id);
    json_out_put_text(json, "processType", "default");
    json_out_put_text(json, "processName", "python");
    json_out_put_double(json, "processStartupTime", 0);
    json_out_key(json, "processShutdownTime");
    json_out_null(json);
    json_out_put_double(json, "registerTime", 0);
    json_out_key(json, "unregisterTime");
    json_out_null(json);
    json_out_key(json, "pausedRanges");
    json_out_open(json, '[');
    json_out_close(json, ']');
    json_out_put_text(json, "name", thread->name && *thread->name ? thread->name : fallback);
    json_out_put_bool(json, "isMainThread", is_main);
    json_out_put_bool(json, "showMarkersInTimeline", false);
    json_out_put_text(json, "pid", pid);
    json_out_put_i64(json, "tid", thread->os_thread_id);
}

static void put_thread(struct gecko *gecko, const struct hog_profile_thread *thread, bool is_main)
{
    static const char *const markers[] = {"data", "name", "startTime", "endTime", "phase", "category", NULL};
    static const char *const resources[] = {"lib", "name", "host", "type", NULL};
    static const char *const symbols[] = {"libIndex", "address", "name", "functionSize", NULL};

    strings_deinit(&gecko->strings);
    gecko_number_used(gecko, thread);
    json_out_open(gecko->json, '{');
    put_thread_head(gecko, thread, is_main);
    gecko_put_samples(gecko, thread);
    gecko_put_stack_table(gecko, thread);
    gecko_put_frame_table(gecko);
    gecko_put_func_table(gecko);
    gecko_put_empty_columns(gecko, "markers", markers);
    gecko_put_empty_columns(gecko, "resourceTable", resources);
    gecko_put_empty_columns(gecko, "nativeSymbols", symbols);
    gecko_put_strings(gecko);
    json_out_close(gecko->json, '}');
    if (gecko->strings.failed)
        out_fail(gecko->json->out, HOG_NO_MEMORY);
}

/*
 * The whole.
 */

static void put_categories(struct json_out *json)
{
    json_out_key(json, "categories");
    json_out_open(json, '[');
    for (int i = 0; i < GECKO_COUNT; i++) {
        json_out_open(json, '{');
        json_out_put_text(json, "name", category_names[i]);
        json_out_put_text(json, "color", category_colours[i]);
        json_out_key(json, "subcategories");
        json_out_open(json, '[');
        json_out_text(json, "Other");
        json_out_close(json, ']');
        json_out_close(json, '}');
    }
    json_out_close(json, ']');
}

static void add_fact(void *self, const char *label, const char *words)
{
    struct json_out *json = self;

    json_out_open(json, '{');
    json_out_put_text(json, "label", label);
    json_out_put_text(json, "format", "string");
    json_out_put_text(json, "value", words);
    json_out_close(json, '}');
}

static void put_meta(struct gecko *gecko, const char *title)
{
    const struct hog_profile_info *info = &gecko->profile->info;
    struct json_out *json = gecko->json;

    json_out_key(json, "meta");
    json_out_open(json, '{');
    json_out_put_i64(json, "version", GECKO_VERSION);
    json_out_put_i64(json, "preprocessedProfileVersion", PROCESSED_VERSION);
    json_out_put_rounded(json, "interval", info->interval > 0 ? info->interval * 1e3 : 1);
    json_out_put_rounded(json, "startTime", info->start_time * 1e3);
    json_out_put_i64(json, "processType", 0);
    json_out_put_i64(json, "stackwalk", 0);
    json_out_put_bool(json, "debug", false);
    json_out_put_bool(json, "symbolicated", true);
    json_out_put_text(json, "product", title);
    json_out_put_text(json, "importedFrom", "hognose");
    json_out_put_text(json, "oscpu", "Linux");
    json_out_put_text(json, "platform", "Linux");
    put_categories(json);
    json_out_key(json, "markerSchema");
    json_out_open(json, '[');
    json_out_close(json, ']');
    json_out_key(json, "extra");
    json_out_open(json, '[');
    json_out_open(json, '{');
    json_out_put_text(json, "label", "hognose");
    json_out_key(json, "entries");
    json_out_open(json, '[');
    if (describe_profile(gecko->profile, add_fact, json) != HOG_OK)
        out_fail(json->out, HOG_NO_MEMORY);
    json_out_close(json, ']');
    json_out_close(json, '}');
    json_out_close(json, ']');
    json_out_close(json, '}');
}

static void put_all(struct gecko *gecko, const char *title)
{
    static const struct hog_profile_thread nobody = {.name = "no thread"};
    struct json_out *json = gecko->json;

    json_out_open(json, '{');
    put_meta(gecko, title);
    json_out_key(json, "libs");
    json_out_open(json, '[');
    json_out_close(json, ']');
    json_out_key(json, "threads");
    json_out_open(json, '[');
    for (uint32_t i = 0; out_goes_on(json->out) && i < gecko->profile->thread_count; i++)
        put_thread(gecko, &gecko->profile->threads[i], i == 0);
    if (!gecko->profile->thread_count)
        put_thread(gecko, &nobody, true);
    json_out_close(json, ']');
    json_out_close(json, '}');
    out_char(json->out, '\n');
}

enum hog_status gecko_write(const struct hog_profile *profile, const struct hog_write_options *options,
                            struct out *out)
{
    struct json_out json = {.out = out};
    HOG_CLEANUP(gecko_deinit) struct gecko gecko = {.profile = profile, .json = &json};
    HOG_CLEANUP(hog_text_deinit) struct hog_text title = {0};
    enum hog_status status = hog_labels_init(&gecko.labels, profile);

    if (status == HOG_OK)
        status = frames_init(&gecko.frames, profile);
    if (status == HOG_OK && (!local_numbers_init(&gecko.used_frames, gecko.frames.count) ||
                             !local_numbers_init(&gecko.used_functions, profile->function_count)))
        status = HOG_NO_MEMORY;
    if (status != HOG_OK)
        return status;
    describe_title(profile, options, &title);
    if (title.failed)
        return HOG_NO_MEMORY;
    put_all(&gecko, title.bytes);
    return out->status;
}
