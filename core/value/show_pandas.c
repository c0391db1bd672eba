/*
 * Tables of pandas: how large they are, what their columns are called, and the first values of a column.
 *
 *     DataFrame, Series ─ _mgr ─▶ BlockManager ─┬─ axes ──▶ [columns, index], of a Series [index]
 *                                               └─ blocks ─▶ (Block, …) ─ values ─▶ an array
 *     Index             ─ _data ─▶ an array
 *     RangeIndex        ─ _range ─▶ range
 *     MultiIndex        ─ _codes ─▶ [array, …]
 *     ExtensionArray    ─ _ndarray ─▶ an array of numpy: strings, times
 *
 * BlockManager, Block and many arrays are compiled by Cython: where their attributes lie only their C code knows. They
 * are looked for among the words of the object, by what they are.
 *
 * Source: pandas 1.1 - 3.1, core/frame.py, core/internals, core/indexes, _libs/internals.pyx, _libs/arrays.pyx.
 */
#include "value/show_numpy.h"

#include <string.h>

enum { MOST_WORDS = 64, MOST_STEPS = 4 };

typedef bool is_wanted(struct hog_values *values, uint64_t object);

/* Of pandas, whatever module it says that it comes from. */
static bool is_called(struct hog_values *values, uint64_t object, const char *module, const char *name)
{
    return hog_value_is_a(values, object, "pandas", name) || hog_value_is_a(values, object, module, name);
}

static bool is_index(struct hog_values *values, uint64_t object)
{
    return is_called(values, object, "pandas.core.indexes.base", "Index");
}

/* A list or a tuple, the first of whose items is what is wanted. */
static bool begins_with(struct hog_values *values, uint64_t object, enum hog_value_base base, is_wanted *is)
{
    uint64_t first;

    return hog_value_base(values, object) == base && hog_value_index(values, object, 0, &first) == HOG_OK &&
           is(values, first);
}

static bool is_axes(struct hog_values *values, uint64_t object)
{
    return begins_with(values, object, HOG_VALUE_LIST, is_index);
}

static bool is_block(struct hog_values *values, uint64_t object)
{
    return hog_value_is_a(values, object, "pandas.core.internals.blocks", "Block");
}

static bool is_blocks(struct hog_values *values, uint64_t object)
{
    return begins_with(values, object, HOG_VALUE_TUPLE, is_block);
}

static bool is_array(struct hog_values *values, uint64_t object)
{
    return hog_value_is_a(values, object, "numpy", "ndarray");
}

static bool is_values(struct hog_values *values, uint64_t object)
{
    return is_array(values, object) ||
           hog_value_is_a(values, object, "pandas.api.extensions", "ExtensionArray") ||
           hog_value_is_a(values, object, "pandas.core.arrays.base", "ExtensionArray");
}

static bool is_dtype(struct hog_values *values, uint64_t object)
{
    return hog_value_is_a(values, object, "numpy", "dtype") ||
           hog_value_is_a(values, object, "pandas.api.extensions", "ExtensionDtype") ||
           hog_value_is_a(values, object, "pandas.core.dtypes.base", "ExtensionDtype");
}

/* The attribute of that name, or the first word of the object that is what is wanted; 0: there is none. */
static uint64_t part_of(struct hog_values *values, uint64_t object, const char *name, is_wanted *is)
{
    uint64_t words[MOST_WORDS], value;
    struct value_type *type;
    size_t count;

    if (hog_value_attribute(values, object, name, &value) == HOG_OK)
        return is(values, value) ? value : 0;
    if (type_of(values, object, &type) != HOG_OK)
        return 0;
    count = type->basic_size / sizeof *words < MOST_WORDS ? type->basic_size / sizeof *words : MOST_WORDS;
    if (value_read(values, object, words, count * sizeof *words) != HOG_OK)
        return 0;
    for (size_t i = 2; i < count; i++) /* behind the head of every object */
        if (words[i] && words[i] % sizeof *words == 0 && is(values, words[i]))
            return words[i];
    return 0;
}

/* The array of numpy at the bottom of values or of an index. */
static bool array_of(struct hog_values *values, uint64_t object, struct numpy_array *ret_array)
{
    for (unsigned step = 0; object && step < MOST_STEPS; step++) {
        if (numpy_read(values, object, ret_array) == HOG_OK)
            return true;
        object = is_index(values, object) ? part_of(values, object, "_data", is_values)
                                          : part_of(values, object, "_ndarray", is_array);
    }
    return false;
}

static bool range_length(struct hog_values *values, uint64_t range, int64_t *ret_length)
{
    static const enum hog_field fields[] = {HOG_F_range_start, HOG_F_range_stop, HOG_F_range_step};
    int64_t numbers[3];
    uint64_t object;

    for (size_t i = 0; i < 3; i++)
        if (value_u64(values, range, fields[i], &object) != HOG_OK ||
            hog_value_i64(values, object, &numbers[i]) != HOG_OK || numbers[i] > INT32_MAX ||
            numbers[i] < -INT32_MAX)
            return false;
    if (!numbers[2])
        return false;
    if (numbers[2] > 0)
        *ret_length = numbers[1] > numbers[0] ? (numbers[1] - numbers[0] - 1) / numbers[2] + 1 : 0;
    else
        *ret_length = numbers[0] > numbers[1] ? (numbers[0] - numbers[1] - 1) / -numbers[2] + 1 : 0;
    return true;
}

