/*
 * The three line tables of CPython.
 *
 * co_lnotab (to 3.9; Objects/lnotab_notes.txt): pairs
 *     ┌────────────┬────────────┐
 *     │ u8 Δcode   │ s8 Δline   │ …       line of the last pair at or before the offset
 *     └────────────┴────────────┘
 * co_linetable of 3.10 (PEP 626, same file): pairs
 *     ┌────────────┬────────────┐
 *     │ u8 Δcode   │ s8 Δline   │ …       the range [start, start+Δcode) has this line; -128: it has none
 *     └────────────┴────────────┘
 * co_linetable of 3.11+ (PEP 657; Objects/locations.md): entries of
 *     ┌─┬────────┬─────────┐
 *     │1│ kind:4 │ units-1 │  then, by kind:
 *     └─┴────────┴─────────┘  0-9 one byte (columns), 10-12 two bytes (line + kind-10, columns),
 *                             13 svarint Δline, 14 svarint Δline + varint Δend line, column+1, end column+1,
 *                             15 no position
 */
#include "decode/line_table.h"

#include "base/cursor.h"

enum { NO_LINE_310 = -128, GREATEST_LINE = 1 << 24 /* that is believed where nothing bears it out */ };

/* A hostile table must not overflow; a line that would is unknown. */
static int32_t add_clamped(int32_t line, int32_t delta)
{
    int32_t sum;

    return __builtin_add_overflow(line, delta, &sum) ? 0 : sum;
}

static struct source_position lnotab_position(struct hog_cursor table, int32_t line, int64_t offset)
{
    int64_t address = 0;

    while (hog_cursor_left(&table) >= 2) {
        address += hog_cursor_u8(&table);
        if (address > offset)
            break;
        line = add_clamped(line, (int8_t)hog_cursor_u8(&table));
    }
    return (struct source_position){.line = line};
}

static struct source_position ranges_position(struct hog_cursor table, int32_t line, int64_t offset)
{
    int64_t end = 0;

    while (hog_cursor_left(&table) >= 2) {
        int8_t delta;

        end += hog_cursor_u8(&table);
        delta = (int8_t)hog_cursor_u8(&table);
        if (delta != NO_LINE_310)
            line = add_clamped(line, delta);
        if (offset < end)
            return (struct source_position){.line = delta == NO_LINE_310 ? 0 : line};
    }
    return (struct source_position){0};
}

/* Six bits a byte, least significant first; bit 6 says that more follow. */
static uint32_t varint(struct hog_cursor *table)
{
    uint32_t value = 0;
    uint8_t byte;

    for (unsigned shift = 0; shift < 32; shift += 6) {
        byte = hog_cursor_u8(table);
        value |= (uint32_t)(byte & 0x3f) << shift;
        if (!(byte & 0x40))
            break;
    }
    return value;
}

static int32_t signed_varint(struct hog_cursor *table)
{
    uint32_t value = varint(table);

    return value & 1 ? -(int32_t)(value >> 1) : (int32_t)(value >> 1);
}

enum location_kind {
    LOCATION_ONE_LINE = 10,
    LOCATION_NO_COLUMNS = 13,
    LOCATION_LONG = 14,
    LOCATION_NONE = 15
};

/* Reads one entry's body; moves `line`, and tells the entry's own position. */
static struct source_position location_entry(struct hog_cursor *table, unsigned kind, int32_t *line)
{
    struct source_position at = {0};
    uint8_t byte;

    if (kind == LOCATION_NONE)
        return at;
    if (kind == LOCATION_LONG || kind == LOCATION_NO_COLUMNS)
        *line = add_clamped(*line, signed_varint(table));
    else if (kind >= LOCATION_ONE_LINE)
        *line = add_clamped(*line, (int32_t)kind - LOCATION_ONE_LINE);
    at.line = at.end_line = *line;
    if (kind == LOCATION_LONG) {
        at.end_line = add_clamped(*line, (int32_t)(varint(table) & INT32_MAX));
        at.column = (int32_t)(varint(table) & INT32_MAX);
        at.end_column = (int32_t)(varint(table) & INT32_MAX);
    } else if (kind >= LOCATION_ONE_LINE && kind < LOCATION_NO_COLUMNS) {
        at.column = hog_cursor_u8(table) + 1;
        at.end_column = hog_cursor_u8(table) + 1;
    } else if (kind < LOCATION_ONE_LINE) {
        byte = hog_cursor_u8(table);
        at.column = (int32_t)(kind << 3 | byte >> 4) + 1;
        at.end_column = at.column + (byte & 15);
    }
    return at;
}

