/* The text buffer of text.h. Widths come from libc's wcwidth under C.UTF-8, whatever the debugger's locale.
 */
#define _GNU_SOURCE
#include "base/text.h"
#include "base/grow.h"
#include "base/utf8.h"

#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* What hog_text_printf makes room for before it knows how much it takes. */
enum { USUAL_PRINTF = 32 };

void hog_text_deinit(struct hog_text *text)
{
    free(text->bytes);
    *text = (struct hog_text){0};
}

void hog_text_clear(struct hog_text *text)
{
    text->length = 0;
    if (text->bytes)
        text->bytes[0] = '\0';
}

static bool text_reserve(struct hog_text *text, size_t more)
{
    if (!text->failed && text->bytes && more < text->capacity - text->length)
        return true;
    text->failed = text->failed || !HOG_GROW(text->bytes, text->capacity, text->length + more + 1);
    return !text->failed;
}

void hog_text_append(struct hog_text *text, const char *bytes, size_t length)
{
    if (!text_reserve(text, length))
        return;
    if (length)
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void hog_text_puts(struct hog_text *text, const char *string)
{
    hog_text_append(text, string, strlen(string));
}

void hog_text_printf(struct hog_text *text, const char *format, ...)
{
    va_list args;
    size_t room;
    int length;

    if (!text_reserve(text, USUAL_PRINTF))
        return;
    room = text->capacity - text->length;
    va_start(args, format);
    length = vsnprintf(text->bytes + text->length, room, format, args);
    va_end(args);
    if (length >= 0 && (size_t)length >= room) {
        text->bytes[text->length] = '\0';
        if (!text_reserve(text, (size_t)length))
            return;
        va_start(args, format);
        vsnprintf(text->bytes + text->length, (size_t)length + 1, format, args);
        va_end(args);
    }
    text->length += length > 0 ? (size_t)length : 0;
    text->bytes[text->length] = '\0';
}

void hog_text_put_number(struct hog_text *text, uint64_t number)
{
    char digits[20]; /* of 2^64 - 1 */
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    hog_text_append(text, digits + at, sizeof digits - at);
}

void hog_text_put_address(struct hog_text *text, uint64_t address)
{
    char digits[16]; /* of 2^64 - 1 */
    size_t at = sizeof digits;

    do {
        digits[--at] = "0123456789abcdef"[address % 16];
        address /= 16;
    } while (address);
    hog_text_puts(text, "0x");
    hog_text_append(text, digits + at, sizeof digits - at);
}

void hog_text_pad(struct hog_text *text, size_t blanks)
{
    if (!text_reserve(text, blanks))
        return;
    memset(text->bytes + text->length, ' ', blanks);
    text->length += blanks;
    text->bytes[text->length] = '\0';
}

static bool is_tail(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

static size_t append_unclean(struct hog_text *text, const unsigned char *at, size_t length)
{
    if (length >= 3 && at[0] == 0xed && is_tail(at[1]) && is_tail(at[2])) {
        unsigned surrogate = 0xd000u | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu);

        hog_text_printf(text, "\\u%04x", surrogate);
        return 3;
    }
    hog_text_printf(text, "\\x%02x", at[0]);
    return 1;
}

void hog_text_append_clean(struct hog_text *text, const char *bytes, size_t length)
{
    size_t at = 0;

    while (at < length) {
        size_t run = at;
        uint32_t point;
        size_t size;

        while (run < length && bytes[run] &&
               (size = hog_utf8_character(bytes + run, length - run, &point)) != 0)
            run += size;
        hog_text_append(text, bytes + at, run - at);
        at = run;
        if (at < length)
            at += append_unclean(text, (const unsigned char *)bytes + at, length - at);
    }
}

static unsigned ascii_width(const char *bytes, size_t length)
{
    size_t i = 0;

    while (i < length && (unsigned char)bytes[i] < 0x80)
        i++;
    return i == length ? (unsigned)length : 0;
}

/* How many bytes from the start take `most` cells at most, and how many cells they take. */
static size_t text_measure(const char *utf8, size_t length, unsigned most, unsigned *ret_cells)
{
    locale_t unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), before;
    mbstate_t state = {0};
    unsigned width = 0;
    size_t at = 0;

    if (!unicode) {
        *ret_cells = length < most ? (unsigned)length : most;
        return *ret_cells;
    }
    before = uselocale(unicode);
    while (at < length) {
        wchar_t wide;
        size_t taken = mbrtowc(&wide, utf8 + at, length - at, &state);
        int cells = taken && taken < (size_t)-2 ? wcwidth(wide) : 1;

        if (cells > 0 && (unsigned)cells > most - width)
            break;
        width += cells > 0 ? (unsigned)cells : 0;
        at += taken && taken < (size_t)-2 ? taken : 1;
    }
    uselocale(before);
    freelocale(unicode);
    *ret_cells = width;
    return at;
}

unsigned hog_text_width(const char *utf8, size_t length)
{
    unsigned width = ascii_width(utf8, length);

    if (!width && length)
        (void)text_measure(utf8, length, UINT_MAX, &width);
    return width;
}

size_t hog_text_fit(const char *utf8, size_t length, unsigned cells)
{
    unsigned width = ascii_width(utf8, length);

    if (width)
        return width < cells ? width : cells;
    return length ? text_measure(utf8, length, cells, &width) : 0;
}

static void put_escaped(struct hog_text *text, uint32_t point)
{
    switch (point) {
    case '\n':
        hog_text_puts(text, "\\n");
        break;
    case '\r':
        hog_text_puts(text, "\\r");
        break;
    case '\t':
        hog_text_puts(text, "\\t");
        break;
    default:
        hog_text_printf(text, point < 0x100 ? "\\x%02x" : point < 0x10000 ? "\\u%04x" : "\\U%08x", point);
    }
}

/* Are these 8 bytes ASCII that can be printed? */
static bool is_plain(const char *bytes)
{
    const uint64_t each = UINT64_C(0x0101010101010101);
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    /* The highest bit of a byte is set in the first: it is no ASCII; in the second: it is 0x7f; clear in the third: it
     * is below ' '. Among ASCII alone nothing is carried from one byte to the next. */
    return !((word | (word + each) | ~((word | 0x80 * each) - ' ' * each)) & 0x80 * each);
}

void hog_text_put_printable(struct hog_text *text, const char *utf8)
{
    const char *end = utf8 + strlen(utf8), *run = utf8, *at = utf8;

    while (at < end) {
        uint32_t point;
        size_t size;

        while (end - at >= 8 && is_plain(at))
            at += 8;
        if (at == end)
            break;
        point = (unsigned char)*at;
        if (point >= ' ' && point < 0x7f) {
            at++;
            continue;
        }
        size = hog_utf8_character(at, (size_t)(end - at), &point);
        if (size && !hog_utf8_is_hidden(point)) {
            at += size;
            continue;
        }
        hog_text_append(text, run, (size_t)(at - run));
        put_escaped(text, point);
        at += size ? size : 1;
        run = at;
    }
    hog_text_append(text, run, (size_t)(at - run));
}

const char *hog_path_last(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;

    return slash && slash[1] ? slash + 1 : path;
}
