/* Samples of a process that stands still; see sampler.h. */
#include "base/clock.h"
#include "sample/sampler_parts.h"

#include <stdio.h>

static void tell_way(struct hog_sampler *sampler)
{
    pthread_mutex_lock(&sampler->lock);
    snprintf(sampler->way, sizeof sampler->way, "the process stood still at each sample%s, %s",
             sampler->options.native_stack ? ", C frames from the debugger's unwinder" : "",
             standing_words(sampler));
    pthread_mutex_unlock(&sampler->lock);
}

enum hog_status hog_sampler_take_stopped(struct hog_sampler *sampler, struct hog_memory *memory,
                                         const struct hog_process *process, double asked_at,
                                         struct hog_error *error)
{
    const char *reason;

    if (sampler->running)
        return hog_fail(error, HOG_USAGE, "the sampler runs already");
    sampler_read_from(sampler, process, memory);
    reason = count_refresh(sampler);
    if (!reason) {
        if (!sampler->now.ticks)
            sampler->first_stop = hog_clock_monotonic();
        sampler->stopped = process;
        sampler->walk.wants_entries = sampler->options.native_stack != NULL;
        tick_run(sampler, asked_at);
        sampler->walk.wants_entries = false;
        sampler->seconds_before = hog_clock_monotonic() - sampler->first_stop + 1 / sampler->options.rate;
        count_samples(sampler, true);
        sampler->stopped = NULL;
        tell_way(sampler);
        sampler->let_go_at = hog_clock_monotonic();
    }
    sampler_forget_memory(sampler);
    return reason ? hog_fail(error, HOG_NO_PROCESS, "nothing to sample: %s", reason) : HOG_OK;
}
