/* py-tasks on a recorded image; see recorded_tasks.h. */
#include "support/recorded_tasks.h"

#include "decode/decode.h"
#include "tasks/awaiting.h"

#include <stdlib.h>

enum { MOST_CHAINS = 64 };

static bool go_on(struct hog_outlet *outlet)
{
    return !outlet->text.failed;
}

static void check_edges(const struct hog_tasks *tasks, const struct hog_snapshot *snapshot)
{
    for (uint32_t i = 0; i < tasks->task_count; i++) {
        const struct hog_task *task = &tasks->tasks[i];

        if (task->loop != HOG_TASK_NONE && task->loop >= tasks->loop_count)
            abort();
        for (uint32_t k = 0; k < task->awaited_by_count; k++)
            if (task->awaited_by[k] >= tasks->task_count || task->awaited_by[k] == i)
                abort();
    }
    for (uint32_t i = 0; i < tasks->loop_count; i++)
        if (tasks->loops[i].thread != HOG_TASK_NONE && tasks->loops[i].thread >= snapshot->thread_count)
            abort();
}

static void check_rings(const struct hog_tasks *tasks)
{
    for (uint32_t i = 0; i < tasks->task_count; i++)
        for (uint32_t k = 0; k < tasks->tasks[i].ender_count; k++)
            if (tasks->tasks[i].enders[k] >= tasks->task_count)
                abort();
    for (uint32_t i = 0; i < tasks->ring_count; i++)
        for (uint32_t k = 0; k < tasks->rings[i].count; k++)
            if (tasks->rings[i].tasks[k] >= tasks->task_count ||
                !tasks->tasks[tasks->rings[i].tasks[k]].proof)
                abort();
}

static bool has_frame(void *context, uint64_t frame)
{
    (void)context;
    return frame != 0;
}

static void check_chain(const struct hog_awaiting *chain)
{
    uint32_t frames = 0;

    if (chain->task_count > HOG_AWAITING_TASKS)
        abort();
    for (uint32_t i = 0; i < chain->task_count; i++) {
        if (chain->tasks[i].count && chain->tasks[i].first != frames)
            abort();
        frames += chain->tasks[i].count;
    }
    if (frames > HOG_AWAITING_FRAMES || frames != chain->frame_count)
        abort();
}

/* As py-sample --async reads them. */
static void follow_each(const struct hog_process *process, const struct hog_location *location,
                        struct hog_memory *memory, const struct hog_snapshot *snapshot,
                        const struct hog_tasks *tasks)
{
    struct hog_awaiting_reader *reader = hog_awaiting_create(process, location, memory);
    struct hog_awaiting chain;

    for (size_t i = 0; reader && i < snapshot->thread_count; i++) {
        const struct hog_awaiting_thread thread = {
            .tstate = snapshot->threads[i].tstate,
            .dict = hog_awaiting_dict(process, location, memory,
                                      hog_interpreter_of(snapshot, &snapshot->threads[i])),
            .has_frame = has_frame};

        hog_awaiting_read(reader, &thread, &chain);
        check_chain(&chain);
    }
    for (uint32_t i = 0; reader && i < tasks->task_count && i < MOST_CHAINS; i++) {
        hog_awaiting_of_task(reader, tasks->tasks[i].address, &chain);
        check_chain(&chain);
    }
    hog_awaiting_destroy(reader);
}

void recorded_tasks(const struct hog_process *process, const struct hog_location *location,
                    struct hog_memory *memory, const struct tasks_view *look, bool json,
                    struct hog_text *ret_text)
{
    /* Images do not hold what all objects are: record_image does not ask for them, who damages an image does. */
    const struct hog_tasks_options how = {
        .limits = &hog_value_limits_brief, .generators = look->full, .rings = look->full};
    const struct hog_decode_options options = {0};
    struct hog_outlet outlet = {.more = go_on};
    struct hog_snapshot *snapshot = NULL;
    struct hog_tasks *tasks = NULL;
    struct report report = {.target_kind = "core"};
    struct hog_error error;

    if (hog_decode_snapshot(process, location, memory, &options, &snapshot, &error) != HOG_OK)
        return;
    report.snapshot = snapshot;
    if (hog_tasks_read(process, location, memory, snapshot, &how, &tasks, &error) == HOG_OK) {
        check_edges(tasks, snapshot);
        check_rings(tasks);
        follow_each(process, location, memory, snapshot, tasks);
        if (json)
            render_tasks_json(&report, tasks, look, &outlet);
        else
            render_tasks_text(&report, tasks, look, &outlet);
    }
    hog_tasks_destroy(tasks);
    hog_snapshot_destroy(snapshot);
    *ret_text = outlet.text;
}
