/*
 * What the files that show kinds of objects share: one rendering under way.
 * Not seen outside this folder.
 *
 *     render.c   show_object: kinds by class, nesting, limits, what is broken
 *     show_*.c   one function for each kind: appends to render->out; a failure takes back what it appended
 */
#ifndef HOG_VALUE_SHOW_H
#define HOG_VALUE_SHOW_H

#include "value/render.h"
#include "value/type.h"

enum { MAX_NESTING = 100 };

struct render {
    struct hog_values *values;
    struct hog_text *out;
    size_t start; /* length of `out` when it began */
    struct hog_value_limits limits;
    unsigned depth;
    uint64_t open[MAX_NESTING]; /* the objects being shown, outermost first */
    uint32_t marks;
};

typedef enum hog_status show_function(struct render *render, uint64_t object, const struct value_type *type);

struct kind {
    const char *module, *qualname; /* of the class that has the __repr__ */
    show_function *show;
    const char *again; /* for one that holds itself or is too deep; NULL: "..." */
};

/* The kind of an object's class; never NULL. Remembered in the type. */
const struct kind *kind_of(struct hog_values *values, struct value_type *type);

void show_object(struct render *render, uint64_t object);
/* Nothing more is to be appended: the whole has become too long, or Ctrl-C. */
bool show_is_full(struct render *render);
static inline void show_mark(struct render *render, enum hog_value_mark mark)
{
    render->marks |= mark;
}

/* "a, b, c" of a container, limits and breaks told; a dict's as "k: v". */
enum hog_status show_items(struct render *render, uint64_t container, bool is_dict);
/* Shows that the value of this name is hidden, where it is to be. */
bool show_hides_name(struct render *render, const char *name);
/* A member that is an object. */
enum hog_status show_member(struct render *render, uint64_t object, enum hog_field field);
/* tp_name as C has it: "collections.deque", "Job". */
void show_type_name(struct render *render, const struct value_type *type);
/* A name or path: as it is, but for what would drive the terminal. */
void show_words(struct render *render, const char *text);
/* A str object as it is, without quotes. */
enum hog_status show_plain_text(struct render *render, uint64_t object);
/* "<app.Job object at 0x…>" */
void show_default(struct render *render, uint64_t object, const struct value_type *type);
/* "<numpy.ndarray shape=(3, 4)", to which what follows and ">" are to be added; a size below 0 is not known. */
void show_shaped(struct render *render, const struct value_type *type, const int64_t *sizes, size_t count);
/* show_default() of what a library keeps in a way that is not known, or has not made yet. HOG_OK */
enum hog_status show_unknown(struct render *render, uint64_t object, const struct value_type *type);
/* An attribute of the instance or its slots; HOG_NOT_FOUND as hog_value_attribute says. */
enum hog_status show_attribute(struct render *render, uint64_t object, const char *name);
/* UTF-8 as repr() of a str shows it. */
void show_quoted(struct render *render, const char *utf8);
/* One code point, escaped as repr() does; `quote` is escaped too. */
void show_point(struct hog_text *out, uint32_t point, uint32_t quote);
void show_double(struct hog_text *out, double value, bool with_point);
/* What was appended from `start` on, cut to the limit of a text as reprlib cuts ints: "123...789". */
void show_cut_middle(struct render *render, size_t start);

/* Kinds: show_plain.c, show_text.c */
show_function show_none, show_bool, show_ellipsis, show_not_implemented, show_int, show_float, show_complex;
show_function show_str, show_bytes, show_bytearray, show_memoryview;
enum hog_status show_text_slice(struct render *render, uint64_t object, uint64_t first, uint64_t last);
/* show_container.c, show_collection.c */
show_function show_list, show_tuple, show_dict, show_set, show_frozenset, show_deque, show_range, show_slice;
show_function show_mappingproxy, show_dict_keys, show_dict_values, show_dict_items;
show_function show_odict, show_defaultdict, show_counter, show_chain_map, show_namedtuple, show_structseq;
show_function show_namespace, show_dataclass, show_array;
/* show_callable.c */
show_function show_function_object, show_method, show_builtin, show_method_descriptor, show_slot_wrapper;
show_function show_method_wrapper, show_getset, show_member_descriptor, show_partial, show_classmethod;
show_function show_staticmethod;
/* show_code.c */
show_function show_class, show_enum_class, show_module, show_code, show_frame, show_generator, show_cell;
show_function show_weakref, show_exception, show_exception_group;
/* show_enum.c, show_number.c, show_time.c */
show_function show_enum, show_flag, show_global_enum;
show_function show_decimal, show_fraction, show_uuid, show_path;
show_function show_date, show_time, show_datetime, show_timedelta, show_timezone, show_zoneinfo;
/* show_system.c */
show_function show_lock, show_rlock, show_event, show_condition, show_semaphore, show_thread;
show_function show_fileio, show_buffered, show_textio, show_socket;
/* show_numpy.c */
show_function show_ndarray, show_numpy_scalar;
/* show_pandas.c */
show_function show_dataframe, show_series, show_index, show_nat, show_na;
/* show_torch.c */
show_function show_tensor;
/* render.c */
show_function show_any;

#endif
