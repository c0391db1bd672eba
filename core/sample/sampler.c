/* The sampler's thread, its life, and what others may ask of it; see sampler.h. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/thread.h"
#include "memory/provided.h"
#include "sample/lwp.h"
#include "sample/sampler_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_MEMORY_LIMIT ((size_t)256 << 20)
#define LOWEST_RATE          0.01
#define HIGHEST_RATE         100000.0

/* Polled in long walks of lists. */
static bool poll_refresh(void *context)
{
    struct hog_sampler *sampler = context;

    placement_poll(sampler->placement);
    return !__atomic_load_n(&sampler->stop, __ATOMIC_ACQUIRE);
}

static enum hog_status init_parts(struct hog_sampler *sampler)
{
    const struct hog_layout *layout = &sampler->location->python.layout;
    enum hog_status status = walk_plan_init(&sampler->plan, layout);

    if (status == HOG_OK)
        status = page_view_init(&sampler->view);
    if (status == HOG_OK)
        status = walk_init(&sampler->walk);
    if (status == HOG_OK)
        status = take_scratch(sampler);
    if (status == HOG_OK)
        status = awaited_init(sampler);
    if (status == HOG_OK)
        status = pending_init(&sampler->pending);
    if (status == HOG_OK)
        status = codes_init(&sampler->codes, layout, sampler->builder);
    if (status == HOG_OK)
        status = roster_init(&sampler->roster, sampler->process, sampler->location, sampler->memory,
                             sampler->options.no_switch_records);
    sampler->roster.poll = poll_refresh;
    sampler->roster.poll_context = sampler;
    return status;
}

static void init_options(struct hog_sampler *sampler, const struct hog_sampler_options *options)
{
    sampler->options = *options;
    if (!(sampler->options.rate >= LOWEST_RATE))
        sampler->options.rate = LOWEST_RATE;
    if (sampler->options.rate > HIGHEST_RATE)
        sampler->options.rate = HIGHEST_RATE;
    if (!sampler->options.memory_limit)
        sampler->options.memory_limit = DEFAULT_MEMORY_LIMIT;
    if (!(sampler->options.progress_seconds > 0))
        sampler->options.progress_seconds = 1;
}

/* A source of the sampler's own, for its thread. NULL: no memory. */
static struct hog_memory *memory_of(const struct hog_process *process)
{
    struct hog_memory *live = hog_memory_of_process((int)process->pid);

    for (size_t i = 0; live && i < process->mapping_count; i++)
        if (process->mappings[i].served &&
            !hog_memory_leave_out(live, process->mappings[i].start, process->mappings[i].end)) {
            hog_memory_destroy(live);
            return NULL;
        }
    if (live && hog_pages_are_provided(process->pid))
        hog_memory_join(live);
    return live;
}

enum hog_status hog_sampler_create(const struct hog_process *process, const struct hog_location *location,
                                   const struct hog_sampler_options *options,
                                   struct hog_sampler **ret_sampler, struct hog_error *error)
{
    struct hog_sampler *sampler = calloc(1, sizeof *sampler);
    enum hog_status status;

    if (!sampler)
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory to sample");
    init_options(sampler, options);
    sampler->process = process;
    sampler->location = location;
    sampler->nowhere = (struct placement){.priority = PRIORITY_NORMAL, .cpu = -1};
    sampler->placement = &sampler->nowhere;
    sampler->asleep_weight = 1;
    pthread_mutex_init(&sampler->turn, NULL);
    sampler->roster.tasks = -1;
    pthread_mutex_init(&sampler->lock, NULL);
    snprintf(sampler->way, sizeof sampler->way, "the process stood still at each sample%s",
             options->native_stack ? ", C frames from the debugger's unwinder" : "");
    if (process->kind == HOG_TARGET_LIVE)
        sampler->live = memory_of(process);
    sampler->memory = sampler->live ? sampler->live : process->memory;
    sampler->ran_from = lwp_process_cpu(process->pid);
    sampler->stats.interval = 1 / sampler->options.rate;
    sampler->builder = hog_profile_builder_create(sampler->options.memory_limit);
    status = sampler->builder ? init_parts(sampler) : HOG_NO_MEMORY;
    if (status != HOG_OK) {
        hog_sampler_destroy(sampler);
        return hog_fail(error, status,
                        status == HOG_NO_MEMORY ? "not enough memory to sample"
                                                : "this build of Python cannot be sampled");
    }
    *ret_sampler = sampler;
    return HOG_OK;
}

