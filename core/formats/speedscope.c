/*
 * .speedscope.json, by https://www.speedscope.app/file-format-schema.json: a
 * profile a thread, a sample a distinct stack, weighted by its seconds. What
 * is not known is left out; null would break the schema. Metadata goes into
 * members of our own, which the schema allows at the top.
 */
#include "base/cleanup.h"
#include "formats/format.h"
#include "formats/frames.h"
#include "profile/labels.h"
#include "profile/project.h"

static void put_frames(struct json_out *json, const struct hog_profile *profile,
                       const struct hog_labels *labels, const struct frames *frames)
{
    json_out_key(json, "shared");
    json_out_open(json, '{');
    json_out_key(json, "frames");
    json_out_open(json, '[');
    for (uint32_t i = 0; out_goes_on(json->out) && i < frames->count; i++) {
        const struct hog_function *function = &profile->functions[frames->list[i].function];
        int32_t line = frames->list[i].line > 0 ? frames->list[i].line : function->first_line;

        json_out_open(json, '{');
        json_out_put_text(json, "name", labels->name[frames->list[i].function]);
        if (function->filename)
            json_out_put_text(json, "file", function->filename);
        if (line > 0)
            json_out_put_i64(json, "line", line);
        json_out_close(json, '}');
    }
    json_out_close(json, ']');
    json_out_close(json, '}');
}

/* `stack` has room for the deepest. */
static void put_stack(struct json_out *json, const struct hog_profile *profile, const struct frames *frames,
                      uint32_t node, uint32_t *stack)
{
    size_t depth = 0;

    for (uint32_t at = node; at != HOG_NO_NODE; at = profile->nodes[at].parent)
        stack[depth++] = frames->of_node[at];
    json_out_open(json, '[');
    while (depth)
        json_out_u64(json, stack[--depth]);
    json_out_close(json, ']');
}

static void put_thread_name(struct json_out *json, const struct hog_profile_thread *thread)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text name = {0};

    if (thread->name)
        hog_text_put_printable(&name, thread->name);
    else
        hog_text_puts(&name, "thread");
    if (thread->os_thread_id)
        hog_text_printf(&name, " (%lld)", (long long)thread->os_thread_id);
    if (name.failed)
        out_fail(json->out, HOG_NO_MEMORY);
    else
        json_out_put_text(json, "name", name.bytes);
}

static void put_thread(struct json_out *json, const struct hog_profile *profile, const struct frames *frames,
                       const struct hog_profile_thread *thread, uint32_t *stack)
{
    double interval = profile->info.interval;

    json_out_open(json, '{');
    json_out_put_text(json, "type", "sampled");
    put_thread_name(json, thread);
    json_out_put_text(json, "unit", interval > 0 ? "seconds" : "none");
    if (interval <= 0)
        interval = 1;
    json_out_put_double(json, "startValue", 0);
    json_out_put_rounded(json, "endValue", (double)thread->counts.kept * interval);
    json_out_key(json, "samples");
    json_out_open(json, '[');
    for (uint32_t i = thread->first_node; out_goes_on(json->out) && i < thread->end_node; i++)
        if (profile->nodes[i].self)
            put_stack(json, profile, frames, i, stack);
    json_out_close(json, ']');
    json_out_key(json, "weights");
    json_out_open(json, '[');
    for (uint32_t i = thread->first_node; out_goes_on(json->out) && i < thread->end_node; i++)
        if (profile->nodes[i].self)
            json_out_rounded(json, (double)profile->nodes[i].self * interval);
    json_out_close(json, ']');
    json_out_close(json, '}');
}

/* The thread that has most is shown first. */
static uint32_t busiest(const struct hog_profile *profile)
{
    uint32_t best = 0;

    for (uint32_t i = 1; i < profile->thread_count; i++)
        if (profile->threads[i].counts.kept > profile->threads[best].counts.kept)
            best = i;
    return best;
}

static enum hog_status put_threads(struct json_out *json, const struct hog_profile *profile,
                                   const struct frames *frames)
{
    HOG_FREE uint32_t *stack = malloc((profile->node_count + 1) * sizeof *stack);
    static const struct hog_profile_thread nobody = {.name = "no thread"};

    if (!stack)
        return HOG_NO_MEMORY;
    json_out_key(json, "profiles");
    json_out_open(json, '[');
    for (uint32_t i = 0; i < profile->thread_count; i++)
        put_thread(json, profile, frames, &profile->threads[i], stack);
    if (!profile->thread_count)
        put_thread(json, profile, frames, &nobody, stack);
    json_out_close(json, ']');
    json_out_put_u64(json, "activeProfileIndex", busiest(profile));
    return HOG_OK;
}

static enum hog_status put_file(struct json_out *json, const struct hog_profile *profile,
                                const struct hog_write_options *options, const struct hog_labels *labels,
                                const struct frames *frames)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text title = {0}, exporter = {0};

    describe_title(profile, options, &title);
    hog_text_printf(&exporter, "hognose %s", profile->info.tool_version ? profile->info.tool_version : "");
    if (title.failed || exporter.failed)
        return HOG_NO_MEMORY;
    json_out_open(json, '{');
    json_out_put_text(json, "$schema", "https://www.speedscope.app/file-format-schema.json");
    json_out_put_text(json, "exporter", exporter.bytes);
    json_out_put_text(json, "name", title.bytes);
    json_out_key(json, "hognose");
    json_out_open(json, '{');
    json_put_metadata(json, profile);
    json_out_close(json, '}');
    put_frames(json, profile, labels, frames);
    if (put_threads(json, profile, frames) != HOG_OK)
        return HOG_NO_MEMORY;
    json_out_close(json, '}');
    out_char(json->out, '\n');
    return HOG_OK;
}

enum hog_status speedscope_write(const struct hog_profile *profile, const struct hog_write_options *options,
                                 struct out *out)
{
    struct hog_projection projection = {.by_line = options->by_line, .threads = HOG_THREADS_APART};
    struct json_out json = {.out = out};
    HOG_CLEANUP(hog_labels_deinit) struct hog_labels labels = {0};
    HOG_CLEANUP(frames_deinit) struct frames frames = {0};
    HOG_PROFILE struct hog_profile *projected = NULL;
    enum hog_status status = hog_profile_project(profile, &projection, &projected);

    if (status == HOG_OK)
        status = hog_labels_init(&labels, projected);
    if (status == HOG_OK)
        status = frames_init(&frames, projected);
    return status == HOG_OK ? put_file(&json, projected, options, &labels, &frames) : status;
}
