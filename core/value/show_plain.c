/*
 * None, bool, numbers.
 *
 *     PyLongObject            PyFloatObject     PyComplexObject
 *     size or lv_tag          ob_fval           cval {real, imag}
 *     ob_digit[] of 30 bits
 *
 * Source: Include/cpython/longintrepr.h, Include/cpython/floatobject.h, Include/cpython/complexobject.h.
 */
#include "base/cleanup.h"
#include "value/show.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum hog_status show_none(struct render *render, uint64_t object, const struct value_type *type)
{
    (void)object;
    (void)type;
    hog_text_puts(render->out, "None");
    return HOG_OK;
}

enum hog_status show_ellipsis(struct render *render, uint64_t object, const struct value_type *type)
{
    (void)object;
    (void)type;
    hog_text_puts(render->out, "Ellipsis");
    return HOG_OK;
}

enum hog_status show_not_implemented(struct render *render, uint64_t object, const struct value_type *type)
{
    (void)object;
    (void)type;
    hog_text_puts(render->out, "NotImplemented");
    return HOG_OK;
}

enum hog_status show_bool(struct render *render, uint64_t object, const struct value_type *type)
{
    int64_t value;
    enum hog_status status = hog_value_i64(render->values, object, &value);

    (void)type;
    if (status == HOG_OK)
        hog_text_puts(render->out, value ? "True" : "False");
    return status;
}

/*
 * Big ints: base 2^30 to base 10^9, digit after digit as in Objects/longobject.c, long_to_decimal_string. That
 * takes the square of the length, so there is an end to it.
 */
enum {
    DIGIT_BITS = 30,
    BILLION = 1000000000,
    BILLION_DIGITS = 9,
    MOST_DIGITS = 40000, /* of 30 bits: some 360,000 of ten */
    POLL_EVERY = 256,
};

/* Appends the decimal digits of `digits`; `parts` has room for them in base 10^9. */
static enum hog_status write_decimal(struct render *render, const uint32_t *digits, size_t count,
                                     uint32_t *parts)
{
    size_t used = 0;

    for (size_t i = count; i-- > 0;) {
        uint64_t carry = digits[i];

        if (i % POLL_EVERY == 0 && hog_values_interrupted(render->values))
            return HOG_INTERRUPTED;
        for (size_t k = 0; k < used; k++) {
            uint64_t part = ((uint64_t)parts[k] << DIGIT_BITS) + carry;

            carry = part / BILLION;
            parts[k] = (uint32_t)(part % BILLION);
        }
        for (; carry; carry /= BILLION)
            parts[used++] = (uint32_t)(carry % BILLION);
    }
    hog_text_printf(render->out, "%u", used ? parts[used - 1] : 0);
    for (size_t k = used ? used - 1 : 0; k-- > 0;)
        hog_text_printf(render->out, "%0*u", BILLION_DIGITS, parts[k]);
    return HOG_OK;
}

void show_cut_middle(struct render *render, size_t start)
{
    size_t length = render->out->length - start;
    size_t max = render->limits.text < 8 ? 8 : render->limits.text;
    size_t head = (max - 3) / 2;
    size_t tail = max - 3 - head;
    char *text = render->out->bytes + start;

    if (render->out->failed || length <= max)
        return;
    memcpy(text + head, "...", 3);
    memmove(text + head + 3, text + length - tail, tail);
    render->out->length = start + max;
    text[max] = '\0';
    show_mark(render, HOG_VALUE_CUT);
}

static enum hog_status show_big_int(struct render *render, uint64_t object, const struct integer_shape *shape)
{
    HOG_FREE uint32_t *digits = NULL;
    HOG_FREE uint32_t *parts = NULL;
    size_t start = render->out->length;
    uint64_t bits = shape->digits * DIGIT_BITS;
    enum hog_status status;

    /* 3.33 bits a digit: what would be cut to a few digits is not worth its millions. */
    if (shape->digits > MOST_DIGITS || bits / 100 > render->limits.text) {
        hog_text_printf(render->out, "<%sint of about %lu digits>", shape->negative ? "negative " : "",
                        (unsigned long)(bits * 301 / 1000));
        show_mark(render, HOG_VALUE_CUT);
        return HOG_OK;
    }
    digits = calloc(shape->digits, sizeof *digits);
    parts = calloc(shape->digits + shape->digits / 8 + 2, sizeof *parts);
    if (!digits || !parts)
        return HOG_NO_MEMORY;
    status = value_read(render->values, value_field(render->values, object, HOG_F_long_ob_digit), digits,
                        shape->digits * sizeof *digits);
    for (size_t i = 0; status == HOG_OK && i < shape->digits; i++)
        if (digits[i] >> DIGIT_BITS)
            status = HOG_BAD_DATA;
    if (status != HOG_OK)
        return status;
    if (shape->negative)
        hog_text_puts(render->out, "-");
    status = write_decimal(render, digits, shape->digits, parts);
    if (status == HOG_OK)
        show_cut_middle(render, start);
    return status;
}

