/* Where in the source an object was defined: functions and what wraps them, classes, modules. */
#ifndef HOG_VALUE_DEFINITION_H
#define HOG_VALUE_DEFINITION_H

#include "snapshot/snapshot.h"
#include "value/values.h"

struct hog_definition {
    const struct hog_code *code; /* of a function; NULL else. Lives as long as `values` */
    const char *filename;        /* of any; never NULL */
    const char *class_name;      /* of a class, whose line is not recorded before 3.13; NULL else */
    int64_t line;                /* 0 unknown */
};

/* HOG_NOT_FOUND: nothing of it is written in Python. */
enum hog_status hog_definition_of(struct hog_values *values, uint64_t interpreter, uint64_t object,
                                  struct hog_definition *ret_definition) HOG_CHECKED;

/* The __file__ of a module. HOG_NOT_FOUND: it is of none. */
enum hog_status hog_definition_of_module(struct hog_values *values, uint64_t module,
                                         const char **ret_filename) HOG_CHECKED;

#endif
