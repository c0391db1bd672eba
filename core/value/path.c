/*
 * Path expressions; see path.h.
 *
 *     path   = start { "." name | "[" index "]" }
 *     start  = name | "$" number | "0x" digits
 *     index  = ["-"] number | string | [index] ":" [index]
 */
#include "value/path.h"

#include "value/type.h"
#include "value/variables.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NAME = 256, MOST_MODULE_DEPTH = 32, MOST_LENGTH_BITS = 40 };

struct path {
    struct hog_values *values;
    const struct hog_path_scope *scope;
    const char *at; /* what is left of the expression */
    struct hog_path_value value;
    struct hog_error *error;
};

static void skip_blanks(struct path *path)
{
    path->at += strspn(path->at, " \t");
}

static enum hog_status syntax(struct path *path, const char *wanted)
{
    return hog_fail(path->error, HOG_USAGE,
                    "expected %s at \"%.60s\": a path is like self.items[0]['key'].name", wanted, path->at);
}

/* A name of Python: letters, digits, underscores, and whatever lies beyond ASCII. */
static bool take_name(struct path *path, char ret_name[MOST_NAME])
{
    size_t length = 0;

    while (isalnum((unsigned char)path->at[length]) || path->at[length] == '_' ||
           (unsigned char)path->at[length] >= 0x80)
        length++;
    if (!length || length >= MOST_NAME || isdigit((unsigned char)*path->at))
        return false;
    memcpy(ret_name, path->at, length);
    ret_name[length] = '\0';
    path->at += length;
    return true;
}

static const char *class_name(struct path *path, uint64_t object)
{
    const struct hog_value_type *type;
    const char *name = hog_value_type(path->values, object, &type) == HOG_OK
                           ? hog_value_type_name(path->values, type)
                           : NULL;

    return name ? name : "?";
}

static enum hog_status cannot_read(struct path *path, const char *what, enum hog_status status)
{
    return hog_fail(path->error, status, "%.100s could not be read: %s", what, hog_status_name(status));
}

/*
 * Names.
 */

static enum hog_status find_builtin(struct path *path, const char *name, uint64_t *ret_object)
{
    uint64_t builtins;
    enum hog_status status = hog_frame_builtins(path->values, path->scope->frame, &builtins);

    return status != HOG_OK ? status : hog_value_dict_find(path->values, builtins, name, ret_object);
}

static enum hog_status find_in_frame(struct path *path, const char *name, uint64_t *ret_object)
{
    uint64_t globals;
    enum hog_status status;

    if (!path->scope->frame)
        return HOG_NOT_FOUND;
    status = hog_variable_find(path->values, path->scope->frame, name, ret_object);
    if (status == HOG_NOT_FOUND && hog_frame_globals(path->values, path->scope->frame, &globals) == HOG_OK)
        status = hog_value_dict_find(path->values, globals, name, ret_object);
    return status == HOG_NOT_FOUND ? find_builtin(path, name, ret_object) : status;
}

/* "os.path.sep": as many of the parts as name a module. */
static enum hog_status find_module(struct path *path, const char *name, uint64_t *ret_object)
{
    char dotted[MOST_NAME * 2], part[MOST_NAME];
    size_t length = strlen(name);
    enum hog_status status = hog_value_module(path->values, path->scope->interpreter, name, ret_object);

    memcpy(dotted, name, length + 1);
    for (int depth = 0; depth < MOST_MODULE_DEPTH && *path->at == '.'; depth++) {
        const char *before = path->at;
        uint64_t inner;

        path->at++;
        if (!take_name(path, part) || length + strlen(part) + 2 > sizeof dotted) {
            path->at = before;
            break;
        }
        dotted[length++] = '.';
        memcpy(dotted + length, part, strlen(part) + 1);
        length += strlen(part);
        if (hog_value_module(path->values, path->scope->interpreter, dotted, &inner)) {
            path->at = before;
            break;
        }
        *ret_object = inner;
        status = HOG_OK;
    }
    return status;
}

static enum hog_status start_name(struct path *path)
{
    char name[MOST_NAME];
    enum hog_status status;

