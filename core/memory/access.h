/*
 * Why the kernel keeps a process from us. The facts are gathered from /proc
 * and explained apart from that, so that every explanation can be tested on a
 * machine where it does not apply.
 */
#ifndef HOG_MEMORY_ACCESS_H
#define HOG_MEMORY_ACCESS_H

#include "base/status.h"

enum access_wish {
    ACCESS_TO_MEMORY, /* we are its debugger, or need none: a tracer is no obstacle */
    ACCESS_TO_ATTACH  /* a debugger wants to attach: it can only have one tracer */
};

enum { ACCESS_NAME = 32, ACCESS_USER = 64 };

struct access_facts {
    int64_t pid;
    bool proc_mounted;      /* /proc/self is there */
    bool exists;            /* /proc/PID is there */
    bool hidden;            /* it is not, and yet the process exists: hidepid */
    char name[ACCESS_NAME]; /* comm */
    char state;             /* R, S, D, T, t, Z, X */
    int64_t threads;        /* that have not been collected, the first among them */
    bool kernel_thread;
    int64_t parent;
    char parent_name[ACCESS_NAME];
    int64_t tracer; /* 0: none but ourselves */
    char tracer_name[ACCESS_NAME];
    int64_t user; /* effective uid */
    char user_name[ACCESS_USER];
    bool same_user;    /* all its uids are ours */
    bool dumpable;     /* its /proc files belong to its own user */
    bool memory_opens; /* the kernel let us open /proc/PID/mem: the test that counts */

    int64_t our_user;
    bool may_trace_all;  /* we have CAP_SYS_PTRACE */
    bool in_container;   /* as far as can be told */
    bool ptrace_blocked; /* ptrace(2) itself is refused, by a seccomp filter */
    int yama;            /* kernel.yama.ptrace_scope, -1: not there */
};

void access_gather(int64_t pid, struct access_facts *ret_facts);
/* HOG_OK when nothing stands in the way. */
enum hog_status access_judge(const struct access_facts *facts, enum access_wish wish,
                             struct hog_error *error) HOG_CHECKED;

/* Both. */
enum hog_status access_explain(int64_t pid, enum access_wish wish, struct hog_error *error) HOG_CHECKED;

#endif
