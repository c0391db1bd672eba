/*
 * Reading hognose.profile/1 (docs/formats.md); see read.h. Every number is
 * checked before it is an index, and what the file counts must be what its
 * nodes add up to.
 */
#include "base/cleanup.h"
#include "formats/let_go.h"
#include "formats/read_fields.h"
#include "profile/builder.h"
#include "profile/table_builder.h"

#include <math.h>
#include <string.h>

static const size_t MOST_MEMORY = (size_t)4 << 30;

struct json_profile {
    const struct reading *reading;
    json_t *root;
    struct metadata metadata;
    uint32_t *functions; /* the file's number -> the builder's */
    size_t function_count;
};

static enum hog_status no_memory(const struct reading *reading, enum hog_status status)
{
    if (reading->watch && reading->watch->seen)
        return reading_stopped(reading);
    return hog_fail(reading->error, status, "%.300s is too large to be read", reading->name);
}

static enum hog_status function_of(const struct json_profile *json, size_t index,
                                   struct hog_function *ret_function)
{
    struct fields fields = {.object = json_array_get(json_object_get(json->root, "functions"), index)};
    const char *kind = field_text(&fields, "kind");
    int64_t line = field_id(&fields, "first_line");

    *ret_function = (struct hog_function){
        .name = field_text(&fields, "name"),
        .qualname = field_text(&fields, "qualname"),
        .filename = field_text(&fields, "filename"),
        .module = field_text(&fields, "module"),
        .first_line = line >= 0 && line <= INT32_MAX ? (int32_t)line : 0,
        .is_native = kind && strcmp(kind, "native") == 0,
        .is_synthetic = kind && strcmp(kind, "synthetic") == 0,
    };
    if (fields.wrong || !ret_function->name)
        return reading_bad(json->reading, "function %zu has no proper %s", index,
                           fields.wrong ? fields.wrong : "name");
    return HOG_OK;
}

/* A column of a thread's nodes: integers, as many as the others. */
static const json_t *column(const json_t *nodes, const char *key, size_t count)
{
    const json_t *list = json_object_get(nodes, key);

    return json_is_array(list) && json_array_size(list) == count ? list : NULL;
}

static bool cell(const json_t *list, size_t row, json_int_t least, json_int_t most, json_int_t *ret_number)
{
    const json_t *value = json_array_get(list, row);

    *ret_number = json_integer_value(value);
    return json_is_integer(value) && *ret_number >= least && *ret_number <= most;
}

struct columns {
    const json_t *parent, *function, *line, *self;
    size_t count;
};

/* `places`: row -> the builder's node. */
static enum hog_status read_node(const struct json_profile *json, struct hog_profile_builder *builder,
                                 uint32_t thread, const struct columns *columns, size_t row, uint32_t *places)
{
    json_int_t parent, function, line, self;
    struct hog_profile_frame frame;
    enum hog_status status;

    if (!cell(columns->parent, row, -1, (json_int_t)row - 1, &parent) ||
        !cell(columns->function, row, 0, (json_int_t)json->function_count - 1, &function) ||
        !cell(columns->line, row, 0, INT32_MAX, &line) || !cell(columns->self, row, 0, MOST_COUNT, &self))
        return reading_bad(json->reading, "node %zu of a thread is not what it should be", row);
    frame = (struct hog_profile_frame){json->functions[function], (int32_t)line};
    status = hog_profile_builder_add_node(builder, thread, parent < 0 ? HOG_NO_NODE : places[parent], frame,
                                          (uint64_t)self, &places[row]);
    return status == HOG_OK ? HOG_OK : no_memory(json->reading, status);
}

static enum hog_status read_nodes(const struct json_profile *json, struct hog_profile_builder *builder,
                                  uint32_t thread, const json_t *nodes)
{
    size_t count = json_array_size(json_object_get(nodes, "parent"));
    struct columns columns = {.parent = column(nodes, "parent", count),
                              .function = column(nodes, "function", count),
                              .line = column(nodes, "line", count),
                              .self = column(nodes, "self", count),
                              .count = count};
    HOG_FREE uint32_t *places = malloc((count + 1) * sizeof *places);

    if (!places)
        return no_memory(json->reading, HOG_NO_MEMORY);
    if (!columns.parent || !columns.function || !columns.line || !columns.self)
        return reading_bad(json->reading, "the columns of a thread's nodes are missing or differ in length");
    for (size_t row = 0; row < count; row++) {
        enum hog_status status =
            reading_interrupted(json->reading, row) ? reading_stopped(json->reading) : HOG_OK;

        if (status != HOG_OK)
            return status;
        status = read_node(json, builder, thread, &columns, row, places);

        if (status != HOG_OK)
            return status;
    }
    return HOG_OK;
}

