/* The data behind the pictures; see flame_data.h and assets/flame-model.js, which reads it. */
#include "formats/flame_data.h"
#include "base/cleanup.h"
#include "profile/project.h"

#include <stdio.h>
#include <string.h>

enum { HUES = 12 };

static void put_grouped(struct hog_text *text, uint64_t number)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);

    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            hog_text_puts(text, ",");
        hog_text_append(text, &digits[i], 1);
    }
}

/* One line under the title. */
static void put_summary(struct hog_text *text, const struct hog_profile *profile)
{
    const struct hog_profile_info *info = &profile->info;
    static const char dot[] = " \xc2\xb7 ";

    put_grouped(text, profile->counts.kept);
    hog_text_puts(text, profile->counts.kept == 1 ? " sample" : " samples");
    if (info->duration > 0)
        hog_text_printf(text, "%s%.4g s", dot, info->duration);
    if (info->interval > 0)
        hog_text_printf(text, "%s%.6g Hz", dot, 1 / info->interval);
    hog_text_printf(text, "%smode %s", dot, hog_profile_mode_name(info->mode));
    if (profile->counts.dropped) {
        hog_text_puts(text, dot);
        put_grouped(text, profile->counts.dropped);
        hog_text_puts(text, " dropped");
    }
    if (profile->counts.idle) {
        hog_text_puts(text, dot);
        put_grouped(text, profile->counts.idle);
        hog_text_puts(text, " idle");
    }
    if (info->python_version)
        hog_text_printf(text, "%sCPython %s", dot, info->python_version);
    if (info->pid)
        hog_text_printf(text, "%sprocess %lld", dot, (long long)info->pid);
}

enum hog_status flame_init(struct flame *flame, const struct hog_profile *profile,
                           const struct hog_write_options *options)
{
    struct hog_projection projection = {
        .by_line = options->by_line, .threads = options->by_thread ? HOG_THREADS_FRAMES : HOG_THREADS_MERGED};
    enum hog_status status;

    *flame = (struct flame){0};
    status = hog_profile_project(profile, &projection, &flame->profile);
    if (status == HOG_OK)
        status = hog_labels_init(&flame->labels, flame->profile);
    if (status == HOG_OK)
        status = modules_init(&flame->modules, flame->profile, &flame->labels);
    if (status != HOG_OK)
        return status;
    describe_title(profile, options, &flame->title);
    put_summary(&flame->summary, profile);
    return flame->title.failed || flame->summary.failed ? HOG_NO_MEMORY : HOG_OK;
}

void flame_deinit(struct flame *flame)
{
    hog_labels_deinit(&flame->labels);
    modules_deinit(&flame->modules);
    hog_profile_destroy(flame->profile);
    hog_text_deinit(&flame->title);
    hog_text_deinit(&flame->summary);
}

static int kind_of(const struct hog_function *function)
{
    if (function->is_native)
        return 1;
    return function->is_synthetic ? 2 : 0;
}

void flame_colour(const struct flame *flame, uint32_t function, char ret_class[16])
{
    static const char *const classes[] = {NULL, "native", "synthetic"};
    int kind = kind_of(&flame->profile->functions[function]);

    if (kind)
        snprintf(ret_class, 16, "%s", classes[kind]);
    else
        snprintf(ret_class, 16, "m%u", flame->modules.of[function] % HUES);
}

static void add_fact(void *self, const char *label, const char *words)
{
    struct json_out *json = self;

    json_out_open(json, '[');
    json_out_text(json, label);
    json_out_text(json, words);
    json_out_close(json, ']');
}

static void put_texts(struct json_out *json, const char *key, const char *const *list, uint32_t count)
{
    json_out_key(json, key);
    json_out_open(json, '[');
    for (uint32_t i = 0; out_goes_on(json->out) && i < count; i++)
        json_out_text(json, list[i]);
    json_out_close(json, ']');
}

