/* int objects that fit 64 bits. */
#ifndef HOG_DECODE_INTEGER_H
#define HOG_DECODE_INTEGER_H

#include "decode/decoder.h"

/* The value modulo 2^64 of a non-negative int; HOG_BAD_DATA for a negative or larger one. */
enum hog_status integer_u64(struct decoder *decoder, uint64_t object, uint64_t *ret_value) HOG_CHECKED;

#endif
