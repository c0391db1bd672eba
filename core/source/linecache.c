/*
 * What the process itself keeps of its source: the module linecache.
 *
 *     cache               {file name: (size, mtime or None, [line, …], full name)}
 *                         or (function,): to be had by running that, which is not done
 *     _interactive_cache  {(file name, qualified name, first line): the same}     code of the prompt and of -c, 3.13+
 *
 * Source: Lib/linecache.py.
 */
#include "source/parts.h"

#include <string.h>

enum { ENTRY_MTIME = 1, ENTRY_LINES = 2, ENTRY_SIZE = 4, MOST_ENTRIES = 100000, MOST_PATH_ENTRIES = 1000 };

/* An attribute of a module that is imported; 0: there is none. */
static uint64_t module_attribute(struct hog_values *values, uint64_t interpreter, const char *module,
                                 const char *name)
{
    uint64_t found, attribute;

    return interpreter && hog_value_module(values, interpreter, module, &found) == HOG_OK &&
                   hog_value_attribute(values, found, name, &attribute) == HOG_OK
               ? attribute
               : 0;
}

static bool text_equals(struct hog_values *values, uint64_t object, const char *wanted)
{
    const char *text;

    return hog_value_base(values, object) == HOG_VALUE_STR &&
           hog_value_text(values, object, &text) == HOG_OK && strcmp(text, wanted) == 0;
}

/* None of a file that is none, a float else. */
static double modified_at(struct hog_values *values, uint64_t object)
{
    uint64_t bits;
    double seconds = 0;

    if (hog_value_is(values, object, "builtins", "float") &&
        hog_value_member(values, object, HOG_F_float_ob_fval, &bits) == HOG_OK)
        memcpy(&seconds, &bits, sizeof seconds);
    return seconds > 0 ? seconds : 0;
}

static struct cached_lines lines_of_entry(struct hog_values *values, uint64_t entry)
{
    struct cached_lines lines = {0};
    struct hog_value_walk walk;
    uint64_t list, changed;

    if (hog_value_base(values, entry) != HOG_VALUE_TUPLE || hog_value_walk_start(values, entry, &walk) ||
        walk.length != ENTRY_SIZE || hog_value_index(values, entry, ENTRY_LINES, &list) ||
        hog_value_index(values, entry, ENTRY_MTIME, &changed) ||
        hog_value_base(values, list) != HOG_VALUE_LIST || hog_value_walk_start(values, list, &walk) ||
        !walk.length)
        return lines;
    return (struct cached_lines){.list = list, .count = walk.length, .changed = modified_at(values, changed)};
}

/* Is it the key of this code: a tuple of its file, its name and its line? */
static bool is_key_of(struct hog_values *values, uint64_t key, const struct hog_code *code)
{
    uint64_t filename, qualname, number;
    int64_t line;

    return hog_value_base(values, key) == HOG_VALUE_TUPLE &&
           hog_value_index(values, key, 0, &filename) == HOG_OK &&
           hog_value_index(values, key, 1, &qualname) == HOG_OK &&
           hog_value_index(values, key, 2, &number) == HOG_OK &&
           hog_value_i64(values, number, &line) == HOG_OK && line == code->first_line &&
           text_equals(values, filename, code->filename) && code->qualname &&
           text_equals(values, qualname, code->qualname);
}

/* The value whose key is this text, or where `code` is given, that of this code; 0: there is none. */
static uint64_t find_entry(struct hog_values *values, uint64_t dict, const char *filename,
                           const struct hog_code *code)
{
    struct hog_value_walk walk;
    struct hog_value_item item;

    if (!dict || hog_value_walk_start(values, dict, &walk))
        return 0;
    while (walk.taken < MOST_ENTRIES && hog_value_walk_next(values, &walk, &item))
        if (code ? is_key_of(values, item.key, code) : text_equals(values, item.key, filename))
            return item.value;
    return 0;
}

struct cached_lines cached_lines_find(struct hog_values *values, uint64_t interpreter, const char *filename,
                                      const struct hog_code *code)
{
    uint64_t typed = code ? module_attribute(values, interpreter, "linecache", "_interactive_cache") : 0;
    uint64_t entry = typed ? find_entry(values, typed, NULL, code) : 0;

    if (!entry)
        entry =
            find_entry(values, module_attribute(values, interpreter, "linecache", "cache"), filename, NULL);
    return entry ? lines_of_entry(values, entry) : (struct cached_lines){0};
}

const char *cached_line(struct hog_values *values, const struct cached_lines *lines, uint64_t index)
{
    uint64_t object;
    const char *text;

    if (index >= lines->count || index > INT64_MAX ||
        hog_value_index(values, lines->list, (int64_t)index, &object) ||
        hog_value_base(values, object) != HOG_VALUE_STR || hog_value_text(values, object, &text))
        return NULL;
    return text;
}

const char *search_path_entry(struct hog_values *values, uint64_t interpreter, size_t index)
{
    uint64_t path = module_attribute(values, interpreter, "sys", "path");
    uint64_t object;
    const char *text;

    if (!path || index >= MOST_PATH_ENTRIES || hog_value_index(values, path, (int64_t)index, &object) ||
        hog_value_base(values, object) != HOG_VALUE_STR || hog_value_text(values, object, &text))
        return NULL;
    return text;
}
