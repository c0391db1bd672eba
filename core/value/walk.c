/*
 * What is in a container.
 *
 *     list    ob_item ──▶ items            tuple   items in the object itself
 *     deque   leftblock ──▶ {leftlink, data[64], rightlink} ──▶ …, the first item at leftindex
 *     set     table ──▶ {key, hash}[mask + 1]; no key: free; hash -1: one that was taken out
 *     dict    see decode/dict.c; OrderedDict has its order in a list of nodes beside it
 *
 * Source: Modules/_collectionsmodule.c, Objects/setobject.c, Objects/odictobject.c, 3.6 - 3.15.
 */
#include "value/type.h"

#include <string.h>

enum {
    DEQUE_BLOCK = 64, /* items in one; BLOCKLEN */
    SET_ENTRY = 16,
    ITEMS_AHEAD = 64, /* fetched in one batch before they are handed out */
    ITEM_HEAD = 64,   /* bytes of an item worth fetching */
    MAX_SET_TABLE = 1 << 28,
};

enum walk_kind { WALK_ITEMS = 1, WALK_DEQUE, WALK_SET, WALK_DICT, WALK_ODICT };

struct walk_state {
    enum walk_kind kind;
    uint64_t at;   /* items: the first; deque: the block; set: the table; odict: the node */
    uint64_t next; /* index of the next item, within the block or table */
    uint64_t end;  /* set: entries of the table */
    uint64_t dict; /* odict: itself */
    struct dict_walk entries;
};
_Static_assert(sizeof(struct walk_state) <= sizeof(((struct hog_value_walk *)0)->state), "state fits");

static struct walk_state *state_of(struct hog_value_walk *walk)
{
    return (struct walk_state *)walk->state;
}

static enum hog_status start_items(struct hog_values *values, uint64_t object, bool list,
                                   struct hog_value_walk *walk)
{
    enum hog_status status = value_u64(values, object, HOG_F_object_ob_size, &walk->length);
    struct walk_state *state = state_of(walk);

    state->kind = WALK_ITEMS;
    state->at = value_field(values, object, HOG_F_tuple_ob_item);
    if (status == HOG_OK && list)
        status = value_u64(values, object, HOG_F_list_ob_item, &state->at);
    return status;
}

static enum hog_status start_deque(struct hog_values *values, uint64_t object, struct hog_value_walk *walk)
{
    enum hog_status status = value_u64(values, object, HOG_F_object_ob_size, &walk->length);
    struct walk_state *state = state_of(walk);

    state->kind = WALK_DEQUE;
    if (status == HOG_OK)
        status = value_u64(values, object, HOG_F_deque_leftblock, &state->at);
    if (status == HOG_OK)
        status = value_u64(values, object, HOG_F_deque_leftindex, &state->next);
    return status == HOG_OK && state->next >= DEQUE_BLOCK ? HOG_BAD_DATA : status;
}

static enum hog_status start_set(struct hog_values *values, uint64_t object, struct hog_value_walk *walk)
{
    enum hog_status status = value_u64(values, object, HOG_F_set_used, &walk->length);
    struct walk_state *state = state_of(walk);

    state->kind = WALK_SET;
    if (status == HOG_OK)
        status = value_u64(values, object, HOG_F_set_table, &state->at);
    if (status == HOG_OK)
        status = value_u64(values, object, HOG_F_set_mask, &state->end);
    if (status != HOG_OK)
        return status;
    state->end++;
    return state->end > MAX_SET_TABLE || (state->end & (state->end - 1)) ? HOG_BAD_DATA : HOG_OK;
}

static enum hog_status start_dict(struct hog_values *values, uint64_t object, bool ordered,
                                  struct hog_value_walk *walk)
{
    struct walk_state *state = state_of(walk);
    enum hog_status status = value_u64(values, object, HOG_F_dict_ma_used, &walk->length);

    state->kind = ordered ? WALK_ODICT : WALK_DICT;
    state->dict = object;
    if (status == HOG_OK)
        status = dict_walk_start(&values->decoder, object, &state->entries);
    if (status == HOG_OK && ordered)
        status = value_u64(values, object, HOG_F_odict_od_first, &state->at);
    return status;
}

