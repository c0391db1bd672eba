/*
 * From the line that the user typed to words, and from words to values.
 *
 *      -t 'My Thread' --output="a b.json"   ─▶   [-t] [My Thread] [--output=a b.json]
 *
 * Quoting is the shell's, without expansions: '…' literally, "…" with
 * backslash before " and \, and a backslash before anything elsewhere.
 */
#ifndef HOG_LINE_WORDS_H
#define HOG_LINE_WORDS_H

#include "base/arena.h"

struct words {
    char **word;
    size_t count;
    bool open_quote; /* the line ended within quotes; the last word is what there was of it */
    bool open_end;   /* the line ended in a word, not in blanks: the last word is still being typed */
};

/* False when memory is exhausted. An open quote is no failure here. */
bool words_split(struct words *words, const char *line, struct hog_arena *arena) HOG_CHECKED;

enum { WORDS_FIRST_BYTES = 64 };
/* The first word of `line` into `ret_word`, and what follows it; NULL: there is none, or it is longer. */
const char *words_first(const char *line, char ret_word[WORDS_FIRST_BYTES]) HOG_CHECKED;

/* Decimal, nothing around it, at most 2^32-1; "unlimited" is 0. False when it is anything else. */
bool words_count(const char *word, uint32_t *ret_count) HOG_CHECKED;
/* Digits, with a fraction after a point if there is one: "10", "0.5". Whatever the locale. */
bool words_fraction(const char *word, double *ret_number) HOG_CHECKED;
/* Decimal, or hexadecimal after 0x. */
bool words_decimal(const char *word, uint64_t *ret_number) HOG_CHECKED;
bool words_hexadecimal(const char *word, uint64_t *ret_number) HOG_CHECKED;

/* Insertions, deletions and replacements from one to the other; for words of up to 31 bytes, else 99. */
unsigned words_distance(const char *one, const char *other);

#endif
