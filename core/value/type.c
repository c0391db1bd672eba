/*
 * Classes.
 *
 *     PyTypeObject                    PyHeapTypeObject (class statements, and types that C makes at run time)
 *     ┌─────────────┐                 ┌──────────────┐
 *     │ tp_name ────┼──▶ "mod.name"   │ PyTypeObject │
 *     │ tp_flags    │                 │ …            │
 *     │ tp_repr     │                 │ ht_name      │
 *     │ tp_base     │                 │ ht_qualname ─┼──▶ str
 *     │ tp_dict     │                 └──────────────┘
 *     │ tp_mro ─────┼──▶ tuple
 *     │ tp_members ─┼──▶ {name, type, offset}[]  (of a heap type: its __slots__)
 *     └─────────────┘
 *
 * A static type's name is a string of the executable, which a core file may
 * lack; a heap type's is an object. __module__ of a heap type is in its dict.
 * From 3.12 on the dict of a static type is kept by each interpreter and
 * tp_dict is NULL (Objects/typeobject.c, lookup_tp_dict).
 */
#include "value/type.h"

#include <string.h>

static bool is_type_object(struct hog_values *values, uint64_t address)
{
    uint64_t flags;

    return object_type_flags(&values->decoder, address, &flags) == HOG_OK && (flags >> TYPE_IS_TYPE & 1);
}

static const char *copy(struct hog_values *values, const char *text, size_t length)
{
    const char *copied = hog_arena_copy_text(values->decoder.arena, text, length);

    return copied ? copied : "?";
}

/* "collections.deque" in one string: what stands before the last point is the module. */
static void name_of_static(struct hog_values *values, struct value_type *type)
{
    uint64_t at;
    char name[128];
    const char *point;

    if (value_u64(values, type->seen.address, HOG_F_type_tp_name, &at) ||
        hog_memory_text(values->decoder.memory, at, name, sizeof name) || !*name)
        return;
    point = strrchr(name, '.');
    type->seen.name = type->seen.qualname =
        point ? copy(values, point + 1, strlen(point + 1)) : copy(values, name, strlen(name));
    type->seen.module = point ? copy(values, name, (size_t)(point - name)) : "builtins";
}

static void name_of_heap(struct hog_values *values, struct value_type *type)
{
    uint64_t object;
    const char *text, *point;

    if (value_u64(values, type->seen.address, HOG_F_heaptype_ht_qualname, &object) == HOG_OK &&
        unicode_text(&values->decoder, object, &text) == HOG_OK) {
        type->seen.qualname = text;
        point = strrchr(text, '.');
        type->seen.name = point ? point + 1 : text;
    }
    if (type_dict_find(values, type, "__module__", &object) == HOG_OK &&
        unicode_text(&values->decoder, object, &text) == HOG_OK)
        type->seen.module = text;
}

static enum hog_status read_mro(struct hog_values *values, struct value_type *type)
{
    uint64_t tuple, count;
    uint64_t *mro;
    enum hog_status status = value_u64(values, type->seen.address, HOG_F_type_tp_mro, &tuple);

    if (status != HOG_OK || !object_is(&values->decoder, tuple, TYPE_TUPLE))
        return status != HOG_OK ? status : HOG_BAD_DATA;
    status = value_u64(values, tuple, HOG_F_object_ob_size, &count);
    if (status != HOG_OK)
        return status;
    if (count > MAX_MRO)
        count = MAX_MRO;
    mro = hog_arena_array(values->decoder.arena, count, sizeof *mro);
    if (!mro)
        return HOG_NO_MEMORY;
    status = value_read(values, value_field(values, tuple, HOG_F_tuple_ob_item), mro, count * sizeof *mro);
    if (status != HOG_OK)
        return status;
    type->mro = mro;
    type->mro_count = count;
    return HOG_OK;
}

static enum hog_status type_read(struct hog_values *values, struct value_type *type)
{
    uint64_t address = type->seen.address;
    enum hog_status status;

    if (!is_type_object(values, address))
        return HOG_BAD_DATA;
    status = value_u64(values, address, HOG_F_type_tp_flags, &type->flags);
    if (status == HOG_OK)
        status = value_u64(values, address, HOG_F_type_tp_repr, &type->repr);
    if (status == HOG_OK)
        status = value_u64(values, address, HOG_F_type_tp_dict, &type->dict);
    if (status == HOG_OK)
        status = value_u64(values, address, HOG_F_type_tp_base, &type->seen.base);
    if (status == HOG_OK)
        status = value_u64(values, address, HOG_F_type_tp_members, &type->members);
    if (status == HOG_OK)
        status = value_u64(values, address, HOG_F_type_tp_basicsize, &type->basic_size);
    if (status != HOG_OK)
        return status;
    if (read_mro(values, type))
        type->mro_count = 0;
    if (type_is_heap(type))
        name_of_heap(values, type);
    else
        name_of_static(values, type);
    return HOG_OK;
}

struct value_type *type_at(struct hog_values *values, uint64_t address)
{
    struct value_type *type;

