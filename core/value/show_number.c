/*
 * Decimal, Fraction, UUID, paths.
 *
 *     PyDecObject: mpd_t {flags, exp, digits, len, alloc, data ──▶ words of 19 decimal digits, the lowest first}
 *
 * Source: Modules/_decimal/libmpdec/mpdecimal.h; Lib/_pydecimal.py (__str__); Lib/fractions.py, uuid.py, pathlib.
 */
#include "base/cleanup.h"
#include "value/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MPD_NEGATIVE = 1,
    MPD_INFINITE = 2,
    MPD_NAN = 4,
    MPD_SIGNALLING = 8,
    WORD_DIGITS = 19,
    MOST_WORDS = 1 << 16,
    PLAIN_FROM = -6, /* digits left of the point from which on no exponent is shown */
};

/* The coefficient, without leading zeros ("0" for zero); malloc'ed. */
static enum hog_status coefficient(struct render *render, uint64_t dec, char **ret_digits)
{
    uint64_t count, data, digit_count;
    HOG_FREE uint64_t *words = NULL;
    HOG_FREE char *digits = NULL;
    const char *first;
    enum hog_status status = value_u64(render->values, dec, HOG_F_mpd_len, &count);

    if (status == HOG_OK)
        status = value_u64(render->values, dec, HOG_F_mpd_data, &data);
    if (status == HOG_OK)
        status = value_u64(render->values, dec, HOG_F_mpd_digits, &digit_count);
    if (status != HOG_OK)
        return status;
    if (count > MOST_WORDS || digit_count > count * WORD_DIGITS)
        return HOG_BAD_DATA;
    words = calloc(count + 1, sizeof *words);
    digits = calloc(count + 1, WORD_DIGITS + 1);
    if (!words || !digits)
        return HOG_NO_MEMORY;
    status = value_read(render->values, data, words, count * sizeof *words);
    if (status != HOG_OK)
        return status;
    for (size_t i = 0; i < count; i++) {
        if (words[i] >= UINT64_C(10000000000000000000))
            return HOG_BAD_DATA;
        snprintf(digits + (count - 1 - i) * WORD_DIGITS, WORD_DIGITS + 1, "%019lu", (unsigned long)words[i]);
    }
    /* snprintf ends each word with a NUL where the next begins: fill from the highest down. */
    for (size_t i = count; i-- > 0;) {
        char word[WORD_DIGITS + 1];

        snprintf(word, sizeof word, "%019lu", (unsigned long)words[i]);
        memcpy(digits + (count - 1 - i) * WORD_DIGITS, word, WORD_DIGITS);
    }
    first = digits + strspn(digits, "0");
    *ret_digits = strdup(*first ? first : "0");
    return *ret_digits ? HOG_OK : HOG_NO_MEMORY;
}

/* General Decimal Arithmetic, to-scientific-string. */
static void put_scientific(struct hog_text *out, const char *digits, int64_t exponent)
{
    int64_t count = (int64_t)strlen(digits);
    int64_t left = exponent + count;
    int64_t point = exponent <= 0 && left > PLAIN_FROM ? left : 1;

    if (point <= 0) {
        hog_text_puts(out, "0.");
        for (int64_t i = point; i < 0; i++)
            hog_text_puts(out, "0");
        hog_text_puts(out, digits);
    } else {
        hog_text_append(out, digits, (size_t)(point < count ? point : count));
        if (point < count)
            hog_text_printf(out, ".%s", digits + point);
    }
    if (left != point)
        hog_text_printf(out, "E%+ld", (long)(left - point));
}

enum hog_status show_decimal(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t dec = value_field(render->values, object, HOG_F_decimal_dec);
    HOG_FREE char *digits = NULL;
    uint8_t flags;
    uint64_t exponent;
    size_t start;
    enum hog_status status = hog_memory_u8(render->values->decoder.memory, dec, &flags);

    (void)type;
    if (status == HOG_OK)
        status = value_u64(render->values, dec, HOG_F_mpd_exp, &exponent);
    if (status == HOG_OK && !(flags & MPD_INFINITE))
        status = coefficient(render, dec, &digits);
    if (status != HOG_OK)
        return status;
    if ((int64_t)exponent > INT64_C(1) << 60 || (int64_t)exponent < -(INT64_C(1) << 60))
        return HOG_BAD_DATA;
    hog_text_puts(render->out, "Decimal('");
    start = render->out->length;
    if (flags & MPD_NEGATIVE)
        hog_text_puts(render->out, "-");
    if (flags & MPD_INFINITE)
        hog_text_puts(render->out, "Infinity");
    else if (flags & (MPD_NAN | MPD_SIGNALLING))
        hog_text_printf(render->out, "%s%s", flags & MPD_NAN ? "NaN" : "sNaN",
                        strcmp(digits, "0") == 0 ? "" : digits);
    else
        put_scientific(render->out, digits, (int64_t)exponent);
    show_cut_middle(render, start);
    hog_text_puts(render->out, "')");
    return HOG_OK;
}

enum hog_status show_fraction(struct render *render, uint64_t object, const struct value_type *type)
{
    enum hog_status status;

