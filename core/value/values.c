/* The reader of objects itself, and plain values; see values.h. */
#include "value/values.h"

#include "decode/code.h"
#include "decode/module_name.h"
#include "value/names.h"
#include "value/type.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_TEXT = 4096, DEFAULT_STEPS = 1 << 27 };

struct hog_values *hog_values_create(const struct hog_process *process, const struct hog_location *location,
                                     struct hog_memory *memory, struct hog_arena *arena,
                                     const struct hog_values_options *options)
{
    struct hog_values *values = calloc(1, sizeof *values);
    struct value_type *none = calloc(1, sizeof *none);

    if (!values || !none) {
        free(values);
        free(none);
        return NULL;
    }
    none->seen = (struct hog_value_type){.module = "?", .qualname = "?", .name = "?"};
    none->status = HOG_NO_MEMORY;
    values->no_type = none;
    values->decoder = (struct decoder){
        .process = process,
        .location = location,
        .layout = &location->python.layout,
        .memory = memory,
        .arena = arena,
        .most_steps = options->max_steps ? options->max_steps : DEFAULT_STEPS,
        .options = {.max_text = options->max_text ? options->max_text : DEFAULT_TEXT,
                    .interrupted = options->interrupted,
                    .context = options->context},
    };
    return values;
}

void hog_values_destroy(struct hog_values *values)
{
    if (!values)
        return;
    code_release(&values->decoder);
    module_name_release(&values->decoder);
    HASH_CLEAR(hh, values->types);
    HASH_CLEAR(hh, values->names);
    type_forget_lookups(values);
    free(values->no_type);
    free(values);
}

const struct hog_layout *hog_values_layout(const struct hog_values *values)
{
    return values->decoder.layout;
}

struct hog_memory *hog_values_memory(const struct hog_values *values)
{
    return values->decoder.memory;
}

struct hog_arena *hog_values_arena(const struct hog_values *values)
{
    return values->decoder.arena;
}

bool hog_values_interrupted(struct hog_values *values)
{
    return decoder_interrupted(&values->decoder);
}

enum hog_status hog_value_class(struct hog_values *values, uint64_t type,
                                const struct hog_value_type **ret_type)
{
    struct value_type *found = type_at(values, type);

    if (found->status != HOG_OK)
        return found->status;
    *ret_type = &found->seen;
    return HOG_OK;
}

enum hog_status hog_value_type(struct hog_values *values, uint64_t object,
                               const struct hog_value_type **ret_type)
{
    struct value_type *type;
    enum hog_status status = type_of(values, object, &type);

    if (status != HOG_OK)
        return status;
    *ret_type = &type->seen;
    return HOG_OK;
}

const char *hog_value_type_name(struct hog_values *values, const struct hog_value_type *type)
{
    if (strcmp(type->module, "builtins") == 0)
        return type->qualname;
    return hog_arena_printf(values->decoder.arena, "%s.%s", type->module, type->qualname);
}

bool hog_value_is(struct hog_values *values, uint64_t object, const char *module, const char *qualname)
{
    struct value_type *type;

    return type_of(values, object, &type) == HOG_OK && type_is_named(type, module, qualname);
}

bool hog_value_is_a(struct hog_values *values, uint64_t object, const char *module, const char *qualname)
{
    struct value_type *type;

    if (type_of(values, object, &type))
        return false;
    for (size_t i = 0; i < type->mro_count; i++)
        if (type_is_named(type_at(values, type->mro[i]), module, qualname))
            return true;
    return false;
}

enum hog_value_base hog_value_base(struct hog_values *values, uint64_t object)
{
    static const struct {
        unsigned bit;
        enum hog_value_base base;
    } bases[] = {{24, HOG_VALUE_INT}, {25, HOG_VALUE_LIST}, {26, HOG_VALUE_TUPLE},     {27, HOG_VALUE_BYTES},
                 {28, HOG_VALUE_STR}, {29, HOG_VALUE_DICT}, {30, HOG_VALUE_EXCEPTION}, {31, HOG_VALUE_TYPE}};
    uint64_t flags;

    if (object_type_flags(&values->decoder, object, &flags))
        return HOG_VALUE_OTHER;
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++)
        if (flags >> bases[i].bit & 1)
            return bases[i].base;
    return HOG_VALUE_OTHER;
}

bool hog_value_is_none(struct hog_values *values, uint64_t object)
{
    return hog_value_is(values, object, "builtins", "NoneType");
}

enum hog_status hog_value_i64(struct hog_values *values, uint64_t object, int64_t *ret_value)
{
    struct integer_shape shape;
    uint64_t magnitude;
    enum hog_status status = integer_shape(&values->decoder, object, &shape);

    if (status == HOG_OK)
        status = integer_magnitude(&values->decoder, object, &shape, &magnitude);
    if (status != HOG_OK)
        return status;
    if (magnitude > (uint64_t)INT64_MAX + (shape.negative ? 1 : 0))
        return HOG_BAD_DATA;
    *ret_value = shape.negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return HOG_OK;
}

enum hog_status hog_value_text(struct hog_values *values, uint64_t object, const char **ret_text)
{
    return unicode_text(&values->decoder, object, ret_text);
}

bool hog_value_text_is(struct hog_values *values, uint64_t object, const char *ascii)
{
    return unicode_equals(&values->decoder, object, ascii);
}

enum hog_status hog_value_member(struct hog_values *values, uint64_t object, enum hog_field field,
                                 uint64_t *ret_value)
{
    return value_u64(values, object, field, ret_value);
}

enum hog_status hog_value_dict_find(struct hog_values *values, uint64_t dict, const char *key,
                                    uint64_t *ret_value)
{
    return dict_find(&values->decoder, dict, key, ret_value);
}

enum hog_status hog_value_modules(struct hog_values *values, uint64_t interpreter, uint64_t *ret_dict)
{
    return value_u64(values, interpreter, HOG_F_interp_modules, ret_dict);
}

enum hog_status hog_value_module(struct hog_values *values, uint64_t interpreter, const char *name,
                                 uint64_t *ret_module)
{
    uint64_t modules;
    enum hog_status status = value_u64(values, interpreter, HOG_F_interp_modules, &modules);

    return status != HOG_OK ? status : dict_find(&values->decoder, modules, name, ret_module);
}
