/*
 * Reading .prof files, cProfile's and ours; see read.h and prof.c. Ours is
 * told by the metadata behind the dict; its synthetic root, which stands above
 * all threads, is taken away again.
 */
#include "base/cleanup.h"
#include "formats/read_fields.h"
#include "formats/unmarshal.h"
#include "profile/table_builder.h"

#include <math.h>
#include <string.h>

static const size_t MOST_MEMORY = (size_t)4 << 30;

static void cleanup_json(json_t **json)
{
    json_decref(*json);
}

struct prof {
    const struct reading *reading;
    struct hog_table_builder *builder;
    struct metadata metadata;
    bool ours;
    size_t edges; /* read so far */
};

/*
 * A caller and its cost are ten bytes of the file at least, two references of
 * five. One dict of callers that many entries refer to would take memory that
 * is no proportion to the file; cProfile writes each its own.
 */
enum { LEAST_EDGE = 10 };

static enum hog_status no_memory(const struct prof *prof, enum hog_status status)
{
    if (prof->reading->watch && prof->reading->watch->seen)
        return reading_stopped(prof->reading);
    return hog_fail(prof->reading->error, status, "%.300s is too large to be read", prof->reading->name);
}

/* (file, line, name) */
static bool key_of(const struct value *key, struct hog_function *ret_function)
{
    const struct value *file, *line, *name;

    if (key->kind != VALUE_TUPLE || key->count != 3)
        return false;
    file = key->items[0];
    line = key->items[1];
    name = key->items[2];
    if (file->kind != VALUE_TEXT || line->kind != VALUE_INT || name->kind != VALUE_TEXT)
        return false;
    *ret_function = (struct hog_function){
        .name = name->text,
        .filename = file->text,
        .first_line = line->integer <= INT32_MAX ? (int32_t)line->integer : 0,
    };
    if (!ret_function->first_line && strcmp(file->text, "~") == 0)
        ret_function->filename = NULL; /* a builtin, says cProfile */
    return true;
}

static bool is_root(const struct prof *prof, const struct hog_function *function)
{
    return prof->ours && !function->filename &&
           (strcmp(function->name, "<all threads>") == 0 || strcmp(function->name, "<no samples>") == 0);
}

static bool seconds_of(const struct value *value, double *ret_seconds)
{
    *ret_seconds = value->number;
    return (value->kind == VALUE_FLOAT || value->kind == VALUE_INT) && isfinite(value->number) &&
           fabs(value->number) < 1e15;
}

/* A count and no tuple is what Python's own `profile` writes for a caller. */
static bool cost_of(const struct value *value, bool callers_order, struct hog_table_function *ret_cost)
{
    const struct value *first, *second;

    *ret_cost = (struct hog_table_function){0};
    if (value->kind == VALUE_INT) {
        ret_cost->calls = ret_cost->primitive_calls = value->integer;
        return callers_order;
    }
    if (value->kind != VALUE_TUPLE || value->count < 4)
        return false;
    first = value->items[0];
    second = value->items[1];
    if (first->kind != VALUE_INT || second->kind != VALUE_INT ||
        !seconds_of(value->items[2], &ret_cost->self_seconds) ||
        !seconds_of(value->items[3], &ret_cost->total_seconds))
        return false;
    ret_cost->calls = callers_order ? first->integer : second->integer;
    ret_cost->primitive_calls = callers_order ? second->integer : first->integer;
    return true;
}

static enum hog_status read_callers(struct prof *prof, uint32_t callee, const struct value *callers)
{
    for (uint32_t i = 0; i < callers->count; i += 2) {
        struct hog_function function;
        struct hog_table_function cost;
        uint32_t caller = HOG_NO_FUNCTION;
        enum hog_status status = HOG_OK;

        if (prof->edges++ > prof->reading->length / LEAST_EDGE)
            return reading_bad(prof->reading, "it has more callers than its bytes can hold");
        if (reading_interrupted(prof->reading, prof->edges))
            return reading_stopped(prof->reading);
        if (!key_of(callers->items[i], &function) || !cost_of(callers->items[i + 1], true, &cost))
            return reading_bad(prof->reading,
                               "a caller is not (file, line, name): (calls, calls, seconds, seconds)");
        if (!is_root(prof, &function))
            status = hog_table_builder_function(prof->builder, &function, &caller);
        if (status == HOG_OK)
            status = hog_table_builder_edge(prof->builder, caller, callee, &cost);
        if (status != HOG_OK)
            return no_memory(prof, status);
    }
    return HOG_OK;
}

