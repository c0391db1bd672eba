/*
 * The table of formats, and the one way into them; see write.h. Numbers are
 * written as C writes them, whatever the debugger's locale.
 */
#define _GNU_SOURCE
#include "formats/write.h"
#include "base/cleanup.h"
#include "formats/format.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

static const struct hog_format formats[] = {
#define FORMAT(id, ...) {.name = #id, .write = id##_write, __VA_ARGS__},
#include "formats/formats.def"
#undef FORMAT
};

enum { FORMAT_COUNT = sizeof formats / sizeof *formats };

const struct hog_format *hog_formats(size_t *ret_count)
{
    *ret_count = FORMAT_COUNT;
    return formats;
}

const struct hog_format *hog_format_named(const char *name)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

const struct hog_format *hog_format_of_path(const char *path)
{
    const struct hog_format *best = NULL;
    size_t length = strlen(path), longest = 0;

    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        for (const char *const *ending = formats[i].extensions; *ending; ending++) {
            size_t size = strlen(*ending);

            if (size <= longest || size > length || strcasecmp(path + length - size, *ending) != 0)
                continue;
            best = &formats[i];
            longest = size;
        }
    }
    return best;
}

/* "a, b or c" */
static void put_choice(struct hog_text *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hog_text_printf(text, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", words[i]);
}

/* `without_stacks`: of those alone that can be made of functions and callers. */
static void put_extensions(struct hog_text *text, bool without_stacks)
{
    const char *extensions[FORMAT_COUNT];
    size_t count = 0;

    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (!without_stacks || !formats[i].needs_stacks)
            extensions[count++] = formats[i].extensions[0];
    put_choice(text, extensions, count);
}

void hog_format_list_extensions(struct hog_text *text)
{
    put_extensions(text, false);
}

void hog_format_list_names(struct hog_text *text)
{
    const char *names[FORMAT_COUNT];

    for (size_t i = 0; i < FORMAT_COUNT; i++)
        names[i] = formats[i].name;
    put_choice(text, names, FORMAT_COUNT);
}

static bool put_text(void *self, const void *bytes, size_t length)
{
    struct hog_text *text = self;

    hog_text_append(text, bytes, length);
    return !text->failed;
}

struct hog_sink hog_sink_to_text(struct hog_text *text)
{
    return (struct hog_sink){text, put_text};
}

static enum hog_status write_in_c_locale(const struct hog_profile *profile, const struct hog_format *format,
                                         const struct hog_write_options *options, struct out *out)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before;
    enum hog_status status;

    if (!plain)
        return HOG_NO_MEMORY;
    before = uselocale(plain);
    status = format->write(profile, options, out);
    if (status == HOG_OK)
        status = out_finish(out);
    uselocale(before);
    freelocale(plain);
    return status;
}

static enum hog_status refuse_without_stacks(const struct hog_format *format, struct hog_error *error)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text others = {0};

    put_extensions(&others, true);
    if (others.failed)
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory");
    return hog_fail(
        error, HOG_UNSUPPORTED,
        "a %s file needs stacks, and this profile knows functions and callers only (cProfile keeps no "
        "stacks); write %s",
        format->extensions[0], others.bytes);
}

enum hog_status hog_write_profile(const struct hog_profile *profile, const struct hog_format *format,
                                  const struct hog_write_options *options, const struct hog_sink *sink,
                                  struct hog_error *error)
{
    static const struct hog_write_options usual = {0};
    HOG_FREE struct out *out = NULL;
    enum hog_status status;

    if (format->needs_stacks && profile->table)
        return refuse_without_stacks(format, error);
    out = malloc(sizeof *out);
    if (!out)
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory to write a %s file", format->extensions[0]);
    out_init(out, sink, profile->watch);
    status = write_in_c_locale(profile, format, options ? options : &usual, out);
    if (status != HOG_OK && profile->watch && profile->watch->seen)
        status = HOG_INTERRUPTED;
    switch (status) {
    case HOG_OK:
        return HOG_OK;
    case HOG_NO_MEMORY:
    case HOG_LIMIT:
        return hog_fail(error, status, "not enough memory to write a %s file", format->extensions[0]);
    default:
        return hog_fail(error, status, "the %s file could not be written", format->extensions[0]);
    }
}
