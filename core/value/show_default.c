/* What is shown of an object of which nothing more is known; see show.h. */
#include "value/show.h"

#include <string.h>

void show_words(struct render *render, const char *text)
{
    hog_text_put_printable(render->out, text);
}

void show_type_name(struct render *render, const struct value_type *type)
{
    uint64_t at;
    char name[256];

    if (value_u64(render->values, type->seen.address, HOG_F_type_tp_name, &at) == HOG_OK &&
        hog_memory_text(render->values->decoder.memory, at, name, sizeof name) == HOG_OK)
        show_words(render, name);
    else
        show_words(render, type->seen.name);
}

enum hog_status show_plain_text(struct render *render, uint64_t object)
{
    const char *text;
    enum hog_status status = unicode_text(&render->values->decoder, object, &text);

    if (status == HOG_OK)
        show_words(render, text);
    return status;
}

void show_default(struct render *render, uint64_t object, const struct value_type *type)
{
    hog_text_puts(render->out, "<");
    if (strcmp(type->seen.module, "builtins") != 0) {
        show_words(render, type->seen.module);
        hog_text_puts(render->out, ".");
    }
    show_words(render, type->seen.qualname);
    hog_text_printf(render->out, " object at " HOG_ADDRESS ">", object);
}

void show_shaped(struct render *render, const struct value_type *type, const int64_t *sizes, size_t count)
{
    show_mark(render, HOG_VALUE_NOT_REPR);
    hog_text_puts(render->out, "<");
    show_words(render, type->seen.module);
    hog_text_puts(render->out, ".");
    show_words(render, type->seen.qualname);
    hog_text_puts(render->out, " shape=(");
    for (size_t i = 0; i < count; i++) {
        hog_text_puts(render->out, i ? ", " : "");
        if (sizes[i] < 0)
            hog_text_puts(render->out, "?");
        else
            hog_text_put_number(render->out, (uint64_t)sizes[i]);
    }
    hog_text_puts(render->out, count == 1 ? ",)" : ")");
}

enum hog_status show_unknown(struct render *render, uint64_t object, const struct value_type *type)
{
    show_mark(render, HOG_VALUE_NOT_REPR);
    show_default(render, object, type);
    return HOG_OK;
}

enum hog_status show_any(struct render *render, uint64_t object, const struct value_type *type)
{
    show_default(render, object, type);
    return HOG_OK;
}
