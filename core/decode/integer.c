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

enum { DIGIT_BITS = 30, DIGITS_IN_U64 = 3 };

static enum hog_status digit_count(struct decoder *decoder, uint64_t object, uint64_t *ret_count)
{
    uint64_t word;
    enum hog_status status;

    if (decoder->layout->traits.integer == HOG_INTEGER_SIGNED_SIZE) {
        status = field_u64(decoder, object, HOG_F_object_ob_size, ret_count);
        return status;
    }
    status = field_u64(decoder, object, HOG_F_long_lv_tag, &word);
    if (status)
        return status;
    if ((word & 3) == 2)
        return HOG_BAD_DATA;
    *ret_count = (word & 3) == 1 ? 0 : word >> 3;
    return HOG_OK;
}

enum hog_status integer_u64(struct decoder *decoder, uint64_t object, uint64_t *ret_value)
{
    uint64_t count, value = 0;
    uint32_t digit;
    enum hog_status status;

    if (!object_is(decoder, object, TYPE_LONG))
        return HOG_BAD_DATA;
    status = digit_count(decoder, object, &count);
    if (status)
        return status;
    if (count > DIGITS_IN_U64)
        return HOG_BAD_DATA;
    for (uint64_t i = 0; i < count; i++) {
        status = hog_memory_u32(decoder->memory, field_address(decoder, object, HOG_F_long_ob_digit) + 4 * i,
                                &digit);
        if (status)
            return status;
        value |= (uint64_t)digit << (DIGIT_BITS * i);
    }
    *ret_value = value;
    return HOG_OK;
}
