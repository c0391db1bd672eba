/* UTF-8 that nobody vouches for. */
#ifndef HOG_PROFILE_UTF8_H
#define HOG_PROFILE_UTF8_H

#include "base/text.h"

/* Valid, and without a NUL? */
bool utf8_is_clean(const char *bytes, size_t length);

/*
 * Appends the text with what is not clean as Python's backslashreplace shows
 * it: a surrogate that was encoded like other characters as \udc80, any other
 * byte as \xff, a NUL as \x00.
 */
void utf8_append_clean(struct hog_text *text, const char *bytes, size_t length);

#endif
