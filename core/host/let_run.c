/* The process runs, and a helper ends that; see let_run.h. */
#define _GNU_SOURCE
#include "host/let_run.h"
#include "base/clock.h"
#include "base/thread.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* A request may get lost in the debugger: it is made again, soon at first. */
static const double AGAIN_FIRST = 0.1;
static const double AGAIN_MOST = 1;
/* How long the helper may hang in the debugger before it is left there. */
enum { LEAVE_SECONDS = 2 };
/* Letting go of the threads is waited for so long at most, and looked at that often. */
static const double HELD_MOST = 0.1;
static const double HELD_LOOK = 0.0005;

struct let_run {
    const struct hog_host *host;
    struct let_run_options options;
    pthread_t helper;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    bool running; /* run_process is under way */
    bool over;    /* let_run_end was called */
    bool quit;
    bool left;       /* the helper is on its own: it frees all this */
    bool done;       /* it has ended */
    bool beating;    /* the helper is in `beat` */
    double seconds;  /* from when all threads run */
    double held_to;  /* that is not waited for any longer */
    double look_at;  /* INFINITY: never */
    double stop_at;  /* while running; INFINITY: not by itself */
    double asked_at; /* when it was time to ask first; 0 not yet */
    double again;    /* seconds until the next request */
    double beat_at;  /* INFINITY: never */
};

static void wait_until(struct let_run *run, double when)
{
    struct timespec at = {.tv_sec = isfinite(when) ? (time_t)when : 0};

    if (!isfinite(when)) {
        pthread_cond_wait(&run->changed, &run->lock);
        return;
    }
    at.tv_nsec = (long)((when - (double)at.tv_sec) * 1e9);
    pthread_cond_timedwait(&run->changed, &run->lock, &at);
}

/* Both leave the lock for the call. */

static void ask_to_stop(struct let_run *run, double now)
{
    if (!run->asked_at)
        run->asked_at = run->stop_at;
    run->stop_at = now + run->again;
    run->again = fmin(2 * run->again, AGAIN_MOST);
    pthread_mutex_unlock(&run->lock);
    run->host->request_stop(run->host->self);
    pthread_mutex_lock(&run->lock);
}

static void look(struct let_run *run)
{
    bool held;
    double now;

    pthread_mutex_unlock(&run->lock);
    held = run->options.is_held(run->options.context);
    pthread_mutex_lock(&run->lock);
    now = hog_clock_monotonic();
    run->look_at = now + HELD_LOOK;
    if (held && now < run->held_to)
        return;
    run->look_at = INFINITY;
    run->stop_at = fmin(run->stop_at, now + run->seconds);
}

static void beat(struct let_run *run, double now)
{
    run->beat_at = fmax(run->beat_at + run->options.beat_seconds, now);
    run->beating = true;
    pthread_mutex_unlock(&run->lock);
    run->options.beat(run->options.context);
    pthread_mutex_lock(&run->lock);
    run->beating = false;
    pthread_cond_broadcast(&run->changed);
}

static void free_run(struct let_run *run)
{
    pthread_cond_destroy(&run->changed);
    pthread_mutex_destroy(&run->lock);
    free(run);
}

/*
 * Who is asked to stop too late, because others have the CPU, has gone on
 * meanwhile: a sample is to show where it was. All that is done at that
 * priority is to send a signal.
 */
static void go_first(void)
{
    if (!hog_thread_schedule(SCHED_FIFO, 1))
        setpriority(PRIO_PROCESS, 0, -20); /* on Linux: of this thread alone */
}

static void *helper_main(void *context)
{
    struct let_run *run = context;
    bool left;

    if (!run->options.beat)
        go_first();

    pthread_mutex_lock(&run->lock);
    while (!run->quit) {
        double now = hog_clock_monotonic();

        if (!run->running)
            wait_until(run, INFINITY);
        else if (run->stop_at <= now)
            ask_to_stop(run, now);
        else if (run->look_at <= now)
            look(run);
        else if (run->beat_at <= now)
            beat(run, now);
        else
            wait_until(run, fmin(fmin(run->stop_at, run->look_at), run->beat_at));
    }
    run->done = true;
    left = run->left;
    pthread_mutex_unlock(&run->lock);
    if (left)
        free_run(run);
    return NULL;
}

enum hog_status let_run_create(const struct hog_host *host, const struct let_run_options *options,
                               struct let_run **ret_run, struct hog_error *error)
{
    struct let_run *run = calloc(1, sizeof *run);
    pthread_condattr_t monotonic;
    int failed;

    if (!run)
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory to let the process run");
    run->host = host;
    run->options = *options;
    run->look_at = INFINITY;
    run->beat_at = options->beat ? hog_clock_monotonic() + options->beat_seconds : INFINITY;
    pthread_mutex_init(&run->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&run->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    failed = hog_thread_start(&run->helper, helper_main, run);
    if (failed) {
        free_run(run);
        return hog_fail(error, HOG_NO_MEMORY, "a thread to time the run cannot be started: %s; try again",
                        strerror(failed));
    }
    *ret_run = run;
    return HOG_OK;
}

static bool join_in_time(pthread_t helper)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LEAVE_SECONDS;
    return pthread_timedjoin_np(helper, NULL, &until) == 0;
}

/*
 * A debugger may keep request_stop waiting for a lock that the caller of this
 * holds. Then the helper is left to itself, and what it still needs with it.
 */
void let_run_destroy(struct let_run *run)
{
    pthread_t helper;
    bool joined, done;

    if (!run)
        return;
    helper = run->helper;
    pthread_mutex_lock(&run->lock);
    run->quit = true;
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
    joined = join_in_time(helper);
    pthread_mutex_lock(&run->lock);
    done = run->done;
    run->left = !done;
    pthread_mutex_unlock(&run->lock);
    if (!done)
        pthread_detach(helper);
    else if (!joined)
        pthread_join(helper, NULL);
    if (done)
        free_run(run);
}

static void set_times(struct let_run *run, double seconds)
{
    double now = hog_clock_monotonic();
    bool looks = run->options.is_held && seconds > 0;

    run->seconds = seconds;
    run->held_to = now + HELD_MOST;
    run->look_at = looks ? now : INFINITY;
    run->stop_at = seconds > 0 && !looks ? now + seconds : INFINITY;
}

void let_run_for(struct let_run *run, double seconds, struct hog_run_result *ret_result)
{
    bool over;

    *ret_result = (struct hog_run_result){.end = HOG_RUN_STOPPED};
    pthread_mutex_lock(&run->lock);
    over = run->over;
    run->running = !over;
    set_times(run, seconds);
    run->asked_at = 0;
    run->again = AGAIN_FIRST;
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
    if (over)
        return;
    run->host->run_process(run->host->self, ret_result);
    pthread_mutex_lock(&run->lock);
    run->running = false;
    while (run->beating)
        pthread_cond_wait(&run->changed, &run->lock);
    pthread_mutex_unlock(&run->lock);
}

void let_run_end(struct let_run *run, double seconds)
{
    pthread_mutex_lock(&run->lock);
    run->over = true;
    run->stop_at = hog_clock_monotonic() + seconds;
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
}

double let_run_asked_at(struct let_run *run)
{
    double asked_at;

    pthread_mutex_lock(&run->lock);
    asked_at = run->asked_at;
    pthread_mutex_unlock(&run->lock);
    return asked_at;
}

bool let_run_is_over(struct let_run *run)
{
    bool over;

    pthread_mutex_lock(&run->lock);
    over = run->over;
    pthread_mutex_unlock(&run->lock);
    return over;
}
