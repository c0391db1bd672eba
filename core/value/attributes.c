/*
 * Attributes, in the order of object.__getattribute__ (Objects/object.c, _PyObject_GenericGetAttrWithDict):
 *
 *     1  a data descriptor in a class of the MRO      property, slot, member: its own business
 *     2  the instance's dict or inline values
 *     3  whatever else the classes have
 *
 * A slot's value lies in the instance, so it is read; what a property or
 * another descriptor would give is not known without running it.
 */
#include "value/type.h"

#include <string.h>

/* Slots and members of C: the offset is declared, the value lies in the instance. */
static enum hog_status find_member(struct hog_values *values, uint64_t object, const struct value_type *type,
                                   const char *name, uint64_t *ret_value)
{
    struct type_member member;

    for (size_t i = 0; i < type->mro_count; i++) {
        const struct value_type *class = type_at(values, type->mro[i]);

        for (size_t k = 0; class->status == HOG_OK && type_member(values, class, k, &member); k++) {
            enum hog_status status;

            if ((member.type != T_OBJECT && member.type != T_OBJECT_EX) || strcmp(member.name, name) != 0)
                continue;
            if (member.offset > 1 << 20)
                return HOG_BAD_DATA;
            status = hog_memory_u64(values->decoder.memory, object + member.offset, ret_value);
            return status || *ret_value ? status : HOG_NOT_FOUND;
        }
    }
    return HOG_NOT_FOUND;
}

/* What a class attribute does when it is asked of an instance. */
enum descriptor { PLAIN_ATTRIBUTE, DATA_DESCRIPTOR, OTHER_DESCRIPTOR, FUNCTION };

static enum descriptor descriptor_of(struct hog_values *values, uint64_t object)
{
    struct value_type *type;
    uint64_t found;

    if (type_of(values, object, &type))
        return PLAIN_ATTRIBUTE;
    if (type_is_named(type, "builtins", "property") || type_is_named(type, "builtins", "getset_descriptor") ||
        type_is_named(type, "builtins", "member_descriptor"))
        return DATA_DESCRIPTOR;
    if (type_is_named(type, "builtins", "function") || type_is_named(type, "builtins", "method_descriptor") ||
        type_is_named(type, "builtins", "wrapper_descriptor") ||
        type_is_named(type, "builtins", "staticmethod") || type_is_named(type, "builtins", "classmethod") ||
        type_is_named(type, "builtins", "classmethod_descriptor"))
        return FUNCTION;
    if (!type_is_heap(type))
        return PLAIN_ATTRIBUTE;
    if (type_find(values, type, "__set__", &found, NULL) == HOG_OK)
        return DATA_DESCRIPTOR;
    return type_find(values, type, "__get__", &found, NULL) == HOG_OK ? OTHER_DESCRIPTOR : PLAIN_ATTRIBUTE;
}

/* A class: its own MRO is asked instead of an instance's dict. */
static enum hog_status attribute_of_class(struct hog_values *values, uint64_t object, const char *name,
                                          uint64_t *ret_value, enum hog_value_where *ret_where)
{
    const struct value_type *class = type_at(values, object);
    enum hog_status status =
        class->status != HOG_OK ? class->status : type_find(values, class, name, ret_value, NULL);

    if (status == HOG_OK)
        *ret_where = HOG_VALUE_OF_CLASS;
    return status;
}

static enum hog_status attribute_of_module(struct hog_values *values, uint64_t object, const char *name,
                                           uint64_t *ret_value, enum hog_value_where *ret_where)
{
    uint64_t dict;
    enum hog_status status = value_u64(values, object, HOG_F_module_md_dict, &dict);

    if (status == HOG_OK)
        status = dict_find(&values->decoder, dict, name, ret_value);
    if (status == HOG_OK)
        *ret_where = HOG_VALUE_OF_MODULE;
    return status;
}

