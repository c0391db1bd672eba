/* The reader of unmarshal.h. */
#include "formats/unmarshal.h"
#include "base/cleanup.h"
#include "base/grow.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FLAG_REFERENCE = 0x80, DEEPEST = 12, FIRST_ITEMS = 8 };

static const struct value *read_object(struct unmarshal *unmarshal, unsigned depth);

void unmarshal_init(struct unmarshal *unmarshal, const void *bytes, size_t length, struct hog_arena *arena)
{
    *unmarshal = (struct unmarshal){.cursor = hog_cursor_over(bytes, length), .arena = arena};
}

void unmarshal_deinit(struct unmarshal *unmarshal)
{
    free(unmarshal->references);
}

/* The first reason stays. */
static void *wrong(struct unmarshal *unmarshal, const char *why)
{
    if (!unmarshal->wrong)
        unmarshal->wrong = why;
    return NULL;
}

static void *too_large(struct unmarshal *unmarshal)
{
    unmarshal->no_memory = true;
    return wrong(unmarshal, "it is too large");
}

static struct value *new_value(struct unmarshal *unmarshal, enum value_kind kind)
{
    struct value *value = hog_arena_alloc(unmarshal->arena, sizeof *value);

    if (!value)
        return too_large(unmarshal);
    value->kind = kind;
    return value;
}

/* A place among the references, filled once the object is whole: CPython numbers them as they begin. */
static bool reserve_reference(struct unmarshal *unmarshal, uint32_t *ret_number)
{
    if (!HOG_GROW(unmarshal->references, unmarshal->reference_capacity, unmarshal->reference_count + 1)) {
        too_large(unmarshal);
        return false;
    }
    *ret_number = unmarshal->reference_count++;
    unmarshal->references[*ret_number] = NULL;
    return true;
}

static const struct value *read_reference(struct unmarshal *unmarshal)
{
    uint32_t number = hog_cursor_u32(&unmarshal->cursor);

    if (unmarshal->cursor.overrun)
        return wrong(unmarshal, "it is cut short");
    if (number >= unmarshal->reference_count || !unmarshal->references[number])
        return wrong(unmarshal, "it refers to an object that is not there");
    return unmarshal->references[number];
}

/*
 * Numbers.
 */

static const struct value *read_int(struct unmarshal *unmarshal)
{
    struct value *value = new_value(unmarshal, VALUE_INT);
    int32_t number = (int32_t)hog_cursor_u32(&unmarshal->cursor);

    if (!value)
        return NULL;
    value->integer = number > 0 ? (uint64_t)number : 0;
    value->number = number;
    return value;
}

/* Digits of 15 bits, the sign in their number's. */
static const struct value *read_long(struct unmarshal *unmarshal)
{
    struct value *value = new_value(unmarshal, VALUE_INT);
    int32_t size = (int32_t)hog_cursor_u32(&unmarshal->cursor);
    uint32_t digits = size < 0 ? 0 - (uint32_t)size : (uint32_t)size;
    const unsigned char *bytes = hog_cursor_take(&unmarshal->cursor, (size_t)digits * 2);

    if (!value || !bytes)
        return wrong(unmarshal, "it is cut short");
    for (uint32_t i = digits; i-- > 0;) {
        uint32_t digit = bytes[2 * i] | (uint32_t)(bytes[2 * i + 1] & 0x7f) << 8;

        value->number = value->number * 32768 + digit;
        value->integer = value->integer > UINT64_MAX >> 15 ? UINT64_MAX : value->integer << 15 | digit;
    }
    if (size < 0) {
        value->number = -value->number;
        value->integer = 0;
    }
    return value;
}

static const struct value *read_float(struct unmarshal *unmarshal)
{
    struct value *value = new_value(unmarshal, VALUE_FLOAT);
    uint64_t bits = hog_cursor_u64(&unmarshal->cursor);

    if (value)
        memcpy(&value->number, &bits, sizeof bits);
    return value;
}

/* As text: marshal versions 0 and 1. */
static const struct value *read_text_float(struct unmarshal *unmarshal)
{
    struct value *value = new_value(unmarshal, VALUE_FLOAT);
    size_t length = hog_cursor_u8(&unmarshal->cursor);
    const unsigned char *bytes = hog_cursor_take(&unmarshal->cursor, length);
    char text[256];

    if (!value || !bytes)
        return wrong(unmarshal, "it is cut short");
    memcpy(text, bytes, length);
    text[length] = '\0';
    value->number = strtod(text, NULL);
    return value;
}

/*
 * Texts and containers.
 */

