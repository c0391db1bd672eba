/* --locals of a dump; see dump_locals.h. */
#include "command/dump_locals.h"

#include "command/theme.h"
#include "value/locals.h"

enum { WHOLE_STEPS = 1 << 30 };

struct hog_value_limits session_value_limits(const struct hog_session *session, bool whole)
{
    struct hog_value_limits limits = whole ? hog_value_limits_whole : hog_value_limits_brief;
    uint32_t most = session->settings.value[SETTING_MAX_STRING];

    limits.redact = session->settings.redact;
    if (whole)
        return limits;
    limits.total = most ? most : hog_value_limits_whole.total;
    if (!most || most > hog_value_limits_brief.total) {
        limits.text = limits.total;
        limits.items = limits.total;
    }
    return limits;
}

bool dump_locals_add(struct hog_session *session, struct target *target, struct hog_snapshot *snapshot,
                     const struct hog_thread *const *threads, size_t count, const struct options *options)
{
    bool whole = options->given[OPTION_LOCALS] > 1;
    struct hog_value_limits limits = session_value_limits(session, whole);
    const struct hog_locals_options locals = {.limits = &limits, .all = whole};
    const struct hog_values_options reading = {
        .interrupted = target_interrupted, .context = target, .max_steps = whole ? WHOLE_STEPS : 0};
    struct theme theme = dump_theme(session, options);
    uint32_t max_depth = option_given(options, OPTION_JSON) ? options->max_depth : theme.max_depth;
    struct hog_values *values =
        hog_values_create(&target->process, &target->location, target->cache, &snapshot->arena, &reading);
    bool all = values != NULL;

    for (size_t i = 0; all && i < count; i++)
        all = hog_locals_add(values, threads[i], max_depth, &locals);
    hog_values_destroy(values);
    return all || target->interrupted;
}
