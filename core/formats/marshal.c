/* Writing marshal; see marshal.h. CPython: Python/marshal.c, w_object (3.6 to 3.15 alike for these types). */
#include "formats/marshal.h"

#include <string.h>

static void put_u32(struct out *out, uint32_t number)
{
    for (unsigned i = 0; i < 4; i++)
        out_char(out, (char)(number >> 8 * i));
}

void marshal_open_dict(struct out *out)
{
    out_char(out, '{');
}

void marshal_close_dict(struct out *out)
{
    out_char(out, '0');
}

void marshal_tuple(struct out *out, uint32_t count)
{
    out_char(out, '(');
    put_u32(out, count);
}

void marshal_text(struct out *out, const char *text)
{
    size_t length = strlen(text);

    if (length > INT32_MAX) {
        out_fail(out, HOG_LIMIT);
        return;
    }
    out_char(out, 'u');
    put_u32(out, (uint32_t)length);
    out_bytes(out, text, length);
}

static void put_long(struct out *out, uint64_t number)
{
    uint32_t digits = 0;

    for (uint64_t rest = number; rest; rest >>= 15)
        digits++;
    out_char(out, 'l');
    put_u32(out, digits);
    for (; number; number >>= 15) {
        out_char(out, (char)(number & 0xff));
        out_char(out, (char)(number >> 8 & 0x7f));
    }
}

void marshal_int(struct out *out, uint64_t number)
{
    if (number > INT32_MAX) {
        put_long(out, number);
        return;
    }
    out_char(out, 'i');
    put_u32(out, (uint32_t)number);
}

void marshal_float(struct out *out, double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof bits);
    out_char(out, 'g');
    for (unsigned i = 0; i < 8; i++)
        out_char(out, (char)(bits >> 8 * i));
}
