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

static const char *const prof_endings[] = {".prof", ".pstats", NULL};
static const char *const collapsed_endings[] = {".collapsed", ".folded", NULL};
static const char *const speedscope_endings[] = {".speedscope.json", ".speedscope", NULL};
static const char *const pprof_endings[] = {".pb.gz", NULL};
static const char *const svg_endings[] = {".svg", NULL};
static const char *const html_endings[] = {".html", ".htm", NULL};
static const char *const callgrind_endings[] = {".callgrind", NULL};
static const char *const gecko_endings[] = {".gecko.json", NULL};
static const char *const json_endings[] = {".json", NULL};

static const struct hog_format formats[] = {
    {"prof", prof_endings, "for pstats, SnakeViz, gprof2dot", false},
    {"json", json_endings, "hognose's own, loss-free: for py-stats", false},
    {"svg", svg_endings, "a flame graph for any browser", true},
    {"html", html_endings, "flame graph, functions and lines, for big profiles too", true},
    {"collapsed", collapsed_endings, "a stack a line: flamegraph.pl, speedscope", true},
    {"speedscope", speedscope_endings, "for speedscope", true},
    {"pprof", pprof_endings, "for pprof", true},
    {"callgrind", callgrind_endings, "for KCachegrind, callgrind_annotate", false},
    {"gecko", gecko_endings, "for the Firefox profiler", true},
};

static format_write *const writers[] = {prof_write,  json_write,      svg_write,
                                        html_write,  collapsed_write, speedscope_write,
                                        pprof_write, callgrind_write, gecko_write};

enum { FORMAT_COUNT = sizeof formats / sizeof *formats };
_Static_assert(FORMAT_COUNT == sizeof writers / sizeof *writers, "each format has its writer");

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

void hog_format_list(struct hog_text *text)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        hog_text_puts(text, i ? ", " : "");
        hog_text_puts(text, formats[i].extensions[0]);
    }
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

static enum hog_status write_in_c_locale(const struct hog_profile *profile, format_write *write,
                                         const struct hog_write_options *options, struct out *out)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before;
    enum hog_status status;

    if (!plain)
        return HOG_NO_MEMORY;
    before = uselocale(plain);
    status = write(profile, options, out);
    if (status == HOG_OK)
        status = out_finish(out);
    uselocale(before);
    freelocale(plain);
    return status;
}

enum hog_status hog_write_profile(const struct hog_profile *profile, const struct hog_format *format,
                                  const struct hog_write_options *options, const struct hog_sink *sink,
                                  struct hog_error *error)
{
    static const struct hog_write_options usual = {0};
    HOG_FREE struct out *out = NULL;
    enum hog_status status;

    if (format->needs_stacks && profile->table)
        return hog_fail(
            error, HOG_UNSUPPORTED,
            "a %s file needs stacks, and this profile knows functions and callers only (cProfile keeps no "
            "stacks); write .prof, .callgrind or .json",
            format->extensions[0]);
    out = malloc(sizeof *out);
    if (!out)
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory to write a %s file", format->extensions[0]);
    out_init(out, sink);
    status = write_in_c_locale(profile, writers[format - formats], options ? options : &usual, out);
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
