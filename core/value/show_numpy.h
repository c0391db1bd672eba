/* Arrays of numpy, for those who have some within: pandas. Not seen outside this folder. */
#ifndef HOG_VALUE_SHOW_NUMPY_H
#define HOG_VALUE_SHOW_NUMPY_H

#include "value/show.h"

enum { NUMPY_MAX_DIMENSIONS = 32 };

struct numpy_array {
    uint64_t data;
    uint32_t nd;
    int64_t shape[NUMPY_MAX_DIMENSIONS], stride[NUMPY_MAX_DIMENSIONS]; /* items, bytes */
    char kind, letter, byte_order;                                     /* of its dtype */
};

/* An ndarray, or an instance of a class that inherits from it. HOG_NOT_FOUND: it is none. */
enum hog_status numpy_read(struct hog_values *values, uint64_t object, struct numpy_array *ret_array);
void numpy_put_dtype(struct render *render, const struct numpy_array *array); /* "int64" */
/* Are items of this kind shown? */
bool numpy_shows_items(const struct numpy_array *array);
/* The first items, "[1, 2, 3]", in the order of the rows. */
enum hog_status numpy_put_items(struct render *render, const struct numpy_array *array);

#endif
