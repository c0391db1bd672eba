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
#include "value/show_numpy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARRAY_DATA = 0, ARRAY_ND = 8, ARRAY_DIMENSIONS = 16, ARRAY_STRIDES = 24, ARRAY_DESCR = 40 };
enum { DESCR_KIND = 8 };

static enum hog_status read_array(struct hog_values *values, uint64_t object, struct numpy_array *array)
{
    struct hog_memory *memory = values->decoder.memory;
    uint64_t at = value_field(values, object, HOG_F_object_ob_size), dimensions, strides, descr;
    enum hog_status status = hog_memory_u64(memory, at + ARRAY_DATA, &array->data);
    char letters[3]; /* kind, type, byteorder */

    if (status == HOG_OK)
        status = hog_memory_u32(memory, at + ARRAY_ND, &array->nd);
    if (status == HOG_OK)
        status = hog_memory_u64(memory, at + ARRAY_DIMENSIONS, &dimensions);
    if (status == HOG_OK)
        status = hog_memory_u64(memory, at + ARRAY_STRIDES, &strides);
    if (status == HOG_OK)
        status = hog_memory_u64(memory, at + ARRAY_DESCR, &descr);
    if (status == HOG_OK && array->nd > NUMPY_MAX_DIMENSIONS)
        status = HOG_BAD_DATA;
    if (status == HOG_OK && array->nd)
        status = value_read(values, dimensions, array->shape, array->nd * sizeof array->shape[0]);
    if (status == HOG_OK && array->nd)
        status = value_read(values, strides, array->stride, array->nd * sizeof array->stride[0]);
    if (status == HOG_OK)
        status = value_read(values, value_field(values, descr, HOG_F_object_ob_size) + DESCR_KIND, letters,
                            sizeof letters);
    if (status == HOG_OK) {
        array->kind = letters[0];
        array->letter = letters[1];
        array->byte_order = letters[2];
    }
    return status;
}

enum hog_status numpy_read(struct hog_values *values, uint64_t object, struct numpy_array *ret_array)
{
    *ret_array = (struct numpy_array){0};
    return hog_value_is_a(values, object, "numpy", "ndarray") ? read_array(values, object, ret_array)
                                                              : HOG_NOT_FOUND;
}

/* Size of an item by its type letter; 0: none that is shown. */
static unsigned number_size(char letter)
{
    static const struct {
        char letter;
        unsigned size;
    } sizes[] = {{'?', 1}, {'b', 1}, {'B', 1}, {'h', 2}, {'H', 2}, {'i', 4}, {'I', 4},  {'l', 8}, {'L', 8},
                 {'q', 8}, {'Q', 8}, {'e', 2}, {'f', 4}, {'d', 8}, {'F', 8}, {'D', 16}, {'O', 8}};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (sizes[i].letter == letter)
            return sizes[i].size;
    return 0;
}

void numpy_put_dtype(struct render *render, const struct numpy_array *array)
{
    struct hog_text *out = render->out;
    char kind = array->kind;
    unsigned size = number_size(array->letter);

    static const struct {
        char kind;
        const char *name;
    } names[] = {{'b', "bool"},       {'O', "object"},      {'U', "str"}, {'S', "bytes"},
                 {'M', "datetime64"}, {'m', "timedelta64"}, {'V', "void"}};
    const char *of_size = kind == 'i' ? "int" : kind == 'u' ? "uint" : kind == 'f' ? "float" : "complex";

    if (size && (kind == 'i' || kind == 'u' || kind == 'f' || kind == 'c')) {
        hog_text_printf(out, "%s%u", of_size, size * 8);
        return;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].kind == kind) {
            hog_text_puts(out, names[i].name);
            return;
        }
    }
    if (kind >= ' ' && kind < 0x7f)
        hog_text_printf(out, "%c", kind);
    else
        hog_text_puts(out, "?");
}

/* float16: a sign, 5 bits of exponent, 10 of fraction. */
static double half_value(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 0x1f);
    double fraction = (double)(bits & 0x3ff) / 1024;
    double value = exponent == 0x1f ? (fraction > 0 ? (double)NAN : (double)INFINITY)
                   : exponent       ? ldexp(1 + fraction, exponent - 15)
                                    : ldexp(fraction, -14);

    return bits & 0x8000 ? -value : value;
}

/* The double that is written as shortly as the float can be: 0.1, and not 0.10000000149011612. */
static double as_double(float single)
{
    char text[32];

    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)single);
        if (strtof(text, NULL) == single)
            return strtod(text, NULL);
    }
    return (double)single;
}

/* As Python shows it: 2j, (1+2j). */
static void put_complex(struct render *render, double real, double imaginary)
{
    bool is_pure = real == 0 && !signbit(real);

    if (!is_pure) {
        hog_text_puts(render->out, "(");
        show_double(render->out, real, false);
        if (!signbit(imaginary))
            hog_text_puts(render->out, "+");
    }
    show_double(render->out, imaginary, false);
    hog_text_puts(render->out, is_pure ? "j" : "j)");
}

