/* Cells, then columns; see grid.h. */
#define _GNU_SOURCE
#include "show/grid.h"
#include "base/cleanup.h"
#include "base/grow.h"

#include <stdio.h>
#include <string.h>

enum { GRID_ARENA = 256 * 1024 * 1024, GRID_COLUMNS_MAX = 16, GRID_GAP = 2 };

void grid_init(struct grid *grid, const struct grid_column *columns, size_t column_count)
{
    *grid = (struct grid){.columns = columns, .column_count = column_count};
    grid->failed = column_count > GRID_COLUMNS_MAX;
    hog_arena_init(&grid->arena, GRID_ARENA);
}

void grid_deinit(struct grid *grid)
{
    free(grid->cells);
    hog_arena_deinit(&grid->arena);
}

void grid_cell(struct grid *grid, const char *format, ...)
{
    HOG_FREE char *cell = NULL;
    char *copy;
    va_list args;
    int length;

    va_start(args, format);
    length = vasprintf(&cell, format, args);
    va_end(args);
    if (length < 0)
        cell = NULL;
    copy = cell ? hog_arena_copy_text(&grid->arena, cell, (size_t)length) : NULL;
    if (!copy || !HOG_GROW(grid->cells, grid->cell_capacity, grid->cell_count + 1)) {
        grid->failed = true;
        return;
    }
    grid->cells[grid->cell_count++] = copy;
}

static unsigned width_of(const char *cell)
{
    return hog_text_width(cell, strlen(cell));
}

static void measure(const struct grid *grid, unsigned widths[GRID_COLUMNS_MAX])
{
    for (size_t i = 0; i < grid->column_count; i++)
        widths[i] = width_of(grid->columns[i].heading);
    for (size_t i = 0, column = 0; i < grid->cell_count; i++) {
        unsigned width = width_of(grid->cells[i]);

        if (width > widths[column])
            widths[column] = width;
        column = column + 1 < grid->column_count ? column + 1 : 0;
    }
}

static void put_cell(struct hog_text *text, const struct look *look, const struct grid_column *column,
                     enum style style, const char *cell, unsigned width)
{
    unsigned taken = width_of(cell);

    if (column->right && taken < width)
        hog_text_printf(text, "%*s", (int)(width - taken), "");
    paint_put(text, look, style, cell);
}

/* Nothing follows the last cell that has something in it, not even blanks. */
static void put_row(const struct grid *grid, const struct look *look, struct hog_text *text,
                    const unsigned *widths, const char *const *cells)
{
    unsigned blanks = GRID_GAP;

    for (size_t i = 0; i < grid->column_count; i++) {
        const struct grid_column *column = &grid->columns[i];
        const char *cell = cells ? cells[i] : column->heading;

        if (*cell) {
            hog_text_printf(text, "%*s", (int)blanks, "");
            put_cell(text, look, column, cells ? column->style : STYLE_HEADING, cell, widths[i]);
            blanks = GRID_GAP + (column->right ? 0 : widths[i] - width_of(cell));
        } else {
            blanks += widths[i] + GRID_GAP;
        }
    }
    hog_text_puts(text, "\n");
}

void grid_put(const struct grid *grid, const struct look *look, struct hog_text *text)
{
    unsigned widths[GRID_COLUMNS_MAX] = {0};

    if (grid->failed || !grid->column_count) {
        text->failed = true;
        return;
    }
    measure(grid, widths);
    put_row(grid, look, text, widths, NULL);
    for (size_t i = 0; i + grid->column_count <= grid->cell_count; i += grid->column_count)
        put_row(grid, look, text, widths, grid->cells + i);
}
