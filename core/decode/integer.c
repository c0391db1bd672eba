/*
 * int objects: 30-bit digits, least significant first.
 *
 *     to 3.11: ob_size = number of digits, negative for a negative int
 *     3.12+:   lv_tag  = number of digits << 3 | sign (0 positive, 1 zero, 2 negative)
 *
 * Source: Include/longintrepr.h, Include/cpython/longintrepr.h.
 */
#include "decode/integer.h"

#include "decode/object.h"

enum {
    DIGIT_BITS = 30,
    DIGITS_IN_U64 = 3,
    TOP_BITS = 4, /* of the third digit that still fit 64 bits */
    TAG_SHIFT = 3,
    SIGN_BITS = 3,
    SIGN_ZERO = 1,
    SIGN_NEGATIVE = 2,
};

static void shape_of_size(uint64_t size, struct integer_shape *ret_shape)
{
    bool negative = (int64_t)size < 0;

    *ret_shape = (struct integer_shape){.digits = negative ? 0 - size : size, .negative = negative};
}

static void shape_of_tag(uint64_t tag, struct integer_shape *ret_shape)
{
    *ret_shape = (struct integer_shape){.digits = (tag & SIGN_BITS) == SIGN_ZERO ? 0 : tag >> TAG_SHIFT,
                                        .negative = (tag & SIGN_BITS) == SIGN_NEGATIVE};
}

enum hog_status integer_shape(struct decoder *decoder, uint64_t object, struct integer_shape *ret_shape)
{
    bool tagged = decoder->layout->traits.integer == HOG_INTEGER_TAG;
    struct integer_shape shape;
    uint64_t word;
    enum hog_status status;

    if (!object_is(decoder, object, TYPE_LONG))
        return HOG_BAD_DATA;
    status = field_u64(decoder, object, tagged ? HOG_F_long_lv_tag : HOG_F_object_ob_size, &word);
    if (status != HOG_OK)
        return status;
    if (tagged)
        shape_of_tag(word, &shape);
    else
        shape_of_size(word, &shape);
    if (shape.digits > (uint64_t)1 << 40)
        return HOG_BAD_DATA;
    *ret_shape = shape;
    return HOG_OK;
}

enum hog_status integer_magnitude(struct decoder *decoder, uint64_t object, const struct integer_shape *shape,
                                  uint64_t *ret_value)
{
    uint64_t value = 0;
    uint32_t digit[DIGITS_IN_U64] = {0};
    enum hog_status status;

    if (shape->digits > DIGITS_IN_U64)
        return HOG_BAD_DATA;
    status = hog_memory_read(decoder->memory, field_address(decoder, object, HOG_F_long_ob_digit), digit,
                             shape->digits * sizeof digit[0]);
    if (status != HOG_OK)
        return status;
    for (unsigned i = 0; i < DIGITS_IN_U64; i++) {
        if (digit[i] >> DIGIT_BITS || (i == DIGITS_IN_U64 - 1 && digit[i] >> TOP_BITS))
            return HOG_BAD_DATA;
        value |= (uint64_t)digit[i] << (DIGIT_BITS * i);
    }
    *ret_value = value;
    return HOG_OK;
}

enum hog_status integer_u64(struct decoder *decoder, uint64_t object, uint64_t *ret_value)
{
    struct integer_shape shape;
    enum hog_status status = integer_shape(decoder, object, &shape);

    if (status != HOG_OK)
        return status;
    return shape.negative ? HOG_BAD_DATA : integer_magnitude(decoder, object, &shape, ret_value);
}
