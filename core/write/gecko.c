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
#include "profile/labels.h"
#include "write/format.h"
#include "write/frames.h"
#include "write/local_numbers.h"
#include "write/strings.h"

#include <inttypes.h>
#include <stdio.h>

enum { PROCESSED_VERSION = 55, GECKO_VERSION = 31 };

/* What the categories are called, and their colours as the profiler knows them. */
enum category { CATEGORY_OTHER, CATEGORY_PYTHON, CATEGORY_NATIVE, CATEGORY_COUNT };
static const char *const category_names[] = {"Other", "Python", "Native"};
static const char *const category_colours[] = {"grey", "yellow", "blue"};

struct gecko {
    const struct hog_profile *profile;
    struct json_out *json;
    struct hog_labels labels;
    struct frames frames;
    /* of the thread that is being written: each has tables of its own */
    struct local_numbers used_frames, used_functions;
    struct strings strings;
};

static void gecko_deinit(struct gecko *gecko)
{
    hog_labels_deinit(&gecko->labels);
    frames_deinit(&gecko->frames);
    local_numbers_deinit(&gecko->used_frames);
    local_numbers_deinit(&gecko->used_functions);
    strings_deinit(&gecko->strings);
}

static enum category category_of(const struct hog_function *function)
{
    if (function->is_synthetic)
        return CATEGORY_OTHER;
    return function->is_native ? CATEGORY_NATIVE : CATEGORY_PYTHON;
}

static void open_column(struct gecko *gecko, const char *key)
{
    json_out_key(gecko->json, key);
    json_out_open(gecko->json, '[');
}

static void close_column(struct gecko *gecko)
{
    json_out_close(gecko->json, ']');
}

/* A column that says the same everywhere: a number, or null. */
static void put_constant(struct gecko *gecko, const char *key, uint32_t count, int number, bool null)
{
    open_column(gecko, key);
    for (uint32_t i = 0; i < count; i++) {
        if (null)
            json_out_null(gecko->json);
        else
            json_out_i64(gecko->json, number);
    }
    close_column(gecko);
}

static void put_empty_columns(struct gecko *gecko, const char *table, const char *const *columns)
{
    json_out_key(gecko->json, table);
    json_out_open(gecko->json, '{');
    for (; *columns; columns++) {
        open_column(gecko, *columns);
        close_column(gecko);
    }
    json_out_put_u64(gecko->json, "length", 0);
    json_out_close(gecko->json, '}');
}

/*
 * Frames and functions that a thread uses.
 */

static void number_used(struct gecko *gecko, const struct hog_profile_thread *thread)
{
    local_numbers_clear(&gecko->used_frames);
    local_numbers_clear(&gecko->used_functions);
    for (uint32_t i = thread->first_node; i < thread->end_node; i++) {
        local_numbers_add(&gecko->used_frames, gecko->frames.of_node[i]);
        local_numbers_add(&gecko->used_functions, gecko->profile->nodes[i].function);
    }
}

static const struct frame *used_frame(const struct gecko *gecko, uint32_t number)
{
    return &gecko->frames.list[gecko->used_frames.list[number]];
}

static const struct hog_function *used_function(const struct gecko *gecko, uint32_t number)
{
    return &gecko->profile->functions[gecko->used_functions.list[number]];
}

static void put_line(struct gecko *gecko, int32_t line)
{
    if (line > 0)
        json_out_i64(gecko->json, line);
    else
        json_out_null(gecko->json);
}

static void put_frame_table(struct gecko *gecko)
{
    uint32_t count = gecko->used_frames.count;

    json_out_key(gecko->json, "frameTable");
    json_out_open(gecko->json, '{');
    put_constant(gecko, "address", count, -1, false);
    put_constant(gecko, "inlineDepth", count, 0, false);
    open_column(gecko, "category");
    for (uint32_t i = 0; i < count; i++)
        json_out_u64(gecko->json, category_of(&gecko->profile->functions[used_frame(gecko, i)->function]));
    close_column(gecko);
    put_constant(gecko, "subcategory", count, 0, false);
    open_column(gecko, "func");
    for (uint32_t i = 0; i < count; i++)
        json_out_u64(gecko->json, gecko->used_functions.of[used_frame(gecko, i)->function]);
    close_column(gecko);
    put_constant(gecko, "nativeSymbol", count, 0, true);
    put_constant(gecko, "innerWindowID", count, 0, false);
    open_column(gecko, "line");
    for (uint32_t i = 0; i < count; i++)
        put_line(gecko, used_frame(gecko, i)->line);
    close_column(gecko);
    put_constant(gecko, "column", count, 0, true);
    json_out_put_u64(gecko->json, "length", count);
    json_out_close(gecko->json, '}');
}

static void put_function_texts(struct gecko *gecko)
{
    uint32_t count = gecko->used_functions.count;

    open_column(gecko, "name");
    for (uint32_t i = 0; i < count; i++)
        json_out_u64(gecko->json,
                     strings_number(&gecko->strings, gecko->labels.name[gecko->used_functions.list[i]]));
    close_column(gecko);
    open_column(gecko, "fileName");
    for (uint32_t i = 0; i < count; i++) {
        const char *filename = used_function(gecko, i)->filename;

        if (filename)
            json_out_u64(gecko->json, strings_number(&gecko->strings, filename));
        else
            json_out_null(gecko->json);
    }
    close_column(gecko);
}

