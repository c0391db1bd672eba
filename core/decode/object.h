/* PyObject headers and types: what kind of object lies at an address. */
#ifndef HOG_DECODE_OBJECT_H
#define HOG_DECODE_OBJECT_H

#include "decode/decoder.h"

/* tp_flags bits. Include/object.h, the same in 3.6 - 3.15 but for the two that say since when. */
enum type_flag {
    TYPE_INLINE_VALUES = 1u << 2, /* 3.13 */
    TYPE_MANAGED_DICT = 1u << 4,  /* 3.11 */
    TYPE_HEAP = 1u << 9,
    TYPE_LONG = 1u << 24,
    TYPE_TUPLE = 1u << 26,
    TYPE_BYTES = 1u << 27,
    TYPE_UNICODE = 1u << 28,
    TYPE_DICT = 1u << 29,
};

enum hog_status object_type(struct decoder *decoder, uint64_t object, uint64_t *ret_type) HOG_CHECKED;
/* tp_flags of the object's type. They lie in writable data, so a core has them even without the executable.
 */
enum hog_status object_type_flags(struct decoder *decoder, uint64_t object, uint64_t *ret_flags) HOG_CHECKED;
bool object_is(struct decoder *decoder, uint64_t object, enum type_flag flag);

/* An evaluation-stack reference (_PyStackRef) without its tag bits; 0 when it holds no object. */
uint64_t object_of_stack_ref(const struct decoder *decoder, uint64_t reference);

#endif