enum hog_status show_int(struct render *render, uint64_t object, const struct value_type *type)
{
    struct integer_shape shape;
    uint64_t magnitude;
    enum hog_status status = integer_shape(&render->values->decoder, object, &shape);

    (void)type;
    if (status != HOG_OK)
        return status;
    if (shape.digits > 2)
        return show_big_int(render, object, &shape);
    status = integer_magnitude(&render->values->decoder, object, &shape, &magnitude);
    if (status == HOG_OK)
        hog_text_printf(render->out, "%s%lu", shape.negative ? "-" : "", (unsigned long)magnitude);
    return status;
}

/*
 * The shortest decimal that reads back as the same double, in the shape of Python/pystrtod.c, format 'r'. The
 * debugger's locale may have another decimal point; only the digits are taken from printf.
 */
enum { MOST_PRECISION = 17, DIGITS_TEXT = 40, MIN_PLAIN = -4, MAX_PLAIN = 16 };

/* `digits`: without point; returns the decimal exponent of the first. */
static int shortest_digits(double value, char digits[DIGITS_TEXT])
{
    char text[DIGITS_TEXT];
    size_t count = 0;
    const char *exponent;

    for (int precision = 0; precision < MOST_PRECISION; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    exponent = strchr(text, 'e');
    for (const char *at = text; at < exponent; at++)
        if (*at >= '0' && *at <= '9')
            digits[count++] = *at;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    digits[count] = '\0';
    return atoi(exponent + 1);
}

static void write_plain(struct hog_text *out, const char *digits, int exponent, bool with_point)
{
    int count = (int)strlen(digits);

    if (exponent < 0) {
        hog_text_puts(out, "0.");
        for (int i = exponent + 1; i < 0; i++)
            hog_text_puts(out, "0");
        hog_text_puts(out, digits);
        return;
    }
    for (int i = 0; i < count || i <= exponent; i++) {
        if (i == exponent + 1)
            hog_text_puts(out, ".");
        hog_text_append(out, i < count ? digits + i : "0", 1);
    }
    if (with_point && count <= exponent + 1)
        hog_text_puts(out, ".0");
}

void show_double(struct hog_text *out, double value, bool with_point)
{
    char digits[DIGITS_TEXT] = "";
    int exponent;

    if (isnan(value)) {
        hog_text_puts(out, "nan");
        return;
    }
    if (signbit(value))
        hog_text_puts(out, "-");
    value = fabs(value);
    if (isinf(value)) {
        hog_text_puts(out, "inf");
        return;
    }
    exponent = shortest_digits(value, digits);
    if (exponent >= MIN_PLAIN && exponent < MAX_PLAIN) {
        write_plain(out, digits, exponent, with_point);
        return;
    }
    hog_text_append(out, digits, 1);
    if (digits[1])
        hog_text_printf(out, ".%s", digits + 1);
    hog_text_printf(out, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
}

enum hog_status show_float(struct render *render, uint64_t object, const struct value_type *type)
{
    double value;
    enum hog_status status = value_read(
        render->values, value_field(render->values, object, HOG_F_float_ob_fval), &value, sizeof value);

    (void)type;
    if (status == HOG_OK)
        show_double(render->out, value, true);
    return status;
}

/* Objects/complexobject.c, complex_repr */
enum hog_status show_complex(struct render *render, uint64_t object, const struct value_type *type)
{
    double part[2];
    enum hog_status status = value_read(
        render->values, value_field(render->values, object, HOG_F_complex_cval), part, sizeof part);

    (void)type;
    if (status != HOG_OK)
        return status;
    if (part[0] == 0 && !signbit(part[0])) {
        show_double(render->out, part[1], false);
        hog_text_puts(render->out, "j");
        return HOG_OK;
    }
    hog_text_puts(render->out, "(");
    show_double(render->out, part[0], false);
    if (isnan(part[1]) || !signbit(part[1]))
        hog_text_puts(render->out, "+");
    show_double(render->out, part[1], false);
    hog_text_puts(render->out, "j)");
    return HOG_OK;
}
