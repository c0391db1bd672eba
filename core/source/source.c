/* Finding source; see source.h. */
#include "source/source.h"
#include "base/cleanup.h"
#include "source/parts.h"
#include "value/values.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <uthash.h>

enum {
    MOST_SOURCES = 10000,
    MOST_TEXT = 256 << 20,
    MOST_LOOKS = 100000,          /* names of files that are tried */
    MOST_DIRECTORIES = 256 << 20, /* bytes of directories of archives */
    MEMO_SLOTS = 1024,
    MOST_NAME = 4096,
};

struct known {
    struct hog_source seen; /* first: what others hold is this */
    struct source_file file;
    struct cached_lines lines;
    char *line; /* the one that was handed out last, of memory */
    UT_hash_handle hh;
    char key[];
};

/* A line that was kept: recursion, and a pool of threads, ask the same again and again. */
struct memo {
    const struct hog_code *code;
    uint64_t interpreter;
    int32_t line;
    const struct hog_source_line *kept;
};

struct hog_sources {
    struct hog_sources_options options;
    struct known *known; /* hash by key */
    size_t text;         /* bytes of all files */
    uint32_t looks;      /* what has been tried: the process names as many files and folders as it likes */
    size_t directories_left;
    struct memo memo[MEMO_SLOTS];
};

struct hog_sources *hog_sources_create(const struct hog_sources_options *options)
{
    struct hog_sources *sources = calloc(1, sizeof *sources);

    if (sources) {
        sources->options = *options;
        sources->directories_left = MOST_DIRECTORIES;
    }
    return sources;
}

static void known_free(struct known *known)
{
    source_file_deinit(&known->file);
    free(known->line);
    free(known);
}

void hog_sources_destroy(struct hog_sources *sources)
{
    struct known *known, *next;

    if (!sources)
        return;
    HASH_ITER(hh, sources->known, known, next)
    {
        HASH_DEL(sources->known, known);
        known_free(known);
    }
    free(sources);
}

const char *hog_source_place_name(enum hog_source_place place)
{
    static const char *const names[] = {NULL, "file", "archive", "memory"};

    return names[place];
}

/*
 * Finding it.
 */

static bool is_enough(const struct hog_sources *sources)
{
    return sources->looks >= MOST_LOOKS || hog_values_interrupted(sources->options.values);
}

/* A file by itself, or a member of an archive. */
static bool take_file(struct hog_sources *sources, struct known *known, const char *path)
{
    source_file_deinit(&known->file);
    sources->looks++;
    if (source_file_init(&known->file, sources->options.files, path))
        return false;
    if (known->file.changed > 0) {
        known->seen.place = HOG_SOURCE_OF_FILE;
        return true;
    }
    if (!known->file.withheld &&
        archive_read(sources->options.files, path, &sources->directories_left, &known->file)) {
        known->seen.place = HOG_SOURCE_OF_ARCHIVE;
        return true;
    }
    return false;
}

/* A name that begins at no root lies below an entry of sys.path: that is where Python looks. */
static bool take_from_search_path(struct hog_sources *sources, struct known *known, uint64_t interpreter)
{
    const char *entry;
    char path[MOST_NAME * 2];

    for (size_t i = 0;
         !is_enough(sources) && (entry = search_path_entry(sources->options.values, interpreter, i)); i++) {
        int length = snprintf(path, sizeof path, "%s%s%s", entry, *entry ? "/" : "", known->seen.filename);

        if (length > 0 && length < (int)sizeof path && take_file(sources, known, path))
            return true;
    }
    return false;
}

/* "<frozen posixpath>": the module of that name knows the file that it was made of. */
static bool take_frozen(struct hog_sources *sources, struct known *known, uint64_t interpreter)
{
    struct hog_values *values = sources->options.values;
    char name[256];
    uint64_t module, file;
    const char *path;

    return interpreter && sscanf(known->seen.filename, "<frozen %255[^>]>", name) == 1 &&
           hog_value_module(values, interpreter, name, &module) == HOG_OK &&
           hog_value_attribute(values, module, "__file__", &file) == HOG_OK &&
           hog_value_base(values, file) == HOG_VALUE_STR && hog_value_text(values, file, &path) == HOG_OK &&
           take_file(sources, known, path);
}

static bool is_newer(const struct hog_sources *sources, const struct known *known)
{
    return sources->options.since > 0 && known->file.changed > sources->options.since;
}

static void take_memory(struct known *known, const char *remark)
{
    known->seen.place = HOG_SOURCE_OF_MEMORY;
    known->seen.count = known->lines.count;
    known->seen.remark = remark;
}

static const char too_many[] = "there are too many files of source to read them all";

