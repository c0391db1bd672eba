/*
 * Object headers.
 *
 *     PyObject                 free-threaded (3.13+)
 *     0  ob_refcnt             0   ob_tid, ob_flags, ob_mutex, …
 *     8  ob_type ──▶ type      24  ob_type
 *    16  ob_size (var only)    32  ob_size
 */
#include "decode/object.h"

enum { STACK_REF_TAGS = 3 };

enum hog_status object_type(struct decoder *decoder, uint64_t object, uint64_t *ret_type)
{
    if (!object || object % 8)
        return HOG_BAD_DATA;
    return field_u64(decoder, object, HOG_F_object_ob_type, ret_type);
}

enum hog_status object_type_flags(struct decoder *decoder, uint64_t object, uint64_t *ret_flags)
{
    struct known_type *slot;
    uint64_t type;
    enum hog_status status = object_type(decoder, object, &type);

    if (status != HOG_OK)
        return status;
    if (!type || type % 8)
        return HOG_BAD_DATA;
    slot = &decoder->types[(type >> 5) % TYPE_CACHE_SIZE];
    if (slot->address != type) {
        status = field_u64(decoder, type, HOG_F_type_tp_flags, &slot->flags);
        if (status != HOG_OK) {
            slot->address = 0;
            return status;
        }
        slot->address = type;
    }
    *ret_flags = slot->flags;
    return HOG_OK;
}

bool object_is(struct decoder *decoder, uint64_t object, enum type_flag flag)
{
    uint64_t flags;

    return object_type_flags(decoder, object, &flags) == HOG_OK && (flags & flag);
}

uint64_t object_of_stack_ref(const struct decoder *decoder, uint64_t reference)
{
    if (decoder->layout->traits.stack_refs != HOG_STACK_REFS_TAGGED)
        return reference;
    if ((reference & STACK_REF_TAGS) == STACK_REF_TAGS)
        return 0; /* a small int, no object */
    return reference & ~(uint64_t)STACK_REF_TAGS;
}
