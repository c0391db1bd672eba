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
#include "command/group_file.h"
#include "command/theme.h"
#include "host/output.h"
#include "show/groups.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { GROUP_FRAMES_MOST = 100000, GROUP_DEPTH_MOST = 4 };

struct grouping {
    struct hog_session *session;
    struct groups *groups;
    const char *path;
};

static const char *text_of(yyjson_val *object, const char *key)
{
    return yyjson_get_str(yyjson_obj_get(object, key));
}

static int64_t number_of(yyjson_val *object, const char *key)
{
    yyjson_val *number = yyjson_obj_get(object, key);

    return yyjson_is_uint(number) && yyjson_get_uint(number) > INT64_MAX ? 0 : yyjson_get_sint(number);
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
static void put_state(yyjson_val *thread, struct hog_text *text)
{
    const char *state = text_of(thread, "state"), *call = text_of(thread, "system_call");

    for (const char *at = state ? state : ""; *at; at++)
        hog_text_append(text, *at == '_' ? " " : at, 1);
    if (call)
        hog_text_printf(text, ", in %s", call);
}

static enum hog_status add_thread(struct grouping *grouping, uint32_t process, yyjson_val *thread)
{
    yyjson_val *list = yyjson_obj_get(thread, "frames");
    yyjson_arr_iter walk = yyjson_arr_iter_with(list);
    size_t count = yyjson_arr_size(list) < GROUP_FRAMES_MOST ? yyjson_arr_size(list) : GROUP_FRAMES_MOST;
    HOG_FREE struct group_frame *frames = calloc(count + 1, sizeof *frames);
    HOG_CLEANUP(hog_text_deinit) struct hog_text state = {0};

    if (!frames)
        return no_memory(grouping);
    for (size_t i = 0; i < count; i++) {
        yyjson_val *frame = yyjson_arr_iter_next(&walk);
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
static enum hog_status add_dump(struct grouping *grouping, yyjson_val *dump)
{
    yyjson_val *target = yyjson_obj_get(dump, "target"), *threads = yyjson_obj_get(dump, "threads");
    struct group_process about = {.error = text_of(dump, "error")};
    yyjson_arr_iter walk = yyjson_arr_iter_with(threads);
    enum hog_status status;
    uint32_t process;

    if (!about.error && (!yyjson_is_obj(target) || !yyjson_is_arr(threads)))
        return not_a_dump(grouping, "it has no \"target\" and \"threads\"");
    about.host = text_of(target, "host");
    about.pid = number_of(target, "pid");
    about.rank = yyjson_is_int(yyjson_obj_get(target, "rank")) ? number_of(target, "rank") : -1;
    about.words = text_of(target, "command_line");
    about.name = yyjson_is_str(target) ? yyjson_get_str(target) : NULL;
    if (groups_add_process(grouping->groups, &about, &process) != HOG_OK)
        return no_memory(grouping);
    status = HOG_OK;
    for (size_t i = 0; i < yyjson_arr_size(threads) && status == HOG_OK; i++)
        status = hog_watch_due(&grouping->session->watch, 0)
                     ? interrupted(grouping)
                     : add_thread(grouping, process, yyjson_arr_iter_next(&walk));
    return status;
}

static enum hog_status add_document(struct grouping *grouping, yyjson_val *document, int depth)
{
    yyjson_val *list = yyjson_obj_get(document, "processes");
    yyjson_arr_iter walk = yyjson_arr_iter_with(list);
    enum hog_status status = HOG_OK;

    if (!yyjson_is_arr(list) || depth == GROUP_DEPTH_MOST)
        return add_dump(grouping, document);
    for (size_t i = 0; i < yyjson_arr_size(list) && status == HOG_OK; i++)
        status = add_document(grouping, yyjson_arr_iter_next(&walk), depth + 1);
    return status;
}

static enum hog_status read_file(struct grouping *grouping, FILE *stream)
{
    HOG_CLEANUP(group_file_deinit)
    struct group_file file = {.file = stream, .watch = &grouping->session->watch};
    char why[HOG_ERROR_MESSAGE];
    enum hog_status status;
    yyjson_doc *document;

    while ((status = group_file_next(&file, &document, why)) == HOG_OK) {
        status = add_document(grouping, yyjson_doc_get_root(document), 0);
        yyjson_doc_free(document);
        if (status != HOG_OK)
            return status;
    }
    switch (status) {
    case HOG_NOT_FOUND:
        return HOG_OK;
    case HOG_INTERRUPTED:
        return interrupted(grouping);
    case HOG_NO_MEMORY:
        return no_memory(grouping);
    default:
        return not_a_dump(grouping, why);
    }
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
    else
        session_say_written(grouping->session, output.path);
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
