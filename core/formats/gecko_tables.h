/*
 * The tables of a .gecko.json file: samples, stacks, frames, functions, texts,
 * each thread its own. See gecko.c.
 */
#ifndef HOG_FORMATS_GECKO_TABLES_H
#define HOG_FORMATS_GECKO_TABLES_H

#include "formats/format.h"
#include "formats/frames.h"
#include "formats/local_numbers.h"
#include "formats/strings.h"
#include "profile/labels.h"

/* Numbers of meta.categories. */
enum gecko_category { GECKO_OTHER, GECKO_PYTHON, GECKO_NATIVE, GECKO_COUNT };

struct gecko {
    const struct hog_profile *profile;
    struct json_out *json;
    struct hog_labels labels;
    struct frames frames;
    /* of the thread that is being written: each has tables of its own */
    struct local_numbers used_frames, used_functions;
    struct strings strings;
};

/* Frames, functions and texts of this thread from now on. */
void gecko_number_used(struct gecko *gecko, const struct hog_profile_thread *thread);

void gecko_put_samples(struct gecko *gecko, const struct hog_profile_thread *thread);
void gecko_put_stack_table(struct gecko *gecko, const struct hog_profile_thread *thread);
void gecko_put_frame_table(struct gecko *gecko);
void gecko_put_func_table(struct gecko *gecko);
/* After the others: it holds the texts that they named. */
void gecko_put_strings(struct gecko *gecko);
/* A table of no rows; names of its columns end with NULL. */
void gecko_put_empty_columns(struct gecko *gecko, const char *table, const char *const *columns);

#endif