static void find(struct hog_sources *sources, struct known *known, uint64_t interpreter,
                 const struct hog_code *code)
{
    const char *filename = known->seen.filename;
    bool found =
        *filename == '<' ? take_frozen(sources, known, interpreter) : take_file(sources, known, filename);
    double since = sources->options.since;

    if (!found && *filename != '<' && *filename != '/' && !known->file.withheld)
        found = take_from_search_path(sources, known, interpreter);
    if (!found || is_newer(sources, known))
        known->lines = cached_lines_find(sources->options.values, interpreter, filename, code);
    if (found && known->lines.list && known->lines.changed > 0 && known->lines.changed <= since) {
        take_memory(known, "as the process's linecache has it; the file was changed later");
    } else if (found) {
        sources->text += known->file.text.length;
        known->seen.count = known->file.count;
        if (is_newer(sources, known))
            known->seen.remark = sources->options.is_core
                                     ? "the file was changed after the core was written: lines may be off"
                                     : "the file was changed after the process was started: lines may be off";
    } else if (known->lines.list) {
        take_memory(known, NULL);
    } else {
        known->seen.remark = *filename == '<'
                                 ? "it comes from no file, and the process's linecache does not have it"
                             : sources->directories_left ? known->file.note
                                                         : too_many;
    }
}

/* `code` NULL: of a file alone. */
static const struct hog_source *source_of(struct hog_sources *sources, uint64_t interpreter,
                                          const char *filename, const struct hog_code *code)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text key = {0};
    struct known *known = NULL;

    hog_text_printf(&key, "%" PRIx64 " ", interpreter);
    hog_text_puts(&key, filename);
    if (code)
        hog_text_printf(&key, " %" PRId32 " %s", code->first_line, code->qualname);
    if (key.failed)
        return NULL;
    HASH_FIND(hh, sources->known, key.bytes, key.length, known);
    if (known)
        return &known->seen;
    known = calloc(1, sizeof *known + key.length + 1);
    if (!known)
        return NULL;
    memcpy(known->key, key.bytes, key.length);
    known->seen.filename = filename;
    known->file.note = "";
    if (HASH_COUNT(sources->known) < MOST_SOURCES && sources->text < MOST_TEXT && !is_enough(sources))
        find(sources, known, interpreter, code);
    else
        known->seen.remark = too_many;
    HASH_ADD_KEYPTR(hh, sources->known, known->key, key.length, known);
    return &known->seen;
}

const struct hog_source *hog_source_of_file(struct hog_sources *sources, uint64_t interpreter,
                                            const char *filename)
{
    return source_of(sources, interpreter, filename, NULL);
}

const struct hog_source *hog_source_of_code(struct hog_sources *sources, uint64_t interpreter,
                                            const struct hog_code *code)
{
    bool is_typed = *code->filename == '<' && code->qualname;

    return source_of(sources, interpreter, code->filename, is_typed ? code : NULL);
}

/*
 * Its lines.
 */

const char *hog_source_line(struct hog_sources *sources, const struct hog_source *source, int64_t number)
{
    struct known *known = (struct known *)source;
    const char *text;

    if (number < 1 || (uint64_t)number > source->count)
        return NULL;
    if (source->place != HOG_SOURCE_OF_MEMORY)
        return known->file.lines[number - 1];
    text = cached_line(sources->options.values, &known->lines, (uint64_t)number - 1);
    free(known->line);
    known->line = text ? strndup(text, strcspn(text, "\r\n")) : NULL;
    return known->line;
}

static const struct hog_source_line *keep_line(struct hog_sources *sources, const struct hog_source *source,
                                               int32_t number)
{
    struct hog_arena *arena = hog_values_arena(sources->options.values);
    struct hog_source_line *kept = hog_arena_alloc(arena, sizeof *kept);
    const char *text = number > 0 ? hog_source_line(sources, source, number) : NULL;

    if (!kept)
        return NULL;
    kept->place = hog_source_place_name(source->place);
    kept->remark = source->remark;
    if (!text && source->place != HOG_SOURCE_NOWHERE)
        kept->remark = number > 0 ? "the file has no such line" : "the line is not known";
    if (text)
        kept->text = hog_arena_copy_text(arena, text, strlen(text));
    return text && !kept->text ? NULL : kept;
}

const struct hog_source_line *hog_source_of_frame(struct hog_sources *sources, uint64_t interpreter,
                                                  const struct hog_frame *frame)
{
    uint64_t hash =
        (uint64_t)(uintptr_t)frame->code / 16 + (uint64_t)(uint32_t)frame->line + interpreter / 16;
    struct memo *memo = &sources->memo[hash % MEMO_SLOTS];
    const struct hog_source *source;

    if (memo->kept && memo->code == frame->code && memo->line == frame->line &&
        memo->interpreter == interpreter)
        return memo->kept;
    source = hog_source_of_code(sources, interpreter, frame->code);
    if (!source)
        return NULL;
    *memo = (struct memo){.code = frame->code,
                          .interpreter = interpreter,
                          .line = frame->line,
                          .kept = keep_line(sources, source, frame->line)};
    return memo->kept;
}
