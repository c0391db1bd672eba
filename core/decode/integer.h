/* int objects. */
#ifndef HOG_DECODE_INTEGER_H
#define HOG_DECODE_INTEGER_H

#include "decode/decoder.h"

struct integer_shape {
    uint64_t digits; /* of 30 bits */
    bool negative;
};

/* HOG_BAD_DATA: no int. */
enum hog_status integer_shape(struct decoder *decoder, uint64_t object,
                              struct integer_shape *ret_shape) HOG_CHECKED;
/* The absolute value of one that fits 64 bits; else HOG_BAD_DATA. */
enum hog_status integer_magnitude(struct decoder *decoder, uint64_t object, const struct integer_shape *shape,
                                  uint64_t *ret_value) HOG_CHECKED;

/* The value of a non-negative int of up to 64 bits; HOG_BAD_DATA for others. */
enum hog_status integer_u64(struct decoder *decoder, uint64_t object, uint64_t *ret_value) HOG_CHECKED;

#endif
