/* Opening, running and closing a capture; see capture.h. */
#define _GNU_SOURCE
#include "command/capture.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "command/select.h"
#include "decode/decode.h"
#include "decode/gil.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const double BEAT_SECONDS = 1;
/* The sampler may see the end of a process before the debugger does, who knows more about it. */
static const double EXIT_SECONDS = 0.5;

/*
 * Opening.
 */

/* What cannot run is told before anything is read. */
static enum hog_status check_target(struct capture *capture)
{
    const struct hog_host *host = &capture->session->host;
    struct hog_error *error = &capture->session->error;
    struct hog_host_process described = {0};

    host->describe_process(host->self, &described);
    if (described.target == HOG_TARGET_CORE)
        return hog_fail(error, HOG_UNSUPPORTED,
                        "a core file cannot run, so there is nothing to sample: py-dump shows its stacks");
    if (described.target == HOG_TARGET_NOTHING && described.attach_request <= 0)
        return hog_fail(error, HOG_NO_PROCESS,
                        "no process: attach to one (attach PID) or start one (run), then run it again");
    if (described.target == HOG_TARGET_REMOTE && !option_given(capture->options, OPTION_STOP))
        return hog_fail(
            error, HOG_UNSUPPORTED,
            "a remote process cannot be read while it runs: py-sample --stop stops it for each sample");
    if (!host->run_process || !host->request_stop)
        return hog_fail(error, HOG_UNSUPPORTED,
                        "this debugger offers no way to let the process run for a "
                        "while: py-dump shows its stacks as they are now");
    return option_given(capture->options, OPTION_NATIVE) ? unwind_check(host, true, error) : HOG_OK;
}

/* Let run, a thread that was never stopped is not stopped either when the time is up. */
static enum hog_status check_held(const struct hog_process *process, struct hog_error *error)
{
    for (size_t i = 0; i < process->thread_count; i++)
        if (process->threads[i].runs)
            return hog_fail(
                error, HOG_UNSUPPORTED,
                "the debugger has not stopped all threads of the process: attach to the whole of it "
                "(attach %" PRId64 "), or stop them (interrupt -a)",
                process->pid);
    return HOG_OK;
}

static enum hog_status open_target(struct capture *capture)
{
    struct hog_error *error = &capture->session->error;
    struct target *target = &capture->target;
    const struct hog_decode_options decode = {.interrupted = target_interrupted, .context = target};
    enum hog_status status = target_open(target, &capture->session->host, NULL, error);

    if (status == HOG_OK)
        status = check_held(&target->process, error);
    if (status == HOG_OK && target->process.kind != HOG_TARGET_LIVE && target->warning &&
        !option_given(capture->options, OPTION_STOP))
        return hog_fail(error, HOG_DENIED,
                        "it cannot be read while it runs (%.600s): py-sample --stop stops it for each sample",
                        target->warning);
    if (status == HOG_OK)
        status = target_locate(target, capture->options->assume_version, error);
    if (status == HOG_OK)
        status = hog_decode_snapshot(&target->process, &target->location, target->cache, &decode,
                                     &capture->snapshot, error);
    if (status == HOG_OK && target->interrupted)
        return hog_fail(error, HOG_INTERRUPTED, "interrupted before the first sample");
    return status;
}

/* The LWP of --thread; 0 without it. */
static enum hog_status choose_thread(struct capture *capture, int64_t *ret_lwp)
{
    HOG_FREE const struct hog_thread **threads = NULL;
    struct hog_error *error = &capture->session->error;
    enum hog_status status;
    size_t count = 0;

    *ret_lwp = 0;
    if (!option_given(capture->options, OPTION_THREAD))
        return HOG_OK;
    status = select_threads(capture->snapshot, capture->options, target_selected_thread(&capture->target),
                            &threads, &count, error);
    if (status != HOG_OK)
        return status;
    if (count != 1)
        return hog_fail(error, HOG_USAGE,
                        "--thread chose %zu threads: sample one of them, or all without --thread", count);
    if (!threads[0]->tstate)
        return hog_fail(error, HOG_USAGE,
                        "thread %" PRId64 " runs no Python: py-threads --python-only lists those that do",
                        threads[0]->os_thread_id);
    *ret_lwp = threads[0]->os_thread_id;
    return HOG_OK;
}

static void sampler_ended(void *context, const char *reason)
{
    struct capture *capture = context;
    bool in_time =
        capture->seconds <= 0 || hog_clock_monotonic() < capture->result.started + capture->seconds;

    (void)reason; /* hog_sampler_ended has it */
    let_run_end(capture->run, in_time ? EXIT_SECONDS : 0);
}

static void native_stack(void *context, int64_t lwp, struct hog_native_stack *ret_stack)
{
    struct capture *capture = context;

    unwind_stack(&capture->unwind, lwp, ret_stack);
}

static double thread_seconds(void *context, int64_t lwp)
{
    const struct capture *capture = context;
    const struct hog_host *host = &capture->session->host;

    return host->thread_seconds(host->self, lwp);
}

/* Where there is no GIL nobody ever holds it, and an empty profile would be a lie. */
static enum hog_status check_gil(struct capture *capture)
{
    const struct target *target = &capture->target;
    const struct hog_snapshot *snapshot = capture->snapshot;
    bool exists = !option_given(capture->options, OPTION_GIL) || !snapshot->interpreter_count;

