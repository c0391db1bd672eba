/* One frame, and variables, as lines; see frame_line.h. */
#include "show/frame_line.h"

#include "show/thread_cells.h"

void render_frame_line(const struct hog_frame *frame, size_t index, const struct theme *theme,
                       struct hog_text *text)
{
    struct hog_text cell = {0};

    hog_text_printf(text, "#%zu  ", index);
    cell_function(&cell, frame, theme);
    paint_put(text, theme, STYLE_PLAIN, paint_text(&cell));
    hog_text_puts(text, "  ");
    cell_place(&cell, frame, theme);
    paint_put(text, theme, STYLE_PLACE, paint_text(&cell));
    hog_text_puts(text, frame->flags & HOG_FRAME_INCOMPLETE ? "  (starting)\n" : "\n");
    hog_text_deinit(&cell);
}

static void put_local(const struct hog_local *local, unsigned indent, const struct theme *theme,
                      struct hog_text *text)
{
    hog_text_pad(text, indent);
    paint_name(text, local->name, 0);
    hog_text_puts(text, local->repr ? " = " : " ");
    if (local->repr)
        hog_text_puts(text, local->repr);
    else
        paint_put(text, theme, STYLE_NOTE, "(unset)");
    if (local->repr && !local->is_repr)
        paint_put(text, theme, STYLE_NOTE, "  (not its repr)");
    hog_text_puts(text, "\n");
}

void render_locals(const struct hog_locals *locals, unsigned indent, const struct theme *theme,
                   struct hog_text *text)
{
    struct hog_text note = {0};

    for (size_t i = 0; i < locals->count; i++)
        put_local(&locals->items[i], indent, theme, text);
    if (locals->because)
        hog_text_printf(&note, "%*s(variables are missing: %s)\n", (int)indent, "", locals->because);
    else if (locals->cut)
        hog_text_printf(&note, "%*s(there are more)\n", (int)indent, "");
    if (note.length)
        paint_put(text, theme, STYLE_NOTE, note.bytes);
    hog_text_deinit(&note);
}
