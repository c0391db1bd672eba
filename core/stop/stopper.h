/*
 * Stopping a process of this machine that runs under a debugger, from any
 * thread: a SIGSTOP to one of its threads, upon which the debugger stops it
 * all. Of both plugins; it knows no debugger.
 *
 * A debugger's own ways (gdb's `interrupt` and its Ctrl-C) send the process a
 * SIGINT and hope to see it first. Whoever waits for it with sigwait() gets it
 * all the same; where every thread blocks it nothing happens; and if the
 * process stops for something else, or the debugger is killed, it is
 * delivered. SIGSTOP can be neither blocked nor waited for, and a thread that
 * it has stopped is as an attach leaves it. The debugger is told to keep it
 * from the process.
 *
 * If the process had stopped already, the SIGSTOP lies in wait in the kernel.
 * The debugger has to let that thread alone go on, and take it: it runs no
 * instruction for that, what is pending comes first.
 */
#ifndef HOGNOSE_STOPPER_H
#define HOGNOSE_STOPPER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { HOG_STOPPER_ASKED_MAX = 8 };

struct hog_stopper {
    pthread_mutex_t lock; /* of all below */
    bool running;
    int64_t pid; /* 0: not of this machine, requests are but noted */
    bool was_asked;
    int64_t asked[HOG_STOPPER_ASKED_MAX]; /* LWPs that were sent one since it was started */
    size_t asked_count;
};

void hog_stopper_init(struct hog_stopper *stopper);
void hog_stopper_deinit(struct hog_stopper *stopper);

/* Before the process is let run, and when it stands still again. */
void hog_stopper_start(struct hog_stopper *stopper, int64_t pid);
void hog_stopper_finish(struct hog_stopper *stopper);

/* On any thread, at any time. False: the process is not running. */
bool hog_stopper_ask(struct hog_stopper *stopper);
/* It was sent by other means, to this thread. */
void hog_stopper_note(struct hog_stopper *stopper, int64_t lwp);

/* Since it was started: */
bool hog_stopper_was_asked(struct hog_stopper *stopper);
/* Once it is finished: a thread for which a SIGSTOP of ours lies in wait; 0 none. */
int64_t hog_stopper_leftover(const struct hog_stopper *stopper);

/* A thread that can take a signal, as a rule the main one; 0 none. */
int64_t hog_stopper_choose(int64_t pid);
/* May be called in a signal handler. */
void hog_stopper_send(int64_t pid, int64_t lwp, int number);

#ifdef __cplusplus
}
#endif

#endif