    if (!take_name(path, name))
        return syntax(path, "a name, $N or 0xADDRESS");
    status = find_in_frame(path, name, &path->value.object);
    if (status == HOG_NOT_FOUND)
        status = find_module(path, name, &path->value.object);
    if (status == HOG_NOT_FOUND)
        return hog_fail(
            path->error, HOG_NOT_FOUND,
            "there is no \"%.100s\" here: no variable that has a value, no global, no builtin, no module",
            name);
    return status != HOG_OK ? cannot_read(path, name, status) : HOG_OK;
}

static enum hog_status start_printed(struct path *path)
{
    char *end;
    unsigned long number = strtoul(path->at + 1, &end, 10);

    if (end == path->at + 1)
        number = path->scope->printed_count; /* "$": the last one */
    path->at = end;
    if (!number || number > path->scope->printed_count || !path->scope->printed[number - 1])
        return hog_fail(path->error, HOG_NOT_FOUND,
                        "there is no $%lu: py-print has printed %zu values of this process", number,
                        path->scope->printed_count);
    path->value.object = path->scope->printed[number - 1];
    return HOG_OK;
}

static enum hog_status start_address(struct path *path)
{
    const struct hog_value_type *type;
    char *end;

    errno = 0;
    path->value.object = strtoull(path->at, &end, 16);
    if (errno || end == path->at + 2)
        return syntax(path, "an address");
    path->at = end;
    if (hog_value_type(path->values, path->value.object, &type))
        return hog_fail(path->error, HOG_BAD_DATA, "there is no object at " HOG_ADDRESS, path->value.object);
    return HOG_OK;
}

/*
 * Steps.
 */

static enum hog_status computed(struct path *path, uint64_t object, const char *name, uint64_t descriptor)
{
    bool property = hog_value_is(path->values, descriptor, "builtins", "property");

    return hog_fail(path->error, HOG_UNSUPPORTED,
                    "%.100s of %.100s is %s: its value cannot be known without running code", name,
                    class_name(path, object), property ? "a property" : "computed by a descriptor");
}

static enum hog_status no_attribute(struct path *path, uint64_t object, const char *name)
{
    struct value_type *type;
    uint64_t found;

    if (type_of(path->values, object, &type) == HOG_OK &&
        type_find(path->values, type, "__getattr__", &found, NULL) == HOG_OK)
        return hog_fail(path->error, HOG_UNSUPPORTED,
                        "%.100s has no attribute %.100s in memory; its __getattr__ may compute one, "
                        "which cannot be known without running code",
                        class_name(path, object), name);
    return hog_fail(path->error, HOG_NOT_FOUND, "%.100s has no attribute %.100s in memory",
                    class_name(path, object), name);
}

static enum hog_status take_attribute(struct path *path)
{
    uint64_t object = path->value.object;
    enum hog_value_where where;
    char name[MOST_NAME];
    enum hog_status status;

    path->at++;
    skip_blanks(path);
    if (!take_name(path, name))
        return syntax(path, "the name of an attribute");
    if (path->value.is_slice || path->value.is_number)
        return hog_fail(path->error, HOG_USAGE,
                        "a slice or an item of bytes is not an object: it has no attribute %.100s", name);
    status = hog_value_attribute_where(path->values, object, name, &path->value.object, &where);
    if (status == HOG_NOT_FOUND && strcmp(name, "__class__") == 0)
        return object_type(&path->values->decoder, object, &path->value.object);
    if (status == HOG_NOT_FOUND)
        return no_attribute(path, object, name);
    if (status != HOG_OK)
        return cannot_read(path, name, status);
    return where == HOG_VALUE_COMPUTED && strcmp(name, "__class__") != 0
               ? computed(path, object, name, path->value.object)
               : HOG_OK;
}

/* What stands in brackets. */
struct index {
    bool is_text, is_slice;
    char text[MOST_NAME];
    bool has_first, has_last;
    int64_t first, last; /* an index is `first` */
};

static bool take_number(struct path *path, int64_t *ret_number)
{
    char *end;

    skip_blanks(path);
    if (!isdigit((unsigned char)path->at[*path->at == '-']))
        return false;
    errno = 0;
    *ret_number = strtoll(path->at, &end, 10);
    path->at = end;
    skip_blanks(path);
    return errno == 0;
}

