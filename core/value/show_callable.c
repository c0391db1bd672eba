/*
 * What can be called: functions, methods, functions of C, descriptors, partials.
 *
 *     PyFunctionObject     func_qualname
 *     PyMethodObject       im_func, im_self
 *     PyCFunctionObject    m_ml ──▶ {ml_name}, m_self
 *     PyDescrObject        d_type, d_name
 *     wrapperobject        descr ──▶ PyDescrObject, self
 *     partialobject        fn, args, kw
 *
 * Source: Objects/funcobject.c, methodobject.c, classobject.c, descrobject.c, Modules/_functoolsmodule.c.
 */
#include "value/show.h"

#include <string.h>

enum hog_status show_function_object(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t qualname;
    enum hog_status status = value_u64(render->values, object, HOG_F_func_func_qualname, &qualname);

    (void)type;
    if (status != HOG_OK)
        return status;
    hog_text_puts(render->out, "<function ");
    status = show_plain_text(render, qualname);
    hog_text_printf(render->out, " at " HOG_ADDRESS ">", object);
    return status;
}

/* The name that a callable goes by: __qualname__, else __name__, else "?". */
static void show_callable_name(struct render *render, uint64_t object)
{
    uint64_t text, table;
    char name[128];

    if (hog_value_is(render->values, object, "builtins", "function")) {
        if (value_u64(render->values, object, HOG_F_func_func_qualname, &text) == HOG_OK &&
            show_plain_text(render, text) == HOG_OK)
            return;
    } else if (hog_value_is(render->values, object, "builtins", "builtin_function_or_method")) {
        if (value_u64(render->values, object, HOG_F_cfunction_m_ml, &table) == HOG_OK &&
            value_u64(render->values, table, HOG_F_methoddef_ml_name, &text) == HOG_OK &&
            hog_memory_text(render->values->decoder.memory, text, name, sizeof name) == HOG_OK) {
            show_words(render, name);
            return;
        }
    } else if (hog_value_base(render->values, object) == HOG_VALUE_TYPE) {
        show_words(render, type_at(render->values, object)->seen.qualname);
        return;
    } else if (hog_value_attribute(render->values, object, "__qualname__", &text) == HOG_OK &&
               show_plain_text(render, text) == HOG_OK) {
        return;
    }
    hog_text_puts(render->out, "?");
}

enum hog_status show_method(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t function, self;
    enum hog_status status = value_u64(render->values, object, HOG_F_method_im_func, &function);

    (void)type;
    if (status == HOG_OK)
        status = value_u64(render->values, object, HOG_F_method_im_self, &self);
    if (status != HOG_OK)
        return status;
    hog_text_puts(render->out, "<bound method ");
    show_callable_name(render, function);
    hog_text_puts(render->out, " of ");
    show_object(render, self);
    hog_text_puts(render->out, ">");
    return HOG_OK;
}

enum hog_status show_builtin(struct render *render, uint64_t object, const struct value_type *type)
{
    struct value_type *self_type;
    uint64_t table, text, self;
    char name[128];
    enum hog_status status = value_u64(render->values, object, HOG_F_cfunction_m_ml, &table);

    (void)type;
    if (status == HOG_OK)
        status = value_u64(render->values, table, HOG_F_methoddef_ml_name, &text);
    if (status == HOG_OK)
        status = hog_memory_text(render->values->decoder.memory, text, name, sizeof name);
    if (status == HOG_OK)
        status = value_u64(render->values, object, HOG_F_cfunction_m_self, &self);
    if (status == HOG_OK && self)
        status = type_of(render->values, self, &self_type);
    if (status != HOG_OK)
        return status;
    if (!self || type_is_named(self_type, "builtins", "module")) {
        hog_text_puts(render->out, "<built-in function ");
        show_words(render, name);
        hog_text_puts(render->out, ">");
        return HOG_OK;
    }
    hog_text_puts(render->out, "<built-in method ");
    show_words(render, name);
    hog_text_puts(render->out, " of ");
    show_type_name(render, self_type);
    hog_text_printf(render->out, " object at " HOG_ADDRESS ">", self);
    return HOG_OK;
}

/* "<method 'append' of 'list' objects>" */
static enum hog_status show_descriptor(struct render *render, uint64_t object, const char *what)
{
    uint64_t class, name;
    const struct value_type *type;
    enum hog_status status = value_u64(render->values, object, HOG_F_descr_d_type, &class);

