/* --source of a dump; see dump_source.h. */
#include "command/dump_source.h"

#include "base/cleanup.h"
#include "command/theme.h"
#include "source/source.h"

static bool add_to_thread(struct hog_sources *sources, const struct hog_snapshot *snapshot,
                          const struct hog_thread *thread, uint32_t max_depth)
{
    size_t count = max_depth && max_depth < thread->frame_count ? max_depth : thread->frame_count;
    uint64_t interpreter = hog_interpreter_of(snapshot, thread);

    for (size_t i = 0; i < count; i++) {
        struct hog_frame *frame = (struct hog_frame *)&thread->frames[i]; /* the snapshot's own */

        if (frame->flags & HOG_FRAME_NATIVE)
            continue;
        frame->source = hog_source_of_frame(sources, interpreter, frame);
        if (!frame->source)
            return false;
    }
    return true;
}

static void release_values(struct hog_values **values)
{
    hog_values_destroy(*values);
}

static void release_sources(struct hog_sources **sources)
{
    hog_sources_destroy(*sources);
}

bool dump_source_add(struct hog_session *session, struct target *target, struct hog_snapshot *snapshot,
                     const struct hog_thread *const *threads, size_t count, const struct options *options)
{
    const struct hog_values_options reading = {.interrupted = target_interrupted, .context = target};
    struct theme theme = dump_theme(session, options);
    uint32_t max_depth = option_given(options, OPTION_JSON) ? options->max_depth : theme.max_depth;
    HOG_CLEANUP(hog_files_deinit) struct hog_files files = {0};
    HOG_CLEANUP(release_values)
    struct hog_values *values =
        hog_values_create(&target->process, &target->location, target->cache, &snapshot->arena, &reading);
    HOG_CLEANUP(release_sources) struct hog_sources *sources = NULL;
    bool all;

    target_files(target, &files);
    sources =
        values ? hog_sources_create(&(struct hog_sources_options){.files = &files,
                                                                  .values = values,
                                                                  .since = target->process.began,
                                                                  .is_core = target->kind == HOG_TARGET_CORE})
               : NULL;
    all = sources != NULL;
    for (size_t i = 0; all && i < count && !target_interrupted(target); i++)
        all = add_to_thread(sources, snapshot, threads[i], max_depth);
    return all || target->interrupted;
}
