/*
 * Where an instance keeps its attributes.
 *
 *     to 3.10           object + tp_dictoffset ──▶ dict    (negative: from the end of a variable-sized object)
 *     3.11              −32: values array   −24: dict          (values first, dict once it was asked for)
 *     3.12              −24: one word; bit 0 set: values array at word+1, clear: dict
 *     3.13+             −24 (free-threaded −8): dict, or NULL: then values lie at object + tp_basicsize,
 *                       after a header of {capacity, size, embedded, valid}
 *
 * The names of a values array are the type's ht_cached_keys.
 *
 * Source: Include/internal/pycore_object.h, pycore_dict.h, 3.11 - 3.15.
 */
#include "decode/attribute.h"

#include "decode/dict.h"
#include "decode/object.h"

#include <string.h>

enum { DICT_BEFORE = 24, DICT_BEFORE_FREE_THREADED = 8, VALUES_BEFORE_311 = 32, MAX_OFFSET = 1 << 20 };

/* T_OBJECT_EX of Include/structmember.h: what a slot is. */
enum { SLOTS_MAX = 64, BASES_MAX = 32, SLOT_NAME_MAX = 64, MEMBER_OBJECT = 16 };

/* Either a dict, or a values array described by the type's shared keys. */
struct attribute_store {
    uint64_t dict;
    uint64_t values;
};

static enum hog_status two_words_store(struct decoder *decoder, uint64_t object,
                                       struct attribute_store *store)
{
    enum hog_status status = hog_memory_u64(decoder->memory, object - VALUES_BEFORE_311, &store->values);

    return status != HOG_OK ? status : hog_memory_u64(decoder->memory, object - DICT_BEFORE, &store->dict);
}

static enum hog_status tagged_word_store(struct decoder *decoder, uint64_t object,
                                         struct attribute_store *store)
{
    uint64_t word;
    enum hog_status status = hog_memory_u64(decoder->memory, object - DICT_BEFORE, &word);

    if (status != HOG_OK)
        return status;
    if (word & 1)
        store->values = word + 1;
    else
        store->dict = word;
    return HOG_OK;
}

static enum hog_status inline_store(struct decoder *decoder, uint64_t object, uint64_t type, uint64_t flags,
                                    struct attribute_store *store)
{
    unsigned before = decoder->layout->build.free_threaded ? DICT_BEFORE_FREE_THREADED : DICT_BEFORE;
    uint64_t basic_size, values;
    uint8_t valid;
    enum hog_status status = hog_memory_u64(decoder->memory, object - before, &store->dict);

    if (status != HOG_OK || store->dict || !(flags & TYPE_INLINE_VALUES))
        return status;
    status = field_u64(decoder, type, HOG_F_type_tp_basicsize, &basic_size);
    if (status != HOG_OK)
        return status;
    if (basic_size > MAX_OFFSET)
        return HOG_BAD_DATA;
    values = object + basic_size;
    status = field_u8(decoder, values, HOG_F_values_valid, &valid);
    if (status == HOG_OK && valid)
        store->values = values;
    return status;
}

/* Where a variable-sized object ends, rounded up to 8. Its number of items may carry a sign (int). */
static enum hog_status object_end(struct decoder *decoder, uint64_t object, uint64_t type, uint64_t *ret_end)
{
    uint64_t basic, item, count;
    enum hog_status status = field_u64(decoder, type, HOG_F_type_tp_basicsize, &basic);

    if (status == HOG_OK)
        status = field_u64(decoder, type, HOG_F_type_tp_itemsize, &item);
    if (status == HOG_OK)
        status = field_u64(decoder, object, HOG_F_object_ob_size, &count);
    if (status != HOG_OK)
        return status;
    if ((int64_t)count < 0)
        count = -count;
    if (basic > MAX_OFFSET || item > MAX_OFFSET || count > (uint64_t)1 << 40)
        return HOG_BAD_DATA;
    *ret_end = object + ((basic + item * count + 7) & ~(uint64_t)7);
    return HOG_OK;
}

static enum hog_status dict_offset_store(struct decoder *decoder, uint64_t object, uint64_t type,
                                         struct attribute_store *store)
{
    uint64_t offset;
    uint64_t from = object;
    enum hog_status status = field_u64(decoder, type, HOG_F_type_tp_dictoffset, &offset);

    if (status == HOG_OK && (int64_t)offset < 0)
        status = object_end(decoder, object, type, &from);
    if (status != HOG_OK)
        return status;
    if (offset == 0 || (offset > MAX_OFFSET && -offset > MAX_OFFSET))
        return HOG_NOT_FOUND;
    return hog_memory_u64(decoder->memory, from + offset, &store->dict);
}

