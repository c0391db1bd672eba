/*
 * What a format's file has in common with the others: the writer's signature,
 * and the metadata that each format carries as well as it can.
 */
#ifndef HOG_FORMATS_FORMAT_H
#define HOG_FORMATS_FORMAT_H

#include "formats/json_out.h"

/* The writers, one file each. They report what is wrong within; `out` keeps its own failures. */
#define FORMAT(name, ...)                                                                                    \
    enum hog_status name##_write(const struct hog_profile *profile, const struct hog_write_options *options, \
                                 struct out *out);
#include "formats/formats.def"
#undef FORMAT

/*
 * What the profile is, in a line each: "mode: cpu, 100 Hz …". `add` is called
 * with a label ("samples") and words ("1,990 kept of 2,030 …").
 */
enum hog_status describe_profile(const struct hog_profile *profile,
                                 void (*add)(void *self, const char *label, const char *words),
                                 void *self) HOG_CHECKED;
/* The command line, or else what there is; what a reader shows as the name of the whole. */
void describe_title(const struct hog_profile *profile, const struct hog_write_options *options,
                    struct hog_text *text);
/* The members of hognose.profile/1 that say what a profile is; the object is open. json.c has it. */
void json_put_metadata(struct json_out *json, const struct hog_profile *profile);

#endif
