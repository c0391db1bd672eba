/* Members of a JSON object, each of the type it should be; a wrong one is remembered by its key. */
#ifndef HOG_FORMATS_READ_FIELDS_H
#define HOG_FORMATS_READ_FIELDS_H

#include "formats/reading.h"

#include <jansson.h>

/* Counts are held exactly by JSON's readers up to here. */
#define MOST_COUNT ((json_int_t)1 << 53)

struct fields {
    const json_t *object; /* NULL, or no object: everything is missing */
    const char *wrong;    /* a key whose value is not what it should be; NULL: none */
};

/* Missing and null are NULL, 0, false. */
const char *field_text(struct fields *fields, const char *key);
uint64_t field_count(struct fields *fields, const char *key);
int64_t field_id(struct fields *fields, const char *key);
double field_number(struct fields *fields, const char *key, double most); /* not negative, not more */
bool field_bool(struct fields *fields, const char *key);
struct hog_profile_counts field_counts(struct fields *fields, const char *key);

#endif
