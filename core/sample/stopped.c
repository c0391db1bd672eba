/* Samples of a process that stands still; see sampler.h. */
#include "base/clock.h"
#include "sample/sampler_parts.h"

enum hog_status hog_sampler_take_stopped(struct hog_sampler *sampler, struct hog_memory *memory,
                                         const struct hog_process *process, struct hog_error *error)
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
        tick_run(sampler);
        sampler->walk.wants_entries = false;
        sampler->stopped = NULL;
        sampler->seconds_before = hog_clock_monotonic() - sampler->first_stop + 1 / sampler->options.rate;
        count_samples(sampler, true);
    }
    sampler_forget_memory(sampler);
    return reason ? hog_fail(error, HOG_NO_PROCESS, "nothing to sample: %s", reason) : HOG_OK;
}
