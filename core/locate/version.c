/* Parsing versions out of text that the debuggee holds; see version.h. */
#define _GNU_SOURCE
#include "locate/version.h"
#include "base/text.h"

#include "base/cursor.h"

#include <string.h>

/* A decimal number of at most three digits and 255; false when there is none. */
static bool take_number(struct hog_cursor *cursor, uint8_t *ret_number)
{
    unsigned number = 0;
    unsigned digits = 0;

    while (hog_cursor_left(cursor) && *cursor->at >= '0' && *cursor->at <= '9' && digits < 3) {
        number = number * 10 + (unsigned)(hog_cursor_u8(cursor) - '0');
        digits++;
    }
    if (!digits || number > 255)
        return false;
    *ret_number = (uint8_t)number;
    return true;
}

static bool take_text(struct hog_cursor *cursor, const char *text)
{
    size_t length = strlen(text);

    if (hog_cursor_left(cursor) < length || memcmp(cursor->at, text, length) != 0)
        return false;
    cursor->at += length;
    return true;
}

static bool take_level(struct hog_cursor *cursor, struct hog_version *version)
{
    version->level = 0xf;
    if (take_text(cursor, "rc"))
        version->level = 0xc;
    else if (take_text(cursor, "a"))
        version->level = 0xa;
    else if (take_text(cursor, "b"))
        version->level = 0xb;
    return version->level == 0xf || take_number(cursor, &version->serial);
}

/*
 * What follows the number in sys.version: perhaps who packaged it, then build
 * and compiler.
 *
 *      "3.9.18 (main, Aug 25 2023, 13:20:04) \n[GCC 12.2.0]"
 *      "3.9.7 | packaged by conda-forge | (default, Sep 29 2021, 19:20:46) \n[GCC 9.4.0]"
 */
static bool has_build_and_compiler(const char *text, size_t length)
{
    const char *build = memmem(text, length < 80 ? length : 80, " (", 2);
    const char *compiler;
    size_t left;

    if (!build || text[0] != ' ' || memchr(text, '\0', (size_t)(build - text)))
        return false;
    left = length - (size_t)(build - text);
    compiler = memmem(build, left < 96 ? left : 96, ") ", 2);
    if (!compiler)
        return false;
    compiler += 2;
    left = length - (size_t)(compiler - text);
    if (left && *compiler == '\n') {
        compiler++;
        left--;
    }
    return left && *compiler == '[';
}

bool version_parse_text(const char *bytes, size_t length, struct hog_version *ret_version)
{
    struct hog_cursor cursor = hog_cursor_over(bytes, length);
    struct hog_version version = {0};

    if (!take_number(&cursor, &version.major) || (version.major != 2 && version.major != 3) ||
        !take_text(&cursor, ".") || !take_number(&cursor, &version.minor) || !take_text(&cursor, ".") ||
        !take_number(&cursor, &version.micro) || !take_level(&cursor, &version))
        return false;
    (void)take_text(&cursor, "+");
    if (!has_build_and_compiler((const char *)cursor.at, hog_cursor_left(&cursor)))
        return false;
    *ret_version = version;
    return true;
}

bool version_parse_name(const char *path, struct version_of_name *ret_found)
{
    const char *name = strstr(hog_path_last(path), "python");
    struct version_of_name found = {.version = {.micro = MICRO_UNKNOWN, .level = 0xf}};
    struct hog_cursor cursor;

    if (!name)
        return false;
    cursor = hog_cursor_over(name, strlen(name));
    (void)take_text(&cursor, "python");
    if (!take_number(&cursor, &found.version.major) || !take_text(&cursor, ".") ||
        !take_number(&cursor, &found.version.minor))
        return false;
    for (; hog_cursor_left(&cursor) && strchr("tdmu-bg", *cursor.at); cursor.at++) {
        found.free_threaded |= *cursor.at == 't';
        found.debug |= *cursor.at == 'd';
    }
    *ret_found = found;
    return true;
}

bool version_hex_is_plausible(uint64_t hex)
{
    unsigned level = hex >> 4 & 0xf;

    return hex >> 24 == 3 && (level == 0xa || level == 0xb || level == 0xc || level == 0xf);
}
