/*
 * Path expressions: the way from a name to an object, through memory alone.
 *
 *     self.queue[0].name     names (local, global, builtin), attributes, indices
 *     config['hosts'][-1:]   string keys, negative indices, slices
 *     asyncio.tasks._all     a module of sys.modules that no name here refers to
 *     $2   0x7f30c0          the value printed second; the object at an address
 */
#ifndef HOG_VALUE_PATH_H
#define HOG_VALUE_PATH_H

#include "snapshot/snapshot.h"
#include "value/values.h"

/* Where a path begins to look. */
struct hog_path_scope {
    const struct hog_frame *frame; /* NULL: there is none, names are those of modules */
    uint64_t interpreter;          /* whose sys.modules */
    const uint64_t *printed;       /* the objects of $1, $2, …; 0: it was no object */
    size_t printed_count;
};

struct hog_path_value {
    uint64_t object;
    bool is_number; /* an item that is no object: of bytes */
    int64_t number;
    bool is_slice; /* items first … last (exclusive) of the object */
    uint64_t first, last;
};

/* On failure `error` has the words: what is not there, or cannot be known without running code. */
enum hog_status hog_path_find(struct hog_values *values, const struct hog_path_scope *scope,
                              const char *expression, struct hog_path_value *ret_value,
                              struct hog_error *error) HOG_CHECKED;

#endif
