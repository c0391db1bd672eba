/*
 * UTF-8, a character at a time, from bytes that may be anything; and which
 * characters are not to be seen.
 */
#ifndef HOG_BASE_UTF8_H
#define HOG_BASE_UTF8_H

#include "base/text.h"

/* Bytes of the valid character that `bytes` begins with, 1 to 4; 0: there is none. NUL is one. */
size_t hog_utf8_character(const char *bytes, size_t length, uint32_t *ret_point);

/*
 * Is it one that shows nothing of itself but changes how other text is shown:
 * a control (Unicode's Cc), a format character (Cf: marks of direction, of no
 * width, tags), an end of line or paragraph (Zl, Zp)? Python's repr escapes
 * them, too.
 */
bool hog_utf8_is_hidden(uint32_t point);

/* Valid, and without a NUL? */
bool hog_utf8_is_clean(const char *bytes, size_t length);

#endif