static bool take_text(struct path *path, struct index *index)
{
    char quote = *path->at;
    size_t length = 0;

    if (quote != '\'' && quote != '"')
        return false;
    for (path->at++; *path->at && *path->at != quote; path->at++) {
        if (*path->at == '\\' && path->at[1])
            path->at++;
        if (length + 1 >= sizeof index->text)
            return false;
        index->text[length++] = *path->at;
    }
    index->text[length] = '\0';
    index->is_text = true;
    if (*path->at == quote)
        path->at++;
    skip_blanks(path);
    return true;
}

/* A key whose quotes the debugger has eaten: up to the bracket. */
static bool take_bare_text(struct path *path, struct index *index)
{
    size_t length = strcspn(path->at, "]'\"");

    if (!length || path->at[length] != ']' || length >= sizeof index->text)
        return false;
    memcpy(index->text, path->at, length);
    index->text[length] = '\0';
    index->is_text = true;
    path->at += length;
    return true;
}

static enum hog_status take_index(struct path *path, struct index *index)
{
    path->at++;
    skip_blanks(path);
    if (!take_text(path, index)) {
        index->has_first = take_number(path, &index->first);
        if (*path->at == ':') {
            path->at++;
            index->is_slice = true;
            index->has_last = take_number(path, &index->last);
        }
        if (!index->is_slice && !index->has_first && !take_bare_text(path, index))
            return syntax(path, "an index, a 'key' or a slice");
    }
    skip_blanks(path);
    if (*path->at != ']')
        return syntax(path, "]");
    path->at++;
    return HOG_OK;
}

/* A __getitem__ that a class of the program brings decides for itself. */
static bool has_own_getitem(struct path *path, uint64_t object)
{
    struct value_type *type, *class;
    uint64_t found;

    return type_of(path->values, object, &type) == HOG_OK &&
           type_find(path->values, type, "__getitem__", &found, &class) == HOG_OK &&
           hog_value_is(path->values, found, "builtins", "function");
}

static enum hog_status no_key(struct path *path, const struct index *index)
{
    if (index->is_text)
        return hog_fail(path->error, HOG_NOT_FOUND, "there is no key '%.100s'", index->text);
    return hog_fail(path->error, HOG_NOT_FOUND, "there is no key %" PRId64, index->first);
}

static enum hog_status dict_item(struct path *path, const struct index *index)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    enum hog_status status = hog_value_walk_start(path->values, path->value.object, &walk);

    if (status != HOG_OK)
        return cannot_read(path, "the dict", status);
    while (hog_value_walk_next(path->values, &walk, &item)) {
        int64_t number;
        const char *text;
        bool same = index->is_text
                        ? hog_value_base(path->values, item.key) == HOG_VALUE_STR &&
                              hog_value_text(path->values, item.key, &text) == HOG_OK &&
                              strcmp(text, index->text) == 0
                        : hog_value_i64(path->values, item.key, &number) == HOG_OK && number == index->first;

        if (same) {
            path->value.object = item.value;
            return HOG_OK;
        }
    }
    return walk.status != HOG_OK ? cannot_read(path, "the dict", walk.status) : no_key(path, index);
}

static uint64_t clamp(int64_t index, uint64_t length)
{
    if (index < 0)
        index += (int64_t)length;
    return index < 0 ? 0 : (uint64_t)index > length ? length : (uint64_t)index;
}

static enum hog_status take_slice(struct path *path, const struct index *index, uint64_t length)
{
    path->value.is_slice = true;
    path->value.first = index->has_first ? clamp(index->first, length) : 0;
    path->value.last = index->has_last ? clamp(index->last, length) : length;
    if (path->value.last < path->value.first)
        path->value.last = path->value.first;
    return HOG_OK;
}

static enum hog_status beyond(struct path *path, const struct index *index, uint64_t length)
{
    return hog_fail(path->error, HOG_NOT_FOUND, "there is no item %" PRId64 ": there are %" PRIu64,
                    index->first, length);
}

