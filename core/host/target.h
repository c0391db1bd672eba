/*
 * What a command looks at: the debuggee as the host describes it, opened by
 * the core, with the interpreter located in it.
 *
 *     live      /proc/PID/mem, then the debugger         /proc/PID
 *     core      the file by itself                       its notes
 *     remote,   the debugger alone                       threads, modules and auxv from the host
 *     core of unknown path
 *
 * It is opened anew for every command and closed at its end: nothing of one
 * inferior can show up in another.
 */
#ifndef HOG_TARGET_TARGET_H
#define HOG_TARGET_TARGET_H

#include "files/files.h"
#include "hognose.h"
#include "locate/locate.h"

/* What was stopped for what is shown. */
enum target_stopped {
    TARGET_STOPPED_NOTHING, /* of a process that runs: none of its threads ran, or could get the GIL */
    TARGET_STOPPED_SOME,    /* those that had the GIL, or all that ran, while what they left was copied */
    TARGET_STOPPED_ALL,
    TARGET_STANDS_STILL, /* by itself: a core, a process that the debugger has stopped */
};

struct target {
    uint32_t max_frames; /* of a thread that are read, besides the outermost ones; 0: the default */
    const struct hog_host *host;
    bool is_hosts; /* what the host looks at, rather than a core file named to us */
    enum hog_target_kind kind;
    bool runs; /* nobody has stopped it */
    int64_t pid;
    const char *executable; /* the host's word for it; "" none */
    const char *core_path;
    const char *sysroot;
    bool process_made; /* `process` is to be deinit'ed */
    struct hog_process process;
    struct hog_memory *recorder; /* over process.memory: target_record; else NULL */
    struct hog_memory *cache;    /* over either */
    bool location_made;
    struct hog_location location;
    enum target_stopped stopped;
    double held_seconds;    /* how long threads of a process that runs were held for us */
    bool interrupted;       /* Ctrl-C was seen; stays true */
    const char *warning;    /* our own, NULL none */
    struct hog_arena arena; /* the host's texts */
};

/*
 * Opens what the host looks at, or the core file `core` (NULL: none was named). The words of `error` say why
 * not: nothing attached, running, refused. Must be deinit'ed either way.
 */
enum hog_status target_open(struct target *target, const struct hog_host *host, const char *core,
                            struct hog_error *error) HOG_CHECKED;
/* All that is read of it from now on is remembered, for a core file of it. Before anything is read. */
enum hog_status target_record(struct target *target, struct hog_error *error) HOG_CHECKED;
/* Does the host look at nothing, though it could: what it had has ended? */
bool target_is_gone(const struct hog_host *host);
/* Finds CPython in it; target->location holds the trail either way. */
enum hog_status target_locate(struct target *target, struct hog_version assume_version,
                              struct hog_error *error) HOG_CHECKED;
/* The threads of the same process as they are now, for one who has let it run. Must be deinit'ed either way.
 */
enum hog_status target_look_again(struct target *now, const struct target *target,
                                  struct hog_error *error) HOG_CHECKED;
void target_deinit(struct target *target);

/* Was Ctrl-C pressed? For the options of hog_locate and hog_decode_snapshot; `target` is a struct target *.
 */
bool target_interrupted(void *target);

/* LWP of the thread that the host has selected; 0: none, or a core that it does not know. */
int64_t target_selected_thread(const struct target *target);

/* Where its files are found, and whose rights they are looked at with; must be deinit'ed. */
void target_files(const struct target *target, struct hog_files *ret_files);

/* "live", "core", "remote" */
const char *target_kind_name(const struct target *target);

/* host_process.c: what the host knows goes into target->process. False when memory is exhausted. */
bool host_merge_threads(struct target *target) HOG_CHECKED;
void host_take_signal(struct target *target);
bool host_fill_process(struct target *target) HOG_CHECKED; /* a process without a source of its own */

#endif