enum { MAX_LENGTH_BITS = 40 };

enum hog_status hog_value_walk_start(struct hog_values *values, uint64_t object,
                                     struct hog_value_walk *ret_walk)
{
    struct hog_value_walk walk = {0};
    enum hog_value_base base = hog_value_base(values, object);
    enum hog_status status = HOG_NOT_FOUND;
    uint64_t mapping;

    if (base == HOG_VALUE_LIST || base == HOG_VALUE_TUPLE)
        status = start_items(values, object, base == HOG_VALUE_LIST, &walk);
    else if (base == HOG_VALUE_DICT)
        status =
            start_dict(values, object, hog_value_is_a(values, object, "collections", "OrderedDict"), &walk);
    else if (base != HOG_VALUE_OTHER)
        return HOG_NOT_FOUND;
    else if (hog_value_is_a(values, object, "collections", "deque"))
        status = start_deque(values, object, &walk);
    else if (hog_value_is_a(values, object, "builtins", "set") ||
             hog_value_is_a(values, object, "builtins", "frozenset"))
        status = start_set(values, object, &walk);
    else if (hog_value_is(values, object, "builtins", "mappingproxy") &&
             value_u64(values, object, HOG_F_mappingproxy_mapping, &mapping) == HOG_OK &&
             hog_value_base(values, mapping) == HOG_VALUE_DICT)
        return hog_value_walk_start(values, mapping, ret_walk);
    if (status != HOG_OK)
        return status;
    if (walk.length >> MAX_LENGTH_BITS)
        return HOG_BAD_DATA;
    *ret_walk = walk;
    return HOG_OK;
}

/* The items that follow, and their heads, in two batches. */
static void fetch_items_ahead(struct hog_values *values, uint64_t at, uint64_t left)
{
    size_t count = left < ITEMS_AHEAD ? (size_t)left : ITEMS_AHEAD;
    uint64_t items[ITEMS_AHEAD];
    struct hog_span heads[ITEMS_AHEAD];
    size_t got =
        hog_memory_read_some(values->decoder.memory, at, items, count * sizeof items[0]) / sizeof items[0];

    for (size_t i = 0; i < got; i++)
        heads[i] = (struct hog_span){.address = items[i], .length = ITEM_HEAD};
    hog_memory_prefetch(values->decoder.memory, heads, got);
}

static bool next_of_items(struct hog_values *values, struct hog_value_walk *walk, uint64_t *ret_value)
{
    struct walk_state *state = state_of(walk);
    uint64_t at = state->at + state->next * 8;

    if (walk->taken >= walk->length)
        return false;
    if (state->next % ITEMS_AHEAD == 0)
        fetch_items_ahead(values, at, walk->length - walk->taken);
    walk->status = hog_memory_u64(values->decoder.memory, at, ret_value);
    state->next++;
    return walk->status == HOG_OK;
}

static bool next_of_deque(struct hog_values *values, struct hog_value_walk *walk, uint64_t *ret_value)
{
    struct walk_state *state = state_of(walk);

    if (walk->taken >= walk->length)
        return false;
    if (state->next == DEQUE_BLOCK) {
        walk->status = value_u64(values, state->at, HOG_F_dequeblock_rightlink, &state->at);
        state->next = 0;
    }
    if (walk->status == HOG_OK)
        walk->status = hog_memory_u64(values->decoder.memory,
                                      value_field(values, state->at, HOG_F_dequeblock_data) + state->next * 8,
                                      ret_value);
    state->next++;
    return walk->status == HOG_OK;
}

static bool next_of_set(struct hog_values *values, struct hog_value_walk *walk, uint64_t *ret_value)
{
    struct walk_state *state = state_of(walk);
    uint64_t entry[2];

    while (walk->taken < walk->length && state->next < state->end) {
        walk->status = hog_values_interrupted(values)
                           ? HOG_INTERRUPTED
                           : value_read(values, state->at + state->next * SET_ENTRY, entry, sizeof entry);
        if (walk->status != HOG_OK)
            return false;
        state->next++;
        if (entry[0] && entry[1] != UINT64_MAX) {
            *ret_value = entry[0];
            return true;
        }
    }
    return false;
}

