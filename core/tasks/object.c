/* Objects that may be anything: what a task's frames and attributes lead to. See reader.h. */
#include "tasks/reader.h"

#include "value/render.h"
#include "value/variables.h"

bool frame_variable(struct tasks_reader *reader, const struct hog_frame *frame, const char *name,
                    uint64_t *ret_value)
{
    return hog_variable_find(reader->values, frame, name, ret_value) == HOG_OK;
}

bool object_attribute(struct tasks_reader *reader, uint64_t object, const char *name, uint64_t *ret_value)
{
    return object && hog_value_attribute(reader->values, object, name, ret_value) == HOG_OK;
}

uint64_t object_linked(struct tasks_reader *reader, uint64_t object, const char *name)
{
    uint64_t value;

    return object_attribute(reader, object, name, &value) && !hog_value_is_none(reader->values, value) ? value
                                                                                                       : 0;
}

const char *object_text(struct tasks_reader *reader, uint64_t object, const char *name)
{
    uint64_t value;
    const char *text;

    return object_attribute(reader, object, name, &value) &&
                   hog_value_text(reader->values, value, &text) == HOG_OK
               ? text
               : NULL;
}

bool object_number(struct tasks_reader *reader, uint64_t object, const char *name, int64_t *ret_number)
{
    uint64_t value;

    return object_attribute(reader, object, name, &value) &&
           hog_value_i64(reader->values, value, ret_number) == HOG_OK;
}

bool object_length(struct tasks_reader *reader, uint64_t object, uint64_t *ret_length)
{
    struct hog_value_walk walk;

    if (!object || hog_value_walk_start(reader->values, object, &walk) != HOG_OK)
        return false;
    *ret_length = walk.length;
    return true;
}

const char *object_class(struct tasks_reader *reader, uint64_t object)
{
    const struct hog_value_type *type;

    return object && hog_value_type(reader->values, object, &type) == HOG_OK ? type->name : "?";
}

const char *object_number_words(struct tasks_reader *reader, uint64_t object)
{
    struct hog_text text = {0};
    const char *words;

    if (hog_value_base(reader->values, object) != HOG_VALUE_INT &&
        !hog_value_is(reader->values, object, "builtins", "float"))
        return NULL;
    hog_value_render(reader->values, object, &hog_value_limits_brief, &text);
    words = text.failed || !text.length ? NULL : hog_arena_copy_text(reader->arena, text.bytes, text.length);
    hog_text_deinit(&text);
    return words;
}
