/*
 * Stopping a process of this machine that runs under a debugger, from any
 * thread: a signal to one of its threads, upon which the debugger stops it
 * all. Of both plugins; it knows no debugger.
 *
 * A debugger's own ways (gdb's `interrupt` and its Ctrl-C) send the process a
 * SIGINT and hope to see it first. Whoever waits for it with sigwait() gets it
 * all the same; where every thread blocks it nothing happens; and if the
 * process stops for something else, or the debugger is killed, it is
 * delivered.
 *
 * So a signal is sent that does nothing to this process, wherever it ends up:
 * SIGURG, which the kernel drops unless there is a handler. A debugger sees it
 * all the same. Where that would not do, because the process handles it, or
 * the thread blocks it or waits for signals, it is SIGSTOP, which can be
 * neither handled nor blocked nor waited for. The debugger keeps that from the
 * process; but if it was killed just then, the process would stay stopped.
 *
 * If the process had stopped already, the signal lies in wait in the kernel. A
 * SIGSTOP has to be got rid of: the debugger lets that thread alone go on, and
 * takes it. It runs no instruction for that, what is pending comes first. Or
 * the debugger has taken it and keeps it back, since it reports one thing at a
 * time, to come out with it at the next run or when it detaches; which cannot
 * be seen. Then another is sent: with one that lies in wait the thread may be
 * let go in any case.
 */
#ifndef HOGNOSE_STOPPER_H
#define HOGNOSE_STOPPER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stop/here.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { HOG_STOPPER_ASKED_MAX = 8 };

struct hog_stopper {
    pthread_mutex_t lock; /* of all below */
    bool running;
    int64_t pid; /* 0: not of this machine, requests are but noted */
    bool was_asked;
    bool sent_urgent;                     /* SIGURG was sent since it was started */
    int64_t asked[HOG_STOPPER_ASKED_MAX]; /* LWPs that were sent a SIGSTOP since it was started */
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
void hog_stopper_note(struct hog_stopper *stopper, int64_t lwp, int number);

/* Since it was started: */
bool hog_stopper_was_asked(struct hog_stopper *stopper);
/* Has the process stopped because of us, if this is the signal that it stopped for? */
bool hog_stopper_is_ours(struct hog_stopper *stopper, int number);
/* Once it is finished: a thread for which a SIGSTOP of ours lies in wait; 0 none. */
int64_t hog_stopper_leftover(const struct hog_stopper *stopper);

/* Once it is finished, and has stopped for something else: sends each of these threads another. */
void hog_stopper_repeat(struct hog_stopper *stopper);

/* A thread that can take a signal, as a rule the main one, and which it should be; 0 none. */
int64_t hog_stopper_choose(int64_t pid, int *ret_number);
/*
 * May a process that a server holds be stopped in this way? Only if it is of
 * this machine, and not by SIGSTOP: gdbserver, when it detaches, gives a
 * process the signal that it has stopped for.
 */
bool hog_stopper_is_safe_behind_server(int64_t pid, hog_read_memory read, void *context);
/* May be called in a signal handler. */
void hog_stopper_send(int64_t pid, int64_t lwp, int number);

#ifdef __cplusplus
}
#endif

#endif
