/*
 * Python's marshal format, read: what a .prof file of Python 3.6 to 3.15 holds.
 * CPython: Python/marshal.c, r_object.
 *
 *     type codes   ( )  tuple, small tuple      i l  int          u t a z A Z  str
 *                  {    dict, closed by 0       g f  float        r  a reference to what was
 *                  N T F . S  constants         s    bytes           flagged 0x80 before
 *
 * Nothing is trusted: depth, lengths and references are checked, and values
 * take memory by the bytes that are there, not by the lengths they claim.
 */
#ifndef HOG_FORMATS_UNMARSHAL_H
#define HOG_FORMATS_UNMARSHAL_H

#include "base/arena.h"
#include "base/cursor.h"

enum value_kind { VALUE_NONE, VALUE_INT, VALUE_FLOAT, VALUE_TEXT, VALUE_TUPLE, VALUE_DICT };

struct value {
    enum value_kind kind;
    uint32_t count;   /* items of a tuple; keys and values of a dict, together */
    uint64_t integer; /* what is negative is 0; what is greater than 64 bits the greatest */
    double number;    /* of an int too */
    const char *text; /* clean UTF-8 */
    const struct value **items;
};

struct unmarshal {
    struct hog_cursor cursor;
    struct hog_arena *arena;
    const struct value **references; /* free() it */
    uint32_t reference_count, reference_capacity;
    bool (*interrupted)(void *context, size_t objects); /* may be NULL */
    void *context;
    size_t objects;    /* that were read */
    const char *wrong; /* why reading ended; NULL: it went well */
    bool no_memory;    /* that is why */
};

void unmarshal_init(struct unmarshal *unmarshal, const void *bytes, size_t length, struct hog_arena *arena);
void unmarshal_deinit(struct unmarshal *unmarshal);
/* The next object. NULL: `wrong` says why. */
const struct value *unmarshal_next(struct unmarshal *unmarshal);

#endif
