/*
 * Variables as a code object declares them.
 *
 *     3.11+     co_localsplusnames   ("self", "x", "helper", …)      one name for each slot of the frame
 *               co_localspluskinds   b"\x20\x60\x80"                 LOCAL 0x20, CELL 0x40, FREE 0x80, HIDDEN 0x10
 *
 *     to 3.10   slots are co_varnames, then co_cellvars, then co_freevars. An argument that is a cell as well
 *               stands in both of the first two, and its value is in the cell.
 *
 * Source: Include/internal/pycore_code.h (3.11+), Objects/frameobject.c, map_to_dict (to 3.10).
 */
#include "value/names.h"

#include "value/type.h"

#include <string.h>

enum {
    KIND_HIDDEN = 0x10,
    KIND_CELL = 0x40,
    KIND_FREE = 0x80,
    MAX_NAMES = 4096, /* variables of one function that are looked at */
    MAX_CODES = 1 << 16,
};

/* A tuple's items; at most MAX_NAMES. */
static enum hog_status tuple_items(struct hog_values *values, uint64_t code, enum hog_field field,
                                   uint64_t **ret_items, size_t *ret_count)
{
    uint64_t tuple, count;
    uint64_t *items;
    enum hog_status status = value_u64(values, code, field, &tuple);

    if (status == HOG_OK && !object_is(&values->decoder, tuple, TYPE_TUPLE))
        status = HOG_BAD_DATA;
    if (status == HOG_OK)
        status = value_u64(values, tuple, HOG_F_object_ob_size, &count);
    if (status != HOG_OK)
        return status;
    if (count > MAX_NAMES)
        count = MAX_NAMES;
    items = hog_arena_array(values->decoder.arena, count ? count : 1, sizeof *items);
    if (!items)
        return HOG_NO_MEMORY;
    status =
        value_read(values, value_field(values, tuple, HOG_F_tuple_ob_item), items, count * sizeof *items);
    if (status != HOG_OK)
        return status;
    *ret_items = items;
    *ret_count = count;
    return HOG_OK;
}

static const char *name_at(struct hog_values *values, uint64_t object)
{
    const char *text;

    return unicode_text(&values->decoder, object, &text) == HOG_OK ? text : "?";
}

static enum hog_status argument_count(struct hog_values *values, struct code_names *names,
                                      uint32_t *ret_count)
{
    uint32_t positional, keyword;
    enum hog_status status = value_u32(values, names->code, HOG_F_code_co_argcount, &positional);

    if (status == HOG_OK)
        status = value_u32(values, names->code, HOG_F_code_co_kwonlyargcount, &keyword);
    if (status != HOG_OK)
        return status;
    if (positional > MAX_NAMES || keyword > MAX_NAMES)
        return HOG_BAD_DATA;
    *ret_count =
        positional + keyword + (names->flags & CO_VARARGS ? 1 : 0) + (names->flags & CO_VARKEYWORDS ? 1 : 0);
    return HOG_OK;
}

/* 3.11+: one name and one byte of kind for each slot. */
static enum hog_status read_localsplus(struct hog_values *values, struct code_names *names,
                                       uint32_t arguments)
{
    uint64_t *items;
    uint64_t bytes, length;
    size_t count;
    unsigned char kinds[MAX_NAMES];
    enum hog_status status = tuple_items(values, names->code, HOG_F_code_co_localsplusnames, &items, &count);

    if (status == HOG_OK)
        status = value_u64(values, names->code, HOG_F_code_co_localspluskinds, &bytes);
    if (status == HOG_OK)
        status = value_u64(values, bytes, HOG_F_object_ob_size, &length);
    if (status != HOG_OK)
        return status;
    if (length < count)
        return HOG_BAD_DATA;
    status = value_read(values, value_field(values, bytes, HOG_F_bytes_ob_sval), kinds, count);
    names->names = hog_arena_array(values->decoder.arena, count ? count : 1, sizeof *names->names);
    if (status != HOG_OK || !names->names)
        return status != HOG_OK ? status : HOG_NO_MEMORY;
    names->first_free = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        bool is_free = kinds[i] & KIND_FREE;
        bool is_cell = kinds[i] & KIND_CELL;

        if (is_free && i < names->first_free)
            names->first_free = (uint32_t)i;
        names->names[i] = (struct code_name){
            .name = name_at(values, items[i]),
            .kind = is_free         ? HOG_VARIABLE_FREE
                    : i < arguments ? HOG_VARIABLE_ARGUMENT
                    : is_cell       ? HOG_VARIABLE_CELL
                                    : HOG_VARIABLE_LOCAL,
            .slot = (uint32_t)i,
            .is_cell = is_cell || is_free,
            .is_free = is_free,
            .is_hidden = kinds[i] & KIND_HIDDEN,
        };
    }
    names->count = names->slots = (uint32_t)count;
    names->cut = count == MAX_NAMES;
    return HOG_OK;
}