    if (status == HOG_OK)
        status = value_u64(render->values, object, HOG_F_descr_d_name, &name);
    if (status != HOG_OK)
        return status;
    type = type_at(render->values, class);
    if (type->status != HOG_OK)
        return type->status;
    hog_text_printf(render->out, "<%s '", what);
    status = show_plain_text(render, name);
    hog_text_puts(render->out, "' of '");
    show_type_name(render, type);
    hog_text_puts(render->out, "' objects>");
    return status;
}

enum hog_status show_method_descriptor(struct render *render, uint64_t object, const struct value_type *type)
{
    (void)type;
    return show_descriptor(render, object, "method");
}

enum hog_status show_slot_wrapper(struct render *render, uint64_t object, const struct value_type *type)
{
    (void)type;
    return show_descriptor(render, object, "slot wrapper");
}

enum hog_status show_getset(struct render *render, uint64_t object, const struct value_type *type)
{
    (void)type;
    return show_descriptor(render, object, "attribute");
}

enum hog_status show_member_descriptor(struct render *render, uint64_t object, const struct value_type *type)
{
    (void)type;
    return show_descriptor(render, object, "member");
}

enum hog_status show_method_wrapper(struct render *render, uint64_t object, const struct value_type *type)
{
    struct value_type *self_type;
    uint64_t descriptor, name, self;
    enum hog_status status = value_u64(render->values, object, HOG_F_wrapper_descr, &descriptor);

    (void)type;
    if (status == HOG_OK)
        status = value_u64(render->values, descriptor, HOG_F_descr_d_name, &name);
    if (status == HOG_OK)
        status = value_u64(render->values, object, HOG_F_wrapper_self, &self);
    if (status == HOG_OK)
        status = type_of(render->values, self, &self_type);
    if (status != HOG_OK)
        return status;
    hog_text_puts(render->out, "<method-wrapper '");
    status = show_plain_text(render, name);
    hog_text_puts(render->out, "' of ");
    show_type_name(render, self_type);
    hog_text_printf(render->out, " object at " HOG_ADDRESS ">", self);
    return status;
}

/* Keywords of a partial are strings; "k=v". */
static enum hog_status show_keywords(struct render *render, uint64_t dict)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    enum hog_status status = hog_value_walk_start(render->values, dict, &walk);

    while (status == HOG_OK && hog_value_walk_next(render->values, &walk, &item)) {
        hog_text_puts(render->out, ", ");
        if (walk.taken > render->limits.items || show_is_full(render)) {
            hog_text_puts(render->out, "...");
            show_mark(render, HOG_VALUE_CUT);
            break;
        }
        status = show_plain_text(render, item.key);
        hog_text_puts(render->out, "=");
        show_object(render, item.value);
    }
    return status != HOG_OK ? status : walk.status;
}

enum hog_status show_partial(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t arguments, keywords, count;
    enum hog_status status = value_u64(render->values, object, HOG_F_partial_args, &arguments);

    if (status == HOG_OK)
        status = value_u64(render->values, object, HOG_F_partial_kw, &keywords);
    if (status == HOG_OK)
        status = value_u64(render->values, arguments, HOG_F_object_ob_size, &count);
    if (status != HOG_OK)
        return status;
    show_words(render, type->seen.module);
    hog_text_puts(render->out, ".");
    show_words(render, type->seen.qualname);
    hog_text_puts(render->out, "(");
    status = show_member(render, object, HOG_F_partial_fn);
    if (status == HOG_OK && count) {
        hog_text_puts(render->out, ", ");
        status = show_items(render, arguments, false);
    }
    if (status == HOG_OK && keywords && hog_value_base(render->values, keywords) == HOG_VALUE_DICT)
        status = show_keywords(render, keywords);
    hog_text_puts(render->out, ")");
    return status;
}

/* 3.10+; before they are shown as any object. */
static enum hog_status show_wrapped(struct render *render, uint64_t object, const char *name)
{
    enum hog_status status;

    hog_text_printf(render->out, "<%s(", name);
    status = show_member(render, object, HOG_F_classmethod_cm_callable);
    hog_text_puts(render->out, ")>");
    return status;
}

enum hog_status show_classmethod(struct render *render, uint64_t object, const struct value_type *type)
{
    (void)type;
    return show_wrapped(render, object, "classmethod");
}

enum hog_status show_staticmethod(struct render *render, uint64_t object, const struct value_type *type)
{
    (void)type;
    return show_wrapped(render, object, "staticmethod");
}
