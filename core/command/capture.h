/*
 * One capture: the process runs for a while and is sampled; what py-sample
 * and py-top have in common.
 *
 *     capture_open     target ─▶ snapshot (names of threads) ─▶ sampler
 *     capture_run      the sampler beside the running process, or capture_stopped: stop, look, go on
 *     capture_finish   ─▶ profile
 *
 * However it ends (time, Ctrl-C, exit, crash, breakpoint, exec), what was
 * sampled until then is kept, and `ended` says why.
 */
#ifndef HOG_COMMAND_CAPTURE_H
#define HOG_COMMAND_CAPTURE_H

#include "base/clock.h"
#include "command/command.h"
#include "host/let_run.h"
#include "host/unwind.h"
#include "sample/sampler.h"

enum { CAPTURE_WORDS = HOG_ERROR_MESSAGE };

struct capture;

/* Called while it runs, without --stop on another thread. Set by the caller before capture_run. */
struct capture_beat {
    void (*call)(struct capture *capture); /* NULL: nothing is called */
    double seconds;                        /* between two calls; 0: one */
    void *context;                         /* the caller's */
};

/* What came of it. */
struct capture_result {
    struct hog_sampler_stats stats;
    enum hog_run_end end;
    char ended[CAPTURE_WORDS]; /* why */
    double start_time;         /* since the epoch */
    double started;            /* hog_clock_monotonic() */
    double ran;                /* --stop: seconds that the process ran */
};

struct capture {
    struct hog_session *session;
    const struct options *options;
    double seconds; /* how long; 0 unlimited */
    struct capture_beat beat;

    struct target target;
    struct hog_files files;        /* where its source is: found while the process is there */
    struct hog_snapshot *snapshot; /* before it ran */
    struct hog_sampler *sampler;
    struct unwind unwind; /* --native */
    struct let_run *run;

    struct capture_result result;
};

/* `seconds` 0: until it is ended. On failure the session's error has the words. Must be deinit'ed either way.
 */
enum hog_status capture_open(struct capture *capture, struct hog_session *session,
                             const struct options *options, double seconds) HOG_CHECKED;
/* Fails only if nothing was sampled. */
enum hog_status capture_run(struct capture *capture) HOG_CHECKED;
/* What was sampled so far, as it is; at any time. Without words. */
enum hog_status capture_profile(const struct capture *capture, struct hog_profile **ret_profile) HOG_CHECKED;
/* Keeps it as the session's last one. HOG_NOT_FOUND: no sample passes through --under; all of it is kept
 * then. */
enum hog_status capture_finish(struct capture *capture) HOG_CHECKED;
void capture_deinit(struct capture *capture);

/* Ended by the user, or by what the user had set up: there is no point in another capture. */
bool capture_was_cut(const struct capture *capture);
void capture_end(struct capture *capture, const char *why); /* on the beat's thread: that is enough */
uint64_t capture_dropped(const struct hog_sampler_stats *stats);

/* capture_stopped.c: capture_run with --stop. */
enum hog_status capture_stopped(struct capture *capture) HOG_CHECKED;
/* Why the process does not run any more, into capture->result. False: because we wanted it
 * so. */
bool capture_take_end(struct capture *capture, const struct hog_run_result *result);

#endif