/* The variable of that name object among the first `count`: names are interned, so addresses tell. */
static struct code_name *argument_of(struct code_names *names, const uint64_t *varnames, size_t count,
                                     uint64_t name)
{
    for (size_t i = 0; i < count; i++)
        if (varnames[i] == name)
            return &names->names[i];
    return NULL;
}

static void add_cells(struct hog_values *values, struct code_names *names, const uint64_t *items,
                      size_t count, enum hog_variable_kind kind, const uint64_t *varnames, size_t variables)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t slot = names->slots++;
        struct code_name *argument =
            kind == HOG_VARIABLE_CELL ? argument_of(names, varnames, variables, items[i]) : NULL;

        if (argument) {
            argument->slot = slot;
            argument->is_cell = true;
        } else {
            names->names[names->count++] = (struct code_name){.name = name_at(values, items[i]),
                                                              .kind = kind,
                                                              .slot = slot,
                                                              .is_cell = true,
                                                              .is_free = kind == HOG_VARIABLE_FREE};
        }
    }
}

static enum hog_status read_three_tuples(struct hog_values *values, struct code_names *names,
                                         uint32_t arguments)
{
    uint64_t *varnames, *cells, *frees;
    size_t variables, cell_count, free_count;
    enum hog_status status = tuple_items(values, names->code, HOG_F_code_co_varnames, &varnames, &variables);

    if (status == HOG_OK)
        status = tuple_items(values, names->code, HOG_F_code_co_cellvars, &cells, &cell_count);
    if (status == HOG_OK)
        status = tuple_items(values, names->code, HOG_F_code_co_freevars, &frees, &free_count);
    if (status != HOG_OK)
        return status;
    names->names =
        hog_arena_array(values->decoder.arena, variables + cell_count + free_count + 1, sizeof *names->names);
    if (!names->names)
        return HOG_NO_MEMORY;
    for (size_t i = 0; i < variables; i++)
        names->names[names->count++] =
            (struct code_name){.name = name_at(values, varnames[i]),
                               .kind = i < arguments ? HOG_VARIABLE_ARGUMENT : HOG_VARIABLE_LOCAL,
                               .slot = (uint32_t)i};
    names->slots = (uint32_t)variables;
    add_cells(values, names, cells, cell_count, HOG_VARIABLE_CELL, varnames, variables);
    names->first_free = names->slots;
    add_cells(values, names, frees, free_count, HOG_VARIABLE_FREE, varnames, variables);
    names->cut = variables == MAX_NAMES;
    return HOG_OK;
}

static enum hog_status names_read(struct hog_values *values, struct code_names *names)
{
    uint32_t arguments;
    enum hog_status status = value_u32(values, names->code, HOG_F_code_co_flags, &names->flags);

    if (status == HOG_OK)
        status = argument_count(values, names, &arguments);
    if (status != HOG_OK)
        return status;
    return hog_layout_has(values->decoder.layout, HOG_F_code_co_localsplusnames)
               ? read_localsplus(values, names, arguments)
               : read_three_tuples(values, names, arguments);
}

struct code_names *names_of_code(struct hog_values *values, uint64_t code)
{
    struct code_names *names;

    HASH_FIND(hh, values->names, &code, sizeof code, names);
    if (names)
        return names;
    names =
        HASH_COUNT(values->names) < MAX_CODES ? hog_arena_alloc(values->decoder.arena, sizeof *names) : NULL;
    if (!names)
        return NULL;
    names->code = code;
    HASH_ADD(hh, values->names, code, sizeof names->code, names);
    names->status = names_read(values, names);
    return names;
}