void hog_sampler_destroy(struct hog_sampler *sampler)
{
    if (!sampler)
        return;
    hog_sampler_stop(sampler);
    roster_deinit(&sampler->roster);
    codes_deinit(&sampler->codes);
    pending_deinit(&sampler->pending);
    walk_deinit(&sampler->walk);
    page_view_deinit(&sampler->view);
    page_forecast_deinit(&sampler->gil_forecast);
    hog_code_reader_destroy(sampler->reader);
    hog_profile_builder_destroy(sampler->builder);
    hog_memory_destroy(sampler->live);
    pthread_mutex_destroy(&sampler->lock);
    pthread_mutex_destroy(&sampler->turn);
    free(sampler->entries);
    free(sampler->lines);
    free(sampler->gils);
    native_scratch_deinit(&sampler->native);
    awaited_deinit(&sampler->awaited);
    free(sampler);
}

void hog_sampler_name_threads(struct hog_sampler *sampler, const struct hog_snapshot *snapshot)
{
    if (!sampler->running && !sampler->roster.count && count_refresh(sampler))
        return;
    for (size_t i = 0; i < snapshot->thread_count; i++) {
        const struct hog_thread *known = snapshot->threads + i;
        struct sampled_thread *thread = roster_find(&sampler->roster, known->tstate);

        if (!thread || !known->tstate)
            continue;
        if (known->name) {
            snprintf(thread->name, sizeof thread->name, "%s", known->name);
            thread->name_is_of_os = known->name_is_of_os;
        }
    }
}

bool hog_sampler_process_is_held(const struct hog_sampler *sampler)
{
    return sampler->live && lwp_any_is_held(sampler->process->pid);
}

/*
 * The thread.
 */

static void end_by_itself(struct hog_sampler *sampler, const char *reason)
{
    count_samples(sampler, true);
    pthread_mutex_lock(&sampler->lock);
    sampler->ended = reason;
    pthread_mutex_unlock(&sampler->lock);
    if (sampler->options.ended)
        sampler->options.ended(sampler->options.context, reason);
}

static const char *run_ticks(struct hog_sampler *sampler)
{
    double end = sampler->options.seconds > 0 ? sampler->started_at + sampler->options.seconds : INFINITY;

    while (schedule_wait(&sampler->schedule, &sampler->stop)) {
        double awake = hog_clock_monotonic(), cpu = hog_clock_thread_cpu();
        const char *reason;

        if (awake >= end)
            return "the time was up";
        placement_lend(sampler->placement);
        tick_run(sampler, sampler->schedule.due);
        reason = count_between_ticks(sampler);
        sampler->now.work_seconds += hog_clock_monotonic() - awake;
        schedule_rest(&sampler->schedule, hog_clock_thread_cpu() - cpu);
        if (!reason && sampler_is_kept_out(sampler))
            reason = "the process runs on CPUs that this one may not use (a cpuset): use --stop";
        if (reason)
            return reason;
        sampler_tell_progress(sampler, awake);
    }
    return NULL;
}

/* One thread, which goes to where the target runs. */
static const char *run_alone(struct hog_sampler *sampler)
{
    struct placement placement;

    placement_init(&placement, sampler->options.no_priority, sampler->level);
    sampler->placement = &placement;
    sampler_tell_way(sampler, &placement);
    schedule_init(&sampler->schedule, sampler->started_at, sampler->options.rate, sampler->options.seed);
    return run_ticks(sampler);
}

