/*
 * Letting the process run for a while: the host's run_process, with a thread
 * of ours beside it that ends it.
 *
 *     command's thread   let_run_for ──▶ host->run_process ─────────────────────▶ returns
 *     helper             beat … beat … the time is up, or let_run_end ──▶ host->request_stop, again and again
 *
 * The helper blocks all signals and calls nothing of the host but
 * request_stop. That is called without our lock: the debugger may have locks
 * of its own there.
 */
#ifndef HOG_HOST_LET_RUN_H
#define HOG_HOST_LET_RUN_H

#include "base/clock.h"
#include "base/status.h"
#include "hognose.h"

struct let_run;

struct let_run_options {
    /* Called on the helper's thread while the process runs, each so many seconds; NULL: nothing is. */
    void (*beat)(void *context);
    double beat_seconds;
    /* Whether the debugger still holds a thread: a debugger lets them go one by one, and the time of let_run_for begins
     * when all of them run. Called on the helper's thread; NULL: it begins at once. */
    bool (*is_held)(void *context);
    void *context;
};

/* `host` must outlive it, and have run_process and request_stop. */
enum hog_status let_run_create(const struct hog_host *host, const struct let_run_options *options,
                               struct let_run **ret_run, struct hog_error *error) HOG_CHECKED;
/* NULL is fine. */
void let_run_destroy(struct let_run *run);

/*
 * Returns when the process stands still again: `seconds` have gone by (0:
 * no limit), let_run_end was called, or it stopped by itself. After
 * let_run_end it returns at once. No beat is under way then.
 */
void let_run_for(struct let_run *run, double seconds, struct hog_run_result *ret_result);
/* Ends it for good, after `seconds` unless it has stopped by itself by then; on any thread, at any time. */
void let_run_end(struct let_run *run, double seconds);
/* When it was time to ask the process to stop, in the last run; CLOCK_MONOTONIC in seconds, 0: it was not asked. */
double let_run_asked_at(struct let_run *run);
/* Was let_run_end called? */
bool let_run_is_over(struct let_run *run);

#endif
