/*
 * A cursor over bytes that nobody vouches for.
 *
 * ELF notes, line tables and tables out of a debuggee are read through it.
 * A read past the end returns 0 and marks the cursor as overrun; the caller
 * checks `overrun` once, at the end, and so cannot forget it half-way.
 */
#ifndef HOG_BASE_CURSOR_H
#define HOG_BASE_CURSOR_H

#include "base/status.h"

#include <string.h>

struct hog_cursor {
    const unsigned char *at;
    const unsigned char *end;
    bool overrun;
};

static inline struct hog_cursor hog_cursor_over(const void *bytes, size_t length)
{
    const unsigned char *at = length ? bytes : (const unsigned char *)"";

    return (struct hog_cursor){.at = at, .end = at + length};
}

static inline size_t hog_cursor_left(const struct hog_cursor *cursor)
{
    return (size_t)(cursor->end - cursor->at);
}

static inline const unsigned char *hog_cursor_take(struct hog_cursor *cursor, size_t length)
{
    const unsigned char *taken = cursor->at;

    if (length > hog_cursor_left(cursor)) {
        cursor->at = cursor->end;
        cursor->overrun = true;
        return NULL;
    }
    cursor->at += length;
    return taken;
}

static inline uint8_t hog_cursor_u8(struct hog_cursor *cursor)
{
    const unsigned char *byte = hog_cursor_take(cursor, 1);

    return byte ? *byte : 0;
}

static inline uint16_t hog_cursor_u16(struct hog_cursor *cursor)
{
    const unsigned char *bytes = hog_cursor_take(cursor, sizeof(uint16_t));
    uint16_t value = 0;

    if (bytes)
        memcpy(&value, bytes, sizeof value);
    return value;
}

static inline uint32_t hog_cursor_u32(struct hog_cursor *cursor)
{
    const unsigned char *bytes = hog_cursor_take(cursor, sizeof(uint32_t));
    uint32_t value = 0;

    if (bytes)
        memcpy(&value, bytes, sizeof value);
    return value;
}

static inline uint64_t hog_cursor_u64(struct hog_cursor *cursor)
{
    const unsigned char *bytes = hog_cursor_take(cursor, sizeof(uint64_t));
    uint64_t value = 0;

    if (bytes)
        memcpy(&value, bytes, sizeof value);
    return value;
}

#endif
