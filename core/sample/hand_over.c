/*
 * From samples to the profile, and news of the threads: all that happens
 * between ticks, some ten times a second.
 *
 * Threads are numbers in pending samples, so the roster is changed only after
 * those were handed over. The lock is held for the handing over alone; while
 * somebody copies the profile, it is put off rather than ticks be missed.
 */
#include "base/clock.h"
#include "base/grow.h"
#include "sample/lwp.h"
#include "sample/sampler_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT_TICKS = 256, NAME_TRIES = 10, TICKS_TO_TELL = 10, RAN_TO_TELL = 100 };

#define COUNT_SECONDS   0.1
#define WAITED_SECONDS  1.0
#define REFRESH_SECONDS 0.1
#define REFRESH_REST    10 /* times as long as a walk of the lists took is the least time to the next */
#define REFRESH_THREADS 50 /* that many threads more: as long again between two walks of the lists */

/*
 * Threads, as the profile has them.
 */

/* Python's names for threads that the profile does not know yet; those that it has none for keep the
 * kernel's. */
static void name_new_threads(struct hog_sampler *sampler)
{
    struct roster *roster = &sampler->roster;
    struct hog_code_reader *reader = NULL;
    bool begun = false;

    for (uint32_t i = 0; i < roster->count && roster->poll(roster->poll_context); i++) {
        struct sampled_thread *thread = roster->threads[i];
        const char *name = NULL;

        if (thread->profile_thread != HOG_NO_THREAD || !thread->name_is_of_os || thread->gone)
            continue;
        reader = sampler_reader(sampler);
        if (!reader)
            return;
        if (!begun)
            hog_code_reader_begin(reader, NULL, 0);
        begun = true;
        hog_code_reader_thread_names(reader, thread->interpreter, &thread->thread_id, 1, &name);
        if (!name)
            continue;
        snprintf(thread->name, sizeof thread->name, "%s", name);
        thread->name_is_of_os = false;
    }
}

static uint32_t profile_thread(struct hog_sampler *sampler, struct sampled_thread *thread)
{
    const struct hog_profile_thread told = {
        .thread_id = thread->thread_id,
        .os_thread_id = thread->lwp,
        .pid = sampler->process->pid,
        .name = thread->name[0] ? thread->name : NULL,
    };

    if (thread->profile_thread == HOG_NO_THREAD &&
        hog_profile_builder_thread(sampler->builder, &told, &thread->profile_thread) != HOG_OK)
        thread->profile_thread = HOG_NO_THREAD;
    return thread->profile_thread;
}

static bool has_news(const struct sampled_thread *thread)
{
    uint64_t dropped = 0;

    for (int i = 0; i < HOG_DROP_COUNT; i++)
        dropped += thread->dropped[i];
    return dropped || thread->idle || thread->on_gil || thread->waiting_for_gil || thread->waiting_for_cpu ||
           thread->collecting_garbage;
}

static void hand_over_counts(struct hog_sampler *sampler, struct sampled_thread *thread)
{
    struct hog_profile_builder *builder = sampler->builder;
    uint32_t number;

    thread->last_stack = NO_STACK;
    if (!has_news(thread))
        return;
    placement_poll(sampler->placement);
    /* A thread has its name in the profile for good: one that has just begun may get it in a moment. */
    if (thread->profile_thread == HOG_NO_THREAD && thread->name_is_of_os && thread->put_off++ < NAME_TRIES)
        return;
    number = profile_thread(sampler, thread);
    hog_profile_builder_idle(builder, number, thread->idle);
    for (int i = 0; i < HOG_DROP_COUNT; i++)
        if (thread->dropped[i])
            hog_profile_builder_drop(builder, number, hog_sample_drop_words(i), thread->dropped[i]);
    hog_profile_builder_tally(builder, number, HOG_TALLY_ON_GIL, thread->on_gil);
    hog_profile_builder_tally(builder, number, HOG_TALLY_WAITING_FOR_GIL, thread->waiting_for_gil);
    hog_profile_builder_tally(builder, number, HOG_TALLY_WAITING_FOR_CPU, thread->waiting_for_cpu);
    hog_profile_builder_tally(builder, number, HOG_TALLY_COLLECTING_GARBAGE, thread->collecting_garbage);
    thread->idle = thread->on_gil = thread->waiting_for_gil = thread->waiting_for_cpu = 0;
    thread->collecting_garbage = 0;
    memset(thread->dropped, 0, sizeof thread->dropped);
}

