/*
 * dict objects.
 *
 *     PyDictObject          PyDictKeysObject                     values (split dicts)
 *     ┌──────────┐          ┌──────────────────────────┐         ┌────┬────┬───
 *     │ ma_used  │     ┌───▶│ size, kind, nentries     │    ┌───▶│ v0 │ v1 │ …
 *     │ ma_keys ─┼─────┘    ├──────────────────────────┤    │    └────┴────┴───
 *     │ ma_values┼───────┐  │ indices: 1, 2, 4, 8 bytes│    │
 *     └──────────┘       │  ├──────────────────────────┤    │
 *                        │  │ entries, in insertion order  │    to 3.10, and kind 0: {hash, key, value}
 *                        │  └──────────────────────────┘    │    3.11+, kinds 1, 2:   {key, value}
 *                        └──────────────────────────────────┘
 *
 * A values array of 3.11 and later keeps the order in which it was filled, as bytes that number its entries:
 *
 *     3.11, 3.12   … o2 o1 o0 size prefix │ v0 v1 …                 (read backwards)
 *     3.13+        capacity size embedded valid … │ v0 v1 … │ o0 o1 …
 *
 * The hash of a str is salted per process, so keys are compared one by one;
 * their headers are fetched ahead, many in one read.
 *
 * Source: Objects/dict-common.h (to 3.10), Include/internal/pycore_dict.h.
 */
#include "decode/dict.h"

#include "decode/object.h"
#include "decode/unicode.h"

enum {
    MAX_ENTRIES = 1 << 20, /* that a look-up goes through */
    GENERAL_ENTRY = 24,    /* me_hash, me_key, me_value */
    UNICODE_ENTRY = 16,    /* me_key, me_value */
    DICT_KEYS_GENERAL = 0,
    KEYS_AHEAD = 64, /* keys fetched ahead in one batch */
    KEY_HEAD = 96,   /* bytes of a key worth fetching: header and a short text */
};

static unsigned index_width(uint64_t size)
{
    return size <= 0xff ? 1 : size <= 0xffff ? 2 : size <= 0xffffffff ? 4 : 8;
}

/* To 3.10: dk_size slots, whose index width follows from it. */
static enum hog_status sized_keys(struct decoder *decoder, uint64_t keys, struct dict_walk *walk)
{
    uint64_t size;
    enum hog_status status = field_u64(decoder, keys, HOG_F_keys_dk_size, &size);

    if (status != HOG_OK)
        return status;
    if (!size || size > (uint64_t)1 << 40 || (size & (size - 1)))
        return HOG_BAD_DATA;
    walk->entries = field_address(decoder, keys, HOG_F_keys_dk_indices) + size * index_width(size);
    walk->entry_size = GENERAL_ENTRY;
    return HOG_OK;
}

/* 3.11+: sizes as powers of two, and a kind that says how wide an entry is. */
static enum hog_status log2_keys(struct decoder *decoder, uint64_t keys, struct dict_walk *walk)
{
    uint8_t log2_index_bytes, kind;
    enum hog_status status = field_u8(decoder, keys, HOG_F_keys_dk_log2_index_bytes, &log2_index_bytes);

    if (status == HOG_OK)
        status = field_u8(decoder, keys, HOG_F_keys_dk_kind, &kind);
    if (status != HOG_OK)
        return status;
    if (log2_index_bytes > 40 || kind > 2)
        return HOG_BAD_DATA;
    walk->entries = field_address(decoder, keys, HOG_F_keys_dk_indices) + ((uint64_t)1 << log2_index_bytes);
    walk->entry_size = kind == DICT_KEYS_GENERAL ? GENERAL_ENTRY : UNICODE_ENTRY;
    return HOG_OK;
}

static const uint64_t max_entries_of_a_dict = (uint64_t)1 << 27;

/* 3.11+; what the bytes say beyond the keys is caught by dict_walk_next. */
static enum hog_status values_order(struct decoder *decoder, uint64_t values, struct dict_walk *walk)
{
    bool in_front = decoder->layout->traits.attributes != HOG_ATTRIBUTES_INLINE;
    uint8_t size, capacity = 0;
    enum hog_status status;

    if (decoder->layout->traits.attributes == HOG_ATTRIBUTES_DICT_OFFSET)
        return HOG_OK;
    status = in_front ? hog_memory_u8(decoder->memory, values - 2, &size)
                      : field_u8(decoder, values, HOG_F_values_size, &size);
    if (status == HOG_OK && !in_front)
        status = field_u8(decoder, values, HOG_F_values_capacity, &capacity);
    if (status != HOG_OK)
        return status;
    walk->order = in_front ? values - 3 : walk->values + (uint64_t)capacity * 8;
    walk->order_step = in_front ? -1 : 1;
    walk->order_count = size;
    return HOG_OK;
}

enum hog_status dict_walk_keys(struct decoder *decoder, uint64_t keys, uint64_t values,
                               struct dict_walk *ret_walk)
{
    struct dict_walk walk = {.values = values};
    enum hog_status status;

    if (values && hog_layout_has(decoder->layout, HOG_F_values_values)) /* to 3.10 a bare array, no struct */
        walk.values = field_address(decoder, values, HOG_F_values_values);