static enum hog_status read_thread(const struct json_profile *json, struct hog_profile_builder *builder,
                                   const json_t *object)
{
    struct fields fields = {.object = object};
    struct hog_profile_thread thread = {.os_thread_id = field_id(&fields, "os_thread_id"),
                                        .pid = field_id(&fields, "pid"),
                                        .name = field_text(&fields, "thread_name")};
    const char *id = field_text(&fields, "thread_id");
    struct hog_profile_counts counts = field_counts(&fields, "counts");
    uint64_t before = hog_profile_builder_counts(builder).kept;
    enum hog_status status;
    uint32_t number;

    thread.thread_id = id ? strtoull(id, NULL, 16) : 0;
    if (fields.wrong)
        return reading_bad(json->reading, "a thread's \"%s\" is not what it should be", fields.wrong);
    status = hog_profile_builder_thread(builder, &thread, &number);
    if (status != HOG_OK)
        return no_memory(json->reading, status);
    hog_profile_builder_add_counts(builder, number, &counts);
    status = read_nodes(json, builder, number, json_object_get(object, "nodes"));
    if (status == HOG_OK && hog_profile_builder_counts(builder).kept - before != counts.kept)
        return reading_bad(json->reading, "a thread's nodes do not add up to the samples that it kept");
    return status;
}

/* What the whole counts beyond its threads. False: it counts less than they do. */
static bool rest_of(const struct hog_profile_counts *all, const struct hog_profile_counts *threads,
                    struct hog_profile_counts *ret_rest)
{
    *ret_rest = (struct hog_profile_counts){
        .idle = all->idle - threads->idle,
        .elsewhere = all->elsewhere - threads->elsewhere,
        .dropped = all->dropped - threads->dropped,
        .on_gil = all->on_gil - threads->on_gil,
        .waiting_for_gil = all->waiting_for_gil - threads->waiting_for_gil,
        .waiting_for_cpu = all->waiting_for_cpu - threads->waiting_for_cpu,
        .collecting_garbage = all->collecting_garbage - threads->collecting_garbage,
    };
    return all->kept == threads->kept && all->idle >= threads->idle && all->elsewhere >= threads->elsewhere &&
           all->dropped >= threads->dropped && all->on_gil >= threads->on_gil &&
           all->waiting_for_gil >= threads->waiting_for_gil &&
           all->waiting_for_cpu >= threads->waiting_for_cpu &&
           all->collecting_garbage >= threads->collecting_garbage;
}

static enum hog_status read_stacks(struct json_profile *json, struct hog_profile **ret_profile)
{
    HOG_PROFILE_BUILDER struct hog_profile_builder *builder = hog_profile_builder_create(MOST_MEMORY);
    const json_t *threads = json_object_get(json->root, "threads");
    struct hog_profile_counts sum, rest;
    struct hog_profile_drop drop;
    enum hog_status status = builder ? HOG_OK : no_memory(json->reading, HOG_NO_MEMORY);

    if (builder)
        hog_profile_builder_watch(builder, json->reading->watch);
    for (size_t i = 0; status == HOG_OK && i < json->function_count; i++) {
        struct hog_function function;

        status = reading_interrupted(json->reading, i) ? reading_stopped(json->reading)
                                                       : function_of(json, i, &function);
        if (status == HOG_OK &&
            hog_profile_builder_function(builder, &function, &json->functions[i]) != HOG_OK)
            status = no_memory(json->reading, HOG_NO_MEMORY);
    }
    for (size_t i = 0; status == HOG_OK && i < json_array_size(threads); i++)
        status = read_thread(json, builder, json_array_get(threads, i));
    if (status != HOG_OK)
        return status;
    sum = hog_profile_builder_counts(builder);
    if (!rest_of(&json->metadata.counts, &sum, &rest))
        return reading_bad(json->reading, "its threads count more than the whole does");
    hog_profile_builder_add_counts(builder, HOG_NO_THREAD, &rest);
    for (size_t i = 0; status == HOG_OK && metadata_drop(&json->metadata, i, &drop); i++)
        status = hog_profile_builder_add_reason(builder, drop.reason, drop.count);
    if (status == HOG_OK)
        status = hog_profile_builder_seal(builder, &json->metadata.info, ret_profile);
    return status == HOG_OK ? HOG_OK : no_memory(json->reading, status);
}

/*
 * Without stacks.
 */

static bool seconds_at(const json_t *list, size_t index, double *ret_seconds)
{
    const json_t *value = json_array_get(list, index);

    *ret_seconds = json_number_value(value);
    return json_is_number(value) && isfinite(*ret_seconds) && fabs(*ret_seconds) < 1e15;
}

/* Four numbers from `first` on. */
static bool cost_at(const json_t *list, size_t first, struct hog_table_function *ret_cost)
{
    json_int_t calls, primitive_calls;

    if (!cell(list, first, 0, MOST_COUNT, &calls) ||
        !cell(list, first + 1, 0, MOST_COUNT, &primitive_calls) ||
        !seconds_at(list, first + 2, &ret_cost->self_seconds) ||
        !seconds_at(list, first + 3, &ret_cost->total_seconds))
        return false;
    ret_cost->calls = (uint64_t)calls;
    ret_cost->primitive_calls = (uint64_t)primitive_calls;
    return true;
}

