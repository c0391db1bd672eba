/*
 * Memory in which one thing is wrong for good: a page that cannot be read, or
 * a word that holds something else. fault_memory.h goes wrong at one read;
 * here every read of the place sees the same.
 */
#ifndef HOG_TESTS_SPOILT_MEMORY_H
#define HOG_TESTS_SPOILT_MEMORY_H

#include "memory/memory.h"

/* `under` is not owned. Aborts when memory is exhausted. */
struct hog_memory *spoilt_memory_create(struct hog_memory *under) HOG_CHECKED;

/* Each takes the place of what was wrong before. */
void spoilt_memory_heal(struct hog_memory *spoilt);
void spoilt_memory_hide_page(struct hog_memory *spoilt, uint64_t page);
void spoilt_memory_set_word(struct hog_memory *spoilt, uint64_t address, uint64_t value);
enum { SPOILT_BYTES = 4096 };
/* At most SPOILT_BYTES, which are copied. */
void spoilt_memory_set_bytes(struct hog_memory *spoilt, uint64_t address, const void *bytes, size_t length);

#endif
