/*
 * Objects of the debuggee, read one by one: what they are, what is in them,
 * what their attributes are. Everything after decoding that looks into objects
 * goes through this: renderings (render.h), paths (path.h), variables of frames
 * (variables.h), waits and tasks.
 *
 *     hog_values ─┬─ hog_value_type         module.Class, bases, evidence that there is an object
 *                 ├─ hog_value_walk_…       what is in a list, tuple, deque, set, dict
 *                 ├─ hog_value_attribute    of an instance, its slots, its classes
 *                 └─ hog_value_i64, _text   an int, a str
 *
 * Nothing is run in the debuggee: a property stays a property. Nothing it says
 * is believed: lengths are clamped, walks have an end, a type is only one when
 * its own type says so.
 */
#ifndef HOG_VALUE_VALUES_H
#define HOG_VALUE_VALUES_H

#include "base/arena.h"
#include "locate/locate.h"

struct hog_values;

struct hog_values_options {
    bool (*interrupted)(void *context); /* polled; may be NULL */
    void *context;
    uint32_t max_text; /* bytes of one name or of hog_value_text; 0: 4096 */
    uint64_t
        max_steps; /* of walks in all, from which on it is as if interrupted; 0: so many as take some seconds */
};

/*
 * A reader of objects. `process`, `location` and `memory` (best the page cache
 * that the snapshot was decoded from: then both are of one moment) must outlive
 * it; all texts it hands out live in `arena`. NULL when memory is exhausted.
 */
struct hog_values *hog_values_create(const struct hog_process *process, const struct hog_location *location,
                                     struct hog_memory *memory, struct hog_arena *arena,
                                     const struct hog_values_options *options) HOG_CHECKED;
void hog_values_destroy(struct hog_values *values); /* NULL is fine */
const struct hog_layout *hog_values_layout(const struct hog_values *values);
struct hog_memory *hog_values_memory(const struct hog_values *values);
struct hog_arena *hog_values_arena(const struct hog_values *values);
bool hog_values_interrupted(struct hog_values *values);

/*
 * Types.
 */

/* A class, read once. Texts are never NULL: "?" is a name that could not be read. */
struct hog_value_type {
    uint64_t address;
    const char *module;   /* "builtins", "collections" */
    const char *qualname; /* "deque", "Outer.Inner" */
    const char *name;     /* "deque", "Inner" */
    uint64_t base;        /* tp_base, 0: object */
};

/* The class of an object. HOG_BAD_DATA when what lies there is no object: its type is no type. */
enum hog_status hog_value_type(struct hog_values *values, uint64_t object,
                               const struct hog_value_type **ret_type) HOG_CHECKED;
/* The class that lies at this address itself. */
enum hog_status hog_value_class(struct hog_values *values, uint64_t type,
                                const struct hog_value_type **ret_type) HOG_CHECKED;
/* "collections.deque", "app.Job"; "int" of builtins. In the arena; NULL when memory is exhausted. */
const char *hog_value_type_name(struct hog_values *values, const struct hog_value_type *type);
/* Is this class, or one it inherits from, the one of that module and qualified name? */
bool hog_value_is_a(struct hog_values *values, uint64_t object, const char *module, const char *qualname);
/* Exactly that class. */
bool hog_value_is(struct hog_values *values, uint64_t object, const char *module, const char *qualname);

/* What the low bits of tp_flags say of the bases, and None, which needs no name to be known. */
enum hog_value_base {
    HOG_VALUE_OTHER,
    HOG_VALUE_INT, /* bool too */
    HOG_VALUE_LIST,
    HOG_VALUE_TUPLE,
    HOG_VALUE_BYTES,
    HOG_VALUE_STR,
    HOG_VALUE_DICT,
    HOG_VALUE_EXCEPTION,
    HOG_VALUE_TYPE,
};
enum hog_value_base hog_value_base(struct hog_values *values, uint64_t object);
bool hog_value_is_none(struct hog_values *values, uint64_t object);

/*
 * Plain values.
 */

/* HOG_BAD_DATA: no int, or one beyond 64 bits. */
enum hog_status hog_value_i64(struct hog_values *values, uint64_t object, int64_t *ret_value) HOG_CHECKED;
/* A str as UTF-8, longer ones cut and ending in "…". HOG_BAD_DATA: no str. */
enum hog_status hog_value_text(struct hog_values *values, uint64_t object, const char **ret_text) HOG_CHECKED;
/* Does the str hold exactly this ASCII text? */
bool hog_value_text_is(struct hog_values *values, uint64_t object, const char *ascii);
/* One member of an object or structure, by the layout. HOG_NOT_FOUND: this build has none. */
enum hog_status hog_value_member(struct hog_values *values, uint64_t object, enum hog_field field,
                                 uint64_t *ret_value) HOG_CHECKED;