static enum hog_status read_table_function(struct json_profile *json, struct hog_table_builder *builder,
                                           const json_t *costs, size_t index)
{
    struct hog_function function;
    struct hog_table_function cost;
    enum hog_status status = function_of(json, index, &function);

    if (status != HOG_OK)
        return status;
    if (!cost_at(json_array_get(costs, index), 0, &cost))
        return reading_bad(json->reading, "what function %zu cost is not four numbers", index);
    if (hog_table_builder_function(builder, &function, &json->functions[index]) != HOG_OK)
        return no_memory(json->reading, HOG_NO_MEMORY);
    hog_table_builder_cost(builder, json->functions[index], &cost);
    return HOG_OK;
}

static enum hog_status read_edge(struct json_profile *json, struct hog_table_builder *builder,
                                 const json_t *edge, size_t index)
{
    json_int_t caller, callee, last = (json_int_t)json->function_count - 1;
    struct hog_table_function cost;
    enum hog_status status;

    if (!cell(edge, 0, -1, last, &caller) || !cell(edge, 1, 0, last, &callee) || !cost_at(edge, 2, &cost))
        return reading_bad(json->reading, "edge %zu is not what it should be", index);
    status = hog_table_builder_edge(builder, caller < 0 ? HOG_NO_FUNCTION : json->functions[caller],
                                    json->functions[callee], &cost);
    return status == HOG_OK ? HOG_OK : no_memory(json->reading, status);
}

static enum hog_status read_table(struct json_profile *json, const json_t *table,
                                  struct hog_profile **ret_profile)
{
    HOG_TABLE_BUILDER struct hog_table_builder *builder = hog_table_builder_create(MOST_MEMORY);
    const json_t *edges = json_object_get(table, "edges");
    struct hog_profile_drop drop;
    enum hog_status status = builder ? HOG_OK : no_memory(json->reading, HOG_NO_MEMORY);

    if (builder)
        hog_table_builder_watch(builder, json->reading->watch);
    for (size_t i = 0; status == HOG_OK && i < json->function_count; i++)
        status = reading_interrupted(json->reading, i)
                     ? reading_stopped(json->reading)
                     : read_table_function(json, builder, json_object_get(table, "functions"), i);
    for (size_t i = 0; status == HOG_OK && i < json_array_size(edges); i++)
        status = reading_interrupted(json->reading, i)
                     ? reading_stopped(json->reading)
                     : read_edge(json, builder, json_array_get(edges, i), i);
    if (status != HOG_OK)
        return status;
    hog_table_builder_counts(builder, &json->metadata.counts);
    for (size_t i = 0; status == HOG_OK && metadata_drop(&json->metadata, i, &drop); i++)
        status = hog_table_builder_drop(builder, drop.reason, drop.count);
    if (status == HOG_OK)
        status = hog_table_builder_seal(builder, &json->metadata.info, ret_profile);
    return status == HOG_OK ? HOG_OK : no_memory(json->reading, status);
}

/* What jansson has not been given yet. */
struct feeding {
    const struct reading *reading;
    size_t at;
    bool stopped;
};

enum { FEED = 64 * 1024 };

static size_t feed(void *buffer, size_t room, void *data)
{
    struct feeding *feeding = data;
    size_t left = feeding->reading->length - feeding->at;
    size_t length = left < room ? left : room;

    length = length < FEED ? length : FEED;
    feeding->stopped = reading_interrupted(feeding->reading, 0);
    if (feeding->stopped)
        return (size_t)-1;
    memcpy(buffer, feeding->reading->bytes + feeding->at, length);
    feeding->at += length;
    return length;
}

static void json_profile_deinit(struct json_profile *json)
{
    const struct hog_watch *watch = json->reading->watch;

    free(json->functions);
    if (watch && watch->seen)
        json_let_go(json->root);
    else
        json_decref(json->root);
}

enum hog_status json_read(const struct reading *reading, struct hog_profile **ret_profile)
{
    json_error_t wrong;
    struct feeding feeding = {.reading = reading};
    HOG_CLEANUP(json_profile_deinit)
    struct json_profile json = {.reading = reading, .root = json_load_callback(feed, &feeding, 0, &wrong)};
    enum hog_status status;

    if (feeding.stopped)
        return reading_stopped(reading);
    if (!json.root)
        return reading_bad(reading, "not proper JSON: line %d, column %d: %s", wrong.line, wrong.column,
                           wrong.text);
    status = metadata_read(reading, json.root, &json.metadata);
    if (status != HOG_OK)
        return status;
    json.function_count = json_array_size(json_object_get(json.root, "functions"));
    json.functions = malloc((json.function_count + 1) * sizeof *json.functions);
    if (!json.functions)
        return no_memory(reading, HOG_NO_MEMORY);
    if (json_object_get(json.root, "table"))
        return read_table(&json, json_object_get(json.root, "table"), ret_profile);
    return read_stacks(&json, ret_profile);
}
