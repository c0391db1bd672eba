/* Growing an array by doubling: `if (!GROW(list->items, list->capacity, list->count + 1)) …` */
#ifndef HOG_PROFILE_GROW_H
#define HOG_PROFILE_GROW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static inline bool grow_array(void **items, uint32_t *capacity, size_t needed, size_t size)
{
    size_t wanted = *capacity ? *capacity : 16;
    void *grown;

    if (needed <= *capacity)
        return true;
    while (wanted < needed)
        wanted *= 2;
    if (wanted >= UINT32_MAX || wanted > SIZE_MAX / size)
        return false;
    grown = realloc(*items, wanted * size);
    if (!grown)
        return false;
    *items = grown;
    *capacity = (uint32_t)wanted;
    return true;
}

#define GROW(items, capacity, needed) grow_array((void **)&(items), &(capacity), (needed), sizeof *(items))

#endif
