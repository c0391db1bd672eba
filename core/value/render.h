/*
 * What repr() would show of an object, without running anything.
 *
 *     object ─▶ class ─▶ the class of its MRO that has the __repr__ ─▶ a kind (kinds.c) ─▶ text
 *
 * Where that class is one that hognose knows, the text equals repr()'s. Where
 * a program's class has a __repr__ of its own, what is shown is its base, and
 * HOG_VALUE_NOT_REPR says so. What is broken is `<unreadable: why>`, and what
 * stands around it is whole.
 */
#ifndef HOG_VALUE_RENDER_H
#define HOG_VALUE_RENDER_H

#include "base/text.h"
#include "value/values.h"

struct hog_value_limits {
    uint32_t depth; /* containers within containers */
    uint32_t items; /* of one container */
    uint32_t text;  /* characters of one str, bytes of one bytes, digits of one int */
    uint32_t total; /* bytes of the whole, about */
    uint32_t steps; /* of walks, shown or not: what is made to lead nowhere has an end too; 0: no end */
    /* Values of keys and fields whose name matches this pattern are hidden (hog_redacts); NULL or "": none. */
    const char *redact;
};

/* For one line among many; for one value on a screen; for one that is wanted whole. */
extern const struct hog_value_limits hog_value_limits_brief, hog_value_limits_normal, hog_value_limits_whole;

enum hog_value_mark {
    HOG_VALUE_CUT = 1,      /* a limit was met: "..." stands for the rest */
    HOG_VALUE_NOT_REPR = 2, /* a __repr__ or a state that is not known without running code decides */
    HOG_VALUE_DAMAGED = 4,  /* something could not be read, or cannot be what it says it is */
};

/* Appends the text, always some; returns the marks that hold for it, HOG_VALUE_… or'ed. */
uint32_t hog_value_render(struct hog_values *values, uint64_t object, const struct hog_value_limits *limits,
                          struct hog_text *out);

/* Items `first` up to `last` (exclusive) of a str, bytes, list, tuple or deque, as a slice of it shows. */
uint32_t hog_value_render_slice(struct hog_values *values, uint64_t object, uint64_t first, uint64_t last,
                                const struct hog_value_limits *limits, struct hog_text *out);

/* Does a pattern of `set hognose redact` hide this name? Words with * and ?, separated by commas; case is no matter. */
bool hog_redacts(const char *pattern, const char *name);
extern const char hog_redacted[]; /* what stands in its place */

/* Why something could not be read, in few words: "memory at 0x… is missing". */
void hog_value_why(struct hog_values *values, enum hog_status status, char *ret_words, size_t size);

#endif
