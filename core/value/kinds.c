/*
 * Kinds of objects: which class's __repr__ is shown by which function.
 *
 * The class that has the __repr__ is the first of the MRO with one in its dict;
 * of static types, whose dicts are out of reach from 3.12 on, the first whose
 * tp_repr is not its base's. A __repr__ that a library makes for each class is
 * known by the module in which its function was written.
 */
#include "value/show.h"

#include <string.h>

static const struct kind kinds[] = {
    {"builtins", "object", show_any, NULL},
    {"builtins", "NoneType", show_none, NULL},
    {"builtins", "bool", show_bool, NULL},
    {"builtins", "ellipsis", show_ellipsis, NULL},
    {"builtins", "NotImplementedType", show_not_implemented, NULL},
    {"builtins", "int", show_int, NULL},
    {"builtins", "float", show_float, NULL},
    {"builtins", "complex", show_complex, NULL},
    {"builtins", "str", show_str, NULL},
    {"builtins", "bytes", show_bytes, NULL},
    {"builtins", "bytearray", show_bytearray, NULL},
    {"builtins", "memoryview", show_memoryview, NULL},
    {"builtins", "list", show_list, "[...]"},
    {"builtins", "tuple", show_tuple, "(...)"},
    {"builtins", "dict", show_dict, "{...}"},
    {"builtins", "set", show_set, "set(...)"},
    {"builtins", "frozenset", show_frozenset, "frozenset(...)"},
    {"builtins", "range", show_range, NULL},
    {"builtins", "slice", show_slice, NULL},
    {"builtins", "mappingproxy", show_mappingproxy, NULL},
    {"builtins", "dict_keys", show_dict_keys, NULL},
    {"builtins", "dict_values", show_dict_values, NULL},
    {"builtins", "dict_items", show_dict_items, NULL},
    {"collections", "deque", show_deque, "[...]"},
    {"collections", "OrderedDict", show_odict, "..."},
    {"collections", "defaultdict", show_defaultdict, NULL},
    {"collections", "Counter", show_counter, NULL},
    {"collections", "ChainMap", show_chain_map, "..."},
    {"types", "SimpleNamespace", show_namespace, "namespace(...)"},
    {"array", "array", show_array, NULL},
    {"builtins", "function", show_function_object, NULL},
    {"builtins", "method", show_method, NULL},
    {"builtins", "builtin_function_or_method", show_builtin, NULL},
    {"builtins", "builtin_method", show_builtin, NULL},
    {"builtins", "method_descriptor", show_method_descriptor, NULL},
    {"builtins", "classmethod_descriptor", show_method_descriptor, NULL},
    {"builtins", "wrapper_descriptor", show_slot_wrapper, NULL},
    {"builtins", "method-wrapper", show_method_wrapper, NULL},
    {"builtins", "getset_descriptor", show_getset, NULL},
    {"builtins", "member_descriptor", show_member_descriptor, NULL},
    {"functools", "partial", show_partial, "..."},
    {"builtins", "classmethod", show_classmethod, NULL},
    {"builtins", "staticmethod", show_staticmethod, NULL},
    {"builtins", "type", show_class, NULL},
    {"enum", "EnumMeta", show_enum_class, NULL},
    {"enum", "EnumType", show_enum_class, NULL},
    {"builtins", "module", show_module, NULL},
    {"builtins", "code", show_code, NULL},
    {"builtins", "frame", show_frame, NULL},
    {"builtins", "generator", show_generator, NULL},
    {"builtins", "coroutine", show_generator, NULL},
    {"builtins", "async_generator", show_generator, NULL},
    {"builtins", "cell", show_cell, NULL},
    {"builtins", "weakref", show_weakref, NULL},
    {"weakref", "ReferenceType", show_weakref, NULL},
    {"builtins", "BaseException", show_exception, NULL},
    {"builtins", "BaseExceptionGroup", show_exception_group, NULL},
    {"enum", "Enum", show_enum, NULL},
    {"enum", "Flag", show_flag, NULL},
    {"decimal", "Decimal", show_decimal, NULL},
    {"fractions", "Fraction", show_fraction, NULL},
    {"uuid", "UUID", show_uuid, NULL},
    {"pathlib", "PurePath", show_path, NULL},
    {"pathlib._local", "PurePath", show_path, NULL},
    {"datetime", "date", show_date, NULL},
    {"datetime", "time", show_time, NULL},
    {"datetime", "datetime", show_datetime, NULL},
    {"datetime", "timedelta", show_timedelta, NULL},
    {"datetime", "timezone", show_timezone, NULL},
    {"zoneinfo", "ZoneInfo", show_zoneinfo, NULL},
    {"_thread", "lock", show_lock, NULL},
    {"_thread", "RLock", show_rlock, NULL},
    {"threading", "Event", show_event, NULL},
    {"threading", "Condition", show_condition, NULL},
    {"threading", "Semaphore", show_semaphore, NULL},
    {"threading", "Thread", show_thread, NULL},
    {"_io", "FileIO", show_fileio, NULL},
    {"_io", "BufferedReader", show_buffered, NULL},
    {"_io", "BufferedWriter", show_buffered, NULL},
    {"_io", "BufferedRandom", show_buffered, NULL},
    {"_io", "_BufferedIOBase", show_buffered, NULL},
    {"_io", "TextIOWrapper", show_textio, NULL},
    {"socket", "socket", show_socket, NULL},
    {"numpy", "ndarray", show_ndarray, NULL},
    {"numpy", "generic", show_numpy_scalar, NULL},
    {"torch", "Tensor", show_tensor, NULL},
    {"torch._tensor", "Tensor", show_tensor, NULL},
    {"torch.nn.parameter", "Parameter", show_tensor, NULL},
    {"pandas._libs.tslibs.nattype", "_NaT", show_nat, NULL},
    {"pandas._libs.missing", "NAType", show_na, NULL},
    {"pandas.api.typing", "NAType", show_na, NULL},
    {"pandas", "DataFrame", show_dataframe, NULL},
    {"pandas.core.frame", "DataFrame", show_dataframe, NULL},
    {"pandas", "Series", show_series, NULL},
    {"pandas.core.series", "Series", show_series, NULL},
    {"pandas", "Index", show_index, NULL},
    {"pandas.core.indexes.base", "Index", show_index, NULL},
};