static enum hog_status find_store(struct decoder *decoder, uint64_t object, uint64_t type,
                                  struct attribute_store *ret_store)
{
    uint64_t flags;
    enum hog_status status = object_type_flags(decoder, object, &flags);

    if (status != HOG_OK)
        return status;
    if (!(flags & TYPE_MANAGED_DICT))
        return dict_offset_store(decoder, object, type, ret_store);
    switch (decoder->layout->traits.attributes) {
    case HOG_ATTRIBUTES_TWO_WORDS:
        return two_words_store(decoder, object, ret_store);
    case HOG_ATTRIBUTES_TAGGED_WORD:
        return tagged_word_store(decoder, object, ret_store);
    case HOG_ATTRIBUTES_INLINE:
        return inline_store(decoder, object, type, flags, ret_store);
    case HOG_ATTRIBUTES_DICT_OFFSET:
        return dict_offset_store(decoder, object, type, ret_store);
    }
    return HOG_UNSUPPORTED;
}

enum hog_status attribute_walk_start(struct decoder *decoder, uint64_t object, struct dict_walk *ret_walk)
{
    struct attribute_store store = {0};
    uint64_t type, keys;
    enum hog_status status = object_type(decoder, object, &type);

    if (status == HOG_OK)
        status = find_store(decoder, object, type, &store);
    if (status != HOG_OK)
        return status;
    if (!store.values && !store.dict) {
        *ret_walk = (struct dict_walk){0};
        return HOG_OK;
    }
    if (!store.values)
        return dict_walk_start(decoder, store.dict, ret_walk);
    status = field_u64(decoder, type, HOG_F_heaptype_ht_cached_keys, &keys);
    return status != HOG_OK ? status : dict_walk_keys(decoder, keys, store.values, ret_walk);
}

/* The offset of a slot of this name that the class itself declares; 0: it declares none. */
static uint64_t slot_of_class(struct decoder *decoder, uint64_t type, const char *name)
{
    const uint32_t *offset = decoder->layout->offset;
    uint64_t at = 0, text, place;
    char found[SLOT_NAME_MAX];
    uint32_t kind;

    if (field_u64(decoder, type, HOG_F_type_tp_members, &at) || !at)
        return 0;
    for (size_t i = 0; i < SLOTS_MAX; i++, at += offset[HOG_F_memberdef_SIZE]) {
        if (hog_memory_u64(decoder->memory, at + offset[HOG_F_memberdef_name], &text) || !text ||
            hog_memory_text(decoder->memory, text, found, sizeof found))
            return 0;
        if (strcmp(found, name) == 0 &&
            !hog_memory_u32(decoder->memory, at + offset[HOG_F_memberdef_type], &kind) &&
            !hog_memory_u64(decoder->memory, at + offset[HOG_F_memberdef_offset], &place))
            return kind == MEMBER_OBJECT && place < MAX_OFFSET ? place : 0;
    }
    return 0;
}

/* __slots__ of its class and of those that it is derived from. */
static enum hog_status slot_find(struct decoder *decoder, uint64_t object, const char *name,
                                 uint64_t *ret_value)
{
    uint64_t fault = decoder->memory->fault; /* a core need not have the classes whole */
    uint64_t type = 0, offset = 0, value = 0;

    if (object_type(decoder, object, &type))
        type = 0;
    for (size_t budget = BASES_MAX; type && !offset && budget; budget--) {
        offset = slot_of_class(decoder, type, name);
        if (!offset && field_u64(decoder, type, HOG_F_type_tp_base, &type))
            break;
    }
    if (offset && hog_memory_u64(decoder->memory, object + offset, &value))
        value = 0;
    decoder->memory->fault = fault;
    if (!value)
        return HOG_NOT_FOUND;
    *ret_value = value;
    return HOG_OK;
}

enum hog_status attribute_find(struct decoder *decoder, uint64_t object, const char *name,
                               uint64_t *ret_value)
{
    struct dict_walk walk;
    enum hog_status status = attribute_walk_start(decoder, object, &walk);

    return status != HOG_OK ? status : dict_walk_find(decoder, &walk, name, ret_value);
}

enum hog_status attribute_find_or_slot(struct decoder *decoder, uint64_t object, const char *name,
                                       uint64_t *ret_value)
{
    enum hog_status status = attribute_find(decoder, object, name, ret_value);

    return status == HOG_NOT_FOUND ? slot_find(decoder, object, name, ret_value) : status;
}
