/*
 * Classes, modules, code, frames, generators, cells, weak references, exceptions.
 *
 *     PyModuleObject           md_dict ──▶ __name__, __spec__, __file__
 *     PyGenObject              gi_qualname; coroutines and asynchronous generators are made alike
 *     PyBaseExceptionObject    args; PyBaseExceptionGroupObject: msg, excs
 *
 * Source: Objects/typeobject.c, Lib/importlib/_bootstrap.py (_module_repr), Objects/codeobject.c,
 * Objects/frameobject.c, Objects/genobject.c, Objects/exceptions.c.
 */
#include "value/names.h"
#include "value/show.h"

#include <string.h>

static void show_class_name(struct render *render, const struct value_type *class)
{
    if (strcmp(class->seen.module, "builtins") != 0) {
        show_words(render, class->seen.module);
        hog_text_puts(render->out, ".");
    }
    show_words(render, class->seen.qualname);
}

enum hog_status show_class(struct render *render, uint64_t object, const struct value_type *type)
{
    const struct value_type *class = type_at(render->values, object);

    (void)type;
    if (class->status != HOG_OK)
        return class->status;
    hog_text_puts(render->out, "<class '");
    show_class_name(render, class);
    hog_text_puts(render->out, "'>");
    return HOG_OK;
}

/* Lib/enum.py: "<enum 'Color'>", and from 3.11 on "<flag 'Perm'>". */
enum hog_status show_enum_class(struct render *render, uint64_t object, const struct value_type *type)
{
    const struct value_type *class = type_at(render->values, object);
    bool is_flag = false;

    if (class->status != HOG_OK)
        return class->status;
    for (size_t i = 0; i < class->mro_count; i++)
        is_flag |= type_is_named(type_at(render->values, class->mro[i]), "enum", "Flag");
    hog_text_printf(render->out, "<%s '",
                    is_flag && strcmp(type->seen.name, "EnumType") == 0 ? "flag" : "enum");
    show_words(render, class->seen.name);
    hog_text_puts(render->out, "'>");
    return HOG_OK;
}

/* To 3.8 what is built in has no origin, and its importer says so. */
static void show_module_loader(struct render *render, uint64_t spec)
{
    const struct value_type *loader;
    uint64_t value;

    if (hog_value_attribute(render->values, spec, "loader", &value) == HOG_OK) {
        loader = type_at(render->values, value);
        if (loader->status == HOG_OK && strcmp(loader->seen.name, "BuiltinImporter") == 0) {
            hog_text_puts(render->out, " (built-in)");
            return;
        }
        if (loader->status == HOG_OK && strcmp(loader->seen.name, "FrozenImporter") == 0) {
            hog_text_puts(render->out, " (frozen)");
            return;
        }
    }
    show_mark(render, HOG_VALUE_NOT_REPR);
}

/* The attribute of a module's spec, NULL or "" where there is none: `origin` of a file that is there. */
static enum hog_status show_module_origin(struct render *render, uint64_t dict)
{
    uint64_t spec, value;
    int64_t has_location = 0;

    if (dict_find(&render->values->decoder, dict, "__spec__", &spec) == HOG_OK &&
        !hog_value_is_none(render->values, spec)) {
        if (hog_value_attribute(render->values, spec, "_set_fileattr", &value) == HOG_OK)
            (void)!hog_value_i64(render->values, value, &has_location);
        if (hog_value_attribute(render->values, spec, "origin", &value) ||
            hog_value_is_none(render->values, value)) {
            show_module_loader(render, spec);
            return HOG_OK;
        }
        hog_text_puts(render->out, has_location ? " from " : " (");
        if (has_location) {
            show_object(render, value);
            return HOG_OK;
        }
        if (show_plain_text(render, value))
            hog_text_puts(render->out, "?");
        hog_text_puts(render->out, ")");
        return HOG_OK;
    }
    if (dict_find(&render->values->decoder, dict, "__file__", &value) == HOG_OK) {
        hog_text_puts(render->out, " from ");
        show_object(render, value);
    } else if (dict_find(&render->values->decoder, dict, "__loader__", &value) == HOG_OK &&
               !hog_value_is_none(render->values, value)) {
        hog_text_puts(render->out, " (");
        show_object(render, value);
        hog_text_puts(render->out, ")");
    }
    return HOG_OK;
}

enum hog_status show_module(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t dict, name;
    enum hog_status status = value_u64(render->values, object, HOG_F_module_md_dict, &dict);

    (void)type;
    if (status != HOG_OK)
        return status;
    hog_text_puts(render->out, "<module ");
    if (dict_find(&render->values->decoder, dict, "__name__", &name) == HOG_OK)
        show_object(render, name);
    else
        hog_text_puts(render->out, "'?'");
    status = show_module_origin(render, dict);
    hog_text_puts(render->out, ">");
    return status;
}

static enum hog_status show_text_member(struct render *render, uint64_t object, enum hog_field field)
{
    uint64_t text;
    enum hog_status status = value_u64(render->values, object, field, &text);

    return status != HOG_OK ? status : show_plain_text(render, text);
}

enum hog_status show_code(struct render *render, uint64_t object, const struct value_type *type)
{
    uint32_t line;
    enum hog_status status;

    (void)type;
    hog_text_puts(render->out, "<code object ");
    status = show_text_member(render, object, HOG_F_code_co_name);
    hog_text_printf(render->out, " at " HOG_ADDRESS ", file \"", object);
    if (status == HOG_OK)
        status = show_text_member(render, object, HOG_F_code_co_filename);
    if (status == HOG_OK)
        status = value_u32(render->values, object, HOG_F_code_co_firstlineno, &line);
    if (status == HOG_OK)
        hog_text_printf(render->out, "\", line %d>", (int32_t)line);
    return status;
}

