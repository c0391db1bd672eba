/*
 * py-list: the source around the selected frame, or around a line, a function, a class.
 *
 *     word ─▶ where: file and line ─▶ source/ ─▶ ten lines ─▶ show/listing.h
 *
 * As gdb's list does, it goes on where it was when it is repeated; another frame begins anew.
 */
#include "command/list.h"

#include "base/cleanup.h"
#include "command/at.h"
#include "command/theme.h"
#include "line/words.h"
#include "show/listing.h"
#include "source/source.h"
#include "value/definition.h"
#include "value/path.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_BEFORE = 5 };

struct list {
    struct hog_session *session;
    struct at at;
    struct hog_sources *sources;   /* of `at` */
    const struct hog_frame *frame; /* the selected one; NULL: the thread runs no Python */
    const struct hog_code *code;   /* whose source it is; NULL: it is of `filename` */
    const char *filename;
    int64_t middle, first; /* the line that is wanted; the first that is shown, 0: as `middle` wants it */
    bool goes_on;
    bool is_frames; /* around the line of the selected frame */
};

static void list_deinit(struct list *list)
{
    at_deinit(&list->at);
}

static bool is_of(const struct listed *listed, const struct list *list)
{
    const struct hog_frame *frame = list->frame;

    return listed->last && listed->pid == list->at.dump.target.pid &&
           listed->thread == list->at.thread->tstate && listed->frame == (frame ? frame->frame : 0) &&
           listed->code == (frame ? frame->code->address : 0) && listed->line == (frame ? frame->line : 0);
}

static const struct hog_source *source_of(const struct list *list)
{
    uint64_t interpreter = at_interpreter(&list->at);

    return list->code ? hog_source_of_code(list->sources, interpreter, list->code)
                      : hog_source_of_file(list->sources, interpreter, list->filename);
}

/*
 * What is wanted.
 */

/* The file that was listed last, or else the frame's. */
static enum hog_status same_file(struct list *list)
{
    struct listed *listed = &list->session->listed;

    if (is_of(listed, list) && listed->filename) {
        list->filename = hog_arena_copy_text(&list->at.arena, listed->filename, strlen(listed->filename));
        return list->filename ? HOG_OK : hog_fail(&list->session->error, HOG_NO_MEMORY, "not enough memory");
    }
    if (!list->frame)
        return hog_fail(&list->session->error, HOG_NOT_FOUND,
                        "thread LWP %" PRId64 " runs no Python: name a function, or FILE:LINE",
                        list->at.thread->os_thread_id);
    list->code = list->frame->code;
    list->filename = list->frame->code->filename;
    return HOG_OK;
}

static enum hog_status go_on(struct list *list, bool back)
{
    const struct listed *listed = &list->session->listed;
    enum hog_status status = same_file(list);

    if (status != HOG_OK)
        return status;
    if (!is_of(listed, list)) {
        list->middle = list->frame->line > 0 ? list->frame->line : 1;
        list->is_frames = true;
        return HOG_OK;
    }
    list->goes_on = true;
    if (back && listed->first <= 1)
        return hog_fail(&list->session->error, HOG_NOT_FOUND,
                        "line 1 was shown already: there is nothing before it");
    if (back)
        list->first = listed->first > LISTING_LINES ? (int64_t)listed->first - LISTING_LINES : 1;
    else
        list->first = (int64_t)listed->last + 1;
    return HOG_OK;
}

/* Does a file of the process go by this name, or end in it after a slash? */
static bool is_named(const char *filename, const char *name)
{
    size_t length = strlen(filename), size = strlen(name);

    return size && length >= size && strcmp(filename + length - size, name) == 0 &&
           (length == size || filename[length - size - 1] == '/');
}

/* Takes one more file of that name. Two that differ are one too many. */
static bool take_candidate(const char *filename, const char *name, const char **found, const char **other)
{
    if (!is_named(filename, name) || (*found && strcmp(*found, filename) == 0))
        return false;
    if (!*found)
        *found = filename;
    else if (!*other)
        *other = filename;
    return strcmp(filename, name) == 0;
}

/* Among the files of the stacks, then among those of modules. */
static enum hog_status find_file(struct list *list, const char *name)
{
    const struct hog_snapshot *snapshot = list->at.dump.snapshot;
    struct hog_values *values = list->at.values;
    const char *found = NULL, *other = NULL, *file;
    struct hog_value_walk walk;
    struct hog_value_item item;
    uint64_t modules;