static bool next_of_dict(struct hog_values *values, struct hog_value_walk *walk,
                         struct hog_value_item *ret_item)
{
    struct walk_state *state = state_of(walk);
    struct dict_entry entry;

    if (!dict_walk_next(&values->decoder, &state->entries, &entry)) {
        walk->status = state->entries.status;
        return false;
    }
    ret_item->key = entry.key;
    ret_item->value = entry.value;
    return true;
}

/* The value of a key that is known by its address. */
static enum hog_status value_of_key(struct hog_values *values, uint64_t dict, uint64_t key,
                                    uint64_t *ret_value)
{
    struct dict_walk walk;
    struct dict_entry entry;
    enum hog_status status = dict_walk_start(&values->decoder, dict, &walk);

    if (status != HOG_OK)
        return status;
    while (dict_walk_next(&values->decoder, &walk, &entry)) {
        if (entry.key == key) {
            *ret_value = entry.value;
            return HOG_OK;
        }
    }
    return walk.status != HOG_OK ? walk.status : HOG_BAD_DATA;
}

/* The node's key is mostly that of the next entry as well; not after move_to_end(). */
static bool next_of_odict(struct hog_values *values, struct hog_value_walk *walk,
                          struct hog_value_item *ret_item)
{
    struct walk_state *state = state_of(walk);
    uint64_t node = state->at;

    if (!node || walk->taken >= walk->length)
        return false;
    walk->status = value_u64(values, node, HOG_F_odictnode_key, &ret_item->key);
    if (walk->status == HOG_OK)
        walk->status = value_u64(values, node, HOG_F_odictnode_next, &state->at);
    if (walk->status == HOG_OK) {
        struct dict_entry entry;

        if (dict_walk_next(&values->decoder, &state->entries, &entry) && entry.key == ret_item->key)
            ret_item->value = entry.value;
        else
            walk->status = value_of_key(values, state->dict, ret_item->key, &ret_item->value);
    }
    return walk->status == HOG_OK;
}

bool hog_value_walk_next(struct hog_values *values, struct hog_value_walk *walk,
                         struct hog_value_item *ret_item)
{
    struct hog_value_item item = {0};
    bool found = false;

    if (walk->status != HOG_OK)
        return false;
    if (hog_values_interrupted(values)) {
        walk->status = HOG_INTERRUPTED;
        return false;
    }
    switch (state_of(walk)->kind) {
    case WALK_ITEMS:
        found = next_of_items(values, walk, &item.value);
        break;
    case WALK_DEQUE:
        found = next_of_deque(values, walk, &item.value);
        break;
    case WALK_SET:
        found = next_of_set(values, walk, &item.value);
        break;
    case WALK_DICT:
        found = next_of_dict(values, walk, &item);
        break;
    case WALK_ODICT:
        found = next_of_odict(values, walk, &item);
        break;
    }
    if (!found)
        return false;
    walk->taken++;
    *ret_item = item;
    return true;
}

enum hog_status hog_value_index(struct hog_values *values, uint64_t object, int64_t index,
                                uint64_t *ret_value)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    struct walk_state *state = state_of(&walk);
    enum hog_status status = hog_value_walk_start(values, object, &walk);

    if (status != HOG_OK)
        return status;
    if (state->kind != WALK_ITEMS && state->kind != WALK_DEQUE)
        return HOG_BAD_DATA;
    if (index < 0)
        index += (int64_t)walk.length;
    if (index < 0 || (uint64_t)index >= walk.length)
        return HOG_NOT_FOUND;
    if (state->kind == WALK_ITEMS)
        return hog_memory_u64(values->decoder.memory, state->at + (uint64_t)index * 8, ret_value);
    do {
        if (!hog_value_walk_next(values, &walk, &item))
            return walk.status != HOG_OK ? walk.status : HOG_BAD_DATA;
    } while (index-- > 0);
    *ret_value = item.value;
    return HOG_OK;
}
