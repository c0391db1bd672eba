/* Where the user stands; see at.h. */
#include "command/at.h"

#include "command/theme.h"

#include <inttypes.h>
#include <stdlib.h>

enum { AT_ARENA = 256 << 20 };

void at_select(struct at *at, struct hog_session *session, size_t index)
{
    const struct hog_frame *frame = &at->thread->frames[index];
    struct place *place = place_for(session, at->dump.target.pid, at->thread->tstate);

    at->index = index;
    if (place)
        *place = (struct place){.pid = at->dump.target.pid,
                                .thread = at->thread->tstate,
                                .index = index,
                                .frame = frame->frame,
                                .code = frame->code->address};
}

/* With --thread the first that it names; else the selected one, else the first that runs Python. */
static const struct hog_thread *choose(const struct at *at, const struct options *options)
{
    const struct report *report = &at->dump.report;
    int64_t selected = target_selected_thread(&at->dump.target);

    if (options->threads.count)
        return report->thread_count ? report->threads[0] : NULL;
    for (size_t i = 0; i < report->thread_count; i++)
        if (selected && report->threads[i]->os_thread_id == selected)
            return report->threads[i];
    return selected || !report->thread_count ? NULL : report->threads[0];
}

enum hog_status at_open(struct at *at, struct hog_session *session, const struct options *options)
{
    struct hog_error *error = &session->error;
    enum hog_status status;

    *at = (struct at){0};
    hog_arena_init(&at->arena, AT_ARENA);
    status = dump_take(&at->dump, session, options);
    if (status != HOG_OK)
        return status;
    at->thread = choose(at, options);
    if (!at->thread)
        return hog_fail(
            error, HOG_NOT_FOUND,
            "the selected thread is not known here: choose one with --thread; py-threads lists them");
    at->index = place_of(session, at->dump.target.pid, at->thread);
    at->values = hog_values_create(
        &at->dump.target.process, &at->dump.target.location, at->dump.target.cache, &at->arena,
        &(struct hog_values_options){.interrupted = target_interrupted, .context = &at->dump.target});
    return at->values ? HOG_OK : hog_fail(error, HOG_NO_MEMORY, "not enough memory");
}

struct hog_sources *at_sources(struct at *at)
{
    const struct target *target = &at->dump.target;

    if (at->sources)
        return at->sources;
    hog_files_deinit(&at->files);
    target_files(target, &at->files);
    at->sources =
        hog_sources_create(&(struct hog_sources_options){.files = &at->files,
                                                         .values = at->values,
                                                         .since = target->process.began,
                                                         .is_core = target->kind == HOG_TARGET_CORE});
    return at->sources;
}

void at_deinit(struct at *at)
{
    hog_sources_destroy(at->sources);
    hog_files_deinit(&at->files);
    hog_values_destroy(at->values);
    hog_arena_deinit(&at->arena);
    dump_deinit(&at->dump);
}

enum hog_status at_frame(const struct at *at, struct hog_session *session, const struct hog_frame **ret_frame)
{
    if (!at->thread->frame_count)
        return hog_fail(&session->error, HOG_NOT_FOUND,
                        "thread LWP %" PRId64 " runs no Python: it has no frames", at->thread->os_thread_id);
    *ret_frame = &at->thread->frames[at->index];
    return HOG_OK;
}

uint64_t at_interpreter(const struct at *at)
{
    return hog_interpreter_of(at->dump.snapshot, at->thread);
}
