/*
 * py-group: dumps in files, grouped by their stacks.
 *
 *     FILE ─▶ document, document, … ─▶ processes, threads ─▶ groups (show/groups.h)
 *
 * A FILE holds what py-dump --json wrote, what `hognose dump --json` wrote of
 * several processes, or any number of these one after the other, as comes back
 * from other machines. They are read one document at a time.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "command/theme.h"
#include "host/output.h"
#include "show/groups.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { GROUP_FRAMES_MOST = 100000, GROUP_DEPTH_MOST = 4 };

struct grouping {
    struct hog_session *session;
    struct groups *groups;
    const char *path;
    size_t documents;
};

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static int64_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static enum hog_status no_memory(struct grouping *grouping)
{
    return hog_fail(&grouping->session->error, HOG_NO_MEMORY, "not enough memory for so many dumps");
}

static enum hog_status interrupted(struct grouping *grouping)
{
    return hog_fail(&grouping->session->error, HOG_INTERRUPTED, "interrupted: nothing was grouped");
}

/* As py-dump says it in text: "idle, in futex". */
static void put_state(const json_t *thread, struct hog_text *text)
{
    const char *state = text_of(thread, "state"), *call = text_of(thread, "system_call");

    for (const char *at = state ? state : ""; *at; at++)
        hog_text_append(text, *at == '_' ? " " : at, 1);
    if (call)
        hog_text_printf(text, ", in %s", call);
}

static enum hog_status add_thread(struct grouping *grouping, uint32_t process, const json_t *thread)
{
    const json_t *list = json_object_get(thread, "frames");
    size_t count = json_array_size(list) < GROUP_FRAMES_MOST ? json_array_size(list) : GROUP_FRAMES_MOST;
    HOG_FREE struct group_frame *frames = calloc(count + 1, sizeof *frames);
    HOG_CLEANUP(hog_text_deinit) struct hog_text state = {0};

    if (!frames)
        return no_memory(grouping);
    for (size_t i = 0; i < count; i++) {
        const json_t *frame = json_array_get(list, i);
        const char *qualname = text_of(frame, "qualname");

        frames[i] = (struct group_frame){.name = qualname ? qualname : text_of(frame, "name"),
                                         .filename = text_of(frame, "filename"),
                                         .module = text_of(frame, "module"),
                                         .line = number_of(frame, "line")};
    }
    put_state(thread, &state);
    if (groups_add_thread(grouping->groups, process,
                          &(struct group_thread){.lwp = number_of(thread, "os_thread_id"),
                                                 .name = text_of(thread, "thread_name"),
                                                 .state = state.bytes ? state.bytes : "",
                                                 .frames = frames,
                                                 .frame_count = count}) != HOG_OK)
        return no_memory(grouping);
    return HOG_OK;
}

static enum hog_status not_a_dump(struct grouping *grouping, const char *why)
{
    return hog_fail(&grouping->session->error, HOG_USAGE,
                    "%.300s is not a dump: %.200s; py-dump --json --output FILE writes one", grouping->path,
                    why);
}

/* A dump, or why there is none of a process. */
static enum hog_status add_dump(struct grouping *grouping, const json_t *dump)
{
    const json_t *target = json_object_get(dump, "target"), *threads = json_object_get(dump, "threads");
    struct group_process about = {.error = text_of(dump, "error")};
    enum hog_status status;
    uint32_t process;

    if (!about.error && (!json_is_object(target) || !json_is_array(threads)))
        return not_a_dump(grouping, "it has no \"target\" and \"threads\"");
    about.host = text_of(target, "host");
    about.pid = number_of(target, "pid");
    about.rank = json_is_integer(json_object_get(target, "rank")) ? number_of(target, "rank") : -1;
    about.words = text_of(target, "command_line");
    about.name = json_is_string(target) ? json_string_value(target) : NULL;
    if (groups_add_process(grouping->groups, &about, &process) != HOG_OK)
        return no_memory(grouping);
    status = HOG_OK;
    for (size_t i = 0; i < json_array_size(threads) && status == HOG_OK; i++)
        status = hog_watch_due(&grouping->session->watch, 0)
                     ? interrupted(grouping)
                     : add_thread(grouping, process, json_array_get(threads, i));
    return status;
}