/*
 * Samples.
 */

static void sink_drop(void *context, uint32_t number, uint32_t weight)
{
    struct hog_sampler *sampler = context;

    sampler->roster.threads[number]->dropped[HOG_DROP_CODE] += weight;
    sampler->now.dropped[HOG_DROP_CODE] += weight;
}

static void sink_add(void *context, uint32_t number, const struct hog_profile_frame *frames, uint32_t depth,
                     uint32_t weight)
{
    struct hog_sampler *sampler = context;
    struct sampled_thread *thread = sampler->roster.threads[number];

    placement_poll(sampler->placement);
    if (hog_profile_builder_add_stack(sampler->builder, profile_thread(sampler, thread), frames, depth,
                                      weight) == HOG_OK) {
        sampler->now.kept += weight;
        return;
    }
    thread->dropped[HOG_DROP_FULL] += weight;
    sampler->now.dropped[HOG_DROP_FULL] += weight;
}

static double median_cost(const struct hog_sampler *sampler)
{
    uint64_t all = 0, half = 0;
    int bucket = 0;

    for (int i = 0; i < COST_BUCKETS; i++)
        all += sampler->costs[i];
    while (bucket < COST_BUCKETS && (half += sampler->costs[bucket]) * 2 < all)
        bucket++;
    return all ? (bucket + 0.5) * COST_BUCKET : 0;
}

/* Seconds from one tick to the next. */
static double between_ticks(const struct hog_sampler *sampler)
{
    return sampler->now.ticks ? sampler->now.seconds / (double)sampler->now.ticks : 1 / sampler->options.rate;
}

/*
 * Where each sample is a tick at which the kernel ran the process, the time
 * that it ran it is theirs in equal parts. Else ticks that were left out make
 * those that were not stand for more.
 */
static double interval(const struct hog_sampler *sampler)
{
    double wanted = 1 / sampler->options.rate;
    double real;

    if (sampler->now.ran && sampler->now.ran_seconds > 0)
        return sampler->now.ran_seconds / (double)sampler->now.ran;
    real = between_ticks(sampler);
    return sampler->now.ticks >= TICKS_TO_TELL && real > wanted * 1.01 ? real : wanted;
}

/* CPU time that the sampler's own threads have taken in this run. */
static double sampler_cpu(const struct hog_sampler *sampler)
{
    double seconds = sampler->crew ? 0 : hog_clock_thread_cpu();

    for (uint32_t i = 0; sampler->crew && i < sampler->rings.count; i++)
        seconds += sampler->crew[i].cpu_seconds;
    return seconds;
}

static uint32_t crew_size(const struct hog_sampler *sampler)
{
    uint32_t size = 0;

    for (uint32_t i = 0; i < sampler->rings.count; i++)
        size += !sampler->crew[i].closed;
    return size ? size : 1;
}

/* What the sampler itself took from them is not counted. */
static double waited(struct hog_sampler *sampler)
{
    double seconds = sampler->waited_before;

    for (uint32_t i = 0; i < sampler->roster.count; i++) {
        struct sampled_thread *thread = sampler->roster.threads[i];

        if (sampler->counts_waits)
            thread->waited =
                thread->shares_lwp && !thread->is_current ? 0 : run_record_waited(&thread->record);
        seconds += thread->waited;
    }
    return fmax(seconds - sampler->now.cpu_seconds, 0);
}

static void publish(struct hog_sampler *sampler)
{
    struct hog_sampler_stats *now = &sampler->now;
    double seconds = sampler->started_at > 0 ? hog_clock_monotonic() - sampler->started_at : 0;
    bool counts = sampler->live && (sampler->started_at > 0 || sampler->stopped);
    double cpu = counts ? lwp_process_cpu(sampler->process->pid) : -1;

    if (cpu >= 0 && sampler->ran_from >= 0)
        now->ran_seconds = sampler->ran_before + cpu - sampler->ran_from;
    if (sampler->crew && sampler->started_at > 0)
        now->ticks = sampler->ticks_before + sampler->worker_ticks / crew_size(sampler);

    now->seconds = sampler->seconds_before + seconds;
    now->planned = sampler->planned_before + (uint64_t)(seconds * sampler->options.rate);
    if (now->planned < now->ticks)
        now->planned = now->ticks;
    now->waited_seconds = waited(sampler);
    now->interval = interval(sampler);
    sampler->asleep_weight = now->ran >= RAN_TO_TELL ? between_ticks(sampler) / now->interval : 1;
    now->sample_median = median_cost(sampler);
    if (sampler->started_at > 0)
        now->cpu_seconds = sampler->cpu_before + sampler_cpu(sampler);
    now->threads = sampler->roster.count;
    now->way = sampler->way;
    sampler->stats = *now;
}