/* Of str and bytes: a str of one character, shown as a slice; a number. */
static enum hog_status text_item(struct path *path, const struct index *index, bool bytes)
{
    uint64_t object = path->value.object;
    uint64_t length;
    uint8_t byte;
    struct unicode_shape shape = {0};
    enum hog_status status = bytes ? value_u64(path->values, object, HOG_F_object_ob_size, &length)
                                   : unicode_shape(&path->values->decoder, object, &shape);

    if (status == HOG_OK && bytes && length >> MOST_LENGTH_BITS)
        status = HOG_BAD_DATA;
    if (status != HOG_OK)
        return cannot_read(path, "the text", status);
    if (!bytes)
        length = shape.length;
    if (index->is_slice)
        return take_slice(path, index, length);
    if (index->first >= (int64_t)length || index->first < -(int64_t)length)
        return beyond(path, index, length);
    if (!bytes) {
        path->value.is_slice = true;
        path->value.first = clamp(index->first, length);
        path->value.last = path->value.first + 1;
        return HOG_OK;
    }
    status = hog_memory_u8(
        path->values->decoder.memory,
        value_field(path->values, object, HOG_F_bytes_ob_sval) + clamp(index->first, length), &byte);
    path->value.is_number = true;
    path->value.number = byte;
    return status != HOG_OK ? cannot_read(path, "the bytes", status) : HOG_OK;
}

static enum hog_status sequence_item(struct path *path, const struct index *index)
{
    struct hog_value_walk walk;
    enum hog_status status = hog_value_walk_start(path->values, path->value.object, &walk);
    bool has_items = status == HOG_OK;
    uint64_t item;

    if (has_items && index->is_slice)
        return take_slice(path, index, walk.length);
    if (has_items)
        status = hog_value_index(path->values, path->value.object, index->first, &item);
    if (status == HOG_NOT_FOUND && has_items)
        return beyond(path, index, walk.length);
    if (status == HOG_BAD_DATA || status == HOG_NOT_FOUND)
        return hog_fail(path->error, HOG_UNSUPPORTED, "%.100s has no items that lie in memory",
                        class_name(path, path->value.object));
    if (status != HOG_OK)
        return cannot_read(path, "the item", status);
    path->value.object = item;
    return HOG_OK;
}

static enum hog_status take_item(struct path *path)
{
    uint64_t object = path->value.object;
    enum hog_value_base base = hog_value_base(path->values, object);
    struct index index = {0};
    enum hog_status status = take_index(path, &index);

    if (status != HOG_OK)
        return status;
    if (path->value.is_slice || path->value.is_number)
        return hog_fail(path->error, HOG_USAGE,
                        "a slice or an item of bytes is not an object: index what it was taken from");
    if (has_own_getitem(path, object))
        return hog_fail(
            path->error, HOG_UNSUPPORTED,
            "%.100s has a __getitem__ of its own: what it gives cannot be known without running code",
            class_name(path, object));
    if (base == HOG_VALUE_DICT || hog_value_is(path->values, object, "builtins", "mappingproxy"))
        return index.is_slice ? syntax(path, "a key") : dict_item(path, &index);
    if (index.is_text)
        return hog_fail(path->error, HOG_USAGE, "%.100s has no keys: give a number",
                        class_name(path, object));
    if (base == HOG_VALUE_STR || base == HOG_VALUE_BYTES)
        return text_item(path, &index, base == HOG_VALUE_BYTES);
    return sequence_item(path, &index);
}

enum hog_status hog_path_find(struct hog_values *values, const struct hog_path_scope *scope,
                              const char *expression, struct hog_path_value *ret_value,
                              struct hog_error *error)
{
    struct path path = {.values = values, .scope = scope, .at = expression, .error = error};
    enum hog_status status;

    skip_blanks(&path);
    if (*path.at == '$')
        status = start_printed(&path);
    else if (path.at[0] == '0' && (path.at[1] == 'x' || path.at[1] == 'X'))
        status = start_address(&path);
    else
        status = start_name(&path);
    skip_blanks(&path);
    while (status == HOG_OK && *path.at) {
        status = *path.at == '.'   ? take_attribute(&path)
                 : *path.at == '[' ? take_item(&path)
                                   : syntax(&path, "., [ or the end");
        skip_blanks(&path);
    }
    if (status == HOG_OK)
        *ret_value = path.value;
    return status;
}