    for (size_t i = 0; i < snapshot->interpreter_count && !exists; i++) {
        struct hog_gil_place place =
            hog_gil_locate(&target->location.python, target->cache, snapshot->interpreters[i].address);
        struct hog_gil_state gil = hog_gil_read_memory(&place, target->cache);

        exists = !gil.known || gil.exists;
    }
    return exists ? HOG_OK
                  : hog_fail(&capture->session->error, HOG_UNSUPPORTED,
                             "this free-threaded Python runs without a GIL, so no thread can hold it: sample "
                             "without --gil");
}

static enum hog_status make_sampler(struct capture *capture)
{
    const struct options *options = capture->options;
    struct hog_sampler_options wanted = {
        .rate = options->rate,
        .seconds = capture->seconds,
        .mode = option_given(options, OPTION_IDLE)  ? HOG_PROFILE_IDLE
                : option_given(options, OPTION_GIL) ? HOG_PROFILE_GIL
                                                    : HOG_PROFILE_CPU,
        .by_line = !option_given(options, OPTION_FUNCTION),
        .tasks = option_given(options, OPTION_ASYNC),
        .ended = sampler_ended,
        .context = capture,
    };
    enum hog_status status = check_gil(capture);

    if (status == HOG_OK)
        status = choose_thread(capture, &wanted.only_lwp);
    if (option_given(options, OPTION_NATIVE))
        wanted.native_stack = native_stack;
    if (capture->target.process.kind == HOG_TARGET_REMOTE && capture->session->host.thread_seconds)
        wanted.thread_seconds = thread_seconds;
    if (status == HOG_OK && wanted.native_stack)
        status =
            unwind_init(&capture->unwind, &capture->target, UNWIND_MOST_SAMPLED, &capture->session->error);
    if (status == HOG_OK)
        status = hog_sampler_create(&capture->target.process, &capture->target.location, &wanted,
                                    &capture->sampler, &capture->session->error);
    if (status == HOG_OK)
        hog_sampler_name_threads(capture->sampler, capture->snapshot);
    return status;
}

enum hog_status capture_open(struct capture *capture, struct hog_session *session,
                             const struct options *options, double seconds)
{
    enum hog_status status;

    *capture = (struct capture){.session = session, .options = options, .seconds = seconds};
    status = check_target(capture);
    if (status == HOG_OK)
        status = open_target(capture);
    if (status == HOG_OK)
        status = make_sampler(capture);
    target_files(&capture->target, &capture->files);
    return status;
}

void capture_deinit(struct capture *capture)
{
    hog_sampler_destroy(capture->sampler); /* its thread may call let_run_end still */
    unwind_deinit(&capture->unwind);
    let_run_destroy(capture->run);
    hog_snapshot_destroy(capture->snapshot);
    target_deinit(&capture->target);
    hog_files_deinit(&capture->files);
}

/*
 * Running.
 */

static void run_beat(void *context)
{
    struct capture *capture = context;

    hog_sampler_stats(capture->sampler, &capture->result.stats);
    capture->beat.call(capture);
}

void capture_end(struct capture *capture, const char *why)
{
    snprintf(capture->result.ended, sizeof capture->result.ended, "%s", why);
    let_run_end(capture->run, 0);
}

bool capture_was_cut(const struct capture *capture)
{
    return capture->result.end != HOG_RUN_STOPPED;
}

static enum hog_status run_beside(struct capture *capture)
{
    struct hog_run_result result;
    const char *reason;
    enum hog_status status = hog_sampler_start(capture->sampler, &capture->session->error);

    if (status != HOG_OK)
        return status;
    let_run_for(capture->run, 0, &result);
    hog_sampler_stop(capture->sampler);
    reason = hog_sampler_ended(capture->sampler);
    if (!capture_take_end(capture, &result) && !*capture->result.ended)
        snprintf(capture->result.ended, sizeof capture->result.ended, "%s",
                 reason ? reason : "the debugger stopped it");
    return HOG_OK;
}

static bool is_held(void *context)
{
    const struct capture *capture = context;

    return hog_sampler_process_is_held(capture->sampler);
}

enum hog_status capture_run(struct capture *capture)
{
    const struct hog_host *host = &capture->session->host;
    bool stop = option_given(capture->options, OPTION_STOP);
    const struct let_run_options options = {.beat = capture->beat.call && !stop ? run_beat : NULL,
                                            .beat_seconds = capture->beat.seconds > 0 ? capture->beat.seconds
                                                                                      : BEAT_SECONDS,
                                            .is_held = stop ? is_held : NULL,
                                            .context = capture};
    enum hog_status status = let_run_create(host, &options, &capture->run, &capture->session->error);

    if (status != HOG_OK)
        return status;
    capture->result.start_time = hog_clock_epoch();
    capture->result.started = hog_clock_monotonic();
    status = stop ? capture_stopped(capture) : run_beside(capture);
    hog_sampler_stats(capture->sampler, &capture->result.stats);
    if (status == HOG_OK && capture->result.end == HOG_RUN_FAILED && !capture->result.stats.kept)
        return hog_fail(&capture->session->error, HOG_DENIED, "nothing was sampled: %s",
                        capture->result.ended);
    return status;
}
