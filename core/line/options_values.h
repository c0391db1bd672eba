/*
 * The parser of options.c, as the values of options see it.
 */
#ifndef HOG_LINE_OPTIONS_VALUES_H
#define HOG_LINE_OPTIONS_VALUES_H

#include "line/options.h"
#include "line/words.h"

/* The state of one parse. */
struct parser {
    struct options *options;
    const char *command;
    uint32_t allowed;
    struct words words;
    size_t at;       /* the word after the one that is looked at */
    bool words_only; /* "--" was met */
    struct hog_error *error;
};

/* Takes `value` for an option that has one, or says what it may be. */
enum hog_status option_take_value(const struct parser *parser, enum option option,
                                  const char *value) HOG_CHECKED;

#endif
