/* The buffered output of out.h. Numbers come by the million, so they do without printf. */
#include "formats/out.h"
#include "base/cleanup.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_PRINTF = 4096, LONGEST_NUMBER = 24, ROUNDED_DIGITS = 15 };

void out_init(struct out *out, const struct hog_sink *sink, struct hog_watch *watch)
{
    out->sink = sink;
    out->watch = watch;
    out->status = HOG_OK;
    out->used = 0;
}

void out_fail(struct out *out, enum hog_status status)
{
    if (out->status == HOG_OK)
        out->status = status;
}

static void out_flush(struct out *out)
{
    if (hog_watch_due(out->watch, 0))
        out_fail(out, HOG_INTERRUPTED);
    if (out->status == HOG_OK && out->used && !out->sink->put(out->sink->self, out->buffer, out->used))
        out->status = HOG_IO;
    out->used = 0;
}

enum hog_status out_finish(struct out *out)
{
    out_flush(out);
    return out->status;
}

void out_bytes(struct out *out, const void *bytes, size_t length)
{
    if (length > OUT_BUFFER - out->used)
        out_flush(out);
    if (length <= OUT_BUFFER) {
        memcpy(out->buffer + out->used, bytes, length);
        out->used += length;
    } else if (out->status == HOG_OK && !out->sink->put(out->sink->self, bytes, length)) {
        out->status = HOG_IO;
    }
}

void out_puts(struct out *out, const char *text)
{
    out_bytes(out, text, strlen(text));
}

void out_char(struct out *out, char byte)
{
    if (out->used == OUT_BUFFER)
        out_flush(out);
    out->buffer[out->used++] = byte;
}

void out_printf(struct out *out, const char *format, ...)
{
    char text[LONGEST_PRINTF];
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (length < 0 || length >= LONGEST_PRINTF)
        out_fail(out, HOG_LIMIT);
    else
        out_bytes(out, text, (size_t)length);
}

void out_u64(struct out *out, uint64_t number)
{
    char digits[LONGEST_NUMBER];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    out_bytes(out, digits + at, sizeof digits - at);
}

void out_i64(struct out *out, int64_t number)
{
    if (number < 0)
        out_char(out, '-');
    out_u64(out, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void out_double(struct out *out, double number)
{
    char text[64];

    if (!isfinite(number)) {
        out_puts(out, "null");
        return;
    }
    for (int digits = 12; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    out_puts(out, text);
}

void out_rounded(struct out *out, double number)
{
    if (isfinite(number))
        out_printf(out, "%.*g", ROUNDED_DIGITS, number);
    else
        out_puts(out, "null");
}

static const char *xml_entity(char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    default:
        return NULL;
    }
}

void out_xml(struct out *out, const char *text)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text shown = {0};

    hog_text_put_printable(&shown, text);
    if (shown.failed)
        out_fail(out, HOG_NO_MEMORY);
    for (const char *at = shown.bytes; at && *at; at++) {
        const char *entity = xml_entity(*at);

        if (entity)
            out_puts(out, entity);
        else
            out_char(out, *at);
    }
}
