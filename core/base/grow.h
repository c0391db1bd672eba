/*
 * Growing an array by doubling:
 *
 *     if (!HOG_GROW(list->items, list->capacity, list->count + 1))
 *         return HOG_NO_MEMORY;
 *
 * `capacity` is a uint32_t or a size_t. On failure array and capacity are as before.
 */
#ifndef HOG_BASE_GROW_H
#define HOG_BASE_GROW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* `items` points to the array's pointer, `capacity` to its capacity, `width` bytes wide. */
static inline bool hog_array_grow(void *items, void *capacity, size_t width, size_t needed, size_t size)
{
    size_t present = width == sizeof(uint32_t) ? *(uint32_t *)capacity : *(size_t *)capacity;
    size_t wanted = present ? present : 16;
    void *grown;

    if (needed <= present)
        return true;
    while (wanted < needed && wanted <= SIZE_MAX / 2)
        wanted *= 2;
    if (wanted < needed || wanted > SIZE_MAX / size || (width == sizeof(uint32_t) && wanted >= UINT32_MAX))
        return false;
    memcpy(&grown, items, sizeof grown);
    grown = realloc(grown, wanted * size);
    if (!grown)
        return false;
    memcpy(items, &grown, sizeof grown);
    if (width == sizeof(uint32_t))
        *(uint32_t *)capacity = (uint32_t)wanted;
    else
        *(size_t *)capacity = wanted;
    return true;
}

#define HOG_GROW(items, capacity, needed)                                                                    \
    hog_array_grow(&(items), &(capacity), sizeof(capacity), (needed), sizeof *(items))

#endif