/* By the function, where each class has one of its own. */
static const struct kind kind_namedtuple = {"collections", "", show_namedtuple, "(...)"};
static const struct kind kind_dataclass = {"dataclasses", "", show_dataclass, "..."};
static const struct kind kind_structseq = {"builtins", "", show_structseq, "(...)"};
static const struct kind kind_global_enum = {"enum", "", show_global_enum, NULL};

static const struct kind *kind_called(const char *module, const char *qualname, size_t length)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strlen(kinds[i].qualname) == length && strncmp(qualname, kinds[i].qualname, length) == 0 &&
            strcmp(module, kinds[i].module) == 0)
            return &kinds[i];
    return NULL;
}

static const struct kind *kind_named(const struct value_type *class)
{
    return kind_called(class->seen.module, class->seen.qualname, strlen(class->seen.qualname));
}

/* Where the name of a static type is not to be had (a core file without its executable), flags know these. */
static const struct kind *kind_by_flags(const struct value_type *type)
{
    static const struct {
        unsigned bit;
        struct kind kind;
    } by_flags[] = {
        {24, {"builtins", "int", show_int, NULL}},
        {25, {"builtins", "list", show_list, "[...]"}},
        {26, {"builtins", "tuple", show_tuple, "(...)"}},
        {27, {"builtins", "bytes", show_bytes, NULL}},
        {28, {"builtins", "str", show_str, NULL}},
        {29, {"builtins", "dict", show_dict, "{...}"}},
        {30, {"builtins", "BaseException", show_exception, NULL}},
        {31, {"builtins", "type", show_class, NULL}},
    };

    for (size_t i = 0; i < sizeof by_flags / sizeof by_flags[0]; i++)
        if (type->flags >> by_flags[i].bit & 1)
            return &by_flags[i].kind;
    return &kinds[0];
}