static void *sampler_main(void *context)
{
    struct hog_sampler *sampler = context;
    const char *reason = sampler->crew ? crew_run(sampler) : run_alone(sampler);

    sampler->placement = &sampler->nowhere;
    if (reason)
        end_by_itself(sampler, reason);
    else
        count_samples(sampler, true);
    return NULL;
}

static enum hog_status refuse(const struct hog_sampler *sampler, struct hog_error *error)
{
    if (!sampler->live)
        return hog_fail(error, HOG_UNSUPPORTED,
                        "only a process of this machine can be sampled while it runs: use --stop");
    return hog_fail(
        error, HOG_DENIED,
        "samples of the running process could not be proved: the kernel tells neither when its "
        "threads are switched (perf events) nor how often (/proc/%ld/task/*/schedstat): use --stop",
        (long)sampler->process->pid);
}

static void dismiss_crew(struct hog_sampler *sampler)
{
    free(sampler->crew);
    sampler->crew = NULL;
    cpu_rings_close(&sampler->rings);
}

/* A thread on each CPU, where the kernel tells who runs there. */
static void gather_crew(struct hog_sampler *sampler)
{
    if (sampler->options.mode == HOG_PROFILE_IDLE || sampler->options.no_switch_records ||
        cpu_rings_open(&sampler->rings, sampler->process->pid, sampler->roster.tasks) != HOG_OK)
        return;
    sampler->crew = calloc(sampler->rings.count, sizeof *sampler->crew);
    if (!sampler->crew)
        cpu_rings_close(&sampler->rings);
}

/* Its threads must be known, and at least one observable. */
static enum hog_status prepare_start(struct hog_sampler *sampler, struct hog_error *error)
{
    const char *reason;

    if (!sampler->live)
        return refuse(sampler, error);
    sampler_read_from(sampler, sampler->process, sampler->live);
    reason = count_refresh(sampler);
    if (reason)
        return hog_fail(error, HOG_NO_PROCESS, "nothing to sample: %s", reason);
    if (roster_is_denied(&sampler->roster))
        return refuse(sampler, error);
    sampler->level = 1 + lwp_highest_level(&sampler->roster);
    gather_crew(sampler);
    return HOG_OK;
}

enum hog_status hog_sampler_start(struct hog_sampler *sampler, struct hog_error *error)
{
    enum hog_status status;
    int failed;

    if (sampler->running)
        return hog_fail(error, HOG_USAGE, "the sampler runs already");
    status = prepare_start(sampler, error);
    if (status != HOG_OK)
        return status;
    sampler->ended = NULL;
    sampler->ran_from = lwp_process_cpu(sampler->process->pid);
    sampler->started_at = sampler->counted_at = sampler->progressed_at = hog_clock_monotonic();
    failed = hog_thread_start(&sampler->thread, sampler_main, sampler);
    if (failed)
        dismiss_crew(sampler);
    if (failed)
        return hog_fail(error, HOG_NO_MEMORY, "the sampler's thread could not be started: %s",
                        strerror(failed));
    sampler->running = true;
    return HOG_OK;
}

void hog_sampler_stop(struct hog_sampler *sampler)
{
    if (!sampler->running)
        return;
    schedule_wake(&sampler->stop);
    pthread_join(sampler->thread, NULL);
    dismiss_crew(sampler);
    sampler->running = false;
    sampler->stop = 0;
    sampler->ran_before = sampler->now.ran_seconds;
    sampler->ticks_before = sampler->now.ticks;
    sampler->seconds_before = sampler->now.seconds;
    sampler->planned_before = sampler->now.planned;
    sampler->cpu_before = sampler->now.cpu_seconds;
    sampler->started_at = 0;
}
