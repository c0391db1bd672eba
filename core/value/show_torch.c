/*
 * Tensors of torch: shape, dtype and device.
 *
 *     THPVariable ─▶ TensorImpl
 *                    ┌───────────────────┐
 *                    │ vtable, counts, … │  as many words as the version has
 *                    │ pyobj             │  back to the object; its lowest bit may be a mark
 *                    │ size              │  dimensions
 *                    │ sizes[5]          │  or, of more than five dimensions, a pointer to sizes and strides
 *                    │ strides[5]        │
 *                    │ storage_offset    │
 *                    │ numel             │  the product of the sizes
 *                    │ data_type         │  16 bits: c10::ScalarType
 *                    │ device            │  type, index, whether there is one: a byte each
 *                    └───────────────────┘
 *
 * Which words these are differs between versions: they are where the way back to the object and the product fit.
 *
 * Source: c10/core/TensorImpl.h, c10/core/impl/SizesAndStrides.h, c10/core/ScalarType.h, c10/core/DeviceType.h, torch
 * 1.8 - 2.15; seen: 2.15.
 */
#include "value/show.h"

#include <string.h>

enum { INLINE_SIZES = 5, MAX_DIMENSIONS = 64, IMPL_WORDS = 32, OBJECT_WORDS = 4, FIRST_PLACE = 4 };
/* Words behind that with the number of dimensions. */
enum { SIZES = 1, STORAGE_OFFSET = 2 * INLINE_SIZES + 1, NUMEL, DATA_TYPE, WORDS_BEHIND };

struct tensor {
    uint64_t dimensions;
    int64_t sizes[MAX_DIMENSIONS];
    unsigned data_type, device, device_index;
    bool has_device;
};

/* The sizes are those of a tensor of so many items. */
static bool fits(const struct tensor *tensor, uint64_t numel)
{
    uint64_t product = 1;

    for (uint64_t i = 0; i < tensor->dimensions; i++)
        if (tensor->sizes[i] < 0 || __builtin_mul_overflow(product, (uint64_t)tensor->sizes[i], &product))
            return false;
    return product == numel;
}

static bool read_at(struct hog_values *values, const uint64_t *words, struct tensor *tensor)
{
    uint64_t data_type = words[DATA_TYPE];

    tensor->dimensions = words[0];
    if (tensor->dimensions > MAX_DIMENSIONS)
        return false;
    if (tensor->dimensions <= INLINE_SIZES)
        memcpy(tensor->sizes, words + SIZES, tensor->dimensions * sizeof *words);
    else if (value_read(values, words[SIZES], tensor->sizes, tensor->dimensions * sizeof *words) != HOG_OK)
        return false;
    tensor->data_type = data_type & 0xffff;
    tensor->device = data_type >> 16 & 0xff;
    tensor->device_index = data_type >> 24 & 0xff;
    tensor->has_device = (data_type >> 32 & 0xff) == 1;
    return fits(tensor, words[NUMEL]);
}

static bool read_impl(struct hog_values *values, uint64_t object, uint64_t impl, struct tensor *tensor)
{
    uint64_t words[IMPL_WORDS];

    if (!impl || impl % sizeof *words || value_read(values, impl, words, sizeof words) != HOG_OK)
        return false;
    for (size_t i = FIRST_PLACE; i + 1 + WORDS_BEHIND <= IMPL_WORDS; i++)
        if ((words[i] & ~(uint64_t)1) == object && read_at(values, words + i + 1, tensor))
            return true;
    return false;
}

static bool read_tensor(struct hog_values *values, uint64_t object, struct tensor *tensor)
{
    uint64_t words[OBJECT_WORDS];

    if (value_read(values, object, words, sizeof words) != HOG_OK)
        return false;
    for (size_t i = 2; i < OBJECT_WORDS; i++) /* behind the head of every object; to 2.9 a flag comes first */
        if (read_impl(values, object, words[i], tensor))
            return true;
    return false;
}

static const char *type_name(unsigned data_type)
{
    static const char *const names[] = {"uint8",           "int8",
                                        "int16",           "int32",
                                        "int64",           "float16",
                                        "float32",         "float64",
                                        "complex32",       "complex64",
                                        "complex128",      "bool",
                                        "qint8",           "quint8",
                                        "qint32",          "bfloat16",
                                        "quint4x2",        "quint2x4",
                                        "bits1x8",         "bits2x4",
                                        "bits4x2",         "bits8",
                                        "bits16",          "float8_e5m2",
                                        "float8_e4m3fn",   "float8_e5m2fnuz",
                                        "float8_e4m3fnuz", "uint16",
                                        "uint32",          "uint64"};

    return data_type < sizeof names / sizeof *names ? names[data_type] : "?";
}

static void put_device(struct render *render, const struct tensor *tensor)
{
    static const char *const names[] = {"cpu",  "cuda", "mkldnn", "opengl", "opencl", "ideep", "hip",  "fpga",
                                        "maia", "xla",  "vulkan", "metal",  "xpu",    "mps",   "meta", "hpu"};

    if (!tensor->has_device || tensor->device >= sizeof names / sizeof *names)
        return;
    hog_text_printf(render->out, " device=%s", names[tensor->device]);
    if (tensor->device_index != 0xff)
        hog_text_printf(render->out, ":%u", tensor->device_index);
}

enum hog_status show_tensor(struct render *render, uint64_t object, const struct value_type *type)
{
    struct tensor tensor;

    if (!read_tensor(render->values, object, &tensor))
        return show_unknown(render, object, type);
    show_shaped(render, type, tensor.sizes, (size_t)tensor.dimensions);
    hog_text_printf(render->out, " dtype=%s", type_name(tensor.data_type));
    put_device(render, &tensor);
    hog_text_puts(render->out, ">");
    return HOG_OK;
}
