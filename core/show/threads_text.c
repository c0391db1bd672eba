/*
 * py-threads as text, one line a thread:
 *
 *     Thread  LWP    Name          State                GIL    Innermost frame
 *     * 1     48291  "MainThread"  waiting for the GIL         wait  threading.py:355
 *
 * The star marks the thread that the debugger has selected. What a thread waits for is its state where the terminal is
 * wide enough for that, else it stands in a line below.
 */
#include "show/paint.h"
#include "show/thread_cells.h"

#include <inttypes.h>

enum column { COLUMN_NUMBER, COLUMN_LWP, COLUMN_NAME, COLUMN_STATE, COLUMN_GIL, COLUMN_FRAME, COLUMN_COUNT };

enum { GAP = 2, FRAME_LEAST = 20, SHRUNK_LEAST = 14, WAIT_INDENT = 8 };

static const char *const headings[COLUMN_COUNT] = {"Thread", "LWP", "Name",
                                                   "State",  "GIL", "Innermost frame"};

static void cell_gil(struct hog_text *cell, const struct hog_thread *thread)
{
    static const char *const words[] = {[HOG_NO] = "", [HOG_YES] = "holds", [HOG_UNKNOWN] = "?"};

    hog_text_clear(cell);
    if (thread->tstate)
        hog_text_puts(cell, words[thread->owns_gil <= HOG_UNKNOWN ? thread->owns_gil : HOG_UNKNOWN]);
}

static void cell_frame(struct hog_text *cell, const struct hog_thread *thread, const struct theme *theme)
{
    struct hog_text place = {0};

    hog_text_clear(cell);
    if (thread->frame_count) {
        cell_function(cell, &thread->frames[0], theme);
        cell_place(&place, &thread->frames[0], theme);
        hog_text_printf(cell, "  %s", paint_text(&place));
    } else if (thread->stopped_because) {
        hog_text_puts(cell, "(unreadable)");
    } else if (thread->tstate) {
        hog_text_puts(cell, "(no Python frames)");
    }
    hog_text_deinit(&place);
}

/* `report` without waits: the state alone. */
static void cell_of(struct hog_text *cell, enum column column, const struct hog_thread *thread,
                    const struct report *report, const struct theme *theme)
{
    hog_text_clear(cell);
    switch (column) {
    case COLUMN_NUMBER:
        if (report->selected_lwp)
            hog_text_puts(cell, thread->os_thread_id == report->selected_lwp ? "* " : "  ");
        if (thread->debugger_thread)
            hog_text_printf(cell, "%" PRId64, thread->debugger_thread);
        else
            hog_text_puts(cell, "-");
        break;
    case COLUMN_LWP:
        if (thread->os_thread_id)
            hog_text_printf(cell, "%" PRId64, thread->os_thread_id);
        else
            hog_text_puts(cell, "-");
        break;
    case COLUMN_NAME:
        cell_name(cell, thread, theme);
        break;
    case COLUMN_STATE:
        if (!cell_wait(cell, thread, report))
            cell_state(cell, thread);
        cell_add_interpreter(cell, thread, report);
        break;
    case COLUMN_GIL:
        cell_gil(cell, thread);
        break;
    default:
        cell_frame(cell, thread, theme);
    }
}

static void measure(const struct report *report, const struct theme *theme, struct hog_text *cell,
                    unsigned ret_widths[COLUMN_COUNT])
{
    for (unsigned column = 0; column < COLUMN_FRAME; column++) {
        hog_text_clear(cell);
        hog_text_puts(cell, headings[column]);
        ret_widths[column] = paint_width(cell);
        for (size_t i = 0; i < report->thread_count; i++) {
            unsigned width;

            cell_of(cell, (enum column)column, report->threads[i], report, theme);
            width = paint_width(cell);
            if (width > ret_widths[column])
                ret_widths[column] = width;
        }
    }
}

/*
 * On a narrow terminal names and states get shorter, then what is left is the frame's: function and line are what
 * tells, so the middle of it goes.
 */