/*
 * Containers: list, tuple, deque, set, frozenset, dict, mappingproxy, and what inherits from them.
 */

struct hog_value_item {
    uint64_t key;   /* dict; 0 for others */
    uint64_t value; /* an element, or a key's value */
};

/* Holds addresses alone: it may be copied, and dropped at any time. */
struct hog_value_walk {
    uint64_t length;        /* what the container says it holds */
    uint64_t taken;         /* items handed out so far */
    enum hog_status status; /* why it came to an early end; HOG_OK: it did not */
    uint64_t state[24];
};

/*
 * What the cells hold that a function of Python has from around it, if it is called `qualname`; HOG_NOT_FOUND: it is not.
 * Empty cells are passed over; of many the first 64 are read.
 */
enum hog_status hog_value_closure_start(struct hog_values *values, uint64_t function, const char *qualname,
                                        struct hog_value_walk *ret_walk) HOG_CHECKED;
bool hog_value_closure_next(struct hog_values *values, struct hog_value_walk *walk, uint64_t *ret_content);

/* HOG_NOT_FOUND when the object is no such container. */
enum hog_status hog_value_walk_start(struct hog_values *values, uint64_t object,
                                     struct hog_value_walk *ret_walk) HOG_CHECKED;
/* False at the end, and at the first item that cannot be read (status). */
bool hog_value_walk_next(struct hog_values *values, struct hog_value_walk *walk,
                         struct hog_value_item *ret_item);
/* The item at `index` (negative: from the end) of a list, tuple or deque. HOG_NOT_FOUND: beyond the end. */
enum hog_status hog_value_index(struct hog_values *values, uint64_t object, int64_t index,
                                uint64_t *ret_value) HOG_CHECKED;
/* The value of a str key of a dict. HOG_NOT_FOUND: there is none. */
enum hog_status hog_value_dict_find(struct hog_values *values, uint64_t dict, const char *key,
                                    uint64_t *ret_value) HOG_CHECKED;

/*
 * Attributes.
 */

enum hog_value_where {
    HOG_VALUE_OF_INSTANCE = 1, /* in its dict or its inline values */
    HOG_VALUE_OF_SLOT,         /* __slots__, or a member that C declares */
    HOG_VALUE_OF_CLASS,        /* a plain attribute of a class in the MRO: what getattr() gives, unbound */
    HOG_VALUE_OF_MODULE,
    HOG_VALUE_COMPUTED, /* a property or another descriptor: its value is not known without running code */
};

/*
 * What `object.name` is, as far as memory tells: data descriptors of the
 * classes come first, then the instance, then other class attributes. With
 * HOG_VALUE_COMPUTED `ret_value` is the descriptor. HOG_NOT_FOUND: there is
 * none, or a slot that is unset.
 */
enum hog_status hog_value_attribute_where(struct hog_values *values, uint64_t object, const char *name,
                                          uint64_t *ret_value, enum hog_value_where *ret_where) HOG_CHECKED;
/* The same for those who want a value: HOG_UNSUPPORTED when it is computed. */
enum hog_status hog_value_attribute(struct hog_values *values, uint64_t object, const char *name,
                                    uint64_t *ret_value) HOG_CHECKED;
/* What an instance holds: its dict or inline values, then its slots; methods and other things of classes not. */
struct hog_attribute_walk {
    uint64_t object;
    size_t class, member; /* of the MRO; of the members that this class declares */
    bool in_slots;
    enum hog_status status;
    uint64_t state[16];
};
void hog_attributes_start(struct hog_values *values, uint64_t object, struct hog_attribute_walk *ret_walk);
bool hog_attributes_next(struct hog_values *values, struct hog_attribute_walk *walk, const char **ret_name,
                         uint64_t *ret_value);

/* The dict sys.modules of the interpreter. */
enum hog_status hog_value_modules(struct hog_values *values, uint64_t interpreter,
                                  uint64_t *ret_dict) HOG_CHECKED;
/* A module by its name in sys.modules of the interpreter. HOG_NOT_FOUND: not imported. */
enum hog_status hog_value_module(struct hog_values *values, uint64_t interpreter, const char *name,
                                 uint64_t *ret_module) HOG_CHECKED;

#endif
