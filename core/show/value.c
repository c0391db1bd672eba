/* A value that was asked for, and the variables of one frame; see value.h. */
#include "show/value.h"

#include "show/frame_line.h"
#include "show/json.h"
#include "show/locals_json.h"
#include "show/paint.h"

#include <inttypes.h>

void printed_value_deinit(struct printed_value *value)
{
    hog_text_deinit(&value->repr);
}

/* What does not show in the text itself. */
static void put_remarks(const struct printed_value *value, const struct theme *theme, struct hog_text *text)
{
    char number[PAINT_NUMBER];
    struct hog_text remark = {0};

    if (!value->is_repr && value->type) {
        hog_text_printf(&remark, "  (%s: not its repr, which would take running code)\n", value->type);
        paint_put(text, theme, STYLE_NOTE, paint_text(&remark));
    }
    hog_text_clear(&remark);
    if (value->cut) {
        if (value->has_length)
            hog_text_printf(&remark, "  (%s items; --full shows all)\n", paint_number(value->length, number));
        else
            hog_text_puts(&remark, "  (cut; --full shows all)\n");
        paint_put(text, theme, STYLE_NOTE, paint_text(&remark));
    }
    hog_text_deinit(&remark);
}

void render_value_text(const struct printed_value *value, const struct theme *theme, struct hog_text *text)
{
    if (value->number)
        hog_text_printf(text, "$%zu = ", value->number);
    hog_text_puts(text, value->repr.bytes ? value->repr.bytes : "");
    hog_text_puts(text, "\n");
    put_remarks(value, theme, text);
    render_locals(&value->attributes, 2, theme, text);
}

void render_value_json(const struct report *report, const struct printed_value *value, struct hog_text *text)
{
    json_head(text, "hognose.value/1", report);
    json_member(text, "expression", json_words(value->expression));
    json_member(text, "number", json_known((int64_t)value->number));
    json_member(text, "type", json_words(value->type));
    json_member(text, "address", json_address(value->address));
    json_member(text, "repr", json_words(value->repr.bytes));
    json_member(text, "is_repr", json_boolean(value->is_repr));
    json_member(text, "cut", json_boolean(value->cut));
    json_member(text, "damaged", json_boolean(value->damaged));
    json_member(text, "length", value->has_length ? json_integer((json_int_t)value->length) : json_null());
    json_member(text, "attributes", json_locals(text, &value->attributes));
    hog_text_puts(text, "}\n");
}

void render_locals_text(const struct hog_frame *frame, size_t index, const struct hog_locals *globals,
                        const struct theme *theme, struct hog_text *text)
{
    render_frame_line(frame, index, theme, text);
    if (frame->locals && !frame->locals->count && !frame->locals->because)
        hog_text_puts(text, "    (no variables)\n");
    else
        render_locals(frame->locals, 4, theme, text);
    if (!globals)
        return;
    hog_text_puts(text, "Globals\n");
    render_locals(globals, 4, theme, text);
}

void render_locals_json(const struct report *report, const struct hog_frame *frame,
                        const struct hog_locals *globals, struct hog_text *text)
{
    json_head(text, "hognose.locals/1", report);
    json_member(text, "name", json_words(frame->code->name));
    json_member(text, "filename", json_words(frame->code->filename));
    json_member(text, "line", json_known(frame->line));
    json_member(text, "locals", json_locals(text, frame->locals));
    json_member(text, "locals_missing_because", json_words(frame->locals ? frame->locals->because : NULL));
    json_member(text, "globals", globals ? json_locals(text, globals) : json_null());
    hog_text_puts(text, "}\n");
}