static void fit(const struct theme *theme, unsigned widths[COLUMN_COUNT])
{
    static const enum column shrinking[] = {COLUMN_NAME, COLUMN_STATE};
    unsigned others = 0;

    for (unsigned column = 0; column < COLUMN_FRAME; column++)
        others += widths[column] + GAP;
    for (size_t i = 0; theme->width && i < sizeof shrinking / sizeof *shrinking; i++) {
        unsigned *width = &widths[shrinking[i]];
        unsigned wanted = others + FRAME_LEAST + 1;
        unsigned least = *width < SHRUNK_LEAST ? *width : SHRUNK_LEAST;
        unsigned excess = wanted > theme->width ? wanted - theme->width : 0;
        unsigned taken = excess < *width - least ? excess : *width - least;

        *width -= taken;
        others -= taken;
    }
    widths[COLUMN_FRAME] = !theme->width                         ? 0
                           : theme->width > others + FRAME_LEAST ? theme->width - others - 1
                                                                 : FRAME_LEAST;
}

/* `width` 0: whole. */
static void put_cell(struct hog_text *text, const struct theme *theme, enum style style,
                     const struct hog_text *cell, unsigned width, bool is_last)
{
    struct hog_text cut = {0};

    if (width && paint_width(cell) > width) {
        paint_cut(&cut, paint_text(cell), width, width / 2);
        cell = &cut;
    }
    paint_column(text, theme, style, paint_text(cell), is_last ? 0 : width, is_last ? 0 : GAP);
    text->failed |= cut.failed;
    hog_text_deinit(&cut);
}

static void put_wait(const struct hog_thread *thread, const struct report *report, const struct theme *theme,
                     struct hog_text *cell, struct hog_text *text)
{
    if (!cell_wait(cell, thread, report))
        return;
    hog_text_pad(text, WAIT_INDENT);
    paint_sentence(text, theme, paint_text(cell), WAIT_INDENT, WAIT_INDENT);
}

static bool fits(const struct theme *theme, const unsigned widths[COLUMN_COUNT])
{
    unsigned taken = FRAME_LEAST + 1;

    for (unsigned column = 0; column < COLUMN_FRAME; column++)
        taken += widths[column] + GAP;
    return !theme->width || taken <= theme->width;
}

void render_threads_text(const struct report *report, const struct theme *theme, struct hog_outlet *outlet)
{
    struct report states = *report;
    const struct report *columns = report;
    static const enum style styles[COLUMN_COUNT] = {
        [COLUMN_STATE] = STYLE_STATE, [COLUMN_FRAME] = STYLE_PLACE};
    unsigned widths[COLUMN_COUNT] = {0};
    struct hog_text cell = {0};

    states.waits = NULL;
    measure(report, theme, &cell, widths);
    if (!fits(theme, widths)) {
        columns = &states;
        measure(columns, theme, &cell, widths);
    }
    fit(theme, widths);
    for (unsigned column = 0; column < COLUMN_COUNT; column++)
        paint_column(&outlet->text, theme, STYLE_HEADING, headings[column],
                     column == COLUMN_FRAME ? 0 : widths[column], column == COLUMN_FRAME ? 0 : GAP);
    hog_text_puts(&outlet->text, "\n");
    for (size_t i = 0; i < report->thread_count && hog_outlet_more(outlet); i++) {
        unsigned last =
            report->threads[i]->frame_count || report->threads[i]->tstate ? COLUMN_FRAME : COLUMN_STATE;

        for (unsigned column = 0; column <= last; column++) {
            cell_of(&cell, (enum column)column, report->threads[i], columns, theme);
            put_cell(&outlet->text, theme, styles[column], &cell, widths[column], column == last);
        }
        hog_text_puts(&outlet->text, "\n");
        if (columns != report)
            put_wait(report->threads[i], report, theme, &cell, &outlet->text);
    }
    render_closing_text(report, theme, outlet);
    hog_text_deinit(&cell);
}
