/* What a code object says of its variables: names, kinds and slots. Read once, then shared by all its frames. */
#ifndef HOG_VALUE_NAMES_H
#define HOG_VALUE_NAMES_H

#include "value/reader.h"
#include "value/variables.h"

#include <uthash.h>

enum { CO_OPTIMIZED = 1, CO_VARARGS = 4, CO_VARKEYWORDS = 8 };

struct code_name {
    const char *name;
    enum hog_variable_kind kind;
    uint32_t slot;  /* of localsplus */
    bool is_cell;   /* the slot may hold a cell, and the value lies in that */
    bool is_hidden; /* of a comprehension that was inlined (3.12+): there while it runs */
    bool is_free;
};

struct code_names {
    uint64_t code; /* key */
    enum hog_status status;
    uint32_t flags; /* co_flags */
    struct code_name *names;
    size_t count;
    uint32_t slots;      /* of localsplus that belong to variables */
    uint32_t first_free; /* slot of the first free variable */
    bool cut;
    UT_hash_handle hh;
};

/* Never NULL but when memory is exhausted; `status` says whether it is any good. */
struct code_names *names_of_code(struct hog_values *values, uint64_t code);

#endif
