/*
 * The parser of options.c, and how the values of options are taken.
 */
#ifndef HOG_LINE_OPTIONS_VALUES_H
#define HOG_LINE_OPTIONS_VALUES_H

#include "line/usage.h"
#include "line/words.h"

/* The state of one parse. */
struct parser {
    struct options *options;
    const struct usage *usage;
    struct words words;
    size_t at;       /* the word after the one that is looked at */
    bool words_only; /* "--" was met */
    struct hog_error *error;
};

/* Of options.def: a value by its kind. Each says what it may be when it is something else. */
option_take option_take_text;    /* const char *; not empty */
option_take option_take_list;    /* struct option_list; not empty */
option_take option_take_count;   /* uint32_t; 0 unlimited */
option_take option_take_seconds; /* double; 0 unlimited */
option_take option_take_rate;    /* double */
option_take option_take_minutes; /* double */
option_take option_take_version; /* struct hog_version */
option_take option_take_format;  /* const struct hog_format * */
option_take option_take_sort;    /* enum hog_sort */

#endif
