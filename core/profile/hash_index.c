/* The growing half of hash_index.h: at most two thirds of the slots are ever taken. */
#include "profile/hash_index.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

void hash_index_deinit(struct hash_index *index)
{
    free(index->slots);
    *index = (struct hash_index){0};
}

static void hash_index_put(struct hash_slot *slots, size_t capacity, struct hash_slot slot)
{
    size_t at = slot.hash & (capacity - 1);

    while (slots[at].number)
        at = (at + 1) & (capacity - 1);
    slots[at] = slot;
}

static bool hash_index_resize(struct hash_index *index, size_t capacity)
{
    struct hash_slot *slots = calloc(capacity, sizeof *slots);

    if (!slots)
        return false;
    for (size_t i = 0; i < index->capacity; i++)
        if (index->slots[i].number)
            hash_index_put(slots, capacity, index->slots[i]);
    free(index->slots);
    index->slots = slots;
    index->capacity = capacity;
    return true;
}

bool hash_index_add(struct hash_index *index, uint32_t hash, uint32_t id)
{
    if ((index->used + 1) * 3 > index->capacity * 2 &&
        !hash_index_resize(index, index->capacity ? index->capacity * 2 : FIRST_CAPACITY))
        return false;
    hash_index_put(index->slots, index->capacity, (struct hash_slot){hash, id + 1});
    index->used++;
    return true;
}
