/* Attributes of instances of Python classes, wherever their build keeps them. */
#ifndef HOG_DECODE_ATTRIBUTE_H
#define HOG_DECODE_ATTRIBUTE_H

#include "decode/dict.h"

/* Over the object's own attributes. HOG_NOT_FOUND when it can have none; a walk of 0 entries: it has none. */
enum hog_status attribute_walk_start(struct decoder *decoder, uint64_t object,
                                     struct dict_walk *ret_walk) HOG_CHECKED;

/* The object's own attribute (not its class's). HOG_NOT_FOUND when it has none of that name. */
enum hog_status attribute_find(struct decoder *decoder, uint64_t object, const char *name,
                               uint64_t *ret_value) HOG_CHECKED;

/* The same, or what is in a slot of its class (__slots__). */
enum hog_status attribute_find_or_slot(struct decoder *decoder, uint64_t object, const char *name,
                                       uint64_t *ret_value) HOG_CHECKED;

#endif
