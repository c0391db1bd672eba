/*
 * What the standard library makes of containers: OrderedDict, defaultdict, Counter, ChainMap, named tuples,
 * struct sequences, SimpleNamespace, dataclasses, array.array.
 *
 *     defdictobject     dict, default_factory
 *     arrayobject       ob_item ──▶ numbers      ob_descr ──▶ {typecode, itemsize}
 *
 * Source: Modules/_collectionsmodule.c, Lib/collections/__init__.py, Objects/structseq.c, Lib/dataclasses.py,
 * Modules/arraymodule.c.
 */
#include "base/cleanup.h"
#include "value/show.h"

#include <stdlib.h>
#include <string.h>

/* 3.12+: OrderedDict({'a': 1}); before: OrderedDict([('a', 1)]). */
static enum hog_status show_pairs(struct render *render, uint64_t object)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    enum hog_status status = hog_value_walk_start(render->values, object, &walk);

    if (status != HOG_OK)
        return status;
    hog_text_puts(render->out, "[");
    while (walk.taken < render->limits.items && !show_is_full(render) &&
           hog_value_walk_next(render->values, &walk, &item)) {
        hog_text_puts(render->out, walk.taken > 1 ? ", (" : "(");
        show_object(render, item.key);
        hog_text_puts(render->out, ", ");
        show_object(render, item.value);
        hog_text_puts(render->out, ")");
    }
    if (walk.status == HOG_OK && walk.taken < walk.length) {
        hog_text_puts(render->out, ", ...");
        show_mark(render, HOG_VALUE_CUT);
    }
    hog_text_puts(render->out, "]");
    return walk.status;
}

enum hog_status show_odict(struct render *render, uint64_t object, const struct value_type *type)
{
    bool braces = render->values->decoder.layout->traits.ordered_dict_has_braces;
    uint64_t used;
    enum hog_status status = value_u64(render->values, object, HOG_F_dict_ma_used, &used);

    if (status != HOG_OK)
        return status;
    show_words(render, type->seen.name);
    hog_text_puts(render->out, "(");
    if (used)
        status = braces ? show_dict(render, object, type) : show_pairs(render, object);
    hog_text_puts(render->out, ")");
    return status;
}

enum hog_status show_defaultdict(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t factory;
    enum hog_status status = value_u64(render->values, object, HOG_F_defaultdict_default_factory, &factory);

    if (status != HOG_OK)
        return status;
    show_words(render, type->seen.name);
    hog_text_puts(render->out, "(");
    if (factory)
        show_object(render, factory);
    else
        hog_text_puts(render->out, "None");
    hog_text_puts(render->out, ", ");
    status = show_dict(render, object, type);
    hog_text_puts(render->out, ")");
    return status;
}

/* most_common(): the largest first, equal ones as they came. Only counts that are ints are known. */
struct counted {
    struct hog_value_item item;
    int64_t count;
    size_t order;
};

struct named {
    const char *name;
    uint64_t value;
};

static int by_count(const void *left, const void *right)
{
    const struct counted *a = left, *b = right;

    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

enum { MOST_COUNTED = 100000 };

static enum hog_status collect_counts(struct render *render, uint64_t object, struct counted **ret_counted,
                                      size_t *ret_count)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    HOG_FREE struct counted *counted = NULL;
    size_t count = 0;
    enum hog_status status = hog_value_walk_start(render->values, object, &walk);

    if (status != HOG_OK)
        return status;
    if (walk.length > MOST_COUNTED)
        return HOG_LIMIT;
    counted = calloc(walk.length + 1, sizeof *counted);
    if (!counted)
        return HOG_NO_MEMORY;
    while (count < walk.length && hog_value_walk_next(render->values, &walk, &item)) {
        counted[count] = (struct counted){.item = item, .order = count};
        if (hog_value_i64(render->values, item.value, &counted[count].count))
            return HOG_UNSUPPORTED;
        count++;
    }
    if (walk.status != HOG_OK)
        return walk.status;
    qsort(counted, count, sizeof *counted, by_count);
    *ret_counted = counted;
    *ret_count = count;
    counted = NULL;
    return HOG_OK;
}

static void show_counts(struct render *render, const struct counted *counted, size_t count)
{
    hog_text_puts(render->out, "({");
    for (size_t i = 0; i < count; i++) {
        if (i)
            hog_text_puts(render->out, ", ");
        if (i >= render->limits.items || show_is_full(render)) {
            hog_text_puts(render->out, "...");
            show_mark(render, HOG_VALUE_CUT);
            break;
        }
        show_object(render, counted[i].item.key);
        hog_text_puts(render->out, ": ");
        show_object(render, counted[i].item.value);
    }
    hog_text_puts(render->out, "})");
}

enum hog_status show_counter(struct render *render, uint64_t object, const struct value_type *type)
{
    HOG_FREE struct counted *counted = NULL;
    size_t count = 0;
    enum hog_status status = collect_counts(render, object, &counted, &count);