static void put_falses(struct gecko *gecko, const char *key, uint32_t count)
{
    open_column(gecko, key);
    for (uint32_t i = 0; i < count; i++)
        json_out_bool(gecko->json, false);
    close_column(gecko);
}

static void put_func_table(struct gecko *gecko)
{
    uint32_t count = gecko->used_functions.count;

    json_out_key(gecko->json, "funcTable");
    json_out_open(gecko->json, '{');
    put_falses(gecko, "isJS", count);
    put_falses(gecko, "relevantForJS", count);
    put_function_texts(gecko);
    put_constant(gecko, "resource", count, -1, false);
    open_column(gecko, "lineNumber");
    for (uint32_t i = 0; i < count; i++)
        put_line(gecko, used_function(gecko, i)->first_line);
    close_column(gecko);
    put_constant(gecko, "columnNumber", count, 0, true);
    json_out_put_u64(gecko->json, "length", count);
    json_out_close(gecko->json, '}');
}

static void put_strings(struct gecko *gecko)
{
    open_column(gecko, "stringArray");
    for (uint32_t i = 0; i < gecko->strings.count; i++)
        json_out_text(gecko->json, gecko->strings.list[i]);
    close_column(gecko);
}

/*
 * Stacks and samples.
 */

static void put_stack_table(struct gecko *gecko, const struct hog_profile_thread *thread)
{
    const struct hog_profile_node *nodes = gecko->profile->nodes;

    json_out_key(gecko->json, "stackTable");
    json_out_open(gecko->json, '{');
    open_column(gecko, "frame");
    for (uint32_t i = thread->first_node; i < thread->end_node; i++)
        json_out_u64(gecko->json, gecko->used_frames.of[gecko->frames.of_node[i]]);
    close_column(gecko);
    open_column(gecko, "prefix");
    for (uint32_t i = thread->first_node; i < thread->end_node; i++) {
        if (nodes[i].parent == HOG_NO_NODE)
            json_out_null(gecko->json);
        else
            json_out_u64(gecko->json, nodes[i].parent - thread->first_node);
    }
    close_column(gecko);
    json_out_put_u64(gecko->json, "length", thread->end_node - thread->first_node);
    json_out_close(gecko->json, '}');
}

/* The profiler cannot do without any: one of no stack and no weight. The table is open. */
static void put_no_sample(struct gecko *gecko)
{
    put_constant(gecko, "stack", 1, 0, true);
    put_constant(gecko, "weight", 1, 0, false);
    put_constant(gecko, "time", 1, 0, false);
    json_out_put_u64(gecko->json, "length", 1);
    json_out_close(gecko->json, '}');
}

static void put_samples(struct gecko *gecko, const struct hog_profile_thread *thread)
{
    const struct hog_profile_node *nodes = gecko->profile->nodes;
    uint64_t count = 0, before = 0;

    json_out_key(gecko->json, "samples");
    json_out_open(gecko->json, '{');
    json_out_put_text(gecko->json, "weightType", "samples");
    if (!thread->counts.kept) {
        put_no_sample(gecko);
        return;
    }
    open_column(gecko, "stack");
    for (uint32_t i = thread->first_node; i < thread->end_node; i++) {
        if (nodes[i].self) {
            json_out_u64(gecko->json, i - thread->first_node);
            count++;
        }
    }
    close_column(gecko);
    open_column(gecko, "weight");
    for (uint32_t i = thread->first_node; i < thread->end_node; i++)
        if (nodes[i].self)
            json_out_u64(gecko->json, nodes[i].self);
    close_column(gecko);
    open_column(gecko, "time");
    for (uint32_t i = thread->first_node; i < thread->end_node; i++) {
        if (nodes[i].self) {
            json_out_double(gecko->json, (double)before * gecko->profile->info.interval * 1e3);
            before += nodes[i].self;
        }
    }
    close_column(gecko);
    json_out_put_u64(gecko->json, "length", count);
    json_out_close(gecko->json, '}');
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
    number_used(gecko, thread);
    json_out_open(gecko->json, '{');
    put_thread_head(gecko, thread, is_main);
    put_samples(gecko, thread);
    put_stack_table(gecko, thread);
    put_frame_table(gecko);
    put_func_table(gecko);
    put_empty_columns(gecko, "markers", markers);
    put_empty_columns(gecko, "resourceTable", resources);
    put_empty_columns(gecko, "nativeSymbols", symbols);
    put_strings(gecko);
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
    for (int i = 0; i < CATEGORY_COUNT; i++) {
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
    json_out_put_double(json, "interval", info->interval > 0 ? info->interval * 1e3 : 1);
    json_out_put_double(json, "startTime", info->start_time * 1e3);
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
    for (uint32_t i = 0; i < gecko->profile->thread_count; i++)
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
