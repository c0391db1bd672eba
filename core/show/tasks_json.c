/* py-tasks as JSON, schema hognose.tasks/1: docs/json.md has every key. */
#include "show/json.h"
#include "show/tasks.h"

static json_t *frame_object(struct hog_text *text, const struct hog_frame *frame)
{
    json_t *object = json_frame(text, frame);

    json_add_span(text, object, frame);
    return object;
}

static void append(struct hog_text *text, json_t *list, json_t *value)
{
    if (json_array_append_new(list, value) != 0)
        text->failed = true;
}

static json_t *wait_object(struct hog_text *text, const struct hog_task_wait *wait)
{
    json_t *object;

    if (!wait->kind)
        return json_null();
    object = json_object();
    json_set(text, object, "kind", json_words(wait->kind));
    json_set(text, object, "address", json_address(wait->address));
    json_set(text, object, "held_by", json_address(wait->held_by));
    if (wait->more && wait->text) {
        struct hog_text words = {0};

        hog_text_printf(&words, "%s%s", wait->text, wait->more);
        text->failed = text->failed || words.failed;
        json_set(text, object, "text", json_words(words.bytes));
        hog_text_deinit(&words);
    } else {
        json_set(text, object, "text", json_words(wait->text));
    }
    return object;
}

static json_t *frames_array(struct hog_text *text, const struct hog_task *task, uint32_t max_depth)
{
    json_t *frames = json_array();

    for (size_t i = 0; i < task->frame_count && (!max_depth || i < max_depth); i++)
        append(text, frames, frame_object(text, &task->frames[i]));
    return frames;
}

static json_t *task_object(struct hog_text *text, const struct hog_tasks *tasks, const struct hog_task *task,
                           uint32_t max_depth)
{
    json_t *object = json_object(), *awaiters = json_array();

    for (uint32_t i = 0; i < task->awaited_by_count; i++)
        append(text, awaiters, json_address(tasks->tasks[task->awaited_by[i]].address));
    json_set(text, object, "id", json_address(task->address));
    json_set(text, object, "name", json_words(task->name));
    json_set(text, object, "state", json_words(hog_task_state_key(task->state)));
    json_set(text, object, "cancelled", json_boolean(task->is_cancelled));
    json_set(text, object, "exception", json_words(task->exception));
    json_set(text, object, "never_retrieved", json_boolean(task->is_never_retrieved));
    json_set(text, object, "frames", frames_array(text, task, max_depth));
    json_set(text, object, "stopped_because", json_words(task->stopped_because));
    json_set(text, object, "waits_for", wait_object(text, &task->wait));
    json_set(text, object, "awaited_by", awaiters);
    json_set(text, object, "type", json_words(task->type));
    json_set(text, object, "parent", json_address(task->parent));
    return object;
}

/* The list of its tasks is streamed: it may be long. */
static void put_loop(const struct report *report, const struct hog_tasks *tasks, uint32_t number,
                     uint32_t max_depth, struct hog_outlet *outlet)
{
    const struct hog_loop *loop = number == HOG_TASK_NONE ? NULL : &tasks->loops[number];
    const struct hog_thread *thread =
        loop && loop->thread != HOG_TASK_NONE ? &report->snapshot->threads[loop->thread] : NULL;
    struct hog_text *text = &outlet->text;
    bool begun = false;

    hog_text_puts(text, "{\"kind\": ");
    json_put(text, json_words(loop ? loop->kind : "asyncio"));
    hog_text_puts(text, ", \"id\": ");
    json_put(text, json_address(loop ? loop->address : 0));
    hog_text_puts(text, ", \"type\": ");
    json_put(text, json_words(loop ? loop->type : NULL));
    hog_text_puts(text, ", \"thread_id\": ");
    json_put(text, json_address(thread ? thread->thread_id : 0));
    hog_text_puts(text, ", \"os_thread_id\": ");
    json_put(text, json_known(thread ? thread->os_thread_id : 0));
    hog_text_printf(text, ", \"running\": %s, \"closed\": %s, \"tasks\": [",
                    loop && loop->is_running ? "true" : "false", loop && loop->is_closed ? "true" : "false");
    for (uint32_t i = 0; i < tasks->task_count && hog_outlet_more(outlet); i++) {
        if (tasks->tasks[i].loop != number)
            continue;
        hog_text_puts(text, begun ? ",\n  " : "\n  ");
        begun = true;
        json_put(text, task_object(text, tasks, &tasks->tasks[i], max_depth));
    }
    hog_text_puts(text, "]}");
}

void render_loops_json(const struct report *report, const struct hog_tasks *tasks,
                       const struct tasks_view *view, struct hog_outlet *outlet)
{
    struct hog_text *text = &outlet->text;
    uint32_t max_depth = view->theme.max_depth;
    bool begun = false, strays = false;

    json_member_key(text, "loops");
    hog_text_puts(text, "[");
    for (uint32_t i = 0; i < tasks->loop_count && hog_outlet_more(outlet); i++) {
        if (view->loop && view->loop != i + 1)
            continue;
        hog_text_puts(text, begun ? ",\n " : "\n ");
        begun = true;
        put_loop(report, tasks, i, max_depth, outlet);
    }
    for (uint32_t i = 0; i < tasks->task_count; i++)
        strays = strays || tasks->tasks[i].loop == HOG_TASK_NONE;
    if (strays && !view->loop && hog_outlet_more(outlet)) {
        hog_text_puts(text, begun ? ",\n " : "\n ");
        put_loop(report, tasks, HOG_TASK_NONE, max_depth, outlet);
    }
    hog_text_puts(text, "]");
}

static json_t *suspended_object(struct hog_text *text, const struct hog_task *suspended, uint32_t max_depth)
{
    json_t *object = json_object();

    json_set(text, object, "id", json_address(suspended->address));
    json_set(text, object, "kind", json_words(suspended->kind));
    json_set(text, object, "name", json_words(suspended->name));
    json_set(text, object, "state", json_words(hog_task_state_key(suspended->state)));
    json_set(text, object, "frames", frames_array(text, suspended, max_depth));
    json_set(text, object, "stopped_because", json_words(suspended->stopped_because));
    return object;
}

/* null: not asked for, or not to be had. */
static void put_suspended(const struct hog_tasks *tasks, const struct tasks_view *view,
                          struct hog_outlet *outlet)
{
    struct hog_text *text = &outlet->text;

    json_member_key(text, "suspended");
    hog_text_puts(text, tasks->suspended ? "[" : "null");
    for (uint32_t i = 0; tasks->suspended && i < tasks->suspended_count && hog_outlet_more(outlet); i++) {
        hog_text_puts(text, i ? ",\n " : "\n ");
        json_put(text, suspended_object(text, &tasks->suspended[i], view->theme.max_depth));
    }
    if (tasks->suspended)
        hog_text_puts(text, "]");
}

void render_tasks_json(const struct report *report, const struct hog_tasks *tasks,
                       const struct tasks_view *view, struct hog_outlet *outlet)
{
    struct hog_text *text = &outlet->text;

    json_head(text, "hognose.tasks/1", report);
    json_member(text, "python", json_python(text, report->snapshot));
    json_member(text, "complete",
                json_boolean(report->snapshot->complete && !report->interrupted && !tasks->warning_count &&
                             !tasks->interrupted));
    json_strings(text, "warnings", report->warnings, report->warning_count);
    render_loops_json(report, tasks, view, outlet);
    if (hog_outlet_more(outlet))
        put_suspended(tasks, view, outlet);
    if (hog_outlet_more(outlet))
        hog_text_puts(text, "\n}\n");
}
