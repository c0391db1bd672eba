/*
 * The tables of gecko_tables.h, as columns. Numbers in them are of the thread:
 * a profile of a thousand threads does not repeat all functions a thousand times.
 */
#include "formats/gecko_tables.h"

static enum gecko_category category_of(const struct hog_function *function)
{
    if (function->is_synthetic)
        return GECKO_OTHER;
    return function->is_native ? GECKO_NATIVE : GECKO_PYTHON;
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
    for (uint32_t i = 0; out_goes_on(gecko->json->out) && i < count; i++) {
        if (null)
            json_out_null(gecko->json);
        else
            json_out_i64(gecko->json, number);
    }
    close_column(gecko);
}

void gecko_put_empty_columns(struct gecko *gecko, const char *table, const char *const *columns)
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

void gecko_number_used(struct gecko *gecko, const struct hog_profile_thread *thread)
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

void gecko_put_frame_table(struct gecko *gecko)
{
    uint32_t count = gecko->used_frames.count;

    json_out_key(gecko->json, "frameTable");
    json_out_open(gecko->json, '{');
    put_constant(gecko, "address", count, -1, false);
    put_constant(gecko, "inlineDepth", count, 0, false);
    open_column(gecko, "category");
    for (uint32_t i = 0; out_goes_on(gecko->json->out) && i < count; i++)
        json_out_u64(gecko->json, category_of(&gecko->profile->functions[used_frame(gecko, i)->function]));
    close_column(gecko);
    put_constant(gecko, "subcategory", count, 0, false);
    open_column(gecko, "func");
    for (uint32_t i = 0; out_goes_on(gecko->json->out) && i < count; i++)
        json_out_u64(gecko->json, gecko->used_functions.of[used_frame(gecko, i)->function]);
    close_column(gecko);
    put_constant(gecko, "nativeSymbol", count, 0, true);
    put_constant(gecko, "innerWindowID", count, 0, false);
    open_column(gecko, "line");
    for (uint32_t i = 0; out_goes_on(gecko->json->out) && i < count; i++)
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
    for (uint32_t i = 0; out_goes_on(gecko->json->out) && i < count; i++)
        json_out_u64(gecko->json,
                     strings_number(&gecko->strings, gecko->labels.name[gecko->used_functions.list[i]]));
    close_column(gecko);
    open_column(gecko, "fileName");
    for (uint32_t i = 0; out_goes_on(gecko->json->out) && i < count; i++) {
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
    for (uint32_t i = 0; out_goes_on(gecko->json->out) && i < count; i++)
        json_out_bool(gecko->json, false);
    close_column(gecko);
}

void gecko_put_func_table(struct gecko *gecko)
{
    uint32_t count = gecko->used_functions.count;

    json_out_key(gecko->json, "funcTable");
    json_out_open(gecko->json, '{');
    put_falses(gecko, "isJS", count);
    put_falses(gecko, "relevantForJS", count);
    put_function_texts(gecko);
    put_constant(gecko, "resource", count, -1, false);
    open_column(gecko, "lineNumber");
    for (uint32_t i = 0; out_goes_on(gecko->json->out) && i < count; i++)
        put_line(gecko, used_function(gecko, i)->first_line);
    close_column(gecko);
    put_constant(gecko, "columnNumber", count, 0, true);
    json_out_put_u64(gecko->json, "length", count);
    json_out_close(gecko->json, '}');
}

void gecko_put_strings(struct gecko *gecko)
{
    open_column(gecko, "stringArray");
    for (uint32_t i = 0; out_goes_on(gecko->json->out) && i < gecko->strings.count; i++)
        json_out_text(gecko->json, gecko->strings.list[i]);
    close_column(gecko);
}

/*
 * Stacks and samples.
 */

void gecko_put_stack_table(struct gecko *gecko, const struct hog_profile_thread *thread)
{
    const struct hog_profile_node *nodes = gecko->profile->nodes;

    json_out_key(gecko->json, "stackTable");
    json_out_open(gecko->json, '{');
    open_column(gecko, "frame");
    for (uint32_t i = thread->first_node; out_goes_on(gecko->json->out) && i < thread->end_node; i++)
        json_out_u64(gecko->json, gecko->used_frames.of[gecko->frames.of_node[i]]);
    close_column(gecko);
    open_column(gecko, "prefix");
    for (uint32_t i = thread->first_node; out_goes_on(gecko->json->out) && i < thread->end_node; i++) {
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

void gecko_put_samples(struct gecko *gecko, const struct hog_profile_thread *thread)
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
    for (uint32_t i = thread->first_node; out_goes_on(gecko->json->out) && i < thread->end_node; i++) {
        if (nodes[i].self) {
            json_out_u64(gecko->json, i - thread->first_node);
            count++;
        }
    }
    close_column(gecko);
    open_column(gecko, "weight");
    for (uint32_t i = thread->first_node; out_goes_on(gecko->json->out) && i < thread->end_node; i++)
        if (nodes[i].self)
            json_out_u64(gecko->json, nodes[i].self);
    close_column(gecko);
    open_column(gecko, "time");
    for (uint32_t i = thread->first_node; out_goes_on(gecko->json->out) && i < thread->end_node; i++) {
        if (nodes[i].self) {
            json_out_rounded(gecko->json, (double)before * gecko->profile->info.interval * 1e3);
            before += nodes[i].self;
        }
    }
    close_column(gecko);
    json_out_put_u64(gecko->json, "length", count);
    json_out_close(gecko->json, '}');
}
