/* The string table of strings.h. */
#include "formats/strings.h"
#include "base/grow.h"

#include <string.h>

uint32_t strings_number(struct strings *strings, const char *text)
{
    uint32_t hash = hash_bytes(text, strlen(text));
    size_t at = hash_index_start(&strings->index, hash);
    uint32_t number;

    while ((number = hash_index_next(&strings->index, hash, &at)) != HASH_INDEX_NONE)
        if (strcmp(strings->list[number], text) == 0)
            return number;
    if (!HOG_GROW(strings->list, strings->capacity, strings->count + 1) ||
        !hash_index_add(&strings->index, hash, strings->count)) {
        strings->failed = true;
        return 0;
    }
    strings->list[strings->count] = text;
    return strings->count++;
}

void strings_deinit(struct strings *strings)
{
    free(strings->list);
    hash_index_deinit(&strings->index);
    *strings = (struct strings){0};
}