    show_words(render, type->seen.name);
    if (status == HOG_UNSUPPORTED || status == HOG_LIMIT) { /* in the order of the dict */
        show_mark(render, HOG_VALUE_NOT_REPR);
        hog_text_puts(render->out, "(");
        status = show_dict(render, object, type);
        hog_text_puts(render->out, ")");
    } else if (status == HOG_OK && !count) {
        hog_text_puts(render->out, "()");
    } else if (status == HOG_OK) {
        show_counts(render, counted, count);
    }
    return status;
}

enum hog_status show_chain_map(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t maps;
    enum hog_status status = hog_value_attribute(render->values, object, "maps", &maps);

    if (status != HOG_OK)
        return status;
    show_words(render, type->seen.name);
    hog_text_puts(render->out, "(");
    status = show_items(render, maps, false);
    hog_text_puts(render->out, ")");
    return status;
}

/* "a=1, b=2": names and values side by side. */
static bool show_field(struct render *render, const char *name, uint64_t value, bool first)
{
    if (!first)
        hog_text_puts(render->out, ", ");
    if (show_is_full(render)) {
        hog_text_puts(render->out, "...");
        show_mark(render, HOG_VALUE_CUT);
        return false;
    }
    show_words(render, name);
    hog_text_puts(render->out, "=");
    if (!show_hides_name(render, name))
        show_object(render, value);
    return true;
}

enum hog_status show_namedtuple(struct render *render, uint64_t object, const struct value_type *type)
{
    struct hog_value_walk names, items;
    struct hog_value_item name, item;
    uint64_t fields;
    const char *text;
    enum hog_status status = type_find(render->values, type, "_fields", &fields, NULL);

    if (status == HOG_OK)
        status = hog_value_walk_start(render->values, fields, &names);
    if (status == HOG_OK)
        status = hog_value_walk_start(render->values, object, &items);
    if (status != HOG_OK)
        return status;
    show_words(render, type->seen.name);
    hog_text_puts(render->out, "(");
    while (hog_value_walk_next(render->values, &names, &name) &&
           hog_value_walk_next(render->values, &items, &item)) {
        status = unicode_text(&render->values->decoder, name.value, &text);
        if (status != HOG_OK || !show_field(render, text, item.value, items.taken == 1))
            break;
    }
    hog_text_puts(render->out, ")");
    return status != HOG_OK ? status : names.status != HOG_OK ? names.status : items.status;
}

enum hog_status show_structseq(struct render *render, uint64_t object, const struct value_type *type)
{
    struct hog_value_walk items;
    struct hog_value_item item;
    struct type_member member;
    enum hog_status status = hog_value_walk_start(render->values, object, &items);

    if (status != HOG_OK)
        return status;
    show_type_name(render, type);
    hog_text_puts(render->out, "(");
    for (size_t i = 0; hog_value_walk_next(render->values, &items, &item); i++) {
        if (!type_member(render->values, type, i, &member))
            return HOG_BAD_DATA;
        if (!show_field(render, member.name, item.value, i == 0))
            break;
    }
    hog_text_puts(render->out, ")");
    return items.status;
}

/* To 3.8 by name, later as they were set. */
static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct named *)left)->name, ((const struct named *)right)->name);
}

static enum hog_status collect_names(struct render *render, uint64_t dict, struct named **ret_named,
                                     size_t *ret_count)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    HOG_FREE struct named *named = NULL;
    size_t count = 0;
    enum hog_status status = hog_value_walk_start(render->values, dict, &walk);

    if (status != HOG_OK)
        return status;
    if (walk.length > MOST_COUNTED)
        return HOG_LIMIT;
    named = calloc(walk.length + 1, sizeof *named);
    if (!named)
        return HOG_NO_MEMORY;
    while (status == HOG_OK && count < walk.length && hog_value_walk_next(render->values, &walk, &item)) {
        status = unicode_text(&render->values->decoder, item.key, &named[count].name);
        named[count++].value = item.value;
    }
    if (status != HOG_OK || walk.status != HOG_OK)
        return status != HOG_OK ? status : walk.status;
    if (render->values->decoder.layout->traits.namespace_is_sorted)
        qsort(named, count, sizeof *named, by_name);
    *ret_named = named;
    *ret_count = count;
    named = NULL;
    return HOG_OK;
}

enum hog_status show_namespace(struct render *render, uint64_t object, const struct value_type *type)
{
    HOG_FREE struct named *named = NULL;
    size_t count = 0;
    uint64_t dict;
    enum hog_status status = value_u64(render->values, object, HOG_F_namespace_ns_dict, &dict);

    if (status == HOG_OK)
        status = collect_names(render, dict, &named, &count);
    if (status != HOG_OK)
        return status;
    show_words(render, type_is_named(type, "types", "SimpleNamespace") ? "namespace" : type->seen.name);
    hog_text_puts(render->out, "(");
    for (size_t i = 0; i < count; i++)
        if (!show_field(render, named[i].name, named[i].value, i == 0))
            break;
    hog_text_puts(render->out, ")");
    return HOG_OK;
}