static enum hog_status attribute_of_instance(struct hog_values *values, uint64_t object,
                                             const struct value_type *type, const char *name,
                                             uint64_t *ret_value, enum hog_value_where *ret_where)
{
    uint64_t of_class = 0;
    enum hog_status in_class = type_find(values, type, name, &of_class, NULL);
    enum descriptor what = in_class ? PLAIN_ATTRIBUTE : descriptor_of(values, of_class);
    enum hog_status status = find_member(values, object, type, name, ret_value);

    *ret_where = HOG_VALUE_OF_SLOT;
    if (status != HOG_NOT_FOUND)
        return status;
    if (!in_class && what == DATA_DESCRIPTOR) {
        if (hog_value_is(values, of_class, "builtins", "member_descriptor"))
            return HOG_NOT_FOUND; /* a slot that is unset */
        *ret_where = HOG_VALUE_COMPUTED;
        *ret_value = of_class;
        return HOG_OK;
    }
    *ret_where = HOG_VALUE_OF_INSTANCE;
    status = attribute_find(&values->decoder, object, name, ret_value);
    if (status != HOG_NOT_FOUND || in_class)
        return status;
    *ret_where = what == OTHER_DESCRIPTOR ? HOG_VALUE_COMPUTED : HOG_VALUE_OF_CLASS;
    *ret_value = of_class;
    return HOG_OK;
}

enum hog_status hog_value_attribute_where(struct hog_values *values, uint64_t object, const char *name,
                                          uint64_t *ret_value, enum hog_value_where *ret_where)
{
    struct value_type *type;
    enum hog_value_where where = 0;
    uint64_t value = 0;
    enum hog_status status = type_of(values, object, &type);

    if (status != HOG_OK)
        return status;
    if (type->flags >> TYPE_IS_TYPE & 1)
        status = attribute_of_class(values, object, name, &value, &where);
    else if (hog_value_is_a(values, object, "builtins", "module"))
        status = attribute_of_module(values, object, name, &value, &where);
    else
        status = attribute_of_instance(values, object, type, name, &value, &where);
    if (status != HOG_OK)
        return status;
    *ret_value = value;
    *ret_where = where;
    return HOG_OK;
}

enum hog_status hog_value_attribute(struct hog_values *values, uint64_t object, const char *name,
                                    uint64_t *ret_value)
{
    enum hog_value_where where;
    uint64_t value;
    enum hog_status status = hog_value_attribute_where(values, object, name, &value, &where);

    if (status != HOG_OK)
        return status;
    if (where == HOG_VALUE_COMPUTED)
        return HOG_UNSUPPORTED;
    *ret_value = value;
    return HOG_OK;
}

_Static_assert(sizeof(struct dict_walk) <= sizeof(((struct hog_attribute_walk *)0)->state), "state fits");

void hog_attributes_start(struct hog_values *values, uint64_t object, struct hog_attribute_walk *ret_walk)
{
    struct hog_attribute_walk walk = {.object = object};

    walk.in_slots = attribute_walk_start(&values->decoder, object, (struct dict_walk *)walk.state) != HOG_OK;
    *ret_walk = walk;
}

static bool next_slot(struct hog_values *values, struct hog_attribute_walk *walk, const char **ret_name,
                      uint64_t *ret_value)
{
    struct value_type *type;
    struct type_member member;

    if (type_of(values, walk->object, &type))
        return false;
    for (; walk->class < type->mro_count; walk->class ++, walk->member = 0) {
        const struct value_type *class = type_at(values, type->mro[walk->class]);

        while (class->status == HOG_OK && type_is_heap(class) &&
               type_member(values, class, walk->member, &member)) {
            walk->member++;
            if (member.type != T_OBJECT_EX || member.offset > 1 << 20 ||
                hog_memory_u64(values->decoder.memory, walk->object + member.offset, ret_value) ||
                !*ret_value)
                continue;
            *ret_name = hog_arena_copy_text(values->decoder.arena, member.name, strlen(member.name));
            return *ret_name != NULL;
        }
    }
    return false;
}

bool hog_attributes_next(struct hog_values *values, struct hog_attribute_walk *walk, const char **ret_name,
                         uint64_t *ret_value)
{
    struct dict_walk *entries = (struct dict_walk *)walk->state;
    struct dict_entry entry;

    while (!walk->in_slots) {
        if (!dict_walk_next(&values->decoder, entries, &entry)) {
            walk->status = entries->status;
            walk->in_slots = true;
        } else if (unicode_text(&values->decoder, entry.key, ret_name) == HOG_OK) {
            *ret_value = entry.value;
            return true;
        }
    }
    return next_slot(values, walk, ret_name, ret_value);
}
