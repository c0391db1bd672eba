/*
 * What the files of value/ share. Not seen outside this folder.
 *
 *     render.c, path.c, variables.c
 *        │
 *     kinds.c ─▶ show_*.c        one file for each family of kinds
 *        │
 *     walk.c, attributes.c ─▶ type.c ─▶ decode/ (dict, attribute, unicode, object)
 */
#ifndef HOG_VALUE_READER_H
#define HOG_VALUE_READER_H

#include "decode/attribute.h"
#include "decode/decoder.h"
#include "decode/dict.h"
#include "decode/integer.h"
#include "decode/object.h"
#include "decode/unicode.h"
#include "value/values.h"

struct value_type;
struct code_names;
struct type_lookup;

struct hog_values {
    struct decoder decoder;
    struct value_type *types;   /* hash by address */
    struct value_type *no_type; /* what stands for one that could not be remembered */
    size_t type_count;
    struct code_names *names;    /* hash by address of the code object */
    struct type_lookup *lookups; /* hash by class and name: what type_find() found before */
};

static inline enum hog_status value_u64(struct hog_values *values, uint64_t base, enum hog_field field,
                                        uint64_t *ret_value)
{
    return field_u64(&values->decoder, base, field, ret_value);
}

static inline enum hog_status value_u32(struct hog_values *values, uint64_t base, enum hog_field field,
                                        uint32_t *ret_value)
{
    return field_u32(&values->decoder, base, field, ret_value);
}

static inline uint64_t value_field(const struct hog_values *values, uint64_t base, enum hog_field field)
{
    return field_address(&values->decoder, base, field);
}

static inline enum hog_status value_read(struct hog_values *values, uint64_t address, void *buffer,
                                         size_t length)
{
    return hog_memory_read(values->decoder.memory, address, buffer, length);
}

#endif
