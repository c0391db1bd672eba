/*
 * What a sampler is made of, for the files of this folder that run it.
 *
 *     sampler.c ── the thread and its life          stopped.c ── one look at a process that stands still
 *       ├─ schedule.c   when                         │
 *       ├─ crew.c       a thread on each CPU ─▶ on_cpu.c: who ran there
 *       │                                       asleep.c: who sleeps with a GIL, lent.c: of a state of another's
 *       ├─ tick.c       or one thread for all ◀──────┴─ standing.c: who ran
 *       │    ├─ current.c  which of several states of a thread
 *       │    └─ take.c  one stack, with its proof ─┬▶ native.c  C frames in it
 *       │                                          └▶ awaited.c tasks of asyncio in it
 *       ├─ hand_over.c  samples to the profile, news of threads, what others may ask
 *       └─ source.c     where all of them read from
 */
#ifndef HOG_SAMPLE_SAMPLER_PARTS_H
#define HOG_SAMPLE_SAMPLER_PARTS_H

#include "base/clock.h"
#include "sample/awaited.h"
#include "sample/codes.h"
#include "sample/cpu_ring.h"
#include "sample/page_view.h"
#include "sample/pending.h"
#include "sample/placement.h"
#include "sample/roster.h"
#include "sample/sampler.h"
#include "sample/schedule.h"
#include "sample/walk.h"

#include <pthread.h>

enum { WAY_WORDS = 256, COST_BUCKETS = 256, STRANGERS = 64 };

#define COST_BUCKET 0.125e-6 /* seconds */

/* One of the crew. */
struct worker {
    struct hog_sampler *sampler;
    uint32_t number; /* of its ring, and so of its CPU */
    bool is_first, started, closed;
    pthread_t thread;
    struct placement placement;
    struct schedule schedule;
    double cpu_seconds;
};

enum { NO_STATE = UINT32_MAX };

struct native_scratch {
    struct hog_merged_frame *merged;
    uint32_t *entries;
    int32_t *lines;
    size_t capacity; /* of each */
};

/* A thread that runs and has no state of Python's, as far as is known. */
struct stranger {
    int64_t lwp;
    double next_at, rest; /* when its state is looked for again, and how long not, after that */
};

struct hog_sampler {
    struct hog_sampler_options options;
    const struct hog_process *process;
    const struct hog_location *location;
    struct hog_memory *live;        /* our own source for the running process; NULL for another kind */
    struct hog_memory *memory;      /* that samples are read from now: live, or what take_stopped was given */
    struct hog_code_reader *reader; /* made when one is needed: sampler_reader */
    struct hog_memory *reader_memory;  /* that `reader` reads from */
    const struct hog_process *stopped; /* take_stopped: the process as it stands; NULL while it runs */

    struct walk_plan plan;
    struct roster roster;
    struct page_view view;
    struct page_forecast gil_forecast; /* where GILs lie, and states that may be lent */
    struct walk walk;
    struct code_table codes;
    struct pending pending;
    struct placement *placement; /* of the thread whose turn it is */
    struct placement nowhere;    /* of a thread that is not the sampler's */
    struct worker *crew;         /* one for each of `rings`; NULL: one thread for all CPUs */
    struct cpu_rings rings;
    pthread_mutex_t turn;     /* of the crew: of all above, and of what is not said to be otherwise */
    struct schedule schedule; /* without a crew */
    int level;                /* of real-time priority */
    const char *reason;       /* why the crew ended */
    uint64_t worker_ticks, ticks_before, beats;

    uint32_t *entries; /* of the walk's frames; as many as the walk has room for */
    int32_t *lines;
    uint32_t scratch_capacity;
    struct native_scratch native; /* native.c */
    struct awaited awaited;
    struct hog_gil_state *gils; /* in the tick in progress, one for each of the roster's */
    uint32_t gil_capacity;
    bool wants_gil; /* in this tick samples look at the GIL and at the collector */
    double asleep_weight,
        asleep_owed;    /* mode "gil": samples that a thread asleep counts for; of them, the part of one */
    uint32_t tally;     /* looks that one of this tick stands for */
    bool wants_refresh; /* a thread was met that the roster does not know */
    struct stranger strangers[STRANGERS];

    uint32_t costs[COST_BUCKETS]; /* samples by what they took; the last bucket has all longer ones */
    uint64_t tick_number, marked_in;
    double marked_at;
    double refresh_cost;   /* seconds that the last walk of the lists took */
    uint64_t due;          /* when the tick in progress came: nanoseconds of CLOCK_MONOTONIC */
    uint64_t counted_tick; /* when samples were handed over last */
    double counted_at, refreshed_at, progressed_at;

    pthread_t thread;
    bool running;
    int stop; /* a futex */

    pthread_mutex_t lock; /* of what follows: the sampler's thread holds it only while it adds to it */
    struct hog_profile_builder *builder;
    struct hog_sampler_stats stats;
    const char *ended;
    char way[WAY_WORDS];
    struct hog_sampler_stats now; /* not under the lock: the thread's own, copied to `stats` */
    double cpu_before;            /* CPU time of earlier threads */
    double seconds_before;        /* of earlier runs */
    uint64_t planned_before;
    double waited_before, waited_at; /* by threads that have ended; when it was asked last */
    bool counts_waits;
    double ran_from, ran_before;   /* CPU time of the process when this run began, and in earlier runs */
    double started_at;             /* of this run; 0 while it does not run */
    double stood_at, stood_before; /* --stop: when it was stopped last, and let go before that */
    double let_go_at;
    uint64_t told_elsewhere, untold_elsewhere; /* times that a server knew a thread's CPU time, or did not */
    double first_stop;                         /* when the process stood still for the first sample */
};

