/*
 * One rendering: nesting, limits, and what is broken; see render.h and show.h.
 *
 *     limits meet as reprlib has them: [0, 1, 2, ...]   {'a': 1, ...}   'aaa...zzz'   [[...]]
 */
#include "value/render.h"

#include "value/show.h"

#include <stdio.h>
#include <string.h>

const struct hog_value_limits hog_value_limits_brief = {
    .depth = 4, .items = 20, .text = 100, .total = 300, .steps = 1 << 19};
const struct hog_value_limits hog_value_limits_normal = {
    .depth = 6, .items = 100, .text = 1000, .total = 20000, .steps = 1 << 22};
const struct hog_value_limits hog_value_limits_whole = {
    .depth = MAX_NESTING - 1, .items = 10000000, .text = 64000000, .total = 64000000, .steps = 1 << 28};

enum { SLACK = 1000 };

bool show_is_full(struct render *render)
{
    return render->out->length - render->start >= render->limits.total || render->out->failed ||
           hog_values_interrupted(render->values);
}

void hog_value_why(struct hog_values *values, enum hog_status status, char *ret_words, size_t size)
{
    switch (status) {
    case HOG_UNREADABLE:
        snprintf(ret_words, size, "memory at " HOG_ADDRESS " is missing", values->decoder.memory->fault);
        break;
    case HOG_BAD_DATA:
        snprintf(ret_words, size, "what lies there is no such object");
        break;
    case HOG_NOT_FOUND:
        snprintf(ret_words, size, "this build of Python has no such thing");
        break;
    case HOG_NO_MEMORY:
        snprintf(ret_words, size, "out of memory");
        break;
    default:
        snprintf(ret_words, size, "%s", hog_status_name(status));
        break;
    }
}

static void take_back(struct hog_text *out, size_t length)
{
    if (out->length > length) {
        out->length = length;
        out->bytes[length] = '\0';
    }
}

static void show_unreadable(struct render *render, enum hog_status status)
{
    char why[160];

    if (status == HOG_INTERRUPTED) {
        hog_text_puts(render->out, "...");
        show_mark(render, HOG_VALUE_CUT);
        return;
    }
    hog_value_why(render->values, status, why, sizeof why);
    hog_text_printf(render->out, "<unreadable: %s>", why);
    show_mark(render, HOG_VALUE_DAMAGED);
}

static bool is_open(const struct render *render, uint64_t object)
{
    for (unsigned i = 0; i < render->depth; i++)
        if (render->open[i] == object)
            return true;
    return false;
}

static void show_as_kind(struct render *render, uint64_t object, struct value_type *type)
{
    const struct kind *kind = kind_of(render->values, type);
    size_t before = render->out->length;
    bool again = is_open(render, object);
    enum hog_status status;

    if (again || render->depth >= render->limits.depth || render->depth == MAX_NESTING) {
        if (kind->again || again) {
            hog_text_puts(render->out, kind->again ? kind->again : "...");
            if (!again)
                show_mark(render, HOG_VALUE_CUT);
            return;
        }
        if (render->depth == MAX_NESTING) {
            hog_text_puts(render->out, "...");
            show_mark(render, HOG_VALUE_CUT);
            return;
        }
    }
    if (type->own_repr)
        show_mark(render, HOG_VALUE_NOT_REPR);
    render->open[render->depth++] = object;
    status = kind->show(render, object, type);
    render->depth--;
    if (status != HOG_OK) {
        take_back(render->out, before);
        show_unreadable(render, status);
    }
}

/*
 * What stands in fields has no count that a limit could hold, and objects that share their parts can have more
 * of them than there are bytes: a slice of slices of slices.
 */
static bool is_far_too_long(struct render *render)
{
    return render->out->length - render->start >= 2 * (size_t)render->limits.total + SLACK ||
           render->out->failed || hog_values_interrupted(render->values);
}

void show_object(struct render *render, uint64_t object)
{
    struct value_type *type;
    enum hog_status status;

    if (is_far_too_long(render)) {
        hog_text_puts(render->out, "...");
        show_mark(render, HOG_VALUE_CUT);
        return;
    }
    status = object ? type_of(render->values, object, &type) : HOG_BAD_DATA;

    if (status == HOG_BAD_DATA) {
        hog_text_printf(render->out, "<unreadable: there is no object at " HOG_ADDRESS ">", object);
        show_mark(render, HOG_VALUE_DAMAGED);
    } else if (status != HOG_OK) {
        show_unreadable(render, status);
    } else {
        show_as_kind(render, object, type);
    }
}

/* The steps of one rendering are some of those that the reader may make in all. Returns what to set back. */
static uint64_t limit_steps(struct hog_values *values, const struct hog_value_limits *limits)
{
    struct decoder *decoder = &values->decoder;
    uint64_t before = decoder->most_steps, most = decoder->steps + limits->steps;

    if (limits->steps && (!before || most < before))
        decoder->most_steps = most;
    return before;
}

