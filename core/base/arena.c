/* The arena of arena.h: a chain of malloc'ed blocks, each at least 64 KiB. */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BLOCK = 64 * 1024, ARENA_ALIGN = 16, USUAL_PRINTF = 256 };

struct arena_block {
    struct arena_block *older;
    size_t size;
    size_t used;
    _Alignas(ARENA_ALIGN) unsigned char bytes[];
};

void hog_arena_init(struct hog_arena *arena, size_t limit)
{
    *arena = (struct hog_arena){.limit = limit};
}

void hog_arena_deinit(struct hog_arena *arena)
{
    struct arena_block *block = arena->newest;

    while (block) {
        struct arena_block *older = block->older;
        free(block);
        block = older;
    }
    arena->newest = NULL;
    arena->used = 0;
}

static struct arena_block *arena_grow(struct hog_arena *arena, size_t size)
{
    size_t payload = size > ARENA_BLOCK ? size : ARENA_BLOCK;
    struct arena_block *block = payload <= SIZE_MAX - sizeof *block ? malloc(sizeof *block + payload) : NULL;

    if (!block)
        return NULL;
    block->size = payload;
    block->used = 0;
    block->older = arena->newest;
    arena->newest = block;
    return block;
}

void *hog_arena_alloc(struct hog_arena *arena, size_t size)
{
    size_t rounded = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    struct arena_block *block = arena->newest;
    void *result;

    if (rounded < size || rounded > arena->limit - arena->used)
        return NULL;
    if (!block || block->size - block->used < rounded)
        block = arena_grow(arena, rounded);
    if (!block)
        return NULL;
    result = block->bytes + block->used;
    block->used += rounded;
    arena->used += rounded;
    return memset(result, 0, rounded);
}

void *hog_arena_array(struct hog_arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return hog_arena_alloc(arena, count * size);
}

char *hog_arena_copy_text(struct hog_arena *arena, const char *text, size_t length)
{
    char *copy = length < SIZE_MAX ? hog_arena_alloc(arena, length + 1) : NULL;

    if (copy)
        memcpy(copy, text, length);
    return copy;
}

char *hog_arena_printf(struct hog_arena *arena, const char *format, ...)
{
    char usual[USUAL_PRINTF];
    va_list args;
    char *text = NULL;
    int length;

    va_start(args, format);
    length = vsnprintf(usual, sizeof usual, format, args);
    va_end(args);
    if (length >= 0 && (size_t)length < sizeof usual)
        return hog_arena_copy_text(arena, usual, (size_t)length);
    if (length >= 0)
        text = hog_arena_alloc(arena, (size_t)length + 1);
    if (text) {
        va_start(args, format);
        vsnprintf(text, (size_t)length + 1, format, args);
        va_end(args);
    }
    return text;
}