void count_samples(struct hog_sampler *sampler, bool urgent)
{
    const struct pending_sink sink = {.add = sink_add, .drop = sink_drop, .context = sampler};

    if (urgent)
        pthread_mutex_lock(&sampler->lock);
    else if (pthread_mutex_trylock(&sampler->lock) != 0)
        return;
    name_new_threads(sampler);
    sampler->counts_waits = urgent || hog_clock_monotonic() - sampler->waited_at >= WAITED_SECONDS;
    if (sampler->counts_waits)
        sampler->waited_at = hog_clock_monotonic();
    pending_hand_over(&sampler->pending, &sampler->codes, sampler->memory, &sink);
    for (uint32_t i = 0; i < sampler->roster.count; i++)
        hand_over_counts(sampler, sampler->roster.threads[i]);
    publish(sampler);
    pthread_mutex_unlock(&sampler->lock);
    sampler->counted_tick = sampler->tick_number;
    sampler->counted_at = hog_clock_monotonic();
}

const char *count_refresh(struct hog_sampler *sampler)
{
    double start = hog_clock_monotonic();
    enum roster_state state;

    for (uint32_t i = 0; i < sampler->roster.count; i++)
        if (sampler->roster.threads[i]->gone)
            sampler->waited_before += sampler->roster.threads[i]->waited;
    roster_forget_gone(&sampler->roster);
    state = roster_refresh(&sampler->roster);
    name_new_threads(sampler);
    awaited_refresh(sampler);
    sampler->refreshed_at = hog_clock_monotonic();
    sampler->refresh_cost = sampler->refreshed_at - start;
    sampler->wants_refresh = false;
    if (!HOG_GROW(sampler->gils, sampler->gil_capacity, sampler->roster.gil_count))
        return "memory is exhausted";
    switch (state) {
    case ROSTER_EXITED:
        return "the process exited";
    case ROSTER_REPLACED:
        return "the process runs another program now (exec)";
    case ROSTER_NO_PYTHON:
        return "Python's list of threads is gone: it is shutting down";
    default:
        return NULL;
    }
}

bool count_meet(struct hog_sampler *sampler, int64_t lwp)
{
    if (!roster_meet(&sampler->roster, lwp) ||
        !HOG_GROW(sampler->gils, sampler->gil_capacity, sampler->roster.gil_count))
        return false;
    name_new_threads(sampler);
    return true;
}

bool count_may_refresh(const struct hog_sampler *sampler)
{
    return hog_clock_monotonic() - sampler->refreshed_at >=
           fmax(REFRESH_SECONDS / 10, REFRESH_REST * sampler->refresh_cost);
}

bool count_now(struct hog_sampler *sampler)
{
    const char *reason;

    count_samples(sampler, false);
    if (sampler->pending.stack_count)
        return false;
    reason = count_refresh(sampler);
    if (reason) /* else another of the crew may have ended it for a reason of its own */
        sampler->reason = reason;
    return !reason;
}

const char *count_between_ticks(struct hog_sampler *sampler)
{
    double now = hog_clock_monotonic();
    double between = REFRESH_SECONDS * (1 + (double)sampler->roster.count / REFRESH_THREADS);
    bool refresh =
        now - sampler->refreshed_at >= between || (sampler->wants_refresh && count_may_refresh(sampler));

    if (refresh || now - sampler->counted_at >= COUNT_SECONDS ||
        sampler->tick_number - sampler->counted_tick >= COUNT_TICKS)
        count_samples(sampler, false);
    /* Put off: somebody copies the profile, and samples refer to threads by number. */
    if (!refresh || sampler->pending.stack_count)
        return NULL;
    return count_refresh(sampler);
}

/*
 * What others may ask at any time.
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
    filled.ran = fmax(sampler->stats.ran_seconds, 0);
    filled.waited = sampler->stats.waited_seconds;
    filled.ticks = sampler->stats.ticks;
    filled.method = sampler->way;
    status = hog_profile_builder_seal(sampler->builder, &filled, ret_profile);
    pthread_mutex_unlock(&sampler->lock);
    return status;
}
