/*
 * Sampling a process while it runs, without stopping it.
 *
 *     roster ─▶ tick ─▶ page_view, walk ─▶ proof? ─▶ codes ─▶ pending ─▶ hog_profile_builder
 *     which     who is  the stack, in      it did    names,   held until
 *     threads   active  as few reads as    not run   lines    its code objects
 *                       can be             meanwhile          are proved again
 *
 * A copy of a stack that changes is worth nothing. So the sampler does not
 * read from beside: its thread pins itself to the CPU on which the target
 * thread runs. While it runs there, the target does not; what it reads then is
 * as exact as if the target had been stopped. It follows where the target
 * goes. That the target really did not run in the meantime is proved for each
 * sample by the kernel's own record of when the thread was on a CPU
 * (run_record.h); a sample without that proof is taken again, in the end
 * dropped and counted.
 *
 * The sampler's thread blocks all signals and calls nothing of the debugger
 * except the callbacks below. It never writes to the target and never stops it.
 */
#ifndef HOG_SAMPLE_SAMPLER_H
#define HOG_SAMPLE_SAMPLER_H

#include "locate/locate.h"
#include "native/native.h"
#include "profile/builder.h"
#include "snapshot/snapshot.h"

struct hog_sampler_stats;

struct hog_sampler_options {
    double rate;    /* ticks a second, 0.1 … 100000 */
    double seconds; /* ends by itself after that long; 0: when told to */
    enum hog_profile_mode mode;
    bool by_line;           /* stacks that differ by line alone are different stacks */
    bool tasks;             /* the tasks of asyncio that await the one that runs are part of its stack */
    int64_t only_lwp;       /* just this thread; 0 all */
    uint64_t seed;          /* of the jitter, for tests; 0: from the clock */
    size_t memory_limit;    /* bytes the profile may take; 0: 256 MiB */
    bool no_switch_records; /* prove by schedstat even where perf events may be had (for tests) */
    bool no_priority;       /* stay at normal priority (for tests) */

    /* All optional, all called on the sampler's thread, between ticks. `ended` once, when it ends by itself.
     */
    void (*ended)(void *context, const char *reason);
    void (*progress)(void *context, const struct hog_sampler_stats *stats);
    double progress_seconds; /* between two calls of `progress`; 0: one second */
    /* take_stopped alone: C frames of a thread, which live until the next call. They become part of its
     * stack. */
    void (*native_stack)(void *context, int64_t lwp, struct hog_native_stack *ret_stack);
    /* take_stopped alone, of a process of another machine: seconds of CPU of a thread in all; negative: not known. */
    double (*thread_seconds)(void *context, int64_t lwp);
    void *context;
};

/* Why a look at a thread gave nothing. */
enum hog_sample_drop {
    HOG_DROP_RAN,         /* it ran while it was read, at every try */
    HOG_DROP_CPU_CLOSED,  /* it runs on a CPU that the sampler may not use */
    HOG_DROP_UNREADABLE,  /* memory of its stack could not be read */
    HOG_DROP_BROKEN,      /* the chain of its frames led nowhere */
    HOG_DROP_CODE,        /* a code object was replaced before it was known for sure */
    HOG_DROP_INSTRUCTION, /* an instruction lay outside its code object */
    HOG_DROP_NO_THREAD,   /* which thread of the kernel it is could not be found out */
    HOG_DROP_FULL,        /* there was no room for it */
    HOG_DROP_COUNT
};

/* "ran while it was read", … */
const char *hog_sample_drop_words(enum hog_sample_drop drop);

