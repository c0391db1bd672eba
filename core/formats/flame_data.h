/*
 * What the pictures' scripts get: the tree by function (or by line), and what
 * functions and modules are called, as one JSON object.
 */
#ifndef HOG_FORMATS_FLAME_DATA_H
#define HOG_FORMATS_FLAME_DATA_H

#include "formats/format.h"
#include "formats/modules.h"
#include "profile/labels.h"

struct flame {
    struct hog_profile *profile; /* threads together, by function unless asked otherwise */
    struct hog_labels labels;
    struct modules modules;
    struct hog_text title;
    struct hog_text summary; /* "2,000 samples · 20.4 s · cpu · …" */
};

enum hog_status flame_init(struct flame *flame, const struct hog_profile *profile,
                           const struct hog_write_options *options) HOG_CHECKED;
void flame_deinit(struct flame *flame);

/* "native", "synthetic", "m3": the class of a function's box. */
void flame_colour(const struct flame *flame, uint32_t function, char ret_class[16]);

/*
 * The members of the object, which is open. Subtrees of less than `least`
 * samples are left out; their parents keep their counts as "rest".
 */
void flame_put_data(struct json_out *json, const struct flame *flame, uint64_t least);

#endif
