/* What the readers of files share. */
#ifndef HOG_FORMATS_READING_H
#define HOG_FORMATS_READING_H

#include "formats/read.h"

struct json_t;

struct reading {
    const char *bytes;
    size_t length;
    const char *name;
    struct hog_error *error;
    struct hog_watch *watch; /* may be NULL */
};

static inline bool reading_interrupted(const struct reading *reading, size_t number)
{
    return hog_watch_due(reading->watch, number);
}

/* HOG_INTERRUPTED, in words. */
enum hog_status reading_stopped(const struct reading *reading);

/* HOG_BAD_DATA in these words, after the file's name. */
enum hog_status reading_bad(const struct reading *reading, const char *format, ...) HOG_PRINTF(2, 3);

enum hog_status json_read(const struct reading *reading, struct hog_profile **ret_profile) HOG_CHECKED;
enum hog_status prof_read(const struct reading *reading, struct hog_profile **ret_profile) HOG_CHECKED;

/* What a profile says of itself; texts live as long as the JSON. */
struct metadata {
    struct hog_profile_info info;
    struct hog_profile_counts counts;
    const struct json_t *drops; /* an array of objects, or NULL */
};
/* Sets `ret_metadata` from an object of hognose.profile/1; what is missing is unknown, what is wrong is
 * HOG_BAD_DATA. */
enum hog_status metadata_read(const struct reading *reading, const struct json_t *root,
                              struct metadata *ret_metadata) HOG_CHECKED;
/* One drop of the list. False: there is none at `index`. */
bool metadata_drop(const struct metadata *metadata, size_t index, struct hog_profile_drop *ret_drop);

#endif
