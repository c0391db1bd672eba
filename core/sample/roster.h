/*
 * The threads of a running process that have a Python state, and the GILs
 * they share.
 *
 *     interpreters ─▶ interp.threads_head ─▶ tstate ─next─▶ tstate ─▶ …       walked now and then: threads
 *                     │                      └ native id, or pthread ─▶ LWP   come and go
 *                     └ gil ─▶ locked, last_holder                            asked in every tick
 *
 * The lists change while they are walked. A state must point back at its
 * interpreter to be believed, and a thread is given up only when a walk that
 * came to its end did not meet it, or the kernel has no such thread.
 */
#ifndef HOG_SAMPLE_ROSTER_H
#define HOG_SAMPLE_ROSTER_H

#include "decode/gil.h"
#include "decode/os_thread.h"
#include "profile/builder.h"
#include "profile/hash_index.h"
#include "sample/page_view.h"
#include "sample/run_record.h"
#include "sample/sampler.h"

enum {
    ROSTER_STATES = 64, /* of one thread of the kernel that are told apart */
    ROSTER_NAME = 64,
    ROSTER_NO_GIL = UINT32_MAX,
    NO_STACK = UINT32_MAX
};

struct sampled_thread {
    uint64_t tstate, interpreter, thread_id;
    int64_t lwp;         /* 0: not known which */
    uint32_t gil;        /* into the roster's gils */
    uint64_t collecting; /* address of its interpreter's (or the runtime's) "garbage is collected"; 0 none */
    char name[ROSTER_NAME];
    bool name_is_of_os;
    bool met;    /* by the walk in progress */
    bool denied; /* its running cannot be observed */
    bool gone;
    bool shares_lwp;                /* there are other states of the same thread of the kernel */
    bool is_current;                /* of those, it is the one that runs; current.c */
    uint64_t marked_in;             /* tick in which that was found out */
    uint64_t current_in;            /* tick in which it was, last */
    uint64_t looked_in, visited_in; /* ticks */
    struct run_record record;
    double waited;      /* seconds for a CPU, when it was asked last */
    double ran;         /* seconds of CPU that it has had, at the last look at a process that stands still */
    bool waits_for_gil; /* since it fell asleep */
    bool waits_for_cpu; /* and did when the tick came */
    struct page_forecast forecast;

    uint32_t put_off;        /* times that handing over waited for its name */
    uint32_t profile_thread; /* HOG_NO_THREAD until it is first handed over */
    uint64_t idle, on_gil, waiting_for_gil, waiting_for_cpu,
        collecting_garbage; /* looks not handed over yet */
    uint64_t dropped[HOG_DROP_COUNT];

    uint32_t last_stack; /* pending, of its last sample; NO_STACK */
    struct run_mark last_mark;
    bool last_looked, last_on_gil, last_collecting; /* at GIL and collector; what was seen */
};

struct roster {
    const struct hog_process *process;
    const struct hog_python *python;
    struct hog_memory *memory; /* not owned */
    int tasks;                 /* /proc/PID/task; -1: no process of this machine */
    bool no_switches;
    bool namespaced; /* the process counts its threads differently than we do */
    struct hog_thread_finder finder;
    uint32_t tstate_bytes; /* that cover the fields of a thread state that are read here */

    struct sampled_thread **threads;
    uint32_t count, capacity;
    struct hog_gil_place *gils;
    uint32_t gil_count, gil_capacity;

    struct hash_index by_tstate, by_lwp;

    uint32_t lost;               /* states whose thread is not known */
    uint32_t budget;             /* states that the walk in progress may still visit */
    bool (*poll)(void *context); /* asked now and then during a walk; false: enough. NULL is fine */
    void *poll_context;
    bool whole; /* the walk in progress met the end of every list */
};

enum roster_state {
    ROSTER_FINE,
    ROSTER_NO_PYTHON, /* the interpreters are gone: it is shutting down */
    ROSTER_EXITED,
    ROSTER_REPLACED /* by exec */
};

enum hog_status roster_init(struct roster *roster, const struct hog_process *process,
                            const struct hog_location *location, struct hog_memory *memory,
                            bool no_switches) HOG_CHECKED;
void roster_deinit(struct roster *roster);
/* Can the running of none of the threads that are there be observed? */
bool roster_is_denied(const struct roster *roster);
/* Lists of threads come from there from now on. */
void roster_read_from(struct roster *roster, const struct hog_process *process, struct hog_memory *memory);

/* Walks the lists: new threads are added, those that ended are marked `gone`. Nothing is freed. */
enum roster_state roster_refresh(struct roster *roster);
/* A thread that has just begun, and is on a CPU already: its state is one of the newest. Is it known now? */
bool roster_meet(struct roster *roster, int64_t lwp);
/* Frees those that are gone; when no sample refers to threads by number. */
void roster_forget_gone(struct roster *roster);

/* The thread with this state, or NULL. */
struct sampled_thread *roster_find(const struct roster *roster, uint64_t tstate);
/* Numbers of the thread states of one thread of the kernel, `most` at most, ROSTER_STATES in all; how many. */
uint32_t roster_of_lwp(const struct roster *roster, int64_t lwp, uint32_t *ret_numbers, uint32_t most);

/* Number of the interpreter's GIL, added if it is a new one; ROSTER_NO_GIL when memory is exhausted, or there are
 * more than any program has. */
uint32_t roster_gil(struct roster *roster, uint64_t interpreter);

/* It has ended, or its state is another thread's. */
static inline void roster_lose(struct sampled_thread *thread)
{
    thread->gone = true;
}

static inline uint32_t roster_offset(const struct roster *roster, enum hog_field field)
{
    return roster->python->layout.offset[field];
}

#endif
