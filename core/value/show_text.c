/*
 * str, bytes and bytearray, quoted and escaped as repr() does.
 *
 * Long ones are cut in the middle, 'aaa...zzz', and only both ends are read.
 *
 * Source: Objects/unicodeobject.c, unicode_repr; Objects/bytesobject.c, PyBytes_Repr.
 */
#include "base/cleanup.h"
#include "value/printable.h"
#include "value/show.h"

#include <string.h>

enum { MOST_CHARACTERS = 64000000, ELLIPSIS = 3, SHORTEST = 8 };

static void put_utf8(struct hog_text *out, uint32_t point)
{
    char utf8[8];
    size_t taken;
    size_t length = unicode_encode(&point, 1, sizeof point, utf8, sizeof utf8, &taken);

    hog_text_append(out, utf8, length);
}

void show_point(struct hog_text *out, uint32_t point, uint32_t quote)
{
    if (point == quote || point == '\\')
        hog_text_printf(out, "\\%c", (char)point);
    else if (point == '\t')
        hog_text_puts(out, "\\t");
    else if (point == '\n')
        hog_text_puts(out, "\\n");
    else if (point == '\r')
        hog_text_puts(out, "\\r");
    else if (point <= 0x10ffff && printable(point))
        put_utf8(out, point);
    else
        hog_text_printf(out, point < 0x100 ? "\\x%02x" : point < 0x10000 ? "\\u%04x" : "\\U%08x", point);
}

/* Code points or bytes, as they lie in the debuggee: the whole, or its head and tail. */
struct stretch {
    unsigned char *data;
    size_t head, tail; /* characters */
    unsigned width;    /* bytes of one */
    bool is_bytes;
    bool
        escapes_single; /* bytearray: Objects/bytearrayobject.c escapes single quotes whatever stands around them */
};

static uint32_t point_at(const struct stretch *text, size_t index)
{
    uint16_t two;
    uint32_t four;

    if (text->width == 1)
        return text->data[index];
    if (text->width == 2) {
        memcpy(&two, text->data + index * 2, sizeof two);
        return two;
    }
    memcpy(&four, text->data + index * 4, sizeof four);
    return four;
}

static void put_bytes_point(struct hog_text *out, uint32_t point, uint32_t quote)
{
    if (point >= 0x7f)
        hog_text_printf(out, "\\x%02x", point);
    else
        show_point(out, point, quote);
}

static void put_points(struct render *render, const struct stretch *text, size_t from, size_t to,
                       uint32_t quote)
{
    for (size_t i = from; i < to; i++) {
        if (text->is_bytes)
            put_bytes_point(render->out, point_at(text, i), text->escapes_single ? '\'' : quote);
        else
            show_point(render->out, point_at(text, i), quote);
    }
}

/* Single quotes, but double ones where there are single ones in it and no double ones. */
static uint32_t quote_for(const struct stretch *text)
{
    bool single = false;

    for (size_t i = 0; i < text->head + text->tail; i++) {
        uint32_t point = point_at(text, i);

        if (point == '"')
            return '\'';
        single |= point == '\'';
    }
    return single ? '"' : '\'';
}

static void put_stretch(struct render *render, const struct stretch *text)
{
    char quote[2] = {(char)quote_for(text), '\0'};

    hog_text_puts(render->out, text->is_bytes ? "b" : "");
    hog_text_puts(render->out, quote);
    put_points(render, text, 0, text->head, (unsigned char)quote[0]);
    if (text->tail) {
        hog_text_puts(render->out, "...");
        put_points(render, text, text->head, text->head + text->tail, (unsigned char)quote[0]);
        show_mark(render, HOG_VALUE_CUT);
    }
    hog_text_puts(render->out, quote);
}

/* `count` characters of `width` bytes from `address` on, cut to the limits. */
static enum hog_status show_stretch(struct render *render, uint64_t address, uint64_t count, unsigned width,
                                    bool is_bytes, bool escapes_single)
{
    struct stretch text = {
        .head = count, .width = width, .is_bytes = is_bytes, .escapes_single = escapes_single};
    size_t max = render->limits.text < SHORTEST ? SHORTEST : render->limits.text;
    HOG_FREE unsigned char *data = NULL;
    enum hog_status status;

    if (max > MOST_CHARACTERS)
        max = MOST_CHARACTERS;
    if (count > max) {
        text.head = (max - ELLIPSIS) / 2;
        text.tail = max - ELLIPSIS - text.head;
    }
    data = malloc((text.head + text.tail + 1) * width);
    if (!data)
        return HOG_NO_MEMORY;
    text.data = data;
    status = value_read(render->values, address, data, text.head * width);
    if (status == HOG_OK && text.tail)
        status = value_read(render->values, address + (count - text.tail) * width, data + text.head * width,
                            text.tail * width);
    if (status == HOG_OK)
        put_stretch(render, &text);
    return status;
}

