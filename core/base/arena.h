/*
 * An arena: many small things with one lifetime.
 *
 * A snapshot, a module list, a parsed core: each is built once, read many
 * times and dropped as a whole. Allocation fails by returning NULL, also when
 * the arena's limit is reached: a hostile debuggee can make us ask for much.
 */
#ifndef HOG_BASE_ARENA_H
#define HOG_BASE_ARENA_H

#include "base/status.h"

struct hog_arena {
    struct arena_block *newest;
    size_t used;  /* bytes handed out */
    size_t limit; /* bytes that may be handed out */
};

void hog_arena_init(struct hog_arena *arena, size_t limit);
void hog_arena_deinit(struct hog_arena *arena);

/* Zeroed, aligned to 16. NULL when memory or the limit is exhausted. */
void *hog_arena_alloc(struct hog_arena *arena, size_t size) HOG_CHECKED;
/* Zeroed array; the product is checked for overflow. */
void *hog_arena_array(struct hog_arena *arena, size_t count, size_t size) HOG_CHECKED;
char *hog_arena_copy_text(struct hog_arena *arena, const char *text, size_t length) HOG_CHECKED;
char *hog_arena_printf(struct hog_arena *arena, const char *format, ...) HOG_PRINTF(2, 3) HOG_CHECKED;

#endif
