/*
 * str objects.
 *
 *     PyASCIIObject        PyCompactUnicodeObject         PyUnicodeObject
 *     ┌──────────────┐     ┌──────────────┐               ┌──────────────┐
 *     │ header       │     │ PyASCII…     │               │ PyCompact…   │
 *     │ length       │     │ utf8_length  │               │ data ────────┼──▶ characters
 *     │ hash         │     │ utf8         │               └──────────────┘
 *     │ state        │     ├──────────────┤               (str subclasses only)
 *     ├──────────────┤     │ characters   │  1, 2 or 4 bytes each
 *     │ characters   │     └──────────────┘
 *     └──────────────┘
 *
 *     state: interned | kind:3 | compact:1 | ascii:1 | …
 *            2 bits, a whole byte in free-threaded 3.14+ (trait unicode_kind_shift)
 *
 * Source: Include/cpython/unicodeobject.h, 3.6 - 3.15.
 */
#include "decode/unicode.h"

#include "decode/object.h"

#include <stdio.h>
#include <string.h>

static uint32_t most_of_kind(unsigned kind)
{
    return kind == 1 ? 0xff : kind == 2 ? 0xffff : 0x10ffff;
}

enum hog_status unicode_shape(struct decoder *decoder, uint64_t object, struct unicode_shape *ret_shape)
{
    unsigned shift = decoder->layout->traits.unicode_kind_shift;
    uint32_t state;
    bool compact, ascii;
    enum hog_status status;

    if (!object_is(decoder, object, TYPE_UNICODE))
        return HOG_BAD_DATA;
    status = field_u32(decoder, object, HOG_F_unicode_state, &state);
    if (status == HOG_OK)
        status = field_u64(decoder, object, HOG_F_unicode_length, &ret_shape->length);
    if (status != HOG_OK)
        return status;
    ret_shape->kind = state >> shift & 7;
    compact = state >> (shift + 3) & 1;
    ascii = state >> (shift + 4) & 1;
    if ((ret_shape->kind != 1 && ret_shape->kind != 2 && ret_shape->kind != 4) ||
        (ascii && ret_shape->kind != 1) || ret_shape->length > (uint64_t)1 << 40)
        return HOG_BAD_DATA;
    ret_shape->most = ascii ? 0x7f : most_of_kind(ret_shape->kind);
    if (!compact)
        return field_u64(decoder, object, HOG_F_unicode_data, &ret_shape->data);
    ret_shape->data =
        field_address(decoder, object, ascii ? HOG_F_unicode_ascii_data : HOG_F_unicode_compact_data);
    return HOG_OK;
}

static uint32_t code_point_at(const unsigned char *data, size_t index, unsigned kind)
{
    uint16_t two;
    uint32_t four;

    switch (kind) {
    case 1:
        return data[index];
    case 2:
        memcpy(&two, data + index * 2, sizeof two);
        return two;
    default:
        memcpy(&four, data + index * 4, sizeof four);
        return four;
    }
}

enum { LONGEST_ENCODING = 10 }; /* "\U0010ffff" */

/* Returns the number of bytes; the text of one code point, escaped where UTF-8 or C cannot carry it. */
static size_t encode_one(uint32_t point, char out[LONGEST_ENCODING + 1])
{
    if (point == 0)
        return (size_t)sprintf(out, "\\x00");
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xc0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point >= 0xd800 && point < 0xe000)
        return (size_t)sprintf(out, "\\u%04x", point);
    if (point < 0x10000) {
        out[0] = (char)(0xe0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3f));
        out[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    if (point > 0x10ffff)
        return (size_t)sprintf(out, "\\U%08x", point);
    out[0] = (char)(0xf0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3f));
    out[2] = (char)(0x80 | (point >> 6 & 0x3f));
    out[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}

size_t unicode_encode(const void *data, size_t length, unsigned kind, char *ret_utf8, size_t size,
                      size_t *ret_taken)
{
    char one[LONGEST_ENCODING + 1];
    size_t written = 0;
    size_t i;

    for (i = 0; i < length; i++) {
        size_t bytes = encode_one(code_point_at(data, i, kind), one);

        if (bytes > size - written)
            break;
        memcpy(ret_utf8 + written, one, bytes);
        written += bytes;
    }
    *ret_taken = i;
    return written;
}