    HASH_FIND(hh, values->types, &address, sizeof address, type);
    if (type)
        return type;
    type = values->type_count < MAX_TYPES ? hog_arena_alloc(values->decoder.arena, sizeof *type) : NULL;
    if (!type)
        return values->no_type;
    type->seen = (struct hog_value_type){.address = address, .module = "?", .qualname = "?", .name = "?"};
    values->type_count++;
    HASH_ADD(hh, values->types, seen.address, sizeof type->seen.address, type);
    type->status = type_read(values, type);
    return type;
}

enum hog_status type_of(struct hog_values *values, uint64_t object, struct value_type **ret_type)
{
    uint64_t address;
    enum hog_status status = object_type(&values->decoder, object, &address);
    struct value_type *type;

    if (status != HOG_OK)
        return status;
    type = type_at(values, address);
    if (type->status != HOG_OK)
        return type->status;
    *ret_type = type;
    return HOG_OK;
}

bool type_is_heap(const struct value_type *type)
{
    return type->flags & TYPE_HEAP;
}

bool type_is_named(const struct value_type *type, const char *module, const char *qualname)
{
    return strcmp(type->seen.qualname, qualname) == 0 && strcmp(type->seen.module, module) == 0;
}

enum hog_status type_dict_find(struct hog_values *values, const struct value_type *type, const char *name,
                               uint64_t *ret_value)
{
    return type->dict ? dict_find(&values->decoder, type->dict, name, ret_value) : HOG_NOT_FOUND;
}

/*
 * What was looked up before: a dump asks the same of the same few classes, thread after thread, and each time the names
 * of whole classes would be gone through.
 */
struct lookup_key {
    uint64_t type;
    char name[40]; /* the rest is zeros: longer names are not remembered */
};

struct type_lookup {
    struct lookup_key key;
    enum hog_status status; /* HOG_OK or HOG_NOT_FOUND */
    uint64_t value;
    struct value_type *class;
    UT_hash_handle hh;
};

enum { MAX_LOOKUPS = 4096 };

void type_forget_lookups(struct hog_values *values)
{
    HASH_CLEAR(hh, values->lookups);
}

static void remember(struct hog_values *values, const struct lookup_key *key, enum hog_status status,
                     uint64_t value, struct value_type *class)
{
    struct type_lookup *lookup =
        HASH_COUNT(values->lookups) < MAX_LOOKUPS && !decoder_interrupted(&values->decoder)
            ? hog_arena_alloc(values->decoder.arena, sizeof *lookup)
            : NULL;

    if (!lookup)
        return;
    *lookup = (struct type_lookup){.key = *key, .status = status, .value = value, .class = class};
    HASH_ADD(hh, values->lookups, key, sizeof lookup->key, lookup);
}

static enum hog_status find_in_mro(struct hog_values *values, const struct value_type *type, const char *name,
                                   uint64_t *ret_value, struct value_type **ret_class)
{
    for (size_t i = 0; i < type->mro_count; i++) {
        struct value_type *class = type_at(values, type->mro[i]);
        enum hog_status status =
            class->status != HOG_OK ? class->status : type_dict_find(values, class, name, ret_value);

        if (status == HOG_OK)
            *ret_class = class;
        if (status != HOG_NOT_FOUND)
            return status;
    }
    return HOG_NOT_FOUND;
}

enum hog_status type_find(struct hog_values *values, const struct value_type *type, const char *name,
                          uint64_t *ret_value, struct value_type **ret_class)
{
    struct lookup_key key = {.type = type->seen.address};
    struct type_lookup *lookup = NULL;
    struct value_type *class = NULL;
    size_t length = strlen(name);
    bool is_short = length < sizeof key.name;
    uint64_t value = 0;
    enum hog_status status;

    if (is_short) {
        memcpy(key.name, name, length);
        /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): the key is set, its padding too */
        HASH_FIND(hh, values->lookups, &key, sizeof key, lookup);
    }
    if (lookup) {
        status = lookup->status;
        value = lookup->value;
        class = lookup->class;
    } else {
        status = find_in_mro(values, type, name, &value, &class);
        if (is_short && type->seen.address && (status == HOG_OK || status == HOG_NOT_FOUND))
            remember(values, &key, status, value, class);
    }
    if (status == HOG_OK) {
        *ret_value = value;
        if (ret_class)
            *ret_class = class;
    }
    return status;
}

enum { MAX_MEMBERS = 512 };

bool type_member(struct hog_values *values, const struct value_type *type, size_t index,
                 struct type_member *ret_member)
{
    const uint32_t *offset = values->decoder.layout->offset;
    uint64_t at = type->members + index * offset[HOG_F_memberdef_SIZE];
    uint64_t name;

    return type->members && index < MAX_MEMBERS &&
           hog_memory_u64(values->decoder.memory, at + offset[HOG_F_memberdef_name], &name) == HOG_OK &&
           name &&
           hog_memory_text(values->decoder.memory, name, ret_member->name, sizeof ret_member->name) ==
               HOG_OK &&
           hog_memory_u32(values->decoder.memory, at + offset[HOG_F_memberdef_type],
                          (uint32_t *)&ret_member->type) == HOG_OK &&
           hog_memory_u64(values->decoder.memory, at + offset[HOG_F_memberdef_offset], &ret_member->offset) ==
               HOG_OK;
}
