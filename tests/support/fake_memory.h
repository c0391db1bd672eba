/*
 * Memory made up of segments: what a test says the debuggee's memory is.
 *
 * Bytes outside the segments are unreadable. The bytes are not copied: a test
 * may change them between two reads, as a running process would.
 */
#ifndef HOG_TESTS_FAKE_MEMORY_H
#define HOG_TESTS_FAKE_MEMORY_H

#include "memory/memory.h"

struct fake_segment {
    uint64_t address;
    const void *bytes;
    size_t length;
};

enum fake_edges {
    FAKE_EXACT,      /* a byte is readable or it is not */
    FAKE_WHOLE_PAGES /* the rest of a page that a segment touches reads as zero, as a page cache needs it */
};

/* `segments` and the bytes must outlive the memory. Later segments win where they overlap. */
struct hog_memory *fake_memory_create(const struct fake_segment *segments, size_t count,
                                      enum fake_edges edges) HOG_CHECKED;

#endif