/* A field counts where its `repr` is true and it is no ClassVar or InitVar. */
static bool dataclass_field_counts(struct hog_values *values, uint64_t field)
{
    uint64_t value;
    int64_t shown = 0;

    if (hog_value_attribute(values, field, "repr", &value) || hog_value_i64(values, value, &shown) || !shown)
        return false;
    if (hog_value_attribute(values, field, "_field_type", &value) ||
        hog_value_attribute(values, value, "name", &value))
        return true;
    return hog_value_text_is(values, value, "_FIELD");
}

enum hog_status show_dataclass(struct render *render, uint64_t object, const struct value_type *type)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    uint64_t fields, value;
    const char *name;
    bool first = true;
    enum hog_status status = type_find(render->values, type, "__dataclass_fields__", &fields, NULL);

    if (status == HOG_OK)
        status = hog_value_walk_start(render->values, fields, &walk);
    if (status != HOG_OK)
        return status;
    show_words(render, type->seen.qualname);
    hog_text_puts(render->out, "(");
    while (hog_value_walk_next(render->values, &walk, &item)) {
        if (!dataclass_field_counts(render->values, item.value))
            continue;
        status = unicode_text(&render->values->decoder, item.key, &name);
        if (status == HOG_OK)
            status = hog_value_attribute(render->values, object, name, &value);
        if (status != HOG_OK || !show_field(render, name, value, first))
            break;
        first = false;
    }
    hog_text_puts(render->out, ")");
    return status != HOG_OK ? status : walk.status;
}

/* array('i', [1, 2]): numbers as the type code says. */
static bool show_array_number(struct hog_text *out, char code, const unsigned char *bytes, unsigned size)
{
    int64_t number = 0;
    uint64_t natural = 0;
    double real;
    float single;

    if (code == 'd' && size == sizeof real) {
        memcpy(&real, bytes, sizeof real);
        show_double(out, real, true);
        return true;
    }
    if (code == 'f' && size == sizeof single) {
        memcpy(&single, bytes, sizeof single);
        show_double(out, (double)single, true);
        return true;
    }
    if (!code || !strchr("bBhHiIlLqQ", code) || size > sizeof natural)
        return false;
    memcpy(&natural, bytes, size);
    if (strchr("BHILQ", code)) {
        hog_text_printf(out, "%lu", (unsigned long)natural);
        return true;
    }
    number = (int64_t)(natural << (64 - 8 * size)) >> (64 - 8 * size);
    hog_text_printf(out, "%ld", (long)number);
    return true;
}

static enum hog_status show_array_items(struct render *render, uint64_t at, uint64_t count, char code,
                                        unsigned size)
{
    unsigned char bytes[16];

    hog_text_puts(render->out, ", [");
    for (uint64_t i = 0; i < count; i++) {
        if (i)
            hog_text_puts(render->out, ", ");
        if (i >= render->limits.items || show_is_full(render)) {
            hog_text_puts(render->out, "...");
            show_mark(render, HOG_VALUE_CUT);
            break;
        }
        if (value_read(render->values, at + i * size, bytes, size))
            return HOG_UNREADABLE;
        if (!show_array_number(render->out, code, bytes, size))
            return HOG_BAD_DATA;
    }
    hog_text_puts(render->out, "]");
    return HOG_OK;
}

static enum hog_status show_array_text(struct render *render, uint64_t at, uint64_t count)
{
    uint32_t point;

    hog_text_puts(render->out, ", '");
    for (uint64_t i = 0; i < count; i++) {
        if (i >= render->limits.text || show_is_full(render)) {
            hog_text_puts(render->out, "...");
            show_mark(render, HOG_VALUE_CUT);
            break;
        }
        if (value_read(render->values, at + i * sizeof point, &point, sizeof point))
            return HOG_UNREADABLE;
        show_point(render->out, point, '\'');
    }
    hog_text_puts(render->out, "'");
    return HOG_OK;
}

enum hog_status show_array(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t count, at, descr;
    uint32_t size;
    uint8_t code;
    enum hog_status status = value_u64(render->values, object, HOG_F_object_ob_size, &count);

    if (status == HOG_OK)
        status = value_u64(render->values, object, HOG_F_array_ob_item, &at);
    if (status == HOG_OK)
        status = value_u64(render->values, object, HOG_F_array_ob_descr, &descr);
    if (status == HOG_OK)
        status = field_u8(&render->values->decoder, descr, HOG_F_arraydescr_typecode, &code);
    if (status == HOG_OK)
        status = value_u32(render->values, descr, HOG_F_arraydescr_itemsize, &size);
    if (status != HOG_OK)
        return status;
    if (!size || size > 16 || count >> 40)
        return HOG_BAD_DATA;
    show_words(render, type->seen.name);
    hog_text_puts(render->out, "('");
    show_point(render->out, code, '\'');
    hog_text_puts(render->out, "'");
    if (count && (code == 'u' || code == 'w'))
        status = show_array_text(render, at, count);
    else if (count)
        status = show_array_items(render, at, count, (char)code, size);
    hog_text_puts(render->out, ")");
    return status;
}
