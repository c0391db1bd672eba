/* See runner.h. */
#include "command/runner.h"
#include "base/cleanup.h"
#include "command/native_merge.h"

#include <inttypes.h>

struct runner {
    uint32_t level;     /* in the debugger's stack */
    size_t first, last; /* frames of Python that it runs */
};

static bool find_runner(const struct at *at, const struct native_merge *merge,
                        const struct hog_native_stack *native, struct runner *ret_runner)
{
    struct runner runner = {.first = SIZE_MAX};
    uint32_t found = HOG_RUNNER_UNKNOWN;

    for (size_t i = 0; i < merge->count; i++)
        if (!merge->merged[i].is_native && merge->merged[i].index == at->index)
            found = merge->merged[i].runner;
    if (found == HOG_RUNNER_UNKNOWN)
        return false;
    runner.level = native->frames[found].level;
    for (size_t i = 0; i < merge->count; i++) {
        if (merge->merged[i].is_native || merge->merged[i].runner != found)
            continue;
        if (runner.first == SIZE_MAX)
            runner.first = merge->merged[i].index;
        runner.last = merge->merged[i].index;
    }
    *ret_runner = runner;
    return true;
}

static bool find_and_select(struct hog_session *session, struct at *at, struct runner *ret_runner)
{
    HOG_CLEANUP(unwind_deinit) struct unwind unwind = {0};
    HOG_CLEANUP(native_merge_deinit) struct native_merge merge = {0};
    struct hog_error never;
    struct hog_native_stack native;
    enum hog_merge_result result;

    if (unwind_init(&unwind, &at->dump.target, UNWIND_MOST, &never) != HOG_OK)
        return false;
    unwind_stack(&unwind, at->thread->os_thread_id, &native);
    return !unwind.failed && native_merge_thread(&merge, at->dump.snapshot, at->thread, &native, &result) &&
           find_runner(at, &merge, &native, ret_runner) &&
           session->host.select_native_frame(session->host.self, ret_runner->level);
}

void runner_select(struct hog_session *session, struct at *at, struct hog_text *text)
{
    const struct hog_host *host = &session->host;
    struct runner runner;

    if (!host->select_native_frame || !host->list_native_frames || !at->dump.target.is_hosts ||
        host->selected_thread(host->self) != at->thread->os_thread_id)
        return;
    if (!find_and_select(session, at, &runner))
        hog_text_printf(text, "    %s's own frame stays: which one runs this is not sure\n",
                        host->debugger_name);
    else if (runner.first == runner.last)
        hog_text_printf(text, "    %s's frame %" PRIu32 " runs it, and is selected\n", host->debugger_name,
                        runner.level);
    else
        hog_text_printf(text, "    %s's frame %" PRIu32 " runs #%zu to #%zu, and is selected\n",
                        host->debugger_name, runner.level, runner.first, runner.last);
}
