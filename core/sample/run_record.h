/*
 * When a thread was on a CPU: the kernel's own record, read without asking
 * the thread.
 *
 * Two witnesses:
 *
 *   switches    a perf event writes a record into a page of ours whenever the thread is put on a CPU or taken
 *               off it. Reading it is reading memory: no system call.
 *
 *                   … │ in  cpu 1 │ out cpu 1 preempted │ in  cpu 0 │ out cpu 0 │        data_head ─▶
 *
 *               The kernel writes "out" before it leaves the thread and "in" before it lets it run on. So
 *               while the newest record is an "out", no instruction of the thread is run.
 *
 *   schedstat   where perf events are forbidden: /proc/PID/task/TID/schedstat counts how often and how long
 *               it ran. Its numbers stand still for a thread that runs right now on another CPU, so `stat`,
 *               which says where the thread is, has to be read too: a system call each.
 */
#ifndef HOG_SAMPLE_RUN_RECORD_H
#define HOG_SAMPLE_RUN_RECORD_H

#include "base/status.h"

enum run_witness { RUN_NO_WITNESS, RUN_SWITCHES, RUN_SCHEDSTAT };

enum run_state {
    RUN_GONE,    /* the thread has ended */
    RUN_ASLEEP,  /* waits for something */
    RUN_HELD,    /* a debugger has stopped it */
    RUN_READY,   /* wants the CPU, has not got it right now */
    RUN_RUNNING, /* on a CPU, or may be */
};

/* A moment in a thread's life as its witness sees it. */
struct run_mark {
    uint64_t first, second;
};

struct run_record {
    enum run_witness witness;
    int64_t lwp;
    int tasks;                     /* /proc/PID/task, not owned */
    int stat_file, schedstat_file; /* -1: opened for each look */
    struct perf_event_mmap_page *switches;
    enum run_state state; /* of the last look */
    int cpu;              /* where it was then; -1 unknown */
    uint64_t since;       /* RUN_READY, RUN_ASLEEP: when it lost the CPU; CLOCK_MONOTONIC, 0 unknown */
    struct run_mark asleep_since; /* it was seen asleep at this mark, and sleeps until that changes */
    bool known_asleep;
    uint64_t waited; /* nanoseconds for a CPU, when it was first looked at */
};

/* `keep_files`: descriptors may stay open. No witness at all: HOG_DENIED, HOG_NOT_FOUND when it is gone. */
enum hog_status run_record_init(struct run_record *record, int tasks, int64_t lwp, bool no_switches,
                                bool keep_files) HOG_CHECKED;
void run_record_deinit(struct run_record *record);

/* What the thread is doing now: sets state and cpu. True when it fell asleep since the last look. */
bool run_record_look(struct run_record *record);

/* Was the thread on that CPU (negative: on any) at that moment, a short while ago? By its switches; false where there
 * are none. */
bool run_record_was_on(const struct run_record *record, int cpu, uint64_t when);

/* Seconds that it wanted a CPU and had none, since it was first looked at. */
double run_record_waited(const struct run_record *record);
/* Seconds of CPU that it has had; 0 not known. */
double run_record_ran(const struct run_record *record);
/*
 * It stands still: did it run where it stands, and was not just woken to be stopped? By its switches:
 *
 *     in ── asked to stop ── out                   yes
 *     in ── asked to stop, out preempted, in, out  yes: whoever stops it took its CPU
 *     out asleep, asked to stop, in, out           yes, if it has left the system call (`in_call`) in which it slept
 *     out preempted, asked to stop, in ───── out   yes, if that is longer than being stopped takes
 *
 * `asked_at`: CLOCK_MONOTONIC in nanoseconds, 0 unknown: then the length decides.
 */
bool run_record_ran_until_stopped(const struct run_record *record, uint64_t asked_at, bool in_call);

/*
 * For want of switches: has the caller, which runs on the thread's CPU now, just taken it from the thread? Then
 * the thread was put aside at the moment at which the caller got the CPU (`exec_start` of /proc/…/sched). Else
 * it waits for one. True where the kernel has no such file.
 */
bool run_record_was_taken_from(const struct run_record *record);

/* Has the thread ended? The record of its switches may break off while it runs for the last time. */
bool run_record_is_over(struct run_record *record);

/* Has it not run since it was proved to stand still at `mark`? Only a yes is sure. */
bool run_record_is_unmoved(const struct run_record *record, const struct run_mark *mark);

/* A mark before a read; false when the thread runs at this moment. */
bool run_record_mark(struct run_record *record, struct run_mark *ret_mark);
/* Has the thread not run a single instruction since the mark? `own_cpu`: that we run on. */
bool run_record_stood_still(struct run_record *record, const struct run_mark *mark, int own_cpu);

#endif