/*
 * take.c: one look at a thread.
 */
enum take_result {
    TAKE_KEPT,
    TAKE_RAN,    /* it ran meanwhile: take it again */
    TAKE_NO_GIL, /* mode "gil", and it has let go of it */
    TAKE_GONE,   /* its state is another's now, or nobody's */
    TAKE_DROPPED,
};

struct taken {
    enum hog_sample_drop drop; /* when TAKE_DROPPED */
    bool on_gil, collecting;
    struct hog_gil_state gil;
};

/* Reads the stack now, wherever we are, and keeps it if it is proved. Counts what it kept; not what it did
 * not. */
enum take_result take_sample(struct hog_sampler *sampler, uint32_t number, struct taken *ret_taken);
/* A fault of a moment: when the target has run on for a while, its stack is whole again. */
bool take_was_between(enum hog_sample_drop drop);
/* As much scratch room as the walk has frames. */
enum hog_status take_scratch(struct hog_sampler *sampler) HOG_CHECKED;

/*
 * source.c: where samples are read from.
 */
/* Samples and lists of threads come from `memory` from now on. */
void sampler_read_from(struct hog_sampler *sampler, const struct hog_process *process,
                       struct hog_memory *memory);
/* What take_stopped was given is the caller's again. */
void sampler_forget_memory(struct hog_sampler *sampler);
/* The reader of code objects over the memory that is read now; NULL when there is no memory for one. */
struct hog_code_reader *sampler_reader(struct hog_sampler *sampler);

/*
 * native.c: the stack that was walked last, with the C frames of its thread between, which stands still.
 */
struct sampled_stack {
    const uint32_t *entries; /* as pending.h has them */
    const int32_t *lines;
    uint32_t depth;
};
/* False: there is no room for it. */
bool native_add(struct hog_sampler *sampler, int64_t lwp, struct sampled_stack *stack);
void native_scratch_deinit(struct native_scratch *scratch);

/*
 * current.c: of several states of one thread of the kernel, the one that runs.
 */
/* Its number; NO_STATE when the roster has no such thread. */
uint32_t current_state(struct hog_sampler *sampler, int64_t lwp);
/* Sets is_current of all threads. Of several states of one thread that takes reading their stacks: what was found so is
 * good for that many seconds. */
void current_mark(struct hog_sampler *sampler, double good_for);

/*
 * standing.c: what the threads were doing when the process was stopped.
 */
void standing_look(struct hog_sampler *sampler);
/* What that is known by. */
const char *standing_words(const struct hog_sampler *sampler);

/*
 * tick.c: a look at every thread, running or standing still.
 */
void tick_run(struct hog_sampler *sampler, double due); /* 0: now */

/*
 * on_cpu.c: a look at the thread that a CPU ran at `due`; `is_first`: at the others too.
 */
void on_cpu_tick(struct hog_sampler *sampler, const struct cpu_ring *ring, double due, bool is_first);

/*
 * asleep.c: mode "gil", samples of those that slept with a GIL at `when`; not of `here`, which this CPU ran.
 */
void asleep_sample(struct hog_sampler *sampler, int64_t here, uint64_t when);

/*
 * lent.c: states that run in another thread than their ids say (3.12). Both read through the view, which must be of this
 * moment.
 */
/* The state whose thread it runs in; NO_STATE: in its own, for all that is known. */
uint32_t lent_to(struct hog_sampler *sampler, const struct sampled_thread *state);
/* Does the thread hold a GIL by a state that it was lent? */
bool lent_holds_gil(struct hog_sampler *sampler, const struct sampled_thread *thread);

/*
 * crew.c: a thread on each CPU, until it is ended. Why it ended by itself; NULL when it was told to.
 */
const char *crew_run(struct hog_sampler *sampler);

/*
 * sampler.c
 */
void sampler_tell_way(struct hog_sampler *sampler, const struct placement *placement);
void sampler_tell_progress(struct hog_sampler *sampler, double now);
/* In a container the sampler may be kept from every CPU that the target may use. */
bool sampler_is_kept_out(const struct hog_sampler *sampler);

/*
 * hand_over.c: what was sampled goes to the profile.
 */
/* Hands pending samples over. Not `urgent`: puts it off while somebody else has the lock. */
void count_samples(struct hog_sampler *sampler, bool urgent);
/* Goes through the lists of threads again. NULL, or why there is nothing to sample any more. */
const char *count_refresh(struct hog_sampler *sampler);
/* One of the two when it is due; between ticks. Says as count_refresh does. */
const char *count_between_ticks(struct hog_sampler *sampler);
/* Both at once, in the midst of a tick; numbers of threads change. False: not now. */
bool count_now(struct hog_sampler *sampler);
/* Of a thread that the roster does not know: is it one of Python's that has just begun? In the midst of a tick. */
bool count_meet(struct hog_sampler *sampler, int64_t lwp);
/* Is it long enough since the lists were walked? */
bool count_may_refresh(const struct hog_sampler *sampler);

#endif
