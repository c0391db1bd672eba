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
 * The hash of a str is salted per process, so keys are compared one by one;
 * their headers are fetched ahead, many in one read.
 *
 * Source: Objects/dict-common.h (to 3.10), Include/internal/pycore_dict.h.
 */
#include "decode/dict.h"

#include "decode/object.h"
#include "decode/unicode.h"

enum {
    MAX_ENTRIES = 1 << 20,
    GENERAL_ENTRY = 24, /* me_hash, me_key, me_value */
    UNICODE_ENTRY = 16, /* me_key, me_value */
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

    if (status)
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

    if (!status)
        status = field_u8(decoder, keys, HOG_F_keys_dk_kind, &kind);
    if (status)
        return status;
    if (log2_index_bytes > 40 || kind > 2)
        return HOG_BAD_DATA;
    walk->entries = field_address(decoder, keys, HOG_F_keys_dk_indices) + ((uint64_t)1 << log2_index_bytes);
    walk->entry_size = kind == DICT_KEYS_GENERAL ? GENERAL_ENTRY : UNICODE_ENTRY;
    return HOG_OK;
}

enum hog_status dict_walk_keys(struct decoder *decoder, uint64_t keys, uint64_t values,
                               struct dict_walk *ret_walk)
{
    struct dict_walk walk = {.values = values};
    enum hog_status status;

    if (!keys || keys % 8)
        return HOG_BAD_DATA;
    status = decoder->layout->traits.dict_keys == HOG_DICT_KEYS_SIZED ? sized_keys(decoder, keys, &walk)
                                                                      : log2_keys(decoder, keys, &walk);
    if (!status)
        status = field_u64(decoder, keys, HOG_F_keys_dk_nentries, &walk.count);
    if (status)
        return status;
    if (walk.count > MAX_ENTRIES)
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
    if (!status)
        status = field_u64(decoder, dict, HOG_F_dict_ma_values, &values);
    if (status)
        return status;
    if (values && hog_layout_has(decoder->layout, HOG_F_values_values)) /* to 3.10 a bare array, no struct */
        values = field_address(decoder, values, HOG_F_values_values);
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

bool dict_walk_next(struct decoder *decoder, struct dict_walk *walk, struct dict_entry *ret_entry)
{
    while (walk->next < walk->count) {
        uint64_t entry = walk->entries + walk->next * walk->entry_size;
        uint64_t value_address = walk->values ? walk->values + walk->next * 8 : entry + walk->value_at;

        if (walk->next % KEYS_AHEAD == 0)
            fetch_ahead(decoder, walk);
        walk->next++;
        if (hog_memory_u64(decoder->memory, entry + walk->key_at, &ret_entry->key) ||
            hog_memory_u64(decoder->memory, value_address, &ret_entry->value) || decoder_interrupted(decoder))
            return false;
        if (ret_entry->key && ret_entry->value)
            return true;
    }
    return false;
}

enum hog_status dict_walk_find(struct decoder *decoder, struct dict_walk *walk, const char *key,
                               uint64_t *ret_value)
{
    struct dict_entry entry;

    while (dict_walk_next(decoder, walk, &entry)) {
        if (unicode_equals(decoder, entry.key, key)) {
            *ret_value = entry.value;
            return HOG_OK;
        }
    }
    return HOG_NOT_FOUND;
}

enum hog_status dict_find(struct decoder *decoder, uint64_t dict, const char *key, uint64_t *ret_value)
{
    struct dict_walk walk;
    enum hog_status status = dict_walk_start(decoder, dict, &walk);

    return status ? status : dict_walk_find(decoder, &walk, key, ret_value);
}
