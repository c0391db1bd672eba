/*
 * Text in columns: cells are put in row by row, then shown with each column
 * as wide as its widest cell.
 *
 *     Self %  Total %  Function  File
 *       45.2     97.0  encode    codec.py:41
 */
#ifndef HOG_SHOW_GRID_H
#define HOG_SHOW_GRID_H

#include "base/arena.h"
#include "show/paint.h"

struct grid_column {
    const char *heading;
    bool right; /* numbers */
    enum style style;
};

struct grid {
    const struct grid_column *columns;
    size_t column_count;
    const char **cells; /* row by row */
    size_t cell_count, cell_capacity;
    struct hog_arena arena;
    bool failed;
};

void grid_init(struct grid *grid, const struct grid_column *columns, size_t column_count);
void grid_deinit(struct grid *grid);
/* The next cell of the row, or the first of the next. */
void grid_cell(struct grid *grid, const char *format, ...) HOG_PRINTF(2, 3);
/* A heading, then the rows, each two blanks from the left. Marks the text as failed when the grid did. */
void grid_put(const struct grid *grid, const struct look *look, struct hog_text *text);

#endif
