/*
 * The third host: no debugger, but this program itself.
 *
 *     TARGET ─▶ struct cli_host ─▶ struct hog_host ─▶ hog_session_run
 *
 * A process is read while it runs; where a command wants it to stand still,
 * its threads are held (hold.h) for as long as the command takes.
 */
#ifndef HOG_CLI_HOST_H
#define HOG_CLI_HOST_H

#include "hognose.h"
#include "hold.h"
#include "rest.h"

/* What was written, where it is not for the screen. */
struct cli_text {
    char *bytes; /* NUL-terminated; NULL: nothing was */
    size_t length;
    bool failed; /* there was no memory for all of it */
};

struct cli_host {
    int64_t pid;      /* 0: not a process */
    const char *core; /* NULL: not a core */
    bool is_child;    /* it was started by us: its end is ours to collect */
    bool held;        /* all threads are held until cli_host_deinit */
    struct hold hold;
    bool wants_rests; /* since when threads have not run is asked before they are held */
    struct rests rests;
    int stop_file;         /* eventfd: request_stop */
    struct cli_text *text; /* standard output goes here; NULL: to standard output */
};

/* `pid` 0 and `core` NULL: nothing is looked at. */
struct hog_host cli_host_make(struct cli_host *cli, int64_t pid, const char *core);
/* Holds all threads from now on. False: they would not. */
bool cli_host_hold(struct cli_host *cli);
void cli_host_deinit(struct cli_host *cli);
void cli_text_deinit(struct cli_text *text);

/* Ctrl-C and SIGTERM are noted from now on; see cli_interrupted. */
void cli_catch_interrupts(void);
bool cli_interrupted(void);

#endif