enum { ELLIPSIS_BYTES = 3 };

/* No str has a character that its kind cannot hold, nor one beyond Unicode (PyUnicode_FromKindAndData and its kin). */
static bool points_fit(const struct unicode_shape *shape, const unsigned char *data, size_t points)
{
    for (size_t i = 0; i < points; i++)
        if (code_point_at(data, i, shape->kind) > shape->most)
            return false;
    return true;
}

static enum hog_status encode_into_arena(struct decoder *decoder, const struct unicode_shape *shape,
                                         const unsigned char *data, size_t points, char *utf8, size_t size,
                                         const char **ret_text)
{
    size_t limit = size - ELLIPSIS_BYTES;
    size_t taken, written;

    if (!points_fit(shape, data, points))
        return HOG_BAD_DATA;
    written = unicode_encode(data, points, shape->kind, utf8, limit, &taken);
    if (taken < shape->length) {
        memcpy(utf8 + written, "…", ELLIPSIS_BYTES);
        written += ELLIPSIS_BYTES;
    }
    *ret_text = hog_arena_copy_text(decoder->arena, utf8, written);
    return *ret_text ? HOG_OK : HOG_NO_MEMORY;
}

/* Behind the last one there is a zero: a text that is not ended is not as long as it says. */
static enum hog_status check_end(struct decoder *decoder, const struct unicode_shape *shape)
{
    uint32_t end = 0;
    enum hog_status status =
        hog_memory_read(decoder->memory, shape->data + shape->length * shape->kind, &end, shape->kind);

    return status != HOG_OK ? status : end ? HOG_BAD_DATA : HOG_OK;
}

enum { TEXT_ON_STACK = 512 };

enum hog_status unicode_text(struct decoder *decoder, uint64_t object, const char **ret_text)
{
    struct unicode_shape shape;
    size_t max = decoder->options.max_text;
    enum hog_status status = unicode_shape(decoder, object, &shape);
    unsigned char on_stack[TEXT_ON_STACK];
    char utf8_on_stack[TEXT_ON_STACK * 2 + ELLIPSIS_BYTES];
    size_t points, bytes;

    if (status == HOG_OK)
        status = check_end(decoder, &shape);
    if (status != HOG_OK)
        return status;
    points = shape.length < max ? shape.length : max;
    bytes = points * shape.kind;
    if (bytes <= sizeof on_stack && shape.kind == 1 && max >= sizeof on_stack) {
        status = hog_memory_read(decoder->memory, shape.data, on_stack, bytes);
        return status != HOG_OK ? status
                                : encode_into_arena(decoder, &shape, on_stack, points, utf8_on_stack,
                                                    sizeof utf8_on_stack, ret_text);
    }
    unsigned char *data = hog_arena_alloc(decoder->arena, bytes);
    char *utf8 = hog_arena_alloc(decoder->arena, max + ELLIPSIS_BYTES);

    if (!data || !utf8)
        return HOG_NO_MEMORY;
    status = hog_memory_read(decoder->memory, shape.data, data, bytes);
    return status != HOG_OK
               ? status
               : encode_into_arena(decoder, &shape, data, points, utf8, max + ELLIPSIS_BYTES, ret_text);
}

bool unicode_is_sound(struct decoder *decoder, uint64_t object)
{
    struct unicode_shape shape;
    uint64_t flags;

    if (object_type_flags(decoder, object, &flags) != HOG_OK)
        return false;
    return !(flags & TYPE_UNICODE) || unicode_shape(decoder, object, &shape) == HOG_OK;
}

bool unicode_equals(struct decoder *decoder, uint64_t object, const char *ascii)
{
    struct unicode_shape shape;
    size_t length = strlen(ascii);
    char bytes[128];

    return length <= sizeof bytes && unicode_shape(decoder, object, &shape) == HOG_OK && shape.kind == 1 &&
           shape.length == length && hog_memory_read(decoder->memory, shape.data, bytes, length) == HOG_OK &&
           memcmp(bytes, ascii, length) == 0;
}
