/*
 * Memory that keeps a list of what was asked of it, byte by byte: put above
 * the page cache it tells which words of a page a dump really looked at.
 */
#ifndef HOG_TESTS_ASKED_MEMORY_H
#define HOG_TESTS_ASKED_MEMORY_H

#include "memory/memory.h"

struct asked_stretch {
    uint64_t start, end;
};

/* `under` is not owned. Aborts when memory is exhausted. */
struct hog_memory *asked_memory_create(struct hog_memory *under) HOG_CHECKED;
/* What arrived of what was asked for so far: ascending, not touching each other. Valid until the next read.
 */
const struct asked_stretch *asked_memory_stretches(struct hog_memory *asked, size_t *ret_count);

/* Is any byte from `start` to `end` in one of them? */
bool asked_stretches_meet(const struct asked_stretch *stretches, size_t count, uint64_t start, uint64_t end);

#endif