    if (!keys || keys % 8)
        return HOG_BAD_DATA;
    status = decoder->layout->traits.dict_keys == HOG_DICT_KEYS_SIZED ? sized_keys(decoder, keys, &walk)
                                                                      : log2_keys(decoder, keys, &walk);
    if (status == HOG_OK)
        status = field_u64(decoder, keys, HOG_F_keys_dk_nentries, &walk.count);
    if (status == HOG_OK && values)
        status = values_order(decoder, values, &walk);
    if (status != HOG_OK)
        return status;
    if (walk.count > max_entries_of_a_dict)
        return HOG_BAD_DATA;
    walk.key_at = walk.entry_size == GENERAL_ENTRY ? 8 : 0;
    walk.value_at = walk.key_at + 8;
    *ret_walk = walk;
    return HOG_OK;
}

enum hog_status dict_walk_start(struct decoder *decoder, uint64_t dict, struct dict_walk *ret_walk)
{
    uint64_t keys, values;
    enum hog_status status;

    if (!object_is(decoder, dict, TYPE_DICT))
        return HOG_BAD_DATA;
    status = field_u64(decoder, dict, HOG_F_dict_ma_keys, &keys);
    if (status == HOG_OK)
        status = field_u64(decoder, dict, HOG_F_dict_ma_values, &values);
    if (status != HOG_OK)
        return status;
    return dict_walk_keys(decoder, keys, values, ret_walk);
}

/* Fetches the next entries' keys ahead of their comparison: one batch instead of one read a key. */
static void fetch_ahead(struct decoder *decoder, const struct dict_walk *walk)
{
    uint64_t left = walk->count - walk->next;
    size_t count = left < KEYS_AHEAD ? (size_t)left : KEYS_AHEAD;
    struct hog_span keys[KEYS_AHEAD];
    struct hog_span entries = {.address = walk->entries + walk->next * walk->entry_size,
                               .length = count * walk->entry_size};
    size_t found = 0;

    hog_memory_prefetch(decoder->memory, &entries, 1);
    for (size_t i = 0; i < count; i++) {
        uint64_t key;

        if (hog_memory_u64(decoder->memory, entries.address + i * walk->entry_size + walk->key_at, &key))
            break;
        if (key)
            keys[found++] = (struct hog_span){.address = key, .length = KEY_HEAD};
    }
    hog_memory_prefetch(decoder->memory, keys, found);
}

/* Which entry comes next: of a values array with an order, the one that its byte names. */
static enum hog_status next_index(struct decoder *decoder, struct dict_walk *walk, uint64_t *ret_index)
{
    uint64_t at = walk->next++;
    uint8_t index;
    enum hog_status status;

    if (!walk->order) {
        *ret_index = at;
        return HOG_OK;
    }
    status = hog_memory_u8(decoder->memory, walk->order + (uint64_t)(walk->order_step * (int64_t)at), &index);
    if (status != HOG_OK)
        return status;
    *ret_index = index;
    return index < walk->count ? HOG_OK : HOG_BAD_DATA;
}

bool dict_walk_next(struct decoder *decoder, struct dict_walk *walk, struct dict_entry *ret_entry)
{
    uint64_t end = walk->order ? walk->order_count : walk->count;

    while (walk->next < end && walk->status == HOG_OK) {
        uint64_t index, entry;

        if (!walk->order && walk->next % KEYS_AHEAD == 0)
            fetch_ahead(decoder, walk);
        walk->status = decoder_interrupted(decoder) ? HOG_INTERRUPTED : next_index(decoder, walk, &index);
        if (walk->status != HOG_OK)
            return false;
        entry = walk->entries + index * walk->entry_size;
        walk->status = hog_memory_u64(decoder->memory, entry + walk->key_at, &ret_entry->key);
        if (walk->status == HOG_OK)
            walk->status = hog_memory_u64(decoder->memory,
                                          walk->values ? walk->values + index * 8 : entry + walk->value_at,
                                          &ret_entry->value);
        if (walk->status == HOG_OK && ret_entry->key && ret_entry->value) {
            walk->seen++;
            return true;
        }
    }
    return false;
}

enum hog_status dict_walk_find(struct decoder *decoder, struct dict_walk *walk, const char *key,
                               uint64_t *ret_value)
{
    enum hog_status doubt = HOG_NOT_FOUND;
    struct dict_entry entry;

    while (walk->next < MAX_ENTRIES && dict_walk_next(decoder, walk, &entry)) {
        if (unicode_equals(decoder, entry.key, key)) {
            *ret_value = entry.value;
            return HOG_OK;
        }
        if (!unicode_is_sound(decoder, entry.key))
            doubt = HOG_BAD_DATA;
    }
    return walk->status != HOG_OK ? walk->status : doubt;
}

enum hog_status dict_walk_check(struct decoder *decoder, uint64_t dict, const struct dict_walk *walk)
{
    uint64_t used;
    enum hog_status status = field_u64(decoder, dict, HOG_F_dict_ma_used, &used);

    if (walk->status != HOG_OK || status != HOG_OK)
        return walk->status != HOG_OK ? walk->status : status;
    return walk->next < walk->count || used == walk->seen ? HOG_OK : HOG_BAD_DATA;
}

enum hog_status dict_find(struct decoder *decoder, uint64_t dict, const char *key, uint64_t *ret_value)
{
    struct dict_walk walk = {0};
    enum hog_status status = dict_walk_start(decoder, dict, &walk);

    if (status == HOG_OK)
        status = dict_walk_find(decoder, &walk, key, ret_value);
    if (status == HOG_NOT_FOUND && dict_walk_check(decoder, dict, &walk) != HOG_OK)
        return HOG_BAD_DATA;
    return status;
}

bool dict_has(struct decoder *decoder, uint64_t dict, const char *key)
{
    uint64_t fault = decoder->memory->fault, value;
    bool found = dict_find(decoder, dict, key, &value) == HOG_OK;

    decoder->memory->fault = fault;
    return found;
}
