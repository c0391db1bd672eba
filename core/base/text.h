/*
 * A growing text buffer.
 *
 * Everything a command prints is composed in one of these and handed to the
 * host in one piece. A failed allocation marks the buffer (`failed`), later
 * appends do nothing, and the caller checks once.
 */
#ifndef HOG_BASE_TEXT_H
#define HOG_BASE_TEXT_H

#include "base/status.h"

struct hog_text {
    char *bytes; /* NUL-terminated once anything was appended; else NULL */
    size_t length;
    size_t capacity;
    bool failed;
};

void hog_text_deinit(struct hog_text *text);
void hog_text_clear(struct hog_text *text);
void hog_text_append(struct hog_text *text, const char *bytes, size_t length);
void hog_text_puts(struct hog_text *text, const char *string);
void hog_text_printf(struct hog_text *text, const char *format, ...) HOG_PRINTF(2, 3);
/* As printf's %PRIu64, at a fraction of its cost: what is printed for every frame. */
void hog_text_put_number(struct hog_text *text, uint64_t number);
void hog_text_put_address(struct hog_text *text, uint64_t address); /* as HOG_ADDRESS */
void hog_text_pad(struct hog_text *text, size_t blanks);
/*
 * Appends the text with what is not clean as Python's backslashreplace shows
 * it: a surrogate that was encoded like other characters as \udc80, any other
 * byte as \xff, a NUL as \x00.
 */
void hog_text_append_clean(struct hog_text *text, const char *bytes, size_t length);

/* Terminal cells that UTF-8 text takes: wide East Asian and emoji 2, combining 0 (wcwidth-like, locale-free).
 */
unsigned hog_text_width(const char *utf8, size_t length);
/* Bytes of the longest part from the start that takes `cells` at most. */
size_t hog_text_fit(const char *utf8, size_t length, unsigned cells);

/*
 * Appends text that may hold anything: control and format characters, and
 * bytes that are no UTF-8, come out as Python shows them (\n, \x1b, \u202e,
 * \xff), so that a file name cannot drive the terminal or look like another.
 * What is appended is valid UTF-8, on one line.
 */
void hog_text_put_printable(struct hog_text *text, const char *utf8);

/* What follows the last '/' of a path, in it; the whole path where nothing does. NULL for NULL. */
const char *hog_path_last(const char *path);

#endif