    list->filename = name;
    for (size_t i = 0; i < snapshot->thread_count; i++)
        for (size_t k = 0; k < snapshot->threads[i].frame_count; k++)
            if (take_candidate(snapshot->threads[i].frames[k].code->filename, name, &found, &other))
                return HOG_OK;
    if (hog_value_modules(values, at_interpreter(&list->at), &modules) == HOG_OK &&
        hog_value_walk_start(values, modules, &walk) == HOG_OK)
        while (hog_value_walk_next(values, &walk, &item))
            if (hog_definition_of_module(values, item.value, &file) == HOG_OK &&
                take_candidate(file, name, &found, &other))
                return HOG_OK;
    if (other)
        return hog_fail(&list->session->error, HOG_USAGE,
                        "%.80s is several files: %.200s, %.200s: name more of its path", name, found, other);
    if (found)
        list->filename = found;
    return HOG_OK;
}

/* "FILE:LINE"; false: it is none. */
static bool split_place(struct list *list, const char *word, char **ret_file, uint64_t *ret_line)
{
    const char *colon = strrchr(word, ':');

    if (!colon || colon == word || !words_decimal(colon + 1, ret_line) || !*ret_line || *ret_line > INT32_MAX)
        return false;
    *ret_file = hog_arena_copy_text(&list->at.arena, word, (size_t)(colon - word));
    return *ret_file != NULL;
}

/* A class of before 3.13 does not know its line: its source does. */
static int64_t line_of_class(struct list *list, const char *name)
{
    const struct hog_source *source = source_of(list);
    size_t length = name ? strlen(name) : 0;

    for (int64_t number = 1; name && source && (uint64_t)number <= source->count; number++) {
        const char *line = hog_source_line(list->sources, source, number);

        line = line ? line + strspn(line, " \t") : "";
        if (strncmp(line, "class ", 6) != 0)
            continue;
        line += 6 + strspn(line + 6, " ");
        if (strncmp(line, name, length) == 0 && strchr(" (:[", line[length]) && line[length])
            return number;
    }
    return 1;
}

/* A frame of the thread that runs a function of this name. */
static const struct hog_code *code_on_stack(const struct list *list, const char *name)
{
    const struct hog_thread *thread = list->at.thread;

    for (size_t i = 0; i < thread->frame_count; i++) {
        const struct hog_code *code = thread->frames[i].code;

        if (!(thread->frames[i].flags & HOG_FRAME_NATIVE) &&
            (strcmp(code->name, name) == 0 || (code->qualname && strcmp(code->qualname, name) == 0)))
            return code;
    }
    return NULL;
}

static void take_code(struct list *list, const struct hog_code *code)
{
    list->code = code;
    list->filename = code->filename;
    list->middle = code->first_line;
}

/* From the selected frame, as py-print finds it; what is not known there may be of the program's own module. */
static enum hog_status find_named(struct list *list, const struct hog_path_scope *scope, const char *name,
                                  struct hog_path_value *ret_value)
{
    enum hog_status status = hog_path_find(list->at.values, scope, name, ret_value, &list->session->error);
    const char *of_main = hog_arena_printf(&list->at.arena, "__main__.%s", name);
    struct hog_error error;

    return status == HOG_NOT_FOUND && of_main &&
                   hog_path_find(list->at.values, scope, of_main, ret_value, &error) == HOG_OK
               ? HOG_OK
               : status;
}

/* What the name leads to from the selected frame, or else a function on its stack. */
static enum hog_status find_function(struct list *list, const char *name)
{
    const struct hog_path_scope scope = {.frame = list->frame, .interpreter = at_interpreter(&list->at)};
    const struct hog_code *code = code_on_stack(list, name);
    struct hog_path_value value = {0};
    struct hog_definition definition = {0};
    enum hog_status status = find_named(list, &scope, name, &value);

    if (status == HOG_OK &&
        (value.is_number || value.is_slice ||
         hog_definition_of(list->at.values, scope.interpreter, value.object, &definition)))
        status = hog_fail(&list->session->error, HOG_NOT_FOUND,
                          "%.100s is not a function, class or module written in Python", name);
    if (status != HOG_OK && code) {
        take_code(list, code);
        return HOG_OK;
    }
    if (status != HOG_OK)
        return status;
    if (definition.code) {
        take_code(list, definition.code);
        return HOG_OK;
    }
    list->filename = definition.filename;
    list->middle = definition.line ? definition.line : line_of_class(list, definition.class_name);
    return HOG_OK;
}

static enum hog_status find_wanted(struct list *list, const struct options *options)
{
    const char *word = options->words.count ? options->words.items[0] : NULL;
    enum hog_status status;
    uint64_t number;
    char *file;