/* How many labels an index has; -1: it is kept in a way that is not known. */
static int64_t index_length(struct hog_values *values, uint64_t index)
{
    struct numpy_array array;
    uint64_t object;
    int64_t length;

    if (hog_value_attribute(values, index, "_range", &object) == HOG_OK)
        return hog_value_is(values, object, "builtins", "range") && range_length(values, object, &length)
                   ? length
                   : -1;
    if (hog_value_attribute(values, index, "_codes", &object) != HOG_OK)
        object = index;
    else if (hog_value_index(values, object, 0, &object) != HOG_OK)
        return -1;
    return array_of(values, object, &array) && array.nd ? array.shape[array.nd - 1] : -1;
}

/* " name='price'", where there is one. */
static void put_name(struct render *render, uint64_t object)
{
    uint64_t name;

    if (hog_value_attribute(render->values, object, "_name", &name) != HOG_OK ||
        hog_value_is_none(render->values, name))
        return;
    hog_text_puts(render->out, " name=");
    show_object(render, name);
}

static enum hog_status put_items(struct render *render, const struct numpy_array *array)
{
    if (!numpy_shows_items(array))
        return HOG_OK;
    hog_text_puts(render->out, " ");
    return numpy_put_items(render, array);
}

/*
 * " dtype=int64 [1, 2, 3]"; of what is no plain array its own class: " dtype=CategoricalDtype". The array within has the
 * items themselves where they are objects; of categories, times and what may be missing it has numbers for them.
 */
static enum hog_status put_values(struct render *render, uint64_t object)
{
    struct hog_values *values = render->values;
    uint64_t within = is_index(values, object) ? part_of(values, object, "_data", is_values) : object;
    bool is_plain = is_array(values, within), has_array;
    uint64_t dtype = is_plain || !within ? 0 : part_of(values, within, "_dtype", is_dtype);
    struct numpy_array array;
    struct value_type *type;

    has_array = within && array_of(values, within, &array);
    if (has_array && (is_plain || hog_value_is_a(values, dtype, "numpy", "dtype"))) {
        hog_text_puts(render->out, " dtype=");
        numpy_put_dtype(render, &array);
    } else if (type_of(values, dtype ? dtype : within, &type) == HOG_OK) {
        hog_text_puts(render->out, dtype ? " dtype=" : " array=");
        show_words(render, type->seen.qualname);
    }
    return has_array && (is_plain || array.letter == 'O') ? put_items(render, &array) : HOG_OK;
}

/* Of a Series the values of its only block; else what an index holds. */
static uint64_t values_of(struct hog_values *values, uint64_t manager)
{
    uint64_t blocks = part_of(values, manager, "blocks", is_blocks), block;

    return blocks && hog_value_index(values, blocks, 0, &block) == HOG_OK
               ? part_of(values, block, "values", is_values)
               : 0;
}

/* " columns=['a', 'b']", " columns=range(0, 20)" */
static enum hog_status put_labels(struct render *render, uint64_t index)
{
    struct numpy_array array;
    uint64_t range;

    if (hog_value_attribute(render->values, index, "_range", &range) == HOG_OK) {
        hog_text_puts(render->out, " columns=");
        show_object(render, range);
        return HOG_OK;
    }
    if (!array_of(render->values, index, &array) || !numpy_shows_items(&array))
        return HOG_OK;
    hog_text_puts(render->out, " columns=");
    return numpy_put_items(render, &array);
}

/* The manager, by the name that it has; 0: there is none. `ret_axes`: its list of indexes. */
static uint64_t manager_of(struct hog_values *values, uint64_t object, uint64_t *ret_axes)
{
    uint64_t manager;

    if (hog_value_attribute(values, object, "_mgr", &manager) != HOG_OK &&
        hog_value_attribute(values, object, "_data", &manager) != HOG_OK)
        return 0;
    *ret_axes = part_of(values, manager, "axes", is_axes);
    return *ret_axes ? manager : 0;
}

enum hog_status show_dataframe(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t axes, columns, index;
    int64_t sizes[2];
    enum hog_status status;

    if (!manager_of(render->values, object, &axes) ||
        hog_value_index(render->values, axes, 0, &columns) != HOG_OK ||
        hog_value_index(render->values, axes, 1, &index) != HOG_OK)
        return show_unknown(render, object, type);
    sizes[0] = index_length(render->values, index);
    sizes[1] = index_length(render->values, columns);
    show_shaped(render, type, sizes, 2);
    status = put_labels(render, columns);
    hog_text_puts(render->out, ">");
    return status;
}

enum hog_status show_series(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t axes, index, manager = manager_of(render->values, object, &axes), values;
    enum hog_status status = HOG_OK;
    int64_t length;

    if (!manager || hog_value_index(render->values, axes, 0, &index) != HOG_OK)
        return show_unknown(render, object, type);
    length = index_length(render->values, index);
    show_shaped(render, type, &length, 1);
    put_name(render, object);
    values = values_of(render->values, manager);
    if (values)
        status = put_values(render, values);
    hog_text_puts(render->out, ">");
    return status;
}

enum hog_status show_index(struct render *render, uint64_t object, const struct value_type *type)
{
    int64_t length = index_length(render->values, object);
    enum hog_status status = HOG_OK;
    uint64_t range;

    show_shaped(render, type, &length, 1);
    put_name(render, object);
    if (hog_value_attribute(render->values, object, "_range", &range) == HOG_OK) {
        hog_text_puts(render->out, " ");
        show_object(render, range);
    } else if (part_of(render->values, object, "_data", is_values)) {
        status = put_values(render, object);
    }
    hog_text_puts(render->out, ">");
    return status;
}

enum hog_status show_nat(struct render *render, uint64_t object, const struct value_type *type)
{
    (void)object;
    (void)type;
    hog_text_puts(render->out, "NaT");
    return HOG_OK;
}

enum hog_status show_na(struct render *render, uint64_t object, const struct value_type *type)
{
    (void)object;
    (void)type;
    hog_text_puts(render->out, "<NA>");
    return HOG_OK;
}