/* Does this class of an MRO bring a __repr__ of its own? `ret_repr`: the object in its dict, or 0. */
static bool has_repr(struct hog_values *values, const struct value_type *class, uint64_t *ret_repr)
{
    *ret_repr = 0;
    if (type_is_heap(class) && class->dict)
        return type_dict_find(values, class, "__repr__", ret_repr) == HOG_OK;
    return !class->seen.base || type_at(values, class->seen.base)->repr != class->repr;
}

/* The module in which a function of Python was written: the __name__ of its globals. "" unknown. */
static const char *module_of_function(struct hog_values *values, uint64_t function)
{
    uint64_t globals, name;
    const char *text;

    if (!hog_value_is(values, function, "builtins", "function") ||
        value_u64(values, function, HOG_F_func_func_globals, &globals) ||
        dict_find(&values->decoder, globals, "__name__", &name) ||
        unicode_text(&values->decoder, name, &text))
        return "";
    return text;
}

/* "Enum.__repr__" of enum, which enums copy into classes of their own; global_enum_repr of those in a module. */
static const struct kind *kind_of_written(struct hog_values *values, uint64_t function, const char *module)
{
    static const char suffix[] = ".__repr__";
    size_t length;
    uint64_t object;
    const char *qualname;

    if (!*module || value_u64(values, function, HOG_F_func_func_qualname, &object) ||
        unicode_text(&values->decoder, object, &qualname))
        return NULL;
    if (strcmp(module, "enum") == 0 && strncmp(qualname, "global_", strlen("global_")) == 0)
        return &kind_global_enum;
    length = strlen(qualname);
    return length > sizeof suffix && strcmp(qualname + length - strlen(suffix), suffix) == 0
               ? kind_called(module, qualname, length - strlen(suffix))
               : NULL;
}

static const struct kind *kind_of_function(struct hog_values *values, const struct value_type *class,
                                           uint64_t repr)
{
    struct type_member member;
    const char *module;
    uint64_t found;

    if (!repr || hog_value_is(values, repr, "builtins", "wrapper_descriptor")) {
        bool is_sequence = class->flags >> 26 & 1;

        return is_sequence && !type_is_named(class, "builtins", "tuple") &&
                       type_member(values, class, 0, &member)
                   ? &kind_structseq
                   : NULL;
    }
    module = module_of_function(values, repr);
    if ((strcmp(module, "collections") == 0 || strncmp(module, "namedtuple_", strlen("namedtuple_")) == 0) &&
        type_dict_find(values, class, "_fields", &found) == HOG_OK)
        return &kind_namedtuple;
    if ((strcmp(module, "dataclasses") == 0 || strcmp(module, "reprlib") == 0) &&
        type_dict_find(values, class, "__dataclass_params__", &found) == HOG_OK)
        return &kind_dataclass;
    return kind_of_written(values, repr, module);
}

/* The kind of the base that can be shown where the class itself has a __repr__ of its own. */
static const struct kind *kind_of_bases(struct hog_values *values, const struct value_type *type,
                                        size_t after)
{
    for (size_t i = after; i < type->mro_count; i++) {
        const struct value_type *class = type_at(values, type->mro[i]);
        const struct kind *kind = class->status != HOG_OK ? NULL : kind_named(class);

        if (kind)
            return kind;
    }
    return kind_by_flags(type);
}

static void find_kind(struct hog_values *values, struct value_type *type)
{
    uint64_t repr;

    for (size_t i = 0; i < type->mro_count; i++) {
        struct value_type *class = type_at(values, type->mro[i]);

        if (class->status != HOG_OK || !has_repr(values, class, &repr))
            continue;
        type->repr_class = class->seen.address;
        type->kind = kind_named(class);
        if (!type->kind)
            type->kind = kind_of_function(values, class, repr);
        if (type->kind)
            return;
        type->own_repr = true;
        type->kind = kind_of_bases(values, type, i + 1);
        return;
    }
    type->own_repr = true;
    type->kind = kind_by_flags(type);
}

const struct kind *kind_of(struct hog_values *values, struct value_type *type)
{
    if (!type->kind)
        find_kind(values, type);
    return type->kind;
}