static const struct value *read_text(struct unmarshal *unmarshal, size_t length)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text clean = {0};
    const unsigned char *bytes = hog_cursor_take(&unmarshal->cursor, length);
    struct value *value = bytes ? new_value(unmarshal, VALUE_TEXT) : NULL;

    if (!value)
        return wrong(unmarshal, "it is cut short");
    hog_text_append_clean(&clean, (const char *)bytes, length);
    value->text = clean.failed
                      ? NULL
                      : hog_arena_copy_text(unmarshal->arena, clean.bytes ? clean.bytes : "", clean.length);
    return value->text ? value : too_large(unmarshal);
}

/* Doubles the room; what was there is left to the arena. */
static bool grow_items(struct unmarshal *unmarshal, struct value *value, uint32_t *capacity)
{
    uint32_t wanted = *capacity ? *capacity * 2 : FIRST_ITEMS;
    const struct value **items = hog_arena_array(unmarshal->arena, wanted, sizeof(struct value *));

    if (!items || wanted > UINT32_MAX / 2) {
        too_large(unmarshal);
        return false;
    }
    if (value->count)
        memcpy(items, value->items, value->count * sizeof *items);
    value->items = items;
    *capacity = wanted;
    return true;
}

static bool add_item(struct unmarshal *unmarshal, struct value *value, uint32_t *capacity,
                     const struct value *item)
{
    if (!item || (value->count == *capacity && !grow_items(unmarshal, value, capacity)))
        return false;
    value->items[value->count++] = item;
    return true;
}

static const struct value *read_tuple(struct unmarshal *unmarshal, uint32_t count, unsigned depth)
{
    struct value *value = new_value(unmarshal, VALUE_TUPLE);
    uint32_t capacity = 0;

    if (!value || count > hog_cursor_left(&unmarshal->cursor))
        return wrong(unmarshal, "it is cut short");
    while (value->count < count)
        if (!add_item(unmarshal, value, &capacity, read_object(unmarshal, depth + 1)))
            return NULL;
    return value;
}

static const struct value *read_dict(struct unmarshal *unmarshal, unsigned depth)
{
    struct value *value = new_value(unmarshal, VALUE_DICT);
    uint32_t capacity = 0;

    while (value && hog_cursor_left(&unmarshal->cursor) && *unmarshal->cursor.at != '0')
        if (!add_item(unmarshal, value, &capacity, read_object(unmarshal, depth + 1)))
            return NULL;
    if (!value || !hog_cursor_take(&unmarshal->cursor, 1))
        return wrong(unmarshal, "it is cut short");
    return value->count % 2 ? wrong(unmarshal, "a key has no value") : value;
}

static const struct value *read_coded(struct unmarshal *unmarshal, unsigned char code, unsigned depth)
{
    struct hog_cursor *cursor = &unmarshal->cursor;
    struct value *constant;

    switch (code) {
    case 'i':
        return read_int(unmarshal);
    case 'l':
        return read_long(unmarshal);
    case 'g':
        return read_float(unmarshal);
    case 'f':
        return read_text_float(unmarshal);
    case 'u': /* str */
    case 't': /* interned */
    case 'a': /* ASCII */
    case 'A': /* … interned */
    case 's': /* bytes */
        return read_text(unmarshal, hog_cursor_u32(cursor));
    case 'z': /* short ASCII */
    case 'Z': /* … interned */
        return read_text(unmarshal, hog_cursor_u8(cursor));
    case '(':
        return read_tuple(unmarshal, hog_cursor_u32(cursor), depth);
    case ')':
        return read_tuple(unmarshal, hog_cursor_u8(cursor), depth);
    case '{':
        return read_dict(unmarshal, depth);
    case 'T':
    case 'F':
        constant = new_value(unmarshal, VALUE_INT);
        if (constant)
            constant->integer = code == 'T';
        return constant;
    case 'N':
        return new_value(unmarshal, VALUE_NONE);
    default:
        return wrong(unmarshal, "it holds an object that no profile has");
    }
}

static const struct value *read_object(struct unmarshal *unmarshal, unsigned depth)
{
    unsigned char code = hog_cursor_u8(&unmarshal->cursor);
    bool flagged = (code & FLAG_REFERENCE) != 0;
    const struct value *value;
    uint32_t number = 0;

    if (unmarshal->cursor.overrun)
        return wrong(unmarshal, "it is cut short");
    if (unmarshal->interrupted && unmarshal->interrupted(unmarshal->context, unmarshal->objects++))
        return wrong(unmarshal, "interrupted");
    if (depth > DEEPEST)
        return wrong(unmarshal, "it is nested too deep");
    code &= (unsigned char)~FLAG_REFERENCE;
    if (code == 'r')
        return read_reference(unmarshal);
    if (flagged && !reserve_reference(unmarshal, &number))
        return NULL;
    value = read_coded(unmarshal, code, depth);
    if (!value || unmarshal->cursor.overrun)
        return wrong(unmarshal, "it is cut short");
    if (flagged)
        unmarshal->references[number] = value;
    return value;
}

const struct value *unmarshal_next(struct unmarshal *unmarshal)
{
    return read_object(unmarshal, 0);
}