static void put_functions(struct json_out *json, const struct flame *flame)
{
    const struct hog_profile *profile = flame->profile;
    uint32_t count = profile->function_count;

    put_texts(json, "names", flame->labels.name, count);
    put_texts(json, "places", flame->labels.place, count);
    put_texts(json, "modules", flame->modules.list, flame->modules.count);
    json_out_key(json, "module_self");
    json_out_open(json, '[');
    for (uint32_t i = 0; out_goes_on(json->out) && i < flame->modules.count; i++)
        json_out_u64(json, flame->modules.self[i]);
    json_out_close(json, ']');
    json_out_key(json, "module");
    json_out_open(json, '[');
    for (uint32_t i = 0; out_goes_on(json->out) && i < count; i++)
        json_out_u64(json, flame->modules.of[i]);
    json_out_close(json, ']');
    json_out_key(json, "kind");
    json_out_open(json, '[');
    for (uint32_t i = 0; out_goes_on(json->out) && i < count; i++)
        json_out_i64(json, kind_of(&profile->functions[i]));
    json_out_close(json, ']');
}

/* The nodes that are shown, one after the other: those of a subtree of `least` samples and more. */
static uint32_t next_shown(const struct hog_profile *profile, uint32_t node, uint64_t least)
{
    while (node < profile->node_count && profile->nodes[node].total < least)
        node = profile->nodes[node].end;
    return node;
}

enum column { COLUMN_DEPTH, COLUMN_FUNCTION, COLUMN_LINE, COLUMN_SELF };

static void put_column(struct json_out *json, const struct hog_profile *profile, uint64_t least,
                       const char *key, enum column column)
{
    /* a thread's depth starts over; each node's parent's end tells when to come up */
    uint32_t depth = 0, parent = HOG_NO_NODE, before = HOG_NO_NODE;

    json_out_key(json, key);
    json_out_open(json, '[');
    for (uint32_t i = next_shown(profile, 0, least); out_goes_on(json->out) && i < profile->node_count;
         i = next_shown(profile, i + 1, least)) {
        const struct hog_profile_node *node = &profile->nodes[i];

        if (node->parent == before && before != HOG_NO_NODE) {
            depth++;
            parent = before;
        }
        for (; parent != node->parent; parent = profile->nodes[parent].parent)
            depth--;
        before = i;
        if (column == COLUMN_DEPTH)
            json_out_u64(json, depth);
        else if (column == COLUMN_FUNCTION)
            json_out_u64(json, node->function);
        else if (column == COLUMN_LINE)
            json_out_i64(json, node->line);
        else
            json_out_u64(json, node->self);
    }
    json_out_close(json, ']');
}

/* Pairs of a shown node's number and the samples of its children that are not shown. */
static void put_rest(struct json_out *json, const struct hog_profile *profile, uint64_t least)
{
    uint64_t number = 0;

    json_out_key(json, "rest");
    json_out_open(json, '[');
    for (uint32_t i = next_shown(profile, 0, least); out_goes_on(json->out) && i < profile->node_count;
         i = next_shown(profile, i + 1, least), number++) {
        uint64_t rest = 0;

        for (uint32_t child = i + 1; child < profile->nodes[i].end; child = profile->nodes[child].end)
            if (profile->nodes[child].total < least)
                rest += profile->nodes[child].total;
        if (!rest)
            continue;
        json_out_open(json, '[');
        json_out_u64(json, number);
        json_out_u64(json, rest);
        json_out_close(json, ']');
    }
    json_out_close(json, ']');
}

static void put_nodes(struct json_out *json, const struct flame *flame, uint64_t least)
{
    const struct hog_profile *profile = flame->profile;

    json_out_key(json, "nodes");
    json_out_open(json, '{');
    put_column(json, profile, least, "depth", COLUMN_DEPTH);
    put_column(json, profile, least, "function", COLUMN_FUNCTION);
    if (profile->info.has_lines)
        put_column(json, profile, least, "line", COLUMN_LINE);
    put_column(json, profile, least, "self", COLUMN_SELF);
    if (least > 1)
        put_rest(json, profile, least);
    json_out_close(json, '}');
}

void flame_put_data(struct json_out *json, const struct flame *flame, uint64_t least)
{
    json_out_put_text(json, "title", flame->title.bytes ? flame->title.bytes : "");
    json_out_put_text(json, "summary", flame->summary.bytes ? flame->summary.bytes : "");
    json_out_key(json, "facts");
    json_out_open(json, '[');
    if (describe_profile(flame->profile, add_fact, json) != HOG_OK)
        out_fail(json->out, HOG_NO_MEMORY);
    json_out_close(json, ']');
    json_out_put_double(json, "interval", flame->profile->info.interval);
    json_out_put_bool(json, "icicle", false);
    put_functions(json, flame);
    put_nodes(json, flame, least);
}
