/*
 * Line tables: from an instruction's offset to a place in the source.
 *
 * Pure functions over the table's bytes, so that they are tested against
 * vectors that real interpreters made (dis, code.co_positions()).
 */
#ifndef HOG_DECODE_LINE_TABLE_H
#define HOG_DECODE_LINE_TABLE_H

#include "layout/layout.h"

/* 1-based; 0 where the table does not say. end_column is exclusive. */
struct source_position {
    int32_t line, end_line, column, end_column;
};

/*
 * The position of the instruction `offset` bytes into the code. An offset
 * before the first instruction (-1, -2: not started) gives the first line.
 * A table that ends early gives line 0.
 */
struct source_position line_table_position(enum hog_trait_line_table kind, const void *table, size_t length,
                                           int32_t first_line, int64_t offset);

/*
 * Does it lead to this line, or to none but the first? The latter is what code that nobody compiled has; it may then be
 * any that a file has.
 */
bool line_table_may_have(enum hog_trait_line_table kind, const void *table, size_t length, int32_t first_line,
                         int32_t line);

/*
 * Can a compiler have made this table, for `size` bytes of code (0: not known)? Bytes of a pair do not come alone; from
 * 3.11 on only the head of an entry has bit 7, and the entries are for just so much code. An empty table is none.
 * CPython: Python/assemble.c, write_location_first_byte and its callers; Python/compile.c to 3.11.
 */
bool line_table_is_sound(enum hog_trait_line_table kind, const void *table, size_t length, uint64_t size);

#endif
