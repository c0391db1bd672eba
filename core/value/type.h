/* Classes: their names, their bases, and who of them says how an instance is shown. */
#ifndef HOG_VALUE_TYPE_H
#define HOG_VALUE_TYPE_H

#include "value/reader.h"

#include <uthash.h>

enum {
    MAX_MRO = 256,       /* classes that are looked at in one MRO */
    MAX_TYPES = 1 << 16, /* that one reader remembers */
    TYPE_IS_TYPE = 31,   /* bit of tp_flags: Py_TPFLAGS_TYPE_SUBCLASS */
    TYPE_IS_EXCEPTION = 30,
    TYPE_IS_LIST = 25,
};

struct kind;

struct value_type {
    struct hog_value_type seen; /* what others see; `seen.address` is the hash's key */
    enum hog_status status;     /* of reading it: failures are remembered too */
    uint64_t flags;
    uint64_t basic_size;
    uint64_t repr;    /* tp_repr */
    uint64_t dict;    /* tp_dict; 0: of a static type from 3.12 on, whose dict the interpreter keeps */
    uint64_t members; /* tp_members */
    const uint64_t *mro;
    size_t mro_count;
    /* Set by kinds.c. */
    const struct kind *kind;
    bool own_repr;       /* kind is of a base, and a class before it has a __repr__ of its own */
    uint64_t repr_class; /* the class whose __repr__ is used */
    UT_hash_handle hh;
};

/* The class at this address. What is returned is remembered: `status` says whether it is any good. */
struct value_type *type_at(struct hog_values *values, uint64_t address);
/* The class of an object; HOG_BAD_DATA when it has none. */
enum hog_status type_of(struct hog_values *values, uint64_t object, struct value_type **ret_type) HOG_CHECKED;
bool type_is_heap(const struct value_type *type);
bool type_is_named(const struct value_type *type, const char *module, const char *qualname);
/* An attribute of this one class, its bases left aside. */
enum hog_status type_dict_find(struct hog_values *values, const struct value_type *type, const char *name,
                               uint64_t *ret_value) HOG_CHECKED;
/* The same through the MRO; `ret_class` (may be NULL) is the class that has it. */
enum hog_status type_find(struct hog_values *values, const struct value_type *type, const char *name,
                          uint64_t *ret_value, struct value_type **ret_class) HOG_CHECKED;

/* For hog_values_destroy. */
void type_forget_lookups(struct hog_values *values);

/* A member that C or __slots__ declares: an object at an offset of the instance. */
struct type_member {
    char name[128];
    int32_t type; /* Py_T_…; T_OBJECT 6, T_OBJECT_EX 16 are objects */
    uint64_t offset;
};
enum { T_OBJECT = 6, T_OBJECT_EX = 16 };
/* The i-th member of this one class; false past the end or where it cannot be read. */
bool type_member(struct hog_values *values, const struct value_type *type, size_t index,
                 struct type_member *ret_member);

#endif
