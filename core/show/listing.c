/*
 * Lines of source; see listing.h.
 *
 *     #1  deliver  worker.py:41
 *         40      def deliver(job):
 *     ->  41          codec.encode(job.body, level=9)
 *                           ^^^^^^^^^^^^^^^^^^^^^^^^
 */
#include "show/listing.h"

#include "base/cleanup.h"
#include "show/frame_line.h"
#include "show/json.h"
#include "show/paint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TAB = 8, INDENT_CELLS = 4, GAP_CELLS = 2 };

/* Source as it stands on a screen: tabs as blanks, what would drive the terminal escaped. */
static void put_code(struct hog_text *text, const char *line, size_t length)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text piece = {0};
    size_t start = text->length;

    for (size_t at = 0; at < length;) {
        const char *tab = memchr(line + at, '\t', length - at);
        size_t end = tab ? (size_t)(tab - line) : length;

        hog_text_clear(&piece);
        hog_text_append(&piece, line + at, end - at);
        if (piece.length)
            hog_text_put_printable(text, piece.bytes);
        if (tab && text->bytes)
            hog_text_pad(text, TAB - hog_text_width(text->bytes + start, text->length - start) % TAB);
        else if (tab)
            hog_text_pad(text, TAB);
        at = end + (tab != NULL);
    }
}

/* Cells that the first bytes of a line take. */
static unsigned cells_before(const char *line, size_t bytes)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text before = {0};
    size_t length = strlen(line);

    put_code(&before, line, bytes < length ? bytes : length);
    return paint_width(&before);
}

/* As much of a line as is shown of a name or value. */
static void put_cut_code(struct hog_text *text, const char *line, const struct theme *theme)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text code = {0};
    size_t fits;

    put_code(&code, line, strlen(line));
    if (!code.length)
        return;
    fits = theme->max_string ? hog_text_fit(code.bytes, code.length, theme->max_string) : code.length;
    hog_text_append(text, code.bytes, fits);
    if (fits < code.length)
        hog_text_puts(text, "…");
}

/*
 * Which bytes of a line the frame is at, from `*ret_from` to before `*ret_to`. False: it does not say, or it is at all
 * of the line, which needs no underlining.
 */
static bool underlined(const struct hog_frame *frame, int64_t number, const char *line, size_t *ret_from,
                       size_t *ret_to)
{
    size_t indent = strspn(line, " \t\f"), length = strlen(line);
    size_t from = indent, to = length;

    if (!frame || frame->column < 1 || frame->end_column < 1 || number < frame->line ||
        number > frame->end_line)
        return false;
    if (number == frame->line)
        from = (size_t)frame->column - 1;
    if (number == frame->end_line)
        to = (size_t)frame->end_column - 1;
    if (to > length)
        to = length;
    if (from >= to || (from <= indent && to == length && frame->line == frame->end_line))
        return false;
    *ret_from = from;
    *ret_to = to;
    return true;
}

static void put_underline(const struct hog_frame *frame, int64_t number, const char *line, unsigned before,
                          const struct theme *theme, struct hog_text *text)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text carets = {0};
    size_t from, to;
    unsigned first, last;

    if (!underlined(frame, number, line, &from, &to))
        return;
    first = cells_before(line, from);
    last = cells_before(line, to);
    if (theme->max_string && last > theme->max_string)
        last = theme->max_string;
    for (unsigned i = first; i < last; i++)
        hog_text_puts(&carets, "^");
    if (!carets.length)
        return;
    hog_text_pad(text, before + first);
    paint_put(text, theme, STYLE_STATE, carets.bytes);
    hog_text_puts(text, "\n");
}

static void put_head(const struct listing *listing, const struct theme *theme, struct hog_text *text)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text cell = {0};

    if (listing->head == LISTING_OF_FRAME && listing->frame) {
        render_frame_line(listing->frame, listing->frame_number, theme, text);
    } else if (listing->head == LISTING_OF_FILE) {
        paint_name(&cell, listing->filename, 0);
        paint_put(text, theme, STYLE_PLACE, paint_text(&cell));
        hog_text_puts(text, "\n");
    }
    if (listing->head != LISTING_CONTINUED && listing->remark) {
        hog_text_clear(&cell);
        hog_text_printf(&cell, "(%s)", listing->remark);
        paint_put(text, theme, STYLE_NOTE, paint_text(&cell));
        hog_text_puts(text, "\n");
    }
}

void render_listing_text(const struct listing *listing, const struct theme *theme, struct hog_text *text)
{
    int width = snprintf(NULL, 0, "%" PRId64, listing->first + (int64_t)listing->count - 1);

    put_head(listing, theme, text);
    for (size_t i = 0; i < listing->count; i++) {
        int64_t number = listing->first + (int64_t)i;
        bool marked = listing->frame && listing->frame->line == number;
        char cell[64];

        paint_put(text, theme, STYLE_STATE, marked ? "->  " : "    ");
        snprintf(cell, sizeof cell, "%*" PRId64 "  ", width, number);
        paint_put(text, theme, STYLE_NOTE, cell);
        put_cut_code(text, listing->lines[i], theme);
        hog_text_puts(text, "\n");
        put_underline(listing->frame, number, listing->lines[i], INDENT_CELLS + (unsigned)width + GAP_CELLS,
                      theme, text);
    }
}

void render_listing_json(const struct report *report, const struct listing *listing, struct hog_text *text)
{
    const struct hog_frame *frame = listing->frame;
    json_t *lines = json_array();

    for (size_t i = 0; lines && i < listing->count; i++) {
        json_t *line = json_object();

        json_set(text, line, "line", json_integer(listing->first + (int64_t)i));
        json_set(text, line, "source", json_words(listing->lines[i]));
        text->failed |= json_array_append_new(lines, line) != 0;
    }
    json_head(text, "hognose.list/1", report);
    json_member(text, "filename", json_words(listing->filename));
    json_member(text, "source_place", json_words(listing->place));
    json_member(text, "source_remark", json_words(listing->remark));
    json_member(text, "line", json_known(frame ? frame->line : 0));
    json_member(text, "end_line", json_known(frame ? frame->end_line : 0));
    json_member(text, "column", json_known(frame ? frame->column : 0));
    json_member(text, "end_column", json_known(frame ? frame->end_column : 0));
    json_member(text, "lines", lines);
    hog_text_puts(text, "}\n");
}

void render_source_line(const struct hog_source_line *line, unsigned indent, const struct theme *theme,
                        struct hog_text *text)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text remark = {0};

    if (!line->text && !line->remark)
        return;
    hog_text_pad(text, indent);
    if (line->text)
        put_cut_code(text, line->text + strspn(line->text, " \t\f"), theme);
    if (line->remark) {
        hog_text_printf(&remark, "%s(%s)", line->text ? "  " : "", line->remark);
        paint_put(text, theme, STYLE_NOTE, paint_text(&remark));
    }
    hog_text_puts(text, "\n");
}
