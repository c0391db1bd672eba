/*
 * Where an object was defined; see definition.h. As inspect.getsource() finds it:
 *
 *     method ─▶ function ─▶ __wrapped__ ─▶ …  ─▶ code          co_filename, co_firstlineno
 *     partial, classmethod, staticmethod, property ─▶ function
 *     class ─▶ __module__ ─▶ sys.modules ─▶ __file__           __firstlineno__ (3.13+)
 *     module ─▶ __file__
 */
#include "value/definition.h"

#include "decode/code.h"
#include "value/type.h"

#include <string.h>

enum { MOST_WRAPPERS = 32 };

/* What calling, or reading, this object comes down to; 0: it is no wrapper. */
static uint64_t inside(struct hog_values *values, uint64_t object)
{
    static const struct {
        const char *module, *name;
        enum hog_field field;
    } wrappers[] = {
        {"builtins", "method", HOG_F_method_im_func},
        {"builtins", "classmethod", HOG_F_classmethod_cm_callable},
        {"builtins", "staticmethod", HOG_F_classmethod_cm_callable},
        {"functools", "partial", HOG_F_partial_fn},
    };
    uint64_t found;

    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
        if (hog_value_is(values, object, wrappers[i].module, wrappers[i].name))
            return value_u64(values, object, wrappers[i].field, &found) == HOG_OK ? found : 0;
    if (hog_value_is(values, object, "builtins", "property"))
        return hog_value_attribute(values, object, "fget", &found) == HOG_OK ? found : 0;
    return attribute_find(&values->decoder, object, "__wrapped__", &found) == HOG_OK ? found : 0;
}

static enum hog_status code_definition(struct hog_values *values, uint64_t object,
                                       struct hog_definition *definition)
{
    struct code_entry *entry;
    enum hog_status status = code_at(&values->decoder, object, &entry);

    if (status != HOG_OK)
        return status;
    definition->code = code_of(entry);
    definition->filename = definition->code->filename;
    definition->line = definition->code->first_line;
    return HOG_OK;
}

enum hog_status hog_definition_of_module(struct hog_values *values, uint64_t module,
                                         const char **ret_filename)
{
    uint64_t file;
    enum hog_status status = hog_value_attribute(values, module, "__file__", &file);

    if (status == HOG_OK && hog_value_base(values, file) != HOG_VALUE_STR)
        status = HOG_NOT_FOUND;
    return status != HOG_OK ? status : hog_value_text(values, file, ret_filename);
}

static enum hog_status class_definition(struct hog_values *values, uint64_t interpreter, uint64_t object,
                                        struct hog_definition *definition)
{
    const struct value_type *type = type_at(values, object);
    uint64_t module, line;
    enum hog_status status = type->status;

    if (status == HOG_OK && !type_is_heap(type))
        status = HOG_NOT_FOUND;
    if (status == HOG_OK)
        status = hog_value_module(values, interpreter, type->seen.module, &module);
    if (status == HOG_OK)
        status = hog_definition_of_module(values, module, &definition->filename);
    if (status != HOG_OK)
        return status;
    definition->class_name = type->seen.name;
    if (type_dict_find(values, type, "__firstlineno__", &line) ||
        hog_value_i64(values, line, &definition->line))
        definition->line = 0;
    return HOG_OK;
}

enum hog_status hog_definition_of(struct hog_values *values, uint64_t interpreter, uint64_t object,
                                  struct hog_definition *ret_definition)
{
    struct hog_definition definition = {0};
    enum hog_status status = HOG_NOT_FOUND;
    uint64_t code, within;

    for (int depth = 0; depth < MOST_WRAPPERS && (within = inside(values, object)); depth++)
        object = within;
    if (hog_value_is(values, object, "builtins", "function")) {
        status = value_u64(values, object, HOG_F_func_func_code, &code);
        if (status == HOG_OK)
            status = code_definition(values, code, &definition);
    } else if (hog_value_is(values, object, "builtins", "code")) {
        status = code_definition(values, object, &definition);
    } else if (hog_value_base(values, object) == HOG_VALUE_TYPE) {
        status = class_definition(values, interpreter, object, &definition);
    } else if (hog_value_is_a(values, object, "builtins", "module")) {
        status = hog_definition_of_module(values, object, &definition.filename);
        definition.line = 1;
    }
    if (status == HOG_OK)
        *ret_definition = definition;
    return status;
}