static enum hog_status read_entry(struct prof *prof, const struct value *key, const struct value *entry)
{
    struct hog_function function;
    struct hog_table_function cost;
    enum hog_status status;
    uint32_t number;

    if (!key_of(key, &function) || !cost_of(entry, false, &cost) || entry->count != 5 ||
        entry->items[4]->kind != VALUE_DICT)
        return reading_bad(
            prof->reading,
            "not what cProfile writes: {(file, line, name): (calls, calls, seconds, seconds, callers)}");
    if (is_root(prof, &function))
        return HOG_OK;
    status = hog_table_builder_function(prof->builder, &function, &number);
    if (status != HOG_OK)
        return no_memory(prof, status);
    hog_table_builder_cost(prof->builder, number, &cost);
    return read_callers(prof, number, entry->items[4]);
}

static bool is_interrupted(void *context, size_t objects)
{
    return reading_interrupted(context, objects);
}

/* What stands behind the dict, if it is ours. Anything else there is nobody's business. */
static enum hog_status read_metadata(struct prof *prof, struct unmarshal *unmarshal, json_t **ret_json)
{
    const struct value *text = hog_cursor_left(&unmarshal->cursor) ? unmarshal_next(unmarshal) : NULL;
    const char *schema;

    if (unmarshal->no_memory)
        return no_memory(prof, HOG_NO_MEMORY);
    if (!text || text->kind != VALUE_TEXT)
        return HOG_OK;
    *ret_json = json_loads(text->text, 0, NULL);
    schema = json_string_value(json_object_get(*ret_json, "schema"));
    if (!schema || strncmp(schema, "hognose.", 8) != 0)
        return HOG_OK;
    prof->ours = true;
    return metadata_read(prof->reading, *ret_json, &prof->metadata);
}

static enum hog_status read_all(struct prof *prof, const struct value *dict, struct hog_profile **ret_profile)
{
    struct hog_profile_drop drop;
    enum hog_status status = HOG_OK;

    for (uint32_t i = 0; status == HOG_OK && i < dict->count; i += 2)
        status = read_entry(prof, dict->items[i], dict->items[i + 1]);
    if (status != HOG_OK)
        return status;
    hog_table_builder_counts(prof->builder, &prof->metadata.counts);
    for (size_t i = 0; status == HOG_OK && metadata_drop(&prof->metadata, i, &drop); i++)
        status = hog_table_builder_drop(prof->builder, drop.reason, drop.count);
    if (status == HOG_OK)
        status = hog_table_builder_seal(prof->builder, &prof->metadata.info, ret_profile);
    return status == HOG_OK ? HOG_OK : no_memory(prof, status);
}

static enum hog_status read_in(const struct reading *reading, struct hog_arena *arena,
                               struct hog_profile **ret_profile)
{
    HOG_TABLE_BUILDER struct hog_table_builder *builder = hog_table_builder_create(MOST_MEMORY);
    HOG_CLEANUP(unmarshal_deinit) struct unmarshal unmarshal;
    HOG_CLEANUP(cleanup_json) json_t *json = NULL;
    struct prof prof = {.reading = reading, .builder = builder};
    const struct value *dict;
    enum hog_status status;

    if (builder)
        hog_table_builder_watch(builder, reading->watch);
    unmarshal_init(&unmarshal, reading->bytes, reading->length, arena);
    unmarshal.interrupted = is_interrupted;
    unmarshal.context = (void *)(uintptr_t)reading;
    if (!builder)
        return no_memory(&prof, HOG_NO_MEMORY);
    dict = unmarshal_next(&unmarshal);
    if (!dict && unmarshal.wrong && strcmp(unmarshal.wrong, "interrupted") == 0)
        return reading_stopped(reading);
    if (unmarshal.no_memory)
        return no_memory(&prof, HOG_NO_MEMORY);
    if (!dict)
        return reading_bad(reading, "not a .prof file: %s", unmarshal.wrong);
    if (dict->kind != VALUE_DICT)
        return reading_bad(reading, "not a .prof file: no dict");
    status = read_metadata(&prof, &unmarshal, &json);
    return status == HOG_OK ? read_all(&prof, dict, ret_profile) : status;
}

enum hog_status prof_read(const struct reading *reading, struct hog_profile **ret_profile)
{
    HOG_CLEANUP(hog_arena_deinit) struct hog_arena arena;

    hog_arena_init(&arena, MOST_MEMORY);
    return read_in(reading, &arena, ret_profile);
}
