/*
 * Variables of frames: what the source calls them, in the order in which it
 * declares them, and the objects that they hold.
 *
 *     function            arguments, locals, cells, free variables, from the frame's slots
 *     module, class, exec the namespace that the code runs in: a dict
 */
#ifndef HOG_VALUE_VARIABLES_H
#define HOG_VALUE_VARIABLES_H

#include "snapshot/snapshot.h"
#include "value/values.h"

enum hog_variable_kind {
    HOG_VARIABLE_ARGUMENT = 1,
    HOG_VARIABLE_LOCAL, /* of a function; or a name of a class body or of exec() */
    HOG_VARIABLE_CELL,  /* a local that an inner function uses too */
    HOG_VARIABLE_FREE,  /* of a function around this one */
    HOG_VARIABLE_GLOBAL,
};

struct hog_variable {
    const char *name;
    enum hog_variable_kind kind;
    uint64_t value; /* the object; 0: unset, or deleted */
    bool is_number; /* the slot holds a small int itself, and no object (3.14+): see `number` */
    int64_t number;
};

struct hog_variables {
    struct hog_variable *items; /* in the arena */
    size_t count;
    bool cut;               /* there are more than are kept */
    enum hog_status status; /* why not all could be read; HOG_OK: they could */
};

/*
 * The variables of a frame of Python. `frame` is of a snapshot that was decoded
 * from the same memory. Fails only when nothing at all could be read.
 */
enum hog_status hog_variables_of(struct hog_values *values, const struct hog_frame *frame,
                                 struct hog_variables *ret_variables) HOG_CHECKED;
/* The object of one of them. HOG_NOT_FOUND: there is none of that name, or it is unset. */
enum hog_status hog_variable_find(struct hog_values *values, const struct hog_frame *frame, const char *name,
                                  uint64_t *ret_value) HOG_CHECKED;

/* The dicts that global and builtin names of the frame are looked up in. */
enum hog_status hog_frame_globals(struct hog_values *values, const struct hog_frame *frame,
                                  uint64_t *ret_dict) HOG_CHECKED;
enum hog_status hog_frame_builtins(struct hog_values *values, const struct hog_frame *frame,
                                   uint64_t *ret_dict) HOG_CHECKED;

/* "argument", "local", "cell", "free", "global" */
const char *hog_variable_kind_name(enum hog_variable_kind kind);

#endif