static enum hog_status add_document(struct grouping *grouping, const json_t *document, int depth)
{
    const json_t *list = json_object_get(document, "processes");
    enum hog_status status = HOG_OK;

    if (!json_is_array(list) || depth == GROUP_DEPTH_MOST)
        return add_dump(grouping, document);
    for (size_t i = 0; i < json_array_size(list) && status == HOG_OK; i++)
        status = add_document(grouping, json_array_get(list, i), depth + 1);
    return status;
}

/* Blanks before the next document. False: there is none. */
static bool skip_blanks(FILE *file)
{
    int byte;

    while ((byte = getc(file)) != EOF)
        if (!strchr(" \t\r\n", byte)) {
            ungetc(byte, file);
            return true;
        }
    return false;
}

/* What jansson asks for its next bytes. */
struct feeding {
    FILE *file;
    struct hog_watch *watch;
    size_t fed;
};

/* One at a time: what follows the document is left for the next. */
static size_t feed(void *buffer, size_t room, void *context)
{
    struct feeding *feeding = context;
    int byte = room ? getc_unlocked(feeding->file) : EOF;

    if (hog_watch_due(feeding->watch, feeding->fed++))
        return (size_t)-1;
    if (byte == EOF)
        return 0;
    *(char *)buffer = (char)byte;
    return 1;
}

static enum hog_status read_file(struct grouping *grouping, FILE *file)
{
    struct feeding feeding = {.file = file, .watch = &grouping->session->watch};
    enum hog_status status = HOG_OK;

    while (status == HOG_OK && skip_blanks(file)) {
        json_error_t error;
        json_t *document = json_load_callback(feed, &feeding, JSON_DISABLE_EOF_CHECK, &error);

        if (feeding.watch->seen) {
            json_decref(document);
            return interrupted(grouping);
        }
        if (!document)
            return not_a_dump(grouping, error.text);
        status = add_document(grouping, document, 0);
        json_decref(document);
        grouping->documents++;
    }
    return status;
}

static enum hog_status read_path(struct grouping *grouping, const char *path)
{
    HOG_FREE char *expanded = output_path(path);
    FILE *file = expanded ? fopen(expanded, "re") : NULL;
    enum hog_status status;

    grouping->path = path;
    if (!expanded)
        return no_memory(grouping);
    if (!file)
        return hog_fail(&grouping->session->error, HOG_IO, "cannot read %.300s: %s", path, strerror(errno));
    status = read_file(grouping, file);
    fclose(file);
    return status;
}

static enum hog_status put_groups(struct grouping *grouping, const struct options *options)
{
    HOG_CLEANUP(output_deinit) struct output output = {.file = -1};
    const struct theme theme = dump_theme(grouping->session, options);
    struct hog_error *error = &grouping->session->error;
    enum hog_status status = output_open(&output, &grouping->session->host, option_output(options));

    if (status == HOG_OK)
        status = option_given(options, OPTION_JSON)
                     ? groups_put_json(grouping->groups, HOGNOSE_VERSION, &output.outlet)
                     : groups_put_text(grouping->groups, &theme, &output.outlet);
    if (status == HOG_NO_MEMORY)
        return no_memory(grouping);
    if (status == HOG_OK)
        status = output_finish(&output);
    if (status != HOG_OK)
        *error = output.error;
    return status;
}

enum hog_status run_group(struct hog_session *session, const struct options *options)
{
    struct grouping grouping = {.session = session, .groups = groups_create()};
    enum hog_status status = HOG_OK;

    if (!grouping.groups)
        return no_memory(&grouping);
    if (!options->words.count)
        status =
            hog_fail(&session->error, HOG_USAGE, "no FILE to group: py-dump --json --output FILE writes one");
    for (size_t i = 0; i < options->words.count && status == HOG_OK; i++)
        status = read_path(&grouping, options->words.items[i]);
    if (status == HOG_OK)
        status = put_groups(&grouping, options);
    groups_destroy(grouping.groups);
    return status;
}