/* The code that a frame object runs; its line takes the line table, so it is left out and the text marked. */
enum hog_status show_frame(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t frame = object;
    uint64_t code;
    bool old = !hog_layout_has(render->values->decoder.layout, HOG_F_frameobject_f_frame);
    enum hog_status status =
        old ? HOG_OK : value_u64(render->values, object, HOG_F_frameobject_f_frame, &frame);

    (void)type;
    if (status == HOG_OK)
        status =
            value_u64(render->values, frame, old ? HOG_F_frame_f_code : HOG_F_iframe_f_executable, &code);
    if (status != HOG_OK)
        return status;
    code = object_of_stack_ref(&render->values->decoder, code);
    show_mark(render, HOG_VALUE_NOT_REPR);
    hog_text_printf(render->out, "<frame at " HOG_ADDRESS ", file '", object);
    status = show_text_member(render, code, HOG_F_code_co_filename);
    hog_text_puts(render->out, "', code ");
    if (status == HOG_OK)
        status = show_text_member(render, code, HOG_F_code_co_name);
    hog_text_puts(render->out, ">");
    return status;
}

enum hog_status show_generator(struct render *render, uint64_t object, const struct value_type *type)
{
    enum hog_status status;

    hog_text_puts(render->out, "<");
    show_words(render, type->seen.name);
    hog_text_puts(render->out, " object ");
    status = show_text_member(render, object, HOG_F_gen_gi_qualname);
    hog_text_printf(render->out, " at " HOG_ADDRESS ">", object);
    return status;
}

enum hog_status show_cell(struct render *render, uint64_t object, const struct value_type *type)
{
    struct value_type *content;
    uint64_t value;
    enum hog_status status = value_u64(render->values, object, HOG_F_cell_ob_ref, &value);

    (void)type;
    if (status == HOG_OK && value)
        status = type_of(render->values, value, &content);
    if (status != HOG_OK)
        return status;
    hog_text_printf(render->out, "<cell at " HOG_ADDRESS ": ", object);
    if (!value) {
        hog_text_puts(render->out, "empty>");
        return HOG_OK;
    }
    show_type_name(render, content);
    hog_text_printf(render->out, " object at " HOG_ADDRESS ">", value);
    return HOG_OK;
}

/* " (name)" where what is referred to has a __name__. */
static void show_target_name(struct render *render, uint64_t target)
{
    uint64_t dict, name = 0;

    if (hog_value_base(render->values, target) == HOG_VALUE_TYPE) {
        hog_text_puts(render->out, " (");
        show_words(render, type_at(render->values, target)->seen.name);
        hog_text_puts(render->out, ")");
        return;
    }
    if (hog_value_is(render->values, target, "builtins", "function"))
        (void)!value_u64(render->values, target, HOG_F_func_func_name, &name);
    else if (hog_value_is_a(render->values, target, "builtins", "module") &&
             value_u64(render->values, target, HOG_F_module_md_dict, &dict) == HOG_OK)
        (void)!dict_find(&render->values->decoder, dict, "__name__", &name);
    if (!name)
        return;
    hog_text_puts(render->out, " (");
    if (show_plain_text(render, name))
        hog_text_puts(render->out, "?");
    hog_text_puts(render->out, ")");
}

enum hog_status show_weakref(struct render *render, uint64_t object, const struct value_type *type)
{
    struct value_type *class;
    uint64_t target;
    enum hog_status status = value_u64(render->values, object, HOG_F_weakref_wr_object, &target);

    if (status == HOG_OK && !hog_value_is_none(render->values, target))
        status = type_of(render->values, target, &class);
    else if (status == HOG_OK) {
        hog_text_printf(render->out, "<weakref at " HOG_ADDRESS "; dead>", object);
        return HOG_OK;
    }
    if (status != HOG_OK)
        return status;
    if (!type_is_named(type, "builtins", "weakref") && !type_is_named(type, "weakref", "ReferenceType"))
        show_mark(render, HOG_VALUE_NOT_REPR);
    hog_text_printf(render->out, "<weakref at " HOG_ADDRESS "; to '", object);
    show_type_name(render, class);
    hog_text_printf(render->out, "' at " HOG_ADDRESS, target);
    show_target_name(render, target);
    hog_text_puts(render->out, ">");
    return HOG_OK;
}

enum hog_status show_exception(struct render *render, uint64_t object, const struct value_type *type)
{
    bool comma = render->values->decoder.layout->traits.exception_has_comma;
    uint64_t arguments, count;
    enum hog_status status = value_u64(render->values, object, HOG_F_exception_args, &arguments);

    if (status == HOG_OK)
        status = value_u64(render->values, arguments, HOG_F_object_ob_size, &count);
    if (status == HOG_OK && hog_value_base(render->values, arguments) != HOG_VALUE_TUPLE)
        status = HOG_BAD_DATA;
    if (status != HOG_OK)
        return status;
    show_words(render, type->seen.name);
    hog_text_puts(render->out, "(");
    status = show_items(render, arguments, false);
    hog_text_puts(render->out, count == 1 && comma ? ",)" : ")");
    return status;
}

enum hog_status show_exception_group(struct render *render, uint64_t object, const struct value_type *type)
{
    return show_exception(render, object, type);
}
