/*
 * Groups as JSON, schema hognose.groups/1:
 *
 *     {"schema": …, "tool": …, "processes": [{…}, …],
 *      "groups": [{"thread_count": …, "processes": [0, 1], "state": …, "frames": […], "threads": […]}, …]}
 */
#include "show/groups_parts.h"
#include "show/json.h"

static json_t *process_object(struct hog_text *text, const struct kept_process *process, size_t number)
{
    json_t *object = json_object();
    bool again = process->round > 1;

    json_set(text, object, "process", json_integer((json_int_t)number));
    json_set(text, object, "host", json_words(process->about.host));
    json_set(text, object, "pid", json_known(process->about.pid));
    json_set(text, object, "rank",
             process->about.rank >= 0 ? json_integer(process->about.rank) : json_null());
    json_set(text, object, "name", json_words(process->about.name));
    json_set(text, object, "command_line", json_words(process->about.words));
    json_set(text, object, "error", json_words(process->about.error));
    json_set(text, object, "rounds", json_integer(process->round));
    json_set(text, object, "threads", json_integer(process->threads));
    json_set(text, object, "threads_that_stood_still", again ? json_integer(process->stood) : json_null());
    return object;
}

static json_t *thread_object(struct hog_text *text, const struct kept_thread *thread)
{
    json_t *object = json_object();

    json_set(text, object, "process", json_integer(thread->process));
    json_set(text, object, "os_thread_id", json_known(thread->lwp));
    json_set(text, object, "thread_name", json_words(thread->name));
    return object;
}

static json_t *frame_object(struct hog_text *text, const struct group_frame *frame)
{
    json_t *object = json_object();

    json_set(text, object, "name", json_words(frame->name ? frame->name : "?"));
    json_set(text, object, "filename", json_words(frame->filename ? frame->filename : "?"));
    json_set(text, object, "line", json_known(frame->line));
    return object;
}

static void append(struct hog_text *text, json_t *array, json_t *item)
{
    text->failed |= json_array_append_new(array, item) != 0;
}

static void put_group(const struct groups *groups, const struct kept_group *group, struct hog_outlet *outlet)
{
    struct hog_text *text = &outlet->text;
    json_t *object = json_object(), *processes = json_array(), *frames = json_array(),
           *threads = json_array();
    int64_t before = -1;

    for (size_t i = 0; i < group->thread_count; i++) {
        const struct kept_thread *thread = &groups->threads[groups->order[group->first_thread + i]];

        if (thread->process != before)
            append(text, processes, json_integer(thread->process));
        before = thread->process;
        append(text, threads, thread_object(text, thread));
    }
    for (size_t i = 0; i < group->frame_count; i++)
        append(text, frames, frame_object(text, &group->frames[i]));
    json_set(text, object, "thread_count", json_integer((json_int_t)group->thread_count));
    json_set(text, object, "processes", processes);
    json_set(text, object, "state", json_words(group->state));
    json_set(text, object, "frames", frames);
    json_set(text, object, "threads", threads);
    json_put(text, object);
}

enum hog_status groups_put_json(struct groups *groups, const char *tool_version, struct hog_outlet *outlet)
{
    struct hog_text *text = &outlet->text;
    json_t *tool = json_object(), *processes = json_array();
    enum hog_status status = groups_order(groups);

    if (status != HOG_OK) {
        json_decref(tool);
        json_decref(processes);
        return status;
    }
    json_set(text, tool, "name", json_words("hognose"));
    json_set(text, tool, "version", json_words(tool_version));
    for (size_t i = 0; i < groups->process_count; i++)
        append(text, processes, process_object(text, &groups->processes[i], i));
    hog_text_puts(text, "{\"schema\": ");
    json_put(text, json_words("hognose.groups/1"));
    json_member(text, "tool", tool);
    json_member(text, "processes", processes);
    json_member_key(text, "groups");
    hog_text_puts(text, "[");
    for (size_t i = 0; i < groups->shown_groups && hog_outlet_more(outlet); i++) {
        hog_text_puts(text, i ? ",\n  " : "\n  ");
        put_group(groups, &groups->groups[groups->sorted[i]], outlet);
    }
    hog_text_puts(text, "]}\n");
    return HOG_OK;
}
