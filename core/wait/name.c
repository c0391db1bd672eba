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

#include <string.h>

enum { MAX_NAMES = 128, MAX_FRAMES = 64 };

struct names {
    const char *text[MAX_NAMES];
    size_t count;
};

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

/* An attribute of `owner`, which the frame calls `called`. */
static const char *attribute_name(struct waits_reader *reader, const struct names *names, uint64_t owner,
                                  const char *called, uint64_t object)
{
    enum hog_value_base base = hog_value_base(reader->values, owner);
    uint64_t value;

    if (base != HOG_VALUE_OTHER)
        return NULL;
    for (size_t i = 0; i < names->count; i++) {
        if (hog_value_attribute(reader->values, owner, names->text[i], &value) != HOG_OK || value != object)
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
        if (hog_value_dict_find(reader->values, globals, names->text[i], &value) == HOG_OK && value == object)
            return names->text[i];
    for (size_t i = 0; i < names->count && !found; i++)
        if (hog_value_dict_find(reader->values, globals, names->text[i], &value) == HOG_OK)
            found = attribute_name(reader, names, value, names->text[i], object);
    return found;
}

static const char *name_by_variables(struct waits_reader *reader, const struct names *names,
                                     const struct hog_frame *frame, uint64_t object)
{
    struct hog_variables variables;
    const char *local = NULL;

    if (hog_variables_of(reader->values, frame, &variables) != HOG_OK)
        return NULL;
    for (size_t i = 0; i < variables.count; i++) {
        const struct hog_variable *variable = &variables.items[i];
        const char *found = variable->value && variable->value != object
                                ? attribute_name(reader, names, variable->value, variable->name, object)
                                : NULL;

        if (found)
            return found;
        if (variable->value == object && !local)
            local = variable->name;
    }
    return local;
}

const char *name_in_frame(struct waits_reader *reader, const struct hog_frame *frame, uint64_t object)
{
    const char *found = NULL;
    struct names names;
    uint64_t tuple, globals;

    if (!frame->frame || !frame->code->address || !object ||
        !read_member(reader, frame->code->address, HOG_F_code_co_names, &tuple))
        return NULL;
    read_names(reader, tuple, &names);
    if (hog_frame_globals(reader->values, frame, &globals) == HOG_OK)
        found = global_name(reader, &names, globals, object);
    return found ? found : name_by_variables(reader, &names, frame, object);
}

const char *name_of(struct waits_reader *reader, uint32_t number, uint64_t object)
{
    const struct hog_thread *thread = &reader->snapshot->threads[number];
    uint32_t program = hog_wait_program_frame(thread);
    size_t first = program == HOG_WAIT_NONE ? 0 : program;
    const char *found = NULL;

    for (size_t i = first; i < thread->frame_count && i < first + MAX_FRAMES && !found; i++)
        found = name_in_frame(reader, &thread->frames[i], object);
    for (size_t i = 0; i < first && i < MAX_FRAMES && !found; i++)
        found = name_in_frame(reader, &thread->frames[i], object);
    return found;
}
