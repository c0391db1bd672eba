/*
 * Names of objects.
 *
 * A function reaches a lock by names that stand in its code object:
 *
 *     co_names          mailbox_lock        a global, or an attribute of something: self._lock, config.lock
 *     its variables     lock                an argument or local variable, a cell
 *
 * Those names are tried; nothing is searched. A global is the best name, then an
 * attribute, then a variable, which is called something else in every function.
 */
#include "wait/name.h"

#include "value/variables.h"
#include "wait/library.h"
#include "wait/semlock.h"

#include <string.h>

enum { MAX_NAMES = 128, MAX_FRAMES = 64, MAX_ELEMENTS = 256 };

struct names {
    const char *text[MAX_NAMES];
    size_t count;
    bool wrapped; /* the object is one that the program has inside of another: a SemLock */
};

static bool is_it(struct waits_reader *reader, const struct names *names, uint64_t value, uint64_t object)
{
    return value == object || (names->wrapped && semlock_within(reader, value) == object);
}

static void read_names(struct waits_reader *reader, uint64_t tuple, struct names *ret_names)
{
    struct hog_value_walk walk;
    struct hog_value_item item;

    ret_names->count = 0;
    if (hog_value_walk_start(reader->values, tuple, &walk) != HOG_OK)
        return;
    while (ret_names->count < MAX_NAMES && hog_value_walk_next(reader->values, &walk, &item))
        if (hog_value_text(reader->values, item.value, &ret_names->text[ret_names->count]) == HOG_OK)
            ret_names->count++;
}

static const char *class_of(struct waits_reader *reader, uint64_t object)
{
    const struct hog_value_type *type;

    return hog_value_type(reader->values, object, &type) == HOG_OK ? type->name : "?";
}

/* "locks[2]", "locks['mail']": an element of a container that the frame calls `called`. */
static const char *element_name(struct waits_reader *reader, const struct names *names, uint64_t container,
                                const char *called, uint64_t object)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    const char *key;

    if (hog_value_walk_start(reader->values, container, &walk) != HOG_OK)
        return NULL;
    for (unsigned i = 0; i < MAX_ELEMENTS && hog_value_walk_next(reader->values, &walk, &item); i++) {
        if (!is_it(reader, names, item.value, object))
            continue;
        if (!item.key)
            return WORDS(reader, "%.100s[%u]", called, i);
        if (hog_value_text(reader->values, item.key, &key) == HOG_OK)
            return WORDS(reader, "%.100s['%.60s']", called, key);
        return WORDS(reader, "%.100s[…]", called);
    }
    return NULL;
}

/* An attribute or element of `owner`, which the frame calls `called`. */
static const char *inner_name(struct waits_reader *reader, const struct names *names, uint64_t owner,
                              const char *called, uint64_t object)
{
    enum hog_value_base base = hog_value_base(reader->values, owner);
    uint64_t value;

    if (base == HOG_VALUE_LIST || base == HOG_VALUE_TUPLE || base == HOG_VALUE_DICT)
        return element_name(reader, names, owner, called, object);
    if (base != HOG_VALUE_OTHER)
        return NULL;
    for (size_t i = 0; i < names->count; i++) {
        if (hog_value_attribute(reader->values, owner, names->text[i], &value) != HOG_OK ||
            !is_it(reader, names, value, object))
            continue;
        if (strcmp(called, "self") == 0)
            return WORDS(reader, "self.%.100s of <%.100s>", names->text[i], class_of(reader, owner));
        return WORDS(reader, "%.100s.%.100s", called, names->text[i]);
    }
    return NULL;
}

static const char *global_name(struct waits_reader *reader, const struct names *names, uint64_t globals,
                               uint64_t object)
{
    const char *found = NULL;
    uint64_t value;

    for (size_t i = 0; i < names->count; i++)
        if (hog_value_dict_find(reader->values, globals, names->text[i], &value) == HOG_OK &&
            is_it(reader, names, value, object))
            return names->text[i];
    for (size_t i = 0; i < names->count && !found; i++)
        if (hog_value_dict_find(reader->values, globals, names->text[i], &value) == HOG_OK)
            found = inner_name(reader, names, value, names->text[i], object);
    return found;
}

static const char *name_by_variables(struct waits_reader *reader, const struct names *names,
                                     const struct hog_frame *frame, uint64_t object, bool by_itself)
{
    struct hog_variables variables;
    const char *local = NULL;

    if (hog_variables_of(reader->values, frame, &variables) != HOG_OK)
        return NULL;
    for (size_t i = 0; i < variables.count; i++) {
        const struct hog_variable *variable = &variables.items[i];
        bool itself = is_it(reader, names, variable->value, object);
        const char *found = variable->value && !itself
                                ? inner_name(reader, names, variable->value, variable->name, object)
                                : NULL;

        if (found)
            return found;
        if (itself && by_itself && !local)
            local = variable->name;
    }
    return local;
}

static const char *find_name(struct waits_reader *reader, const struct hog_frame *frame, uint64_t object,
                             bool by_itself)
{
    const char *found = NULL;
    struct names names;
    uint64_t tuple, globals;

    if (!frame->frame || !frame->code->address || !object ||
        !read_member(reader, frame->code->address, HOG_F_code_co_names, &tuple))
        return NULL;
    read_names(reader, tuple, &names);
    names.wrapped = object_is_a(reader, object, "_multiprocessing", "SemLock");
    if (hog_frame_globals(reader->values, frame, &globals) == HOG_OK)
        found = global_name(reader, &names, globals, object);
    return found ? found : name_by_variables(reader, &names, frame, object, by_itself);
}

const char *name_in_frame(struct waits_reader *reader, const struct hog_frame *frame, uint64_t object)
{
    return find_name(reader, frame, object, true);
}

/* In the library's own functions a variable is no name that the program knows: "self", "waiter". */
const char *name_of(struct waits_reader *reader, uint32_t number, uint64_t object)
{
    const struct hog_thread *thread = &reader->snapshot->threads[number];
    uint32_t program = hog_wait_program_frame(thread);
    size_t first = program == HOG_WAIT_NONE ? 0 : program;
    const char *found = NULL;

    for (size_t i = first; i < thread->frame_count && i < first + MAX_FRAMES && !found; i++)
        found = find_name(reader, &thread->frames[i], object, !library_has(thread->frames[i].module));
    for (size_t i = 0; i < first && i < MAX_FRAMES && !found; i++)
        found = find_name(reader, &thread->frames[i], object, false);
    return found;
}
