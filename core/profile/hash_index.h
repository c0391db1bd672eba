/*
 * An index from hashes to numbers, by open addressing.
 *
 * It knows nothing of what the numbers stand for: its owner compares.
 *
 *     size_t at = hash_index_start(index, hash);
 *     while ((id = hash_index_next(index, hash, &at)) != HASH_INDEX_NONE)
 *         if (owner says that id is the one)
 *             …
 *
 * Looking up allocates nothing.
 */
#ifndef HOG_PROFILE_HASH_INDEX_H
#define HOG_PROFILE_HASH_INDEX_H

#include "base/status.h"

#define HASH_INDEX_NONE UINT32_MAX

struct hash_slot {
    uint32_t hash;
    uint32_t number; /* one more than the id; 0: the slot is free */
};

struct hash_index {
    struct hash_slot *slots;
    size_t capacity; /* 0 or a power of two */
    size_t used;
};

void hash_index_deinit(struct hash_index *index);
/* False when there is no memory; the index is as it was. */
bool hash_index_add(struct hash_index *index, uint32_t hash, uint32_t id) HOG_CHECKED;

static inline size_t hash_index_start(const struct hash_index *index, uint32_t hash)
{
    return index->capacity ? hash & (index->capacity - 1) : 0;
}

static inline uint32_t hash_index_next(const struct hash_index *index, uint32_t hash, size_t *at)
{
    if (!index->capacity)
        return HASH_INDEX_NONE;
    for (;;) {
        struct hash_slot slot = index->slots[*at];

        if (!slot.number)
            return HASH_INDEX_NONE;
        *at = (*at + 1) & (index->capacity - 1);
        if (slot.hash == hash)
            return slot.number - 1;
    }
}

/* Mixes one more word into a running hash (the multiply-and-fold of wyhash). */
static inline uint64_t hash_word(uint64_t hash, uint64_t word)
{
    __extension__ unsigned __int128 product =
        (unsigned __int128)(hash ^ 0x9e3779b97f4a7c15u) * (word ^ 0xe7037ed1a0b428dbu);

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint32_t hash_fold(uint64_t hash)
{
    return (uint32_t)(hash ^ (hash >> 32));
}

/* FNV-1a. */
static inline uint32_t hash_bytes(const char *bytes, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3u;
    return hash_fold(hash);
}

#endif
