/*
 * Text on a terminal: colours, columns, names that cannot drive it.
 */
#ifndef HOG_SHOW_PAINT_H
#define HOG_SHOW_PAINT_H

#include "base/text.h"
#include "show/report.h"

enum style { STYLE_PLAIN, STYLE_HEADING, STYLE_STATE, STYLE_PLACE, STYLE_NOTE };

enum { PAINT_COLUMN_MAX = 40, PAINT_NUMBER = 32, COMMAND_CHARACTERS = 60 };

/* `cell` in its style. */
void paint_put(struct hog_text *text, const struct theme *theme, enum style style, const char *cell);
/* Then blanks until it is `width` cells wide, and `gap` more. */
void paint_column(struct hog_text *text, const struct theme *theme, enum style style, const char *cell,
                  unsigned width, unsigned gap);

/* Appends `utf8` as one line of printable text of at most `characters` (0: any number). */
void paint_name(struct hog_text *text, const char *utf8, uint32_t characters);

/*
 * Appends what was started: "python3.12 worker.py" of "/usr/bin/python3.12 worker.py", cut after 60 characters; all of
 * it with full paths. Either of the texts may be NULL or "".
 */
void paint_command_line(struct hog_text *text, const struct theme *theme, const char *executable,
                        const char *command_line);

/* Appends what fits into `cells` of text that is printable: `before` cells of its start, "…", its end. */
void paint_cut(struct hog_text *text, const char *printable, unsigned cells, unsigned before);
/*
 * Appends a sentence, and a line end, where `taken` cells of the line are taken already. On a terminal that
 * is too narrow it goes on in the next line, `indent` blanks from the left, never within a word.
 */
void paint_sentence(struct hog_text *text, const struct theme *theme, const char *printable, unsigned taken,
                    unsigned indent);
/*
 * The same of words that are not printable yet, in a line of their own, `indent` blanks from the left; further lines two
 * blanks more, or four where it begins at the left.
 */
void paint_statement(struct hog_text *text, const struct theme *theme, const char *words, unsigned indent);

/* 1,234,567. Returns `buffer`. */
const char *paint_number(uint64_t number, char buffer[PAINT_NUMBER]);

unsigned paint_width(const struct hog_text *cell);
/* The content of a text that may be empty still. */
const char *paint_text(const struct hog_text *cell);

#endif