static struct source_position locations_position(struct hog_cursor table, int32_t line, int64_t offset)
{
    int64_t end = 0;

    while (hog_cursor_left(&table)) {
        uint8_t head = hog_cursor_u8(&table);
        struct source_position at = location_entry(&table, head >> 3 & 15, &line);

        end += ((head & 7) + 1) * HOG_CODE_UNIT;
        if (table.overrun)
            break;
        if (offset < end)
            return at;
    }
    return (struct source_position){0};
}

static struct source_position position_in(enum hog_trait_line_table kind, struct hog_cursor cursor,
                                          int32_t first_line, int64_t offset)
{
    if (offset < 0)
        return (struct source_position){.line = first_line};
    switch (kind) {
    case HOG_LINES_LNOTAB:
        return lnotab_position(cursor, first_line, offset);
    case HOG_LINES_RANGES:
        return ranges_position(cursor, first_line, offset);
    case HOG_LINES_LOCATIONS:
        return locations_position(cursor, first_line, offset);
    }
    return (struct source_position){0};
}

struct source_position line_table_position(enum hog_trait_line_table kind, const void *table, size_t length,
                                           int32_t first_line, int64_t offset)
{
    struct source_position at = position_in(kind, hog_cursor_over(table, length), first_line, offset);

    return at.line < 0 ? (struct source_position){0} : at; /* only damage leads to lines before the first */
}

/* Takes the next entry of a table; `line` stays as it is where the entry has none. False: that was the last. */
static bool next_line(enum hog_trait_line_table kind, struct hog_cursor *table, int32_t *line)
{
    uint8_t head;
    int8_t delta;

    if (hog_cursor_left(table) < (kind == HOG_LINES_LOCATIONS ? 1 : 2))
        return false;
    head = hog_cursor_u8(table);
    if (kind == HOG_LINES_LOCATIONS) {
        location_entry(table, head >> 3 & 15, line);
        return !table->overrun;
    }
    delta = (int8_t)hog_cursor_u8(table);
    if (kind == HOG_LINES_LNOTAB || delta != NO_LINE_310)
        *line = add_clamped(*line, delta);
    return true;
}

bool line_table_may_have(enum hog_trait_line_table kind, const void *table, size_t length, int32_t first_line,
                         int32_t line)
{
    struct hog_cursor cursor = hog_cursor_over(table, length);
    int32_t at = first_line;
    bool has_others = false;

    while (next_line(kind, &cursor, &at)) {
        if (at == line)
            return true;
        has_others |= at != first_line;
    }
    return !has_others && line < GREATEST_LINE;
}

/*
 * Soundness.
 */

static bool locations_are_sound(const unsigned char *table, size_t length, uint64_t size)
{
    struct hog_cursor cursor = hog_cursor_over(table, length);
    uint64_t covered = 0;
    int32_t line = 0;

    if (!length)
        return true;
    while (hog_cursor_left(&cursor)) {
        size_t start = length - hog_cursor_left(&cursor);
        uint8_t head = hog_cursor_u8(&cursor);

        location_entry(&cursor, head >> 3 & 15, &line);
        if (cursor.overrun || !(head & 0x80))
            return false;
        for (size_t at = start + 1; at < length - hog_cursor_left(&cursor); at++)
            if (table[at] & 0x80)
                return false;
        covered += ((head & 7) + 1) * (uint64_t)HOG_CODE_UNIT;
    }
    /* what CPython itself calls by (3.13+: _Py_InitCleanup in Python/specialize.c, "__init__") has a table of one entry
     * without a line, whatever the length of its code */
    return !size || covered == size || (length == 1 && (table[0] >> 3 & 15) == LOCATION_NONE);
}

bool line_table_is_sound(enum hog_trait_line_table kind, const void *table, size_t length, uint64_t size)
{
    return kind == HOG_LINES_LOCATIONS ? locations_are_sound(table, length, size) : length % 2 == 0;
}
