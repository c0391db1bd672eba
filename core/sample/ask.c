/* Samples of a process that stands still, and what others may ask of a sampler at any time; see sampler.h. */
#include "base/clock.h"
#include "sample/sampler_parts.h"

const char *hog_sample_drop_words(enum hog_sample_drop drop)
{
    static const char *const words[HOG_DROP_COUNT] = {
        [HOG_DROP_RAN] = "ran while it was read",
        [HOG_DROP_CPU_CLOSED] = "runs on a CPU that the sampler may not use",
        [HOG_DROP_UNREADABLE] = "memory of its stack could not be read",
        [HOG_DROP_BROKEN] = "its chain of frames led nowhere",
        [HOG_DROP_CODE] = "a code object was replaced",
        [HOG_DROP_INSTRUCTION] = "an instruction lay outside its code object",
        [HOG_DROP_NO_THREAD] = "its thread in the kernel could not be found or observed",
        [HOG_DROP_FULL] = "no room for it",
    };

    return words[drop];
}

/* What take_stopped was given is the caller's again. */
static void forget_memory(struct hog_sampler *sampler)
{
    if (sampler->reader_memory == sampler->memory) {
        hog_code_reader_destroy(sampler->reader);
        sampler->reader = NULL;
    }
    sampler_read_from(sampler, sampler->live ? sampler->live : sampler->process->memory);
}

enum hog_status hog_sampler_take_stopped(struct hog_sampler *sampler, struct hog_memory *memory,
                                         const struct hog_process *process, struct hog_error *error)
{
    const char *reason;

    if (sampler->running)
        return hog_fail(error, HOG_USAGE, "the sampler runs already");
    sampler_read_from(sampler, memory);
    sampler->roster.process = process;
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
    sampler->roster.process = sampler->process;
    forget_memory(sampler);
    return reason ? hog_fail(error, HOG_NO_PROCESS, "nothing to sample: %s", reason) : HOG_OK;
}

/*
 * Stats and profile.
 */

const char *hog_sampler_ended(struct hog_sampler *sampler)
{
    const char *ended;

    pthread_mutex_lock(&sampler->lock);
    ended = sampler->ended;
    pthread_mutex_unlock(&sampler->lock);
    return ended;
}

void hog_sampler_stats(struct hog_sampler *sampler, struct hog_sampler_stats *ret_stats)
{
    pthread_mutex_lock(&sampler->lock);
    *ret_stats = sampler->stats;
    ret_stats->way = sampler->way;
    pthread_mutex_unlock(&sampler->lock);
}

enum hog_status hog_sampler_profile(struct hog_sampler *sampler, const struct hog_profile_info *info,
                                    struct hog_profile **ret_profile)
{
    struct hog_profile_info filled = *info;
    enum hog_status status;

    pthread_mutex_lock(&sampler->lock);
    filled.mode = sampler->options.mode;
    filled.has_lines = sampler->options.by_line;
    filled.requested_rate = sampler->options.rate;
    filled.interval = sampler->stats.interval;
    filled.duration = sampler->stats.seconds;
    filled.ticks = sampler->stats.ticks;
    filled.method = sampler->way;
    status = hog_profile_builder_seal(sampler->builder, &filled, ret_profile);
    pthread_mutex_unlock(&sampler->lock);
    return status;
}
