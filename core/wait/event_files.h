/* Files that are of the kernel itself, and what a wait for one is for: from their names and /proc/PID/fdinfo. */
#ifndef HOG_WAIT_EVENT_FILES_H
#define HOG_WAIT_EVENT_FILES_H

#include "base/arena.h"

enum { HOG_WAIT_FOR_PIDFD = 3 }; /* P_PIDFD of waitid(2), which glibc names from 2.36 on */

enum hog_event_kind {
    HOG_EVENT_NONE,
    HOG_EVENT_COUNTER, /* eventfd */
    HOG_EVENT_TIMER,   /* timerfd */
    HOG_EVENT_SIGNALS, /* signalfd */
    HOG_EVENT_CHANGES, /* inotify, fanotify */
    HOG_EVENT_PROCESS, /* pidfd */
    HOG_EVENT_SET,     /* epoll */
};

struct hog_event_file {
    enum hog_event_kind kind;
    bool read;      /* what is below; else its kind alone is known */
    uint64_t id;    /* of a counter: one to all processes that have it; 0: not told (Linux before 5.2) */
    uint64_t count; /* of a counter: a read waits while it is 0; of changes and sets: files watched */
    double left, interval; /* of a timer, seconds: until it fires, and from then on; 0 it does not */
    uint64_t signals;      /* bit N - 1: signal N */
    int64_t pid;           /* of a process that there is still; 0: gone, or of a namespace outside of ours */
};

/* Of what live process `pid` has as `descriptor`, which is a link to `target`. False: it is none of these. */
bool hog_event_file_read(int64_t pid, uint64_t descriptor, const char *target,
                         struct hog_event_file *ret_file);
/* The files that an epoll set of it watches, of which the first `most` are stored; negative: unknown. */
int hog_event_file_watched(int64_t pid, uint64_t descriptor, int32_t *ret_descriptors, int most);
/* What comes behind "eventfd" or "timer": "its count is 0", "it fires in 3.2 s". In the arena; NULL: nothing is known. */
const char *hog_event_file_words(struct hog_arena *arena, const struct hog_event_file *file);
/* "SIGTERM or SIGCHLD"; bit N - 1: signal N. In the arena; NULL: there is none. */
const char *hog_signal_words(struct hog_arena *arena, uint64_t signals);
/* "eventfd, its count is 0", "process 4711": it alone. In the arena; NULL: no memory. */
const char *hog_event_file_name(struct hog_arena *arena, const struct hog_event_file *file);

#endif
