/* str objects, and the UTF-8 that hognose makes of them. */
#ifndef HOG_DECODE_UNICODE_H
#define HOG_DECODE_UNICODE_H

#include "decode/decoder.h"

struct unicode_shape {
    uint64_t length; /* code points */
    uint64_t data;   /* address of the first */
    unsigned kind;   /* bytes a code point: 1, 2 or 4 */
    uint32_t most;   /* that a code point can be: 0x7f of ASCII, 0x10ffff of 4 bytes */
};

/* Where the characters of a str object lie. HOG_BAD_DATA: it is none. */
enum hog_status unicode_shape(struct decoder *decoder, uint64_t object,
                              struct unicode_shape *ret_shape) HOG_CHECKED;

/*
 * The text of a str object in the snapshot's arena: valid UTF-8, what UTF-8
 * cannot carry as `backslashreplace` shows it. Longer than options.max_text
 * bytes: cut, ending in "…".
 */
enum hog_status unicode_text(struct decoder *decoder, uint64_t object, const char **ret_text) HOG_CHECKED;

/* False: it should be an object, or a str, and is damaged. Whatever else is an object is sound. */
bool unicode_is_sound(struct decoder *decoder, uint64_t object);

/* Does the str object hold exactly this ASCII text? False too when it cannot be read. */
bool unicode_equals(struct decoder *decoder, uint64_t object, const char *ascii);

/*
 * Encodes `length` code points of `kind` bytes each into `ret_utf8` of `size`
 * bytes; stops before the first that does not fit. Returns bytes written,
 * without a terminator; `ret_taken` says how many code points were taken.
 */
size_t unicode_encode(const void *data, size_t length, unsigned kind, char *ret_utf8, size_t size,
                      size_t *ret_taken);

#endif
