/*
 * Arrays of numpy: type, dtype, shape and the first numbers.
 *
 *     PyArrayObject_fields            PyArray_Descr
 *     ┌────────────┐                  ┌──────────────────┐
 *     │ data ──────┼──▶ numbers       │ typeobj          │
 *     │ nd         │                  │ kind, type       │  'i', 'u', 'f', 'b', …
 *     │ dimensions │                  │ byteorder        │
 *     │ strides    │                  │ elsize           │  numpy 1: an int; numpy 2: after flags of 64 bits
 *     │ base       │                  └──────────────────┘
 *     │ descr      │
 *     └────────────┘
 *
 * Source: numpy/core/include/numpy/ndarraytypes.h, 1.13 - 2.3. Not CPython's, so its offsets stand here.
 */
#include "value/show.h"

#include <string.h>

enum { ARRAY_DATA = 0, ARRAY_ND = 8, ARRAY_DIMENSIONS = 16, ARRAY_STRIDES = 24, ARRAY_DESCR = 40 };
enum { DESCR_KIND = 8, MAX_DIMENSIONS = 32 };

struct array {
    uint64_t data, dimensions, strides, descr;
    uint32_t nd;
    int64_t shape[MAX_DIMENSIONS], stride[MAX_DIMENSIONS];
};

static enum hog_status read_array(struct hog_values *values, uint64_t object, struct array *array)
{
    struct hog_memory *memory = values->decoder.memory;
    uint64_t at = value_field(values, object, HOG_F_object_ob_size);
    enum hog_status status = hog_memory_u64(memory, at + ARRAY_DATA, &array->data);

    if (!status)
        status = hog_memory_u32(memory, at + ARRAY_ND, &array->nd);
    if (!status)
        status = hog_memory_u64(memory, at + ARRAY_DIMENSIONS, &array->dimensions);
    if (!status)
        status = hog_memory_u64(memory, at + ARRAY_STRIDES, &array->strides);
    if (!status)
        status = hog_memory_u64(memory, at + ARRAY_DESCR, &array->descr);
    if (!status && array->nd > MAX_DIMENSIONS)
        status = HOG_BAD_DATA;
    if (!status && array->nd)
        status = value_read(values, array->dimensions, array->shape, array->nd * sizeof array->shape[0]);
    if (!status && array->nd)
        status = value_read(values, array->strides, array->stride, array->nd * sizeof array->stride[0]);
    return status;
}

/* Size of a number by its kind and type letter; 0: no plain number. */
static unsigned number_size(char letter)
{
    static const struct {
        char letter;
        unsigned size;
    } sizes[] = {{'?', 1}, {'b', 1}, {'B', 1}, {'h', 2}, {'H', 2}, {'i', 4}, {'I', 4},
                 {'l', 8}, {'L', 8}, {'q', 8}, {'Q', 8}, {'f', 4}, {'d', 8}};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (sizes[i].letter == letter)
            return sizes[i].size;
    return 0;
}

static void put_dtype(struct hog_text *out, char kind, char letter)
{
    unsigned size = number_size(letter);

    if (kind == 'b' && letter == '?')
        hog_text_puts(out, "bool");
    else if (size && (kind == 'i' || kind == 'u' || kind == 'f'))
        hog_text_printf(out, "%s%u", kind == 'i' ? "int" : kind == 'u' ? "uint" : "float", size * 8);
    else if (kind == 'O')
        hog_text_puts(out, "object");
    else if (kind >= ' ' && kind < 0x7f)
        hog_text_printf(out, "%c", kind);
    else
        hog_text_puts(out, "?");
}

static enum hog_status put_number(struct render *render, uint64_t at, char kind, char letter)
{
    unsigned size = number_size(letter);
    uint64_t bits = 0;
    double real;
    float single;
    enum hog_status status = value_read(render->values, at, &bits, size);

    if (status)
        return status;
    if (letter == '?') {
        hog_text_puts(render->out, bits ? "True" : "False");
    } else if (letter == 'd') {
        memcpy(&real, &bits, sizeof real);
        show_double(render->out, real, true);
    } else if (letter == 'f') {
        memcpy(&single, &bits, sizeof single);
        hog_text_printf(render->out, "%g", (double)single);
    } else if (kind == 'u') {
        hog_text_printf(render->out, "%lu", (unsigned long)bits);
    } else {
        hog_text_printf(render->out, "%ld", (long)((int64_t)(bits << (64 - 8 * size)) >> (64 - 8 * size)));
    }
    return HOG_OK;
}

/* The first numbers, in the order of the rows. */
static enum hog_status put_numbers(struct render *render, const struct array *array, char kind, char letter)
{
    int64_t index[MAX_DIMENSIONS] = {0};
    uint64_t at = array->data;
    enum hog_status status;

    for (uint32_t i = 0; i < array->nd; i++)
        if (array->shape[i] <= 0)
            return HOG_OK;
    for (uint32_t taken = 0;; taken++) {
        int32_t dimension = (int32_t)array->nd - 1;

        if (taken)
            hog_text_puts(render->out, ", ");
        if (taken >= render->limits.items || show_is_full(render)) {
            hog_text_puts(render->out, "...");
            show_mark(render, HOG_VALUE_CUT);
            return HOG_OK;
        }
        status = put_number(render, at, kind, letter);
        if (status)
            return status;
        while (dimension >= 0 && ++index[dimension] == array->shape[dimension]) {
            at -= ((uint64_t)array->shape[dimension] - 1) * (uint64_t)array->stride[dimension];
            index[dimension--] = 0;
        }
        if (dimension < 0)
            return HOG_OK;
        at += (uint64_t)array->stride[dimension];
    }
}

enum hog_status show_ndarray(struct render *render, uint64_t object, const struct value_type *type)
{
    struct array array = {0};
    char letters[3]; /* kind, type, byteorder */
    enum hog_status status = read_array(render->values, object, &array);

    if (!status)
        status = value_read(render->values,
                            value_field(render->values, array.descr, HOG_F_object_ob_size) + DESCR_KIND,
                            letters, sizeof letters);
    if (status)
        return status;
    show_mark(render, HOG_VALUE_NOT_REPR);
    hog_text_puts(render->out, "<");
    show_words(render, type->seen.module);
    hog_text_puts(render->out, ".");
    show_words(render, type->seen.qualname);
    hog_text_puts(render->out, " shape=(");
    for (uint32_t i = 0; i < array.nd; i++)
        hog_text_printf(render->out, "%s%ld", i ? ", " : "", (long)array.shape[i]);
    hog_text_puts(render->out, array.nd == 1 ? ",) dtype=" : ") dtype=");
    put_dtype(render->out, letters[0], letters[1]);
    if (number_size(letters[1]) && letters[2] != '>') {
        hog_text_puts(render->out, " [");
        status = put_numbers(render, &array, letters[0], letters[1]);
        hog_text_puts(render->out, "]");
    }
    hog_text_puts(render->out, ">");
    return status;
}
