/*
 * Variables of frames; see variables.h.
 *
 *     PyFrameObject (to 3.10)          _PyInterpreterFrame (3.11+)
 *     ┌──────────────────┐             ┌──────────────────┐
 *     │ f_code           │             │ f_executable     │
 *     │ f_builtins       │             │ f_funcobj ───────┼──▶ function ──▶ func_closure
 *     │ f_globals        │             │ f_globals        │
 *     │ f_locals         │             │ f_builtins       │
 *     │ …                │             │ f_locals         │
 *     │ f_localsplus[]   │             │ localsplus[]     │    3.14+: tagged, see decode/object.c
 *     └──────────────────┘             └──────────────────┘
 *
 * A frame that is being entered (3.11+) has not yet made its cells and not yet
 * copied its free variables: an argument lies in its slot as it was passed, and
 * free variables are those of the function's closure.
 */
#include "value/variables.h"

#include "value/names.h"
#include "value/type.h"

#include <string.h>

enum { MAX_NAMESPACE = 100000, STACK_REF_NUMBER = 3, STACK_REF_SHIFT = 2 };

static bool has_frame_objects(const struct hog_values *values)
{
    return values->decoder.layout->traits.frame_chain == HOG_FRAMES_OBJECTS;
}

static enum hog_status frame_member(struct hog_values *values, const struct hog_frame *frame,
                                    enum hog_field old, enum hog_field new, uint64_t *ret_value)
{
    uint64_t value;
    enum hog_status status;

    if (!frame->frame)
        return HOG_NOT_FOUND;
    status = value_u64(values, frame->frame, has_frame_objects(values) ? old : new, &value);
    if (status != HOG_OK)
        return status;
    *ret_value = object_of_stack_ref(&values->decoder, value);
    return HOG_OK;
}

enum hog_status hog_frame_globals(struct hog_values *values, const struct hog_frame *frame,
                                  uint64_t *ret_dict)
{
    return frame_member(values, frame, HOG_F_frame_f_globals, HOG_F_iframe_f_globals, ret_dict);
}

enum hog_status hog_frame_builtins(struct hog_values *values, const struct hog_frame *frame,
                                   uint64_t *ret_dict)
{
    return frame_member(values, frame, HOG_F_frame_f_builtins, HOG_F_iframe_f_builtins, ret_dict);
}

/* The cell's content where there is a cell. One that is being entered holds the argument itself. */
static enum hog_status through_cell(struct hog_values *values, uint64_t *value)
{
    if (!*value || !hog_value_is(values, *value, "builtins", "cell"))
        return HOG_OK;
    return value_u64(values, *value, HOG_F_cell_ob_ref, value);
}

/* The free variable's cell in the closure of the function that is being entered. */
static enum hog_status cell_of_closure(struct hog_values *values, const struct hog_frame *frame,
                                       uint32_t index, uint64_t *ret_cell)
{
    uint64_t function, closure;
    enum hog_status status;

    if (has_frame_objects(values) || !(frame->flags & HOG_FRAME_INCOMPLETE))
        return HOG_NOT_FOUND;
    status = frame_member(values, frame, HOG_F_frame_f_code, HOG_F_iframe_f_funcobj, &function);
    if (status == HOG_OK && !hog_value_is(values, function, "builtins", "function"))
        status = HOG_NOT_FOUND;
    if (status == HOG_OK)
        status = value_u64(values, function, HOG_F_func_func_closure, &closure);
    return status != HOG_OK ? status : hog_value_index(values, closure, index, ret_cell);
}

static enum hog_status read_slot(struct hog_values *values, const struct hog_frame *frame,
                                 const struct code_names *names, const struct code_name *name, uint64_t slot,
                                 struct hog_variable *variable)
{
    uint64_t found;

    if (values->decoder.layout->traits.stack_refs == HOG_STACK_REFS_TAGGED &&
        (slot & STACK_REF_NUMBER) == STACK_REF_NUMBER) {
        variable->is_number = true;
        variable->number = (int64_t)slot >> STACK_REF_SHIFT;
        return HOG_OK;
    }
    variable->value = object_of_stack_ref(&values->decoder, slot);
    if (name->is_free && !variable->value &&
        cell_of_closure(values, frame, name->slot - names->first_free, &found) == HOG_OK)
        variable->value = found;
    return name->is_cell ? through_cell(values, &variable->value) : HOG_OK;
}

/* Slots of the frame, appended to `variables`. Those that have no meaning now are left out. */
static enum hog_status add_slots(struct hog_values *values, const struct hog_frame *frame,
                                 const struct code_names *names, bool unset_ones,
                                 struct hog_variables *variables)
{
    enum hog_field field = has_frame_objects(values) ? HOG_F_frame_f_localsplus : HOG_F_iframe_localsplus;
    uint64_t *slots = hog_arena_array(values->decoder.arena, names->slots + 1, sizeof *slots);
    enum hog_status status;

    if (!slots)
        return HOG_NO_MEMORY;
    status =
        value_read(values, value_field(values, frame->frame, field), slots, names->slots * sizeof *slots);
    if (status != HOG_OK)
        return status;
    for (size_t i = 0; i < names->count; i++) {
        const struct code_name *name = &names->names[i];
        struct hog_variable *variable = &variables->items[variables->count];
        enum hog_status read;

        *variable = (struct hog_variable){.name = name->name, .kind = name->kind};
        read = read_slot(values, frame, names, name, slots[name->slot], variable);
        if (read) {
            variables->status = read;
            variable->value = slots[name->slot];
        }
        if (variable->value || variable->is_number || (unset_ones && !name->is_hidden))
            variables->count++;
    }
    return HOG_OK;
}

