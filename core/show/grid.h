/*
 * Text in columns: cells are put in row by row, then shown with each column
 * as wide as its widest cell.
 *
 *     Self %  Total %  Function  File
 *       45.2     97.0  encode    codec.py:41
 *
 * On a terminal that is too narrow columns that may be cut share the room that
 * the others leave. Where that is too little to tell names apart, columns
 * leave, as many as it takes.
 */
#ifndef HOG_SHOW_GRID_H
#define HOG_SHOW_GRID_H

#include "base/arena.h"
#include "base/watch.h"
#include "show/paint.h"

enum grid_cut {
    GRID_WHOLE,
    GRID_CUT_MIDDLE, /* "std::vector<…>::push_back" */
    GRID_CUT_START,  /* "…kers/base.py:146" */
};

struct grid_column {
    const char *heading;
    bool right; /* numbers */
    enum style style;
    enum grid_cut cut;
    unsigned leaves; /* where there is no room: 1 first, then 2 …; 0 never */
};

/* Columns of most tables. */
#define GRID_NUMBER(words, leaving)                                                                          \
    {                                                                                                        \
        words, true, STYLE_PLAIN, GRID_WHOLE, leaving                                                        \
    }
#define GRID_FUNCTION(words)                                                                                 \
    {                                                                                                        \
        words, false, STYLE_PLAIN, GRID_CUT_MIDDLE, 0                                                        \
    }
#define GRID_FILE                                                                                            \
    {                                                                                                        \
        "File", false, STYLE_PLACE, GRID_CUT_START, 0                                                        \
    }

struct grid {
    const struct grid_column *columns;
    size_t column_count;
    const char **cells; /* row by row */
    size_t cell_count, cell_capacity;
    struct hog_arena arena;
    struct hog_watch *watch; /* ends grid_put; NULL: nothing does */
    bool failed;
};

void grid_init(struct grid *grid, const struct grid_column *columns, size_t column_count);
void grid_deinit(struct grid *grid);
/* The next cell of the row, or the first of the next. */
void grid_cell(struct grid *grid, const char *format, ...) HOG_PRINTF(2, 3);
/* A number; what rounds to nothing has no sign. */
void grid_number(struct grid *grid, double number, int decimals);
/* The same with a sign: "+0.5", "-0.5", "0.0". */
void grid_change(struct grid *grid, double number, int decimals);
/* A heading, then the rows, each two blanks from the left. Marks the text as failed when the grid did. What its
 * watch ended is not whole. */
void grid_put(const struct grid *grid, const struct theme *theme, struct hog_text *text);

#endif
