/*
 * Sampling with --stop: run a little, stand still, look, again.
 *
 *     │ 0 … 1 interval │ 1 … 2 intervals │ …     in each interval of the time that the process ran, one look at
 *     │    ▲           │           ▲     │       a random moment: no rhythm of the process can hide from it
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/clock.h"
#include "command/capture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double LEAST_SECONDS = 0.001; /* that the process is let run */
static const double BEAT_SECONDS = 1;

struct stopping {
    struct capture *capture;
    double interval;
    double slot; /* number of the interval that the next look falls into */
    unsigned short random[3];
    double beat_at;
};

/* How long until the next look; intervals that are over already are left out. */
static double next_run(struct stopping *stopping)
{
    double present = floor(stopping->capture->result.ran / stopping->interval);
    double at;

    if (stopping->slot < present)
        stopping->slot = present;
    at = (stopping->slot + erand48(stopping->random)) * stopping->interval;
    stopping->slot++;
    return fmax(at - stopping->capture->result.ran, LEAST_SECONDS);
}

static void end_because(struct capture *capture, const char *why)
{
    snprintf(capture->result.ended, sizeof capture->result.ended, "%s", why);
}

/* False: there will be no other look. */
static bool look_once(struct capture *capture)
{
    HOG_CLEANUP(target_deinit) struct target now = {0};
    struct hog_error error = {0};
    enum hog_status status = target_look_again(&now, &capture->target, &error);

    capture->unwind.process = &now.process;
    if (status == HOG_OK)
        status = hog_sampler_take_stopped(capture->sampler, capture->target.process.memory, &now.process,
                                          let_run_asked_at(capture->run), &error);
    if (status != HOG_OK)
        end_because(capture, error.message);
    return status == HOG_OK;
}

static bool run_once(struct stopping *stopping)
{
    struct capture *capture = stopping->capture;
    double start = hog_clock_monotonic();
    struct hog_run_result result;

    let_run_for(capture->run, next_run(stopping), &result);
    capture->result.ran += hog_clock_monotonic() - start;
    return !capture_take_end(capture, &result);
}

static bool may_go_on(struct stopping *stopping)
{
    struct capture *capture = stopping->capture;
    const struct hog_host *host = &capture->session->host;
    double now = hog_clock_monotonic();

    if (host->interrupted(host->self)) {
        capture->result.end = HOG_RUN_INTERRUPTED;
        end_because(capture, "Ctrl-C");
        return false;
    }
    if (capture->seconds > 0 && now - capture->result.started >= capture->seconds) {
        end_because(capture, "the time was up");
        return false;
    }
    if (capture->beat.call && now >= stopping->beat_at) {
        stopping->beat_at = now + BEAT_SECONDS;
        hog_sampler_stats(capture->sampler, &capture->result.stats);
        capture->beat.call(capture);
    }
    return !let_run_is_over(capture->run);
}

enum hog_status capture_stopped(struct capture *capture)
{
    struct stopping stopping = {
        .capture = capture,
        .interval = 1 / capture->options->rate,
        .beat_at = capture->result.started + BEAT_SECONDS,
    };

    stopping.random[0] = (unsigned short)(capture->result.start_time * 1e3);
    stopping.random[1] = (unsigned short)capture->target.pid;
    while (may_go_on(&stopping) && run_once(&stopping) && look_once(capture))
        continue;
    return HOG_OK;
}
