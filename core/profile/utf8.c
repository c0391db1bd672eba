/* Checking and repairing UTF-8; see utf8.h. */
#include "profile/utf8.h"
#include "base/utf8.h"

static bool is_tail(const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return false;
    return true;
}

bool utf8_is_clean(const char *bytes, size_t length)
{
    size_t at = 0;

    while (at < length) {
        uint32_t point;
        size_t size = hog_utf8_character(bytes + at, length - at, &point);

        if (!size || !bytes[at])
            return false;
        at += size;
    }
    return true;
}

static size_t append_unclean(struct hog_text *text, const unsigned char *at, size_t length)
{
    if (length >= 3 && at[0] == 0xed && is_tail(at + 1, 2)) {
        unsigned surrogate = 0xd000u | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu);

        hog_text_printf(text, "\\u%04x", surrogate);
        return 3;
    }
    hog_text_printf(text, "\\x%02x", at[0]);
    return 1;
}

void utf8_append_clean(struct hog_text *text, const char *bytes, size_t length)
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