/* What a module, a class body or exec() runs in. */
static enum hog_status add_namespace(struct hog_values *values, uint64_t dict, enum hog_variable_kind kind,
                                     struct hog_variables *variables, size_t capacity)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    enum hog_status status = hog_value_walk_start(values, dict, &walk);

    if (status != HOG_OK)
        return status;
    while (variables->count < capacity && hog_value_walk_next(values, &walk, &item)) {
        const char *name;

        if (unicode_text(&values->decoder, item.key, &name) == HOG_OK)
            variables->items[variables->count++] =
                (struct hog_variable){.name = name, .kind = kind, .value = item.value};
    }
    variables->cut = walk.taken < walk.length && walk.status == HOG_OK;
    variables->status = walk.status;
    return HOG_OK;
}

static enum hog_status namespace_of(struct hog_values *values, const struct hog_frame *frame,
                                    uint64_t *ret_dict, enum hog_variable_kind *ret_kind)
{
    uint64_t locals = 0;
    uint64_t globals = 0;
    enum hog_status status =
        frame_member(values, frame, HOG_F_frame_f_locals, HOG_F_iframe_f_locals, &locals);

    if (status == HOG_OK && hog_frame_globals(values, frame, &globals) == HOG_OK && locals == globals)
        *ret_kind = HOG_VARIABLE_GLOBAL;
    else
        *ret_kind = HOG_VARIABLE_LOCAL;
    *ret_dict = locals;
    return status;
}

static enum hog_status variables_of_namespace(struct hog_values *values, const struct hog_frame *frame,
                                              const struct code_names *names, struct hog_variables *variables)
{
    uint64_t dict, length = 0;
    enum hog_variable_kind kind;
    enum hog_status status = namespace_of(values, frame, &dict, &kind);

    if (status == HOG_OK)
        status = value_u64(values, dict, HOG_F_dict_ma_used, &length);
    if (status == HOG_OK && hog_value_base(values, dict) != HOG_VALUE_DICT)
        status = HOG_BAD_DATA;
    if (length > MAX_NAMESPACE)
        length = MAX_NAMESPACE;
    variables->items =
        hog_arena_array(values->decoder.arena, length + names->count + 1, sizeof *variables->items);
    if (!variables->items)
        return HOG_NO_MEMORY;
    if (status == HOG_OK)
        status = add_namespace(values, dict, kind, variables, length);
    if (add_slots(values, frame, names, false, variables) && status == HOG_OK)
        status = HOG_UNREADABLE;
    return status;
}

enum hog_status hog_variables_of(struct hog_values *values, const struct hog_frame *frame,
                                 struct hog_variables *ret_variables)
{
    struct hog_variables variables = {0};
    const struct code_names *names;
    enum hog_status status;

    if (!frame->frame)
        return HOG_NOT_FOUND;
    names = names_of_code(values, frame->code->address);
    if (!names)
        return HOG_NO_MEMORY;
    if (names->status != HOG_OK)
        return names->status;
    if (names->flags & CO_OPTIMIZED) {
        variables.items = hog_arena_array(values->decoder.arena, names->count + 1, sizeof *variables.items);
        status = variables.items ? add_slots(values, frame, names, true, &variables) : HOG_NO_MEMORY;
    } else {
        status = variables_of_namespace(values, frame, names, &variables);
    }
    variables.cut |= names->cut;
    if (status != HOG_OK)
        return status;
    *ret_variables = variables;
    return HOG_OK;
}

enum hog_status hog_variable_find(struct hog_values *values, const struct hog_frame *frame, const char *name,
                                  uint64_t *ret_value)
{
    const struct code_names *names = frame->frame ? names_of_code(values, frame->code->address) : NULL;
    struct hog_variables variables = {0};
    enum hog_variable_kind kind;
    uint64_t dict;
    enum hog_status status = names ? names->status : HOG_NOT_FOUND;

    if (status != HOG_OK)
        return status;
    variables.items = hog_arena_array(values->decoder.arena, names->count + 1, sizeof *variables.items);
    status = variables.items ? add_slots(values, frame, names, false, &variables) : HOG_NO_MEMORY;
    for (size_t i = 0; status == HOG_OK && i < variables.count; i++) {
        if (strcmp(variables.items[i].name, name) == 0 && variables.items[i].value) {
            *ret_value = variables.items[i].value;
            return HOG_OK;
        }
    }
    if (status != HOG_OK || names->flags & CO_OPTIMIZED)
        return status != HOG_OK ? status : HOG_NOT_FOUND;
    status = namespace_of(values, frame, &dict, &kind);
    return status != HOG_OK ? status : hog_value_dict_find(values, dict, name, ret_value);
}

const char *hog_variable_kind_name(enum hog_variable_kind kind)
{
    switch (kind) {
    case HOG_VARIABLE_ARGUMENT:
        return "argument";
    case HOG_VARIABLE_LOCAL:
        return "local";
    case HOG_VARIABLE_CELL:
        return "cell";
    case HOG_VARIABLE_FREE:
        return "free";
    case HOG_VARIABLE_GLOBAL:
        return "global";
    }
    return "?";
}