struct hog_sampler_stats {
    double seconds;       /* since it was started */
    double interval;      /* seconds one sample stands for */
    uint64_t planned;     /* ticks that there should have been */
    uint64_t ticks;       /* that there were; the others came when it was too late for them */
    uint64_t empty_ticks; /* in which no thread was active */
    uint64_t kept, idle;  /* looks at threads, by what came of them */
    uint64_t ran;       /* ticks of a CPU at which it ran a thread of the process; 0: not counted that way */
    uint64_t no_python; /* of `ran`: a thread without Python */
    uint64_t dropped[HOG_DROP_COUNT];
    uint64_t native_missing; /* kept, but some C frames of it have no place, or are missing */
    uint64_t of_tasks;       /* kept, with a task in them; only with options.tasks */
    uint64_t tasks_cut;      /* of these: more tasks await it than could be read */
    uint64_t paused;         /* looks at a thread that a debugger held: not counted as attempts */
    uint64_t retries;        /* samples taken again at once */
    uint64_t moves;          /* times it went to another CPU */
    uint64_t reads;          /* system calls that read memory for samples */
    uint64_t repeated;       /* kept without reading: the thread had not run since */
    double ran_seconds;      /* of CPU time that the kernel gave the process meanwhile; negative: not known */
    double waited_seconds;   /* that its threads wanted a CPU and had none; negative: not known */
    double sample_seconds;   /* in reading samples with their proof, all together */
    double sample_median;    /* seconds one of them took; 0 before there is one */
    double work_seconds;     /* awake, in all */
    double cpu_seconds;      /* of CPU time that its thread took */
    size_t threads;          /* that it knows now */
    const char *way;         /* how samples are taken, in words; lives as long as the sampler */
};

struct hog_sampler;

/* `process` and `location` must outlive the sampler. */
enum hog_status hog_sampler_create(const struct hog_process *process, const struct hog_location *location,
                                   const struct hog_sampler_options *options,
                                   struct hog_sampler **ret_sampler, struct hog_error *error) HOG_CHECKED;
/* Stops it first if it runs. NULL is fine. */
void hog_sampler_destroy(struct hog_sampler *sampler);

/* Names and threads as a snapshot knows them; best before it is started, while the process is stopped. */
void hog_sampler_name_threads(struct hog_sampler *sampler, const struct hog_snapshot *snapshot);

/*
 * Starts the sampler's thread; the process may run already or be let run in a
 * moment. A process that a debugger holds gives no samples: `paused` counts.
 * HOG_UNSUPPORTED where it is no process of this machine, HOG_DENIED where
 * samples of it could not be proved here; the words name --stop, which is left.
 * A sampler may be started again after it was stopped, and goes on counting.
 */
enum hog_status hog_sampler_start(struct hog_sampler *sampler, struct hog_error *error) HOG_CHECKED;
/* Ends the thread and waits for it; the samples stay. Harmless when it does not run. */
void hog_sampler_stop(struct hog_sampler *sampler);
/* Why it ended by itself; NULL while it runs, or when it was told to stop. */
const char *hog_sampler_ended(struct hog_sampler *sampler);

/*
 * The exact way: one look at every thread of a process that stands still.
 * Not while the thread runs. `memory` is any source, best uncached; `process`
 * as it is now. `asked_at`: when it was to be stopped (hog_clock_monotonic; 0
 * not known): who had a CPU then is what the kernel tells, for a process of
 * this machine. Else registers tell.
 */
enum hog_status hog_sampler_take_stopped(struct hog_sampler *sampler, struct hog_memory *memory,
                                         const struct hog_process *process, double asked_at,
                                         struct hog_error *error) HOG_CHECKED;

/* Whether a debugger holds a thread of the process right now; false where that cannot be told: it is none of this machine.
 */
bool hog_sampler_process_is_held(const struct hog_sampler *sampler);

/* Both may be called at any time, also while it runs. */
void hog_sampler_stats(struct hog_sampler *sampler, struct hog_sampler_stats *ret_stats);
/* The profile so far. mode, interval, duration, ticks and method of `info` are filled in; give the rest. */
enum hog_status hog_sampler_profile(struct hog_sampler *sampler, const struct hog_profile_info *info,
                                    struct hog_profile **ret_profile) HOG_CHECKED;

#endif
