/*
 * Members of enums and flags: Lib/enum.py.
 *
 *     <Color.RED: 1>     the instance has _name_ and _value_
 *     re.IGNORECASE      of those that stand in a module's namespace (enum.global_enum)
 */
#include "value/show.h"

#include <string.h>

static enum hog_status enum_parts(struct render *render, uint64_t object, uint64_t *ret_name,
                                  uint64_t *ret_value)
{
    enum hog_status status = hog_value_attribute(render->values, object, "_name_", ret_name);

    return status != HOG_OK ? status : hog_value_attribute(render->values, object, "_value_", ret_value);
}

/* Where the members' class has a __str__-like _value_repr_ of a program, the value's own repr is shown. */
enum hog_status show_enum(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t name, value;
    enum hog_status status = enum_parts(render, object, &name, &value);

    if (status != HOG_OK)
        return status;
    hog_text_puts(render->out, "<");
    show_words(render, type->seen.name);
    if (hog_value_base(render->values, name) == HOG_VALUE_STR) {
        hog_text_puts(render->out, ".");
        status = show_plain_text(render, name);
    } else {
        hog_text_puts(render->out, "?");
        status = HOG_OK;
    }
    hog_text_puts(render->out, ": ");
    show_object(render, value);
    hog_text_puts(render->out, ">");
    return status;
}

/* To 3.10 a combination has no name: its parts would have to be computed. From 3.11 on it may lack one. */
enum hog_status show_flag(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t name, value;
    enum hog_status status = enum_parts(render, object, &name, &value);

    if (status != HOG_OK)
        return status;
    if (hog_value_base(render->values, name) == HOG_VALUE_STR)
        return show_enum(render, object, type);
    if (!render->values->decoder.layout->traits.flags_have_names)
        show_mark(render, HOG_VALUE_NOT_REPR);
    hog_text_puts(render->out, "<");
    show_words(render, type->seen.name);
    hog_text_puts(render->out, ": ");
    show_object(render, value);
    hog_text_puts(render->out, ">");
    return HOG_OK;
}

/* global_enum_repr and global_flag_repr; of the latter a combination is "re.IGNORECASE|re.DOTALL". */
enum hog_status show_global_enum(struct render *render, uint64_t object, const struct value_type *type)
{
    const char *module = strrchr(type->seen.module, '.');
    const char *text;
    uint64_t name, value;
    enum hog_status status = enum_parts(render, object, &name, &value);

    if (status == HOG_OK && hog_value_base(render->values, name) != HOG_VALUE_STR) {
        show_mark(render, HOG_VALUE_NOT_REPR);
        return show_flag(render, object, type);
    }
    if (status == HOG_OK)
        status = unicode_text(&render->values->decoder, name, &text);
    if (status != HOG_OK)
        return status;
    module = module ? module + 1 : type->seen.module;
    while (*text) {
        size_t length = strcspn(text, "|");
        const char *part = hog_arena_copy_text(render->values->decoder.arena, text, length);

        if (!part)
            return HOG_NO_MEMORY;
        show_words(render, module);
        hog_text_puts(render->out, ".");
        show_words(render, part);
        text += length;
        if (*text == '|') {
            hog_text_puts(render->out, "|");
            text++;
        }
    }
    return HOG_OK;
}
