/*
 * Memory that fails or lies at a chosen read.
 *
 * The fault sweep decodes an image once to learn how many reads it takes,
 * then once more for each k with read k going wrong. Every span of a batch
 * counts as one read. Put it above the page cache to hit every single word,
 * below it to hit whole pages.
 */
#ifndef HOG_TESTS_FAULT_MEMORY_H
#define HOG_TESTS_FAULT_MEMORY_H

#include "memory/memory.h"

enum fault_kind {
    FAULT_NONE,            /* only counts */
    FAULT_UNREADABLE,      /* nothing arrives */
    FAULT_SHORT,           /* half arrives */
    FAULT_UNREADABLE_FROM, /* nothing arrives, neither at read k nor at any later one: the process died */
    FAULT_FLIP,            /* every word is inverted: pointers become nonsense, lengths absurd */
    FAULT_ZERO,            /* zeros arrive */
    FAULT_SELF_POINTER     /* every word holds the address it was read from: the shortest cycle */
};

/* `under` is not owned. */
struct hog_memory *fault_memory_create(struct hog_memory *under) HOG_CHECKED;
/* Arms it: the read number `at` (from 0, counted from now) goes wrong. */
void fault_memory_arm(struct hog_memory *fault, enum fault_kind kind, uint64_t at);
/* Reads since it was armed. */
uint64_t fault_memory_count(const struct hog_memory *fault);

#endif