    show_words(render, type->seen.name);
    hog_text_puts(render->out, "(");
    status = show_attribute(render, object, "_numerator");
    hog_text_puts(render->out, ", ");
    if (status == HOG_OK)
        status = show_attribute(render, object, "_denominator");
    hog_text_puts(render->out, ")");
    return status;
}

enum { UUID_DIGITS = 5, UUID_BYTES = 16, UUID_MOST_DIGITS = 6 };

enum hog_status show_uuid(struct render *render, uint64_t object, const struct value_type *type)
{
    struct integer_shape shape;
    uint32_t digits[UUID_MOST_DIGITS] = {0};
    unsigned char bytes[UUID_BYTES] = {0};
    uint64_t number;
    enum hog_status status = hog_value_attribute(render->values, object, "int", &number);

    if (status == HOG_OK)
        status = integer_shape(&render->values->decoder, number, &shape);
    if (status == HOG_OK && (shape.digits > UUID_DIGITS || shape.negative))
        status = HOG_BAD_DATA;
    if (status == HOG_OK)
        status = value_read(render->values, value_field(render->values, number, HOG_F_long_ob_digit), digits,
                            shape.digits * sizeof digits[0]);
    if (status != HOG_OK)
        return status;
    for (unsigned bit = 0; bit < UUID_BYTES * 8; bit++)
        if (digits[bit / 30] >> (bit % 30) & 1)
            bytes[UUID_BYTES - 1 - bit / 8] |= (unsigned char)(1u << bit % 8);
    show_words(render, type->seen.name);
    hog_text_puts(render->out, "('");
    for (unsigned i = 0; i < UUID_BYTES; i++)
        hog_text_printf(render->out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
    hog_text_puts(render->out, "')");
    return HOG_OK;
}

/*
 * A path keeps what it was made of, and its text once that was asked for:
 *
 *     to 3.11   _drv, _root, _parts; _str
 *     3.12+     _raw_paths; _drv, _root, _tail_cached and _str once they were needed
 */
static bool put_attribute_text(struct render *render, uint64_t object, const char *name,
                               struct hog_text *path)
{
    uint64_t value;
    const char *text;

    if (hog_value_attribute(render->values, object, name, &value) ||
        unicode_text(&render->values->decoder, value, &text))
        return false;
    hog_text_puts(path, text);
    return true;
}

enum { MOST_PATH = 1 << 16 };

/* Parts of a list or tuple of str, joined with a slash. */
static enum hog_status join_parts(struct render *render, uint64_t list, size_t skip, struct hog_text *path)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    const char *text;
    enum hog_status status = hog_value_walk_start(render->values, list, &walk);

    while (status == HOG_OK && hog_value_walk_next(render->values, &walk, &item)) {
        if (walk.taken <= skip)
            continue;
        if (path->length > MOST_PATH)
            return HOG_LIMIT;
        status = unicode_text(&render->values->decoder, item.value, &text);
        if (status != HOG_OK)
            return status;
        if (*text == '/')
            hog_text_clear(path);
        else if (path->length && path->bytes[path->length - 1] != '/')
            hog_text_puts(path, "/");
        hog_text_puts(path, text);
    }
    return status != HOG_OK ? status : walk.status;
}

/* What pathlib drops when it takes a path apart: "//" within, "/./", a slash at the end. */
static void normalise(struct hog_text *path, struct hog_text *ret_path)
{
    const char *at = path->bytes ? path->bytes : "";

    if (strncmp(at, "//", 2) == 0 && at[2] != '/')
        hog_text_puts(ret_path, "//");
    else if (*at == '/')
        hog_text_puts(ret_path, "/");
    while (*at) {
        size_t length = strcspn(at, "/");

        if (length && !(length == 1 && *at == '.')) {
            if (ret_path->length && ret_path->bytes[ret_path->length - 1] != '/')
                hog_text_puts(ret_path, "/");
            hog_text_append(ret_path, at, length);
        }
        at += length;
        at += strspn(at, "/");
    }
}

static enum hog_status path_text(struct render *render, uint64_t object, struct hog_text *ret_path)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text joined = {0};
    uint64_t list;
    enum hog_status status;

    if (hog_value_attribute(render->values, object, "_parts", &list) == HOG_OK) {
        size_t anchor;

        put_attribute_text(render, object, "_drv", ret_path);
        put_attribute_text(render, object, "_root", ret_path);
        anchor = ret_path->length ? 1 : 0;
        return join_parts(render, list, anchor, ret_path);
    }
    status = hog_value_attribute(render->values, object, "_raw_paths", &list);
    if (status == HOG_OK)
        status = join_parts(render, list, 0, &joined);
    if (status == HOG_OK)
        normalise(&joined, ret_path);
    return status;
}

enum hog_status show_path(struct render *render, uint64_t object, const struct value_type *type)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text path = {0};

    if (!put_attribute_text(render, object, "_str", &path)) {
        enum hog_status status = path_text(render, object, &path);

        if (status != HOG_OK)
            return status;
    }
    show_words(render, type->seen.name);
    hog_text_puts(render->out, "(");
    show_quoted(render, path.length ? path.bytes : ".");
    hog_text_puts(render->out, ")");
    return HOG_OK;
}