static enum hog_status stretch_of(struct hog_values *values, uint64_t object, uint64_t *ret_address,
                                  uint64_t *ret_count, unsigned *ret_width)
{
    struct unicode_shape shape;
    enum hog_status status = HOG_OK;

    *ret_width = 1;
    if (object_is(&values->decoder, object, TYPE_UNICODE)) {
        status = unicode_shape(&values->decoder, object, &shape);
        if (status != HOG_OK)
            return status;
        *ret_address = shape.data;
        *ret_count = shape.length;
        *ret_width = shape.kind;
        return HOG_OK;
    }
    *ret_address = value_field(values, object, HOG_F_bytes_ob_sval);
    if (!object_is(&values->decoder, object, TYPE_BYTES))
        status = value_u64(values, object, HOG_F_bytearray_ob_start, ret_address);
    if (status == HOG_OK)
        status = value_u64(values, object, HOG_F_object_ob_size, ret_count);
    return status == HOG_OK && *ret_count >> 40 ? HOG_BAD_DATA : status;
}

enum hog_status show_text_slice(struct render *render, uint64_t object, uint64_t first, uint64_t last)
{
    uint64_t address, count;
    unsigned width;
    enum hog_status status = stretch_of(render->values, object, &address, &count, &width);

    if (status != HOG_OK)
        return status;
    last = last < count ? last : count;
    first = first < last ? first : last;
    return show_stretch(render, address + first * width, last - first, width,
                        !object_is(&render->values->decoder, object, TYPE_UNICODE),
                        !object_is(&render->values->decoder, object, TYPE_UNICODE) &&
                            !object_is(&render->values->decoder, object, TYPE_BYTES) &&
                            render->values->decoder.layout->traits.bytearray_escapes_quote);
}

enum hog_status show_str(struct render *render, uint64_t object, const struct value_type *type)
{
    (void)type;
    return show_text_slice(render, object, 0, UINT64_MAX);
}

enum hog_status show_bytes(struct render *render, uint64_t object, const struct value_type *type)
{
    (void)type;
    return show_text_slice(render, object, 0, UINT64_MAX);
}

enum hog_status show_bytearray(struct render *render, uint64_t object, const struct value_type *type)
{
    enum hog_status status;

    show_words(render, type->seen.name);
    hog_text_puts(render->out, "(");
    status = show_text_slice(render, object, 0, UINT64_MAX);
    hog_text_puts(render->out, ")");
    return status;
}

enum { MEMORYVIEW_RELEASED = 1 };

enum hog_status show_memoryview(struct render *render, uint64_t object, const struct value_type *type)
{
    uint32_t flags;
    enum hog_status status = value_u32(render->values, object, HOG_F_memoryview_flags, &flags);

    (void)type;
    if (status == HOG_OK)
        hog_text_printf(render->out, "<%smemory at " HOG_ADDRESS ">",
                        flags & MEMORYVIEW_RELEASED ? "released " : "", object);
    return status;
}

/* The code point at `*at`, which moves on. What is no UTF-8 comes byte by byte; the text here is our own. */
static uint32_t next_point(const unsigned char **at)
{
    const unsigned char *byte = *at;
    unsigned more = byte[0] >= 0xf0 ? 3 : byte[0] >= 0xe0 ? 2 : byte[0] >= 0xc0 ? 1 : 0;
    uint32_t point = more ? byte[0] & (0x3f >> more) : byte[0];

    for (unsigned i = 1; i <= more; i++) {
        if ((byte[i] & 0xc0) != 0x80) {
            *at = byte + 1;
            return byte[0];
        }
        point = point << 6 | (byte[i] & 0x3f);
    }
    *at = byte + more + 1;
    return point;
}

void show_quoted(struct render *render, const char *utf8)
{
    const char *quote = strchr(utf8, '\'') && !strchr(utf8, '"') ? "\"" : "'";

    hog_text_puts(render->out, quote);
    for (const unsigned char *at = (const unsigned char *)utf8; *at;)
        show_point(render->out, next_point(&at), (unsigned char)*quote);
    hog_text_puts(render->out, quote);
}
