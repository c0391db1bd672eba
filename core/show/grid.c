/* Cells, then columns, then fitting them into the terminal; see grid.h. */
#define _GNU_SOURCE
#include "show/grid.h"
#include "base/cleanup.h"
#include "base/grow.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { GRID_ARENA = 256 * 1024 * 1024, GRID_COLUMNS_MAX = 16, GRID_GAP = 2 };
enum { CUT_LEAST = 12 }; /* cells of a column that may be cut: less tells nothing */

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

void grid_number(struct grid *grid, double number, int decimals)
{
    double nothing = 0.5 * pow(10, -decimals);

    grid_cell(grid, "%.*f", decimals, fabs(number) < nothing ? 0.0 : number);
}

void grid_change(struct grid *grid, double number, int decimals)
{
    double nothing = 0.5 * pow(10, -decimals);

    if (fabs(number) < nothing)
        grid_cell(grid, "%.*f", decimals, 0.0);
    else
        grid_cell(grid, "%+.*f", decimals, number);
}

/*
 * Room.
 */

/* How wide each column is shown; 0: it has left. */
struct widths {
    unsigned of[GRID_COLUMNS_MAX];
};

static unsigned width_of(const char *cell)
{
    return hog_text_width(cell, strlen(cell));
}

static void measure(const struct grid *grid, struct widths *widths)
{
    for (size_t i = 0; i < grid->column_count; i++)
        widths->of[i] = width_of(grid->columns[i].heading);
    for (size_t i = 0, column = 0; i < grid->cell_count && !hog_watch_due(grid->watch, i); i++) {
        unsigned width = width_of(grid->cells[i]);

        if (width > widths->of[column])
            widths->of[column] = width;
        column = column + 1 < grid->column_count ? column + 1 : 0;
    }
    for (size_t i = 0; i < grid->column_count; i++)
        if (!widths->of[i]) /* neither a heading nor anything in it */
            widths->of[i] = 1;
}

/* What is left for the columns that may be cut, when the others have what they need; below 0: too little. */
static long room_for_cut(const struct grid *grid, const struct widths *widths, unsigned total)
{
    long room = (long)total;

    for (size_t i = 0; i < grid->column_count; i++)
        if (widths->of[i])
            room -= GRID_GAP + (grid->columns[i].cut == GRID_WHOLE ? (long)widths->of[i] : 0);
    return room;
}

static long least_of_cut(const struct grid *grid, const struct widths *widths)
{
    long least = 0;

    for (size_t i = 0; i < grid->column_count; i++)
        if (grid->columns[i].cut != GRID_WHOLE)
            least += widths->of[i] < CUT_LEAST ? widths->of[i] : CUT_LEAST;
    return least;
}

/* The next columns to leave do. False: all that may have left. */
static bool let_leave(const struct grid *grid, struct widths *widths)
{
    unsigned first = 0;

    for (size_t i = 0; i < grid->column_count; i++)
        if (widths->of[i] && grid->columns[i].leaves && (!first || grid->columns[i].leaves < first))
            first = grid->columns[i].leaves;
    for (size_t i = 0; i < grid->column_count; i++)
        if (first && grid->columns[i].leaves == first)
            widths->of[i] = 0;
    return first != 0;
}

/* Each column that may be cut gets what it needs, or an equal share of what those leave that need less. */
static void share_room(const struct grid *grid, struct widths *widths, long room)
{
    bool settled[GRID_COLUMNS_MAX] = {false};
    bool again = true;
    long left = 0, share = 0;

    for (size_t i = 0; i < grid->column_count; i++) {
        settled[i] = grid->columns[i].cut == GRID_WHOLE;
        left += !settled[i];
    }
    while (again && left) {
        again = false;
        share = room / left;
        for (size_t i = 0; i < grid->column_count; i++) {
            if (settled[i] || (long)widths->of[i] > share)
                continue;
            settled[i] = again = true;
            room -= (long)widths->of[i];
            left--;
        }
    }
    for (size_t i = 0; i < grid->column_count; i++) {
        if (settled[i])
            continue;
        share = room / left--;
        widths->of[i] = share > 1 ? (unsigned)share : 1;
        room -= share;
    }
}

/* One cell less than there are: some terminals begin a new line after the last. */
static void fit(const struct grid *grid, const struct theme *theme, struct widths *widths)
{
    unsigned total = theme->width ? theme->width - 1 : 0;

    if (!total)
        return;
    while (room_for_cut(grid, widths, total) < least_of_cut(grid, widths))
        if (!let_leave(grid, widths))
            break;
    share_room(grid, widths, room_for_cut(grid, widths, total));
}

/*
 * Showing.
 */

static void put_cell(struct hog_text *text, const struct theme *theme, const struct grid_column *column,
                     enum style style, const char *cell, unsigned width)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text shown = {0};
    unsigned taken = width_of(cell);

    if (column->right && taken < width)
        hog_text_pad(text, width - taken);
    if (taken <= width) {
        paint_put(text, theme, style, cell);
        return;
    }
    paint_cut(&shown, cell, width, column->cut == GRID_CUT_MIDDLE ? width / 2 : 0);
    paint_put(text, theme, style, paint_text(&shown));
    text->failed = text->failed || shown.failed;
}

/* Nothing follows the last cell that has something in it, not even blanks. */
static void put_row(const struct grid *grid, const struct theme *theme, struct hog_text *text,
                    const struct widths *widths, const char *const *cells)
{
    unsigned blanks = GRID_GAP;

    for (size_t i = 0; i < grid->column_count; i++) {
        const struct grid_column *column = &grid->columns[i];
        const char *cell = cells ? cells[i] : column->heading;
        unsigned width = widths->of[i], taken = width_of(cell);

        if (!width)
            continue;
        if (!*cell) {
            blanks += width + GRID_GAP;
            continue;
        }
        hog_text_pad(text, blanks);
        put_cell(text, theme, column, cells ? column->style : STYLE_HEADING, cell, width);
        blanks = GRID_GAP + (column->right || taken > width ? 0 : width - taken);
    }
    hog_text_puts(text, "\n");
}

void grid_put(const struct grid *grid, const struct theme *theme, struct hog_text *text)
{
    struct widths widths = {{0}};

    if (grid->failed || !grid->column_count) {
        text->failed = true;
        return;
    }
    measure(grid, &widths);
    fit(grid, theme, &widths);
    put_row(grid, theme, text, &widths, NULL);
    for (size_t i = 0, row = 0;
         i + grid->column_count <= grid->cell_count && !hog_watch_due(grid->watch, row);
         i += grid->column_count, row++)
        put_row(grid, theme, text, &widths, grid->cells + i);
}