    if (options->words.count > 1)
        return hog_fail(&list->session->error, HOG_USAGE,
                        "give one line, function or FILE:LINE: \"%.60s\" is one too many",
                        options->words.items[1]);
    if (!word || strcmp(word, "-") == 0)
        return go_on(list, word != NULL);
    if (words_decimal(word, &number)) {
        if (!number || number > INT32_MAX)
            return hog_fail(&list->session->error, HOG_USAGE, "there is no line %.20s", word);
        list->middle = (int64_t)number;
        return same_file(list);
    }
    if (!split_place(list, word, &file, &number))
        return find_function(list, word);
    status = find_file(list, file);
    list->middle = (int64_t)number;
    return status;
}

/*
 * Showing it.
 */

static enum hog_status no_source(const struct list *list, const struct hog_source *source)
{
    return hog_fail(&list->session->error, HOG_NOT_FOUND, "there is no source of %.300s: %s", list->filename,
                    source && source->remark ? source->remark : "not enough memory");
}

/* Ten lines, from `first` on. */
static enum hog_status take_lines(struct list *list, const struct hog_source *source, struct listing *listing)
{
    const char **lines = hog_arena_array(&list->at.arena, LISTING_LINES, sizeof *lines);
    int64_t first = list->first ? list->first : list->middle > LINES_BEFORE ? list->middle - LINES_BEFORE : 1;

    if (!lines)
        return hog_fail(&list->session->error, HOG_NO_MEMORY, "not enough memory");
    if ((uint64_t)first > source->count || (list->middle > 0 && (uint64_t)list->middle > source->count))
        return hog_fail(&list->session->error, HOG_NOT_FOUND,
                        "%.300s has %" PRIu64 " lines: there is no line %" PRId64, list->filename,
                        source->count, list->middle > 0 ? list->middle : first);
    while (listing->count < LISTING_LINES && (uint64_t)first + listing->count <= source->count) {
        const char *line = hog_source_line(list->sources, source, first + (int64_t)listing->count);

        if (!line)
            line = "<unreadable>";
        lines[listing->count] = hog_arena_copy_text(&list->at.arena, line, strlen(line));
        if (!lines[listing->count++])
            return hog_fail(&list->session->error, HOG_NO_MEMORY, "not enough memory");
    }
    listing->first = first;
    listing->lines = lines;
    return HOG_OK;
}

static void remember(const struct list *list, const struct listing *listing)
{
    struct listed *listed = &list->session->listed;
    const struct hog_frame *frame = list->frame;
    bool is_frames = frame && list->code && strcmp(list->code->filename, frame->code->filename) == 0;
    char *filename = is_frames ? NULL : strdup(list->filename);

    free(listed->filename);
    *listed = (struct listed){.pid = list->at.dump.target.pid,
                              .thread = list->at.thread->tstate,
                              .frame = frame ? frame->frame : 0,
                              .code = frame ? frame->code->address : 0,
                              .line = frame ? frame->line : 0,
                              .filename = filename,
                              .first = (uint64_t)listing->first,
                              .last = (uint64_t)listing->first + listing->count - 1};
}

static enum hog_status show(struct list *list, const struct options *options)
{
    HOG_CLEANUP(output_deinit) struct output output = {.file = -1};
    struct hog_session *session = list->session;
    const struct hog_source *source = source_of(list);
    struct theme theme = dump_theme(session, options);
    struct listing listing = {.filename = list->filename,
                              .head = list->goes_on     ? LISTING_CONTINUED
                                      : list->is_frames ? LISTING_OF_FRAME
                                                        : LISTING_OF_FILE};
    enum hog_status status;

    if (!source || source->place == HOG_SOURCE_NOWHERE)
        return no_source(list, source);
    listing.place = hog_source_place_name(source->place);
    listing.remark = source->remark;
    status = take_lines(list, source, &listing);
    if (status != HOG_OK)
        return status;
    if (list->frame && strcmp(list->filename, list->frame->code->filename) == 0) {
        listing.frame = list->frame;
        listing.frame_number = hog_frame_number(list->at.thread, list->at.index);
    }
    remember(list, &listing);
    if (output_open(&output, &session->host, option_output(options)) != HOG_OK) {
        session->error = output.error;
        return output.error.status;
    }
    if (option_given(options, OPTION_JSON))
        render_listing_json(&list->at.dump.report, &listing, &output.outlet.text);
    else
        render_listing_text(&listing, &theme, &output.outlet.text);
    return dump_finish(session, &list->at.dump, &output);
}

enum hog_status run_list(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(list_deinit) struct list list = {.session = session};
    enum hog_status status = at_open(&list.at, session, options);

    if (status != HOG_OK)
        return status;
    list.sources = at_sources(&list.at);
    if (!list.sources)
        return hog_fail(&session->error, HOG_NO_MEMORY, "not enough memory");
    if (list.at.thread->frame_count)
        list.frame = &list.at.thread->frames[list.at.index];
    status = find_wanted(&list, options);
    return status == HOG_OK ? show(&list, options) : status;
}
