/*
 * What hognose.profile/1 says of a profile as a whole: in a .json at the top,
 * in a .prof behind the marshalled dict. See read.h and docs/formats.md.
 */
#include "formats/read_fields.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* No profile has more, and what is shown of them has room for no more: 30 years, the year 5138. */
static const double MOST_SECONDS = 1e9, MOST_EPOCH = 1e11, MOST_RATE = 1e9;

enum hog_status reading_bad(const struct reading *reading, const char *format, ...)
{
    char words[400];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    return hog_fail(reading->error, HOG_BAD_DATA, "%.300s: %s", reading->name, words);
}

enum hog_status reading_stopped(const struct reading *reading)
{
    return hog_fail(reading->error, HOG_INTERRUPTED, "interrupted while %.300s was read", reading->name);
}

const char *field_text(struct fields *fields, const char *key)
{
    const json_t *value = json_object_get(fields->object, key);

    if (!value || json_is_null(value))
        return NULL;
    if (!json_is_string(value)) {
        fields->wrong = key;
        return NULL;
    }
    return json_string_value(value);
}

uint64_t field_count(struct fields *fields, const char *key)
{
    const json_t *value = json_object_get(fields->object, key);
    json_int_t number = json_integer_value(value);

    if (!value || json_is_null(value))
        return 0;
    if (!json_is_integer(value) || number < 0 || number > MOST_COUNT) {
        fields->wrong = key;
        return 0;
    }
    return (uint64_t)number;
}

int64_t field_id(struct fields *fields, const char *key)
{
    const json_t *value = json_object_get(fields->object, key);

    if (!value || json_is_null(value))
        return 0;
    if (!json_is_integer(value))
        fields->wrong = key;
    return json_integer_value(value);
}

double field_number(struct fields *fields, const char *key, double most)
{
    const json_t *value = json_object_get(fields->object, key);
    double number = json_number_value(value);

    if (!value || json_is_null(value))
        return 0;
    if (!json_is_number(value) || !isfinite(number) || number < 0 || number > most) {
        fields->wrong = key;
        return 0;
    }
    return number;
}

bool field_bool(struct fields *fields, const char *key)
{
    const json_t *value = json_object_get(fields->object, key);

    if (value && !json_is_boolean(value))
        fields->wrong = key;
    return json_is_true(value);
}

struct hog_profile_counts field_counts(struct fields *fields, const char *key)
{
    struct fields counts = {.object = json_object_get(fields->object, key)};
    struct hog_profile_counts result = {
        .kept = field_count(&counts, "kept"),
        .idle = field_count(&counts, "idle"),
        .elsewhere = field_count(&counts, "elsewhere"),
        .dropped = field_count(&counts, "dropped"),
        .on_gil = field_count(&counts, "on_gil"),
        .waiting_for_gil = field_count(&counts, "waiting_for_gil"),
        .waiting_for_cpu = field_count(&counts, "waiting_for_cpu"),
        .collecting_garbage = field_count(&counts, "collecting_garbage"),
    };

    if (counts.wrong)
        fields->wrong = counts.wrong;
    return result;
}

static void sampling_read(struct fields *fields, struct metadata *metadata)
{
    struct hog_profile_info *info = &metadata->info;
    const char *mode = field_text(fields, "mode");

    if (mode && !hog_profile_mode_named(mode, &info->mode))
        fields->wrong = "mode";
    info->stopped = field_bool(fields, "stopped");
    info->has_lines = field_bool(fields, "has_lines");
    info->method = field_text(fields, "method");
    info->interval = field_number(fields, "interval", MOST_SECONDS);
    info->requested_rate = field_number(fields, "requested_rate", MOST_RATE);
    info->start_time = field_number(fields, "start_time", MOST_EPOCH);
    info->duration = field_number(fields, "duration", MOST_SECONDS);
    info->ran = field_number(fields, "ran", MOST_SECONDS);
    info->waited = field_number(fields, "waited", MOST_SECONDS);
    info->ticks = field_count(fields, "ticks");
    info->ended_because = field_text(fields, "ended_because");
    metadata->counts = field_counts(fields, "counts");
    metadata->drops = json_object_get(fields->object, "drops");
}

static void places_read(const json_t *root, struct hog_profile_info *info, const char **ret_wrong)
{
    struct fields tool = {.object = json_object_get(root, "tool")};
    struct fields debugger = {.object = json_object_get(root, "debugger")};
    struct fields target = {.object = json_object_get(root, "target")};
    struct fields python = {.object = json_object_get(root, "python")};
    const struct fields *all[] = {&tool, &debugger, &target, &python};

    info->tool_version = field_text(&tool, "version");
    info->debugger_name = field_text(&debugger, "name");
    info->debugger_version = field_text(&debugger, "version");
    info->pid = field_id(&target, "pid");
    info->command_line = field_text(&target, "command_line");
    info->python_version = field_text(&python, "version");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i]->wrong)
            *ret_wrong = all[i]->wrong;
}

static enum hog_status schema_check(const struct reading *reading, const json_t *root)
{
    const char *schema = json_string_value(json_object_get(root, "schema"));

    if (schema && strcmp(schema, "hognose.profile/1") == 0)
        return HOG_OK;
    if (schema && strncmp(schema, "hognose.dump/", 13) == 0)
        return hog_fail(reading->error, HOG_UNSUPPORTED,
                        "%.300s is a dump of one moment (py-dump --json), not a profile", reading->name);
    if (schema && strncmp(schema, "hognose.profile/", 16) == 0)
        return hog_fail(reading->error, HOG_UNSUPPORTED,
                        "%.300s is a %.40s file; this hognose reads hognose.profile/1", reading->name,
                        schema);
    return hog_fail(reading->error, HOG_UNSUPPORTED,
                    "%.300s is JSON, but not a hognose profile (its schema is not hognose.profile/1)",
                    reading->name);
}

enum hog_status metadata_read(const struct reading *reading, const struct json_t *root,
                              struct metadata *ret_metadata)
{
    struct metadata metadata = {0};
    struct fields sampling = {.object = json_object_get(root, "sampling")};
    enum hog_status status = schema_check(reading, root);

    if (status != HOG_OK)
        return status;
    places_read(root, &metadata.info, &sampling.wrong);
    sampling_read(&sampling, &metadata);
    if (sampling.wrong)
        return reading_bad(reading, "its \"%s\" is not what it should be", sampling.wrong);
    *ret_metadata = metadata;
    return HOG_OK;
}

bool metadata_drop(const struct metadata *metadata, size_t index, struct hog_profile_drop *ret_drop)
{
    struct fields drop = {.object = json_array_get(metadata->drops, index)};

    if (!drop.object)
        return false;
    ret_drop->reason = field_text(&drop, "reason");
    ret_drop->count = field_count(&drop, "count");
    if (!ret_drop->reason)
        ret_drop->reason = "?";
    return true;
}
