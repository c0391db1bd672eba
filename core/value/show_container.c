/*
 * The containers of builtins and their like: what brackets stand around the items.
 *
 *     rangeobject, PySliceObject     start, stop, step as objects
 *     mappingproxyobject             mapping ──▶ dict
 *     dict_keys, …                   dv_dict ──▶ dict
 */
#include "value/show.h"

#include <string.h>

enum hog_status show_list(struct render *render, uint64_t object, const struct value_type *type)
{
    enum hog_status status;

    (void)type;
    hog_text_puts(render->out, "[");
    status = show_items(render, object, false);
    hog_text_puts(render->out, "]");
    return status;
}

enum hog_status show_tuple(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t length = 0;
    enum hog_status status = value_u64(render->values, object, HOG_F_object_ob_size, &length);

    (void)type;
    hog_text_puts(render->out, "(");
    if (status == HOG_OK)
        status = show_items(render, object, false);
    hog_text_puts(render->out, length == 1 ? ",)" : ")");
    return status;
}

enum hog_status show_dict(struct render *render, uint64_t object, const struct value_type *type)
{
    enum hog_status status;

    (void)type;
    hog_text_puts(render->out, "{");
    status = show_items(render, object, true);
    hog_text_puts(render->out, "}");
    return status;
}

/* Objects/setobject.c, set_repr_lock_held: only a set itself has braces alone. */
static enum hog_status show_any_set(struct render *render, uint64_t object, const struct value_type *type,
                                    bool bare)
{
    uint64_t used;
    enum hog_status status = value_u64(render->values, object, HOG_F_set_used, &used);

    if (status != HOG_OK)
        return status;
    if (!used || !bare) {
        show_words(render, type->seen.name);
        hog_text_puts(render->out, "(");
    }
    if (used) {
        hog_text_puts(render->out, "{");
        status = show_items(render, object, false);
        hog_text_puts(render->out, "}");
    }
    if (!used || !bare)
        hog_text_puts(render->out, ")");
    return status;
}

enum hog_status show_set(struct render *render, uint64_t object, const struct value_type *type)
{
    return show_any_set(render, object, type, type_is_named(type, "builtins", "set"));
}

enum hog_status show_frozenset(struct render *render, uint64_t object, const struct value_type *type)
{
    return show_any_set(render, object, type, false);
}

enum hog_status show_deque(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t max;
    enum hog_status status = value_u64(render->values, object, HOG_F_deque_maxlen, &max);

    if (status != HOG_OK)
        return status;
    show_words(render, render->values->decoder.layout->traits.deque_has_class ? type->seen.name : "deque");
    hog_text_puts(render->out, "([");
    status = show_items(render, object, false);
    hog_text_puts(render->out, "]");
    if ((int64_t)max >= 0)
        hog_text_printf(render->out, ", maxlen=%lu", (unsigned long)max);
    hog_text_puts(render->out, ")");
    return status;
}

enum hog_status show_range(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t step;
    int64_t number = 0;
    enum hog_status status;

    (void)type;
    hog_text_puts(render->out, "range(");
    status = show_member(render, object, HOG_F_range_start);
    hog_text_puts(render->out, ", ");
    if (status == HOG_OK)
        status = show_member(render, object, HOG_F_range_stop);
    if (status == HOG_OK)
        status = value_u64(render->values, object, HOG_F_range_step, &step);
    if (status != HOG_OK)
        return status;
    if (hog_value_i64(render->values, step, &number) || number != 1) {
        hog_text_puts(render->out, ", ");
        show_object(render, step);
    }
    hog_text_puts(render->out, ")");
    return HOG_OK;
}

enum hog_status show_slice(struct render *render, uint64_t object, const struct value_type *type)
{
    enum hog_status status;

    (void)type;
    hog_text_puts(render->out, "slice(");
    status = show_member(render, object, HOG_F_slice_start);
    hog_text_puts(render->out, ", ");
    if (status == HOG_OK)
        status = show_member(render, object, HOG_F_slice_stop);
    hog_text_puts(render->out, ", ");
    if (status == HOG_OK)
        status = show_member(render, object, HOG_F_slice_step);
    hog_text_puts(render->out, ")");
    return status;
}

enum hog_status show_mappingproxy(struct render *render, uint64_t object, const struct value_type *type)
{
    enum hog_status status;

    (void)type;
    hog_text_puts(render->out, "mappingproxy(");
    status = show_member(render, object, HOG_F_mappingproxy_mapping);
    hog_text_puts(render->out, ")");
    return status;
}

/* dict_keys(['a', 'b']) and its two sisters. */
enum view { VIEW_KEYS, VIEW_VALUES, VIEW_ITEMS };

static void show_view_item(struct render *render, const struct hog_value_item *item, enum view view)
{
    if (view == VIEW_ITEMS)
        hog_text_puts(render->out, "(");
    if (view != VIEW_VALUES)
        show_object(render, item->key);
    if (view == VIEW_ITEMS)
        hog_text_puts(render->out, ", ");
    if (view != VIEW_KEYS)
        show_object(render, item->value);
    if (view == VIEW_ITEMS)
        hog_text_puts(render->out, ")");
}

static enum hog_status show_view(struct render *render, uint64_t object, const struct value_type *type,
                                 enum view view)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    uint64_t dict;
    enum hog_status status = value_u64(render->values, object, HOG_F_dictview_dv_dict, &dict);

    if (status == HOG_OK)
        status = hog_value_walk_start(render->values, dict, &walk);
    if (status != HOG_OK)
        return status;
    show_words(render, type->seen.name);
    hog_text_puts(render->out, "([");
    while (walk.taken < render->limits.items && !show_is_full(render) &&
           hog_value_walk_next(render->values, &walk, &item)) {
        if (walk.taken > 1)
            hog_text_puts(render->out, ", ");
        show_view_item(render, &item, view);
    }
    if (walk.status != HOG_OK)
        return walk.status;
    if (walk.taken < walk.length) {
        hog_text_puts(render->out, walk.taken ? ", ..." : "...");
        show_mark(render, HOG_VALUE_CUT);
    }
    hog_text_puts(render->out, "])");
    return HOG_OK;
}

enum hog_status show_dict_keys(struct render *render, uint64_t object, const struct value_type *type)
{
    return show_view(render, object, type, VIEW_KEYS);
}

enum hog_status show_dict_values(struct render *render, uint64_t object, const struct value_type *type)
{
    return show_view(render, object, type, VIEW_VALUES);
}

enum hog_status show_dict_items(struct render *render, uint64_t object, const struct value_type *type)
{
    return show_view(render, object, type, VIEW_ITEMS);
}