uint32_t hog_value_render(struct hog_values *values, uint64_t object, const struct hog_value_limits *limits,
                          struct hog_text *out)
{
    struct render render = {.values = values, .out = out, .start = out->length, .limits = *limits};
    uint64_t before = limit_steps(values, limits);

    show_object(&render, object);
    values->decoder.most_steps = before;
    return render.marks;
}

/* The brackets of the container; a deque's slice is shown as a list's, as it has none of its own. */
static void show_slice_items(struct render *render, uint64_t object, uint64_t first, uint64_t last)
{
    bool tuple = hog_value_base(render->values, object) == HOG_VALUE_TUPLE;

    hog_text_puts(render->out, tuple ? "(" : "[");
    for (uint64_t i = first; i < last; i++) {
        uint64_t item;

        if (i > first)
            hog_text_puts(render->out, ", ");
        if (i - first >= render->limits.items || show_is_full(render)) {
            hog_text_puts(render->out, "...");
            show_mark(render, HOG_VALUE_CUT);
            break;
        }
        if (hog_value_index(render->values, object, (int64_t)i, &item))
            item = 0;
        show_object(render, item);
    }
    hog_text_puts(render->out, !tuple ? "]" : last - first == 1 ? ",)" : ")");
}

uint32_t hog_value_render_slice(struct hog_values *values, uint64_t object, uint64_t first, uint64_t last,
                                const struct hog_value_limits *limits, struct hog_text *out)
{
    struct render render = {.values = values, .out = out, .start = out->length, .limits = *limits};
    enum hog_value_base base = hog_value_base(values, object);
    uint64_t before = limit_steps(values, limits);
    enum hog_status status = HOG_OK;

    if (base == HOG_VALUE_STR || base == HOG_VALUE_BYTES)
        status = show_text_slice(&render, object, first, last);
    else
        show_slice_items(&render, object, first, last);
    if (status != HOG_OK)
        show_unreadable(&render, status);
    values->decoder.most_steps = before;
    return render.marks;
}

/*
 * What all kinds need.
 */

bool show_hides_name(struct render *render, const char *name)
{
    if (!render->limits.redact || !*render->limits.redact || !hog_redacts(render->limits.redact, name))
        return false;
    hog_text_puts(render->out, hog_redacted);
    show_mark(render, HOG_VALUE_NOT_REPR);
    return true;
}

/* The same for a key, where it is a str. */
static bool show_hides(struct render *render, uint64_t key)
{
    const char *name;

    return render->limits.redact && *render->limits.redact &&
           hog_value_base(render->values, key) == HOG_VALUE_STR &&
           unicode_text(&render->values->decoder, key, &name) == HOG_OK && show_hides_name(render, name);
}

static void show_one_item(struct render *render, const struct hog_value_item *item, bool is_dict)
{
    if (is_dict) {
        show_object(render, item->key);
        hog_text_puts(render->out, ": ");
    }
    if (is_dict && show_hides(render, item->key))
        return;
    show_object(render, item->value);
}

enum hog_status show_items(struct render *render, uint64_t container, bool is_dict)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    enum hog_status status = hog_value_walk_start(render->values, container, &walk);

    if (status != HOG_OK)
        return status;
    while (walk.taken < render->limits.items && !show_is_full(render) &&
           hog_value_walk_next(render->values, &walk, &item)) {
        if (walk.taken > 1)
            hog_text_puts(render->out, ", ");
        show_one_item(render, &item, is_dict);
    }
    if (walk.taken == walk.length)
        return HOG_OK;
    if (walk.taken)
        hog_text_puts(render->out, ", ");
    if (walk.taken >= render->limits.items || show_is_full(render)) {
        hog_text_puts(render->out, "...");
        show_mark(render, HOG_VALUE_CUT);
    } else if (walk.status != HOG_OK) {
        show_unreadable(render, walk.status);
    } else {
        hog_text_printf(render->out, "<unreadable: %lu of %lu items are not there>",
                        (unsigned long)(walk.length - walk.taken), (unsigned long)walk.length);
        show_mark(render, HOG_VALUE_DAMAGED);
    }
    return HOG_OK;
}

enum hog_status show_member(struct render *render, uint64_t object, enum hog_field field)
{
    uint64_t member;
    enum hog_status status = value_u64(render->values, object, field, &member);

    if (status != HOG_OK)
        return status;
    show_object(render, member);
    return HOG_OK;
}

enum hog_status show_attribute(struct render *render, uint64_t object, const char *name)
{
    uint64_t value;
    enum hog_status status = hog_value_attribute(render->values, object, name, &value);

    if (status != HOG_OK)
        return status;
    show_object(render, value);
    return HOG_OK;
}
