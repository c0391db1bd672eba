/* What the sampler says of itself while it runs. */
#define _GNU_SOURCE
#include "sample/sampler_parts.h"

#include <stdio.h>

enum { KEPT_OUT_LOOKS = 100 };

static bool has_switches(const struct hog_sampler *sampler)
{
    for (uint32_t i = 0; i < sampler->roster.count; i++)
        if (sampler->roster.threads[i]->record.witness != RUN_SWITCHES)
            return false;
    return true;
}

void sampler_tell_way(struct hog_sampler *sampler, const struct placement *placement)
{
    bool switches = has_switches(sampler);

    pthread_mutex_lock(&sampler->lock);
    snprintf(sampler->way, sizeof sampler->way, "%s, %s%s, %s by %s",
             sampler->crew ? "on each CPU" : "on the target's own CPU",
             placement_priority_words(placement->priority),
             placement->priority == PRIORITY_REAL_TIME && placement->level < sampler->level
                 ? " (below the target's own)"
                 : "",
             sampler->crew ? "timed and proved" : "proved",
             switches ? "the kernel's record of its switches" : "its schedstat");
    pthread_mutex_unlock(&sampler->lock);
}

void sampler_tell_progress(struct hog_sampler *sampler, double now)
{
    struct hog_sampler_stats stats;

    if (!sampler->options.progress || now - sampler->progressed_at < sampler->options.progress_seconds)
        return;
    sampler->progressed_at = now;
    hog_sampler_stats(sampler, &stats);
    sampler->options.progress(sampler->options.context, &stats);
}

bool sampler_is_kept_out(const struct hog_sampler *sampler)
{
    const struct hog_sampler_stats *now = &sampler->now;

    return now->dropped[HOG_DROP_CPU_CLOSED] >= KEPT_OUT_LOOKS && !now->kept && !sampler->pending.stack_count;
}