/* Two floats, or two doubles. */
static enum hog_status put_pair(struct render *render, uint64_t at, char letter)
{
    float singles[2];
    double doubles[2];
    enum hog_status status = letter == 'F' ? value_read(render->values, at, singles, sizeof singles)
                                           : value_read(render->values, at, doubles, sizeof doubles);

    if (status == HOG_OK && letter == 'F')
        put_complex(render, as_double(singles[0]), as_double(singles[1]));
    else if (status == HOG_OK)
        put_complex(render, doubles[0], doubles[1]);
    return status;
}

static enum hog_status put_number(struct render *render, uint64_t at, char kind, char letter)
{
    unsigned size = number_size(letter);
    uint64_t bits = 0;
    double real;
    float single;
    enum hog_status status;

    if (letter == 'F' || letter == 'D')
        return put_pair(render, at, letter);
    status = value_read(render->values, at, &bits, size);
    if (status != HOG_OK)
        return status;
    if (letter == 'O' && bits) {
        show_object(render, bits);
    } else if (letter == 'O') {
        hog_text_puts(render->out, "None");
    } else if (letter == 'e') {
        show_double(render->out, half_value(bits), true);
    } else if (letter == '?') {
        hog_text_puts(render->out, bits ? "True" : "False");
    } else if (letter == 'd') {
        memcpy(&real, &bits, sizeof real);
        show_double(render->out, real, true);
    } else if (letter == 'f') {
        memcpy(&single, &bits, sizeof single);
        show_double(render->out, as_double(single), true);
    } else if (kind == 'u') {
        hog_text_printf(render->out, "%lu", (unsigned long)bits);
    } else {
        hog_text_printf(render->out, "%ld", (long)((int64_t)(bits << (64 - 8 * size)) >> (64 - 8 * size)));
    }
    return HOG_OK;
}

/* The first numbers, in the order of the rows. */
static enum hog_status put_numbers(struct render *render, const struct numpy_array *array)
{
    int64_t index[NUMPY_MAX_DIMENSIONS] = {0};
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
        status = put_number(render, at, array->kind, array->letter);
        if (status != HOG_OK)
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

bool numpy_shows_items(const struct numpy_array *array)
{
    return number_size(array->letter) && array->byte_order != '>';
}

enum hog_status numpy_put_items(struct render *render, const struct numpy_array *array)
{
    enum hog_status status;

    hog_text_puts(render->out, "[");
    status = put_numbers(render, array);
    hog_text_puts(render->out, "]");
    return status;
}

enum hog_status show_ndarray(struct render *render, uint64_t object, const struct value_type *type)
{
    struct numpy_array array = {0};
    enum hog_status status = read_array(render->values, object, &array);

    if (status != HOG_OK)
        return status;
    show_shaped(render, type, array.shape, array.nd);
    hog_text_puts(render->out, " dtype=");
    numpy_put_dtype(render, &array);
    if (numpy_shows_items(&array)) {
        hog_text_puts(render->out, " ");
        status = numpy_put_items(render, &array);
    }
    hog_text_puts(render->out, ">");
    return status;
}

/*
 * A number by itself lies behind the head of its object, as its class says: <numpy.int16 -3>. float64 and complex128
 * are floats and complexes of Python too, and shown as such. (PyShortScalarObject and its like, arrayscalars.h)
 */
enum hog_status show_numpy_scalar(struct render *render, uint64_t object, const struct value_type *type)
{
    static const struct {
        const char *name;
        char kind, letter;
    } scalars[] = {{"bool", 'b', '?'},     {"bool_", 'b', '?'},     {"int8", 'i', 'b'},
                   {"uint8", 'u', 'B'},    {"int16", 'i', 'h'},     {"uint16", 'u', 'H'},
                   {"int32", 'i', 'i'},    {"uint32", 'u', 'I'},    {"int64", 'i', 'l'},
                   {"uint64", 'u', 'L'},   {"float16", 'f', 'e'},   {"float32", 'f', 'f'},
                   {"longlong", 'i', 'q'}, {"ulonglong", 'u', 'Q'}, {"complex64", 'c', 'F'}};
    enum hog_status status = HOG_OK;

    show_mark(render, HOG_VALUE_NOT_REPR);
    if (hog_value_is_a(render->values, object, "builtins", "float"))
        return show_float(render, object, type);
    if (hog_value_is_a(render->values, object, "builtins", "complex"))
        return show_complex(render, object, type);
    hog_text_puts(render->out, "<");
    show_words(render, type->seen.module);
    hog_text_puts(render->out, ".");
    show_words(render, type->seen.qualname);
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++) {
        if (strcmp(scalars[i].name, type->seen.qualname) != 0)
            continue;
        hog_text_puts(render->out, " ");
        status = put_number(render, value_field(render->values, object, HOG_F_object_ob_size),
                            scalars[i].kind, scalars[i].letter);
        hog_text_puts(render->out, ">");
        return status;
    }
    hog_text_printf(render->out, " object at " HOG_ADDRESS ">", object);
    return HOG_OK;
}
