/*
 * A profile: what many samples of one process add up to. Immutable.
 *
 *     builder.h ──seal──▶ struct hog_profile ──▶ view.h: per function, edge, line
 *     (the sampler)             ▲    │           compare.h: merge, diff
 *                               │    ▼           project.h: by function or by line, threads together
 *                         write/read_*.c         write/: files
 *
 * The stacks of a thread are a tree. A node is a frame below its callers; how
 * often it was the innermost frame is its `self`, how often it was anywhere on
 * the stack its `total`. Nodes lie in preorder, so a subtree is a range:
 *
 *     main          node 0   parent -   end 5        for (child = n + 1; child < nodes[n].end;
 *     ├─ load       node 1   parent 0   end 3             child = nodes[child].end)
 *     │  └─ read    node 2   parent 1   end 3            …
 *     ├─ run        node 3   parent 0   end 4
 *     └─ run        node 4   parent 0   end 5        the same function at another line
 *
 * and nothing ever recurses: a stack may be as deep as it likes. A profile
 * that was read from a cProfile file has no stacks; it has `table` instead.
 * All text is valid UTF-8 without NUL; what was not is shown as Python's
 * backslashreplace shows it. Unknown text is NULL, unknown numbers are 0.
 */
#ifndef HOG_PROFILE_PROFILE_H
#define HOG_PROFILE_PROFILE_H

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/watch.h"

#define HOG_NO_NODE     UINT32_MAX
#define HOG_NO_FUNCTION UINT32_MAX
#define HOG_NO_THREAD   UINT32_MAX

/* Which threads a sample counts. */
enum hog_profile_mode {
    HOG_PROFILE_CPU,  /* those on a CPU */
    HOG_PROFILE_IDLE, /* waiting ones too */
    HOG_PROFILE_GIL,  /* only the one that holds the GIL */
};

/* What is known of how the samples were taken. */
struct hog_profile_info {
    enum hog_profile_mode mode;
    bool stopped;                 /* --stop: the process stood still at each sample */
    bool has_lines;               /* nodes tell lines; else only functions */
    double interval;              /* seconds that one sample stands for; 0: not sampled */
    double requested_rate;        /* Hz */
    double start_time;            /* seconds since the epoch */
    double duration;              /* seconds */
    double ran;                   /* seconds that the kernel ran the process meanwhile; 0 not known */
    double waited;                /* seconds that its threads wanted a CPU and had none, together */
    uint64_t ticks;               /* times that the sampler woke up */
    int64_t pid;                  /* 0 unknown, or several */
    const char *method;           /* how samples were taken, in words */
    const char *command_line;     /* of the process */
    const char *python_version;   /* "3.12.1" */
    const char *debugger_name;    /* "gdb" */
    const char *debugger_version; /* "13.1" */
    const char *tool_version;     /* of the hognose that took it */
    const char *ended_because;    /* "the time was up", "Ctrl-C", "the process exited" */
};

/* A function: one code object's place, however many code objects there were. */
struct hog_function {
    const char *name;     /* co_name; "" when it is that */
    const char *qualname; /* NULL before Python 3.11 */
    const char *filename; /* co_filename; NULL unknown */
    const char *module;   /* __name__ of the globals */
    int32_t first_line;   /* 0 unknown */
    bool is_native;       /* a C function (--native) */
    bool is_synthetic;    /* made by hognose: a thread's name in place of a frame */
};

struct hog_profile_node {
    uint32_t parent;   /* HOG_NO_NODE: the outermost frame */
    uint32_t function; /* into functions */
    int32_t line;      /* that was being run; 0 unknown, or profile by function */
    uint32_t end;      /* one past the last node of this one's subtree */
    uint64_t self;     /* samples */
    uint64_t total;
};

/*
 * attempts = kept + idle + elsewhere + dropped: every look at a thread ends in
 * one of them. `idle` is what the mode left out, `elsewhere` what --under left
 * out, `dropped` what could not be read consistently. The others count
 * looks whatever became of them.
 */
struct hog_profile_counts {
    uint64_t kept;
    uint64_t idle;
    uint64_t elsewhere;
    uint64_t dropped;
    uint64_t on_gil;             /* held the GIL */
    uint64_t waiting_for_gil;    /* waited for it */
    uint64_t waiting_for_cpu;    /* wanted a CPU, and had none */
    uint64_t collecting_garbage; /* its interpreter collected garbage */
};

struct hog_profile_thread {
    uint64_t thread_id;   /* threading.get_ident(); 0 unknown */
    int64_t os_thread_id; /* LWP; 0 unknown */
    int64_t pid;          /* 0: the profile's */
    const char *name;
    struct hog_profile_counts counts;
    uint32_t first_node; /* this thread's nodes: first_node … end_node - 1 */
    uint32_t end_node;
};

/* Samples that were dropped, by reason; with those that belong to no thread. */
struct hog_profile_drop {
    const char *reason; /* "changed while it was read" */
    uint64_t count;
};

/* What a profile without stacks knows: pstats' own numbers. */
struct hog_table_function {
    uint64_t calls;           /* nc */
    uint64_t primitive_calls; /* cc: not within itself */
    double self_seconds;      /* tt */
    double total_seconds;     /* ct */
};

struct hog_table_edge {
    uint32_t caller;
    uint32_t callee;
    struct hog_table_function cost; /* of the callee while this caller called it */
};

struct hog_profile_table {
    const struct hog_table_function *functions; /* one for each of the profile's functions */
    const struct hog_table_edge *edges;         /* by callee, then caller */
    uint32_t edge_count;
};

struct hog_profile {
    struct hog_profile_info info;
    struct hog_profile_counts counts; /* sums, with what belongs to no thread */
    const struct hog_profile_drop *drops;
    const struct hog_function *functions;
    const struct hog_profile_thread *threads;
    const struct hog_profile_node *nodes;
    const struct hog_profile_table *table; /* NULL: it has stacks */
    uint32_t drop_count;
    uint32_t function_count;
    uint32_t thread_count;
    uint32_t node_count;
    struct hog_arena arena;
    struct hog_watch *watch; /* whoever makes something of it asks this whether to go on; NULL: nobody does */
};

void hog_profile_destroy(struct hog_profile *profile); /* NULL is fine */

static inline void hog_cleanup_profile(struct hog_profile **profile)
{
    hog_profile_destroy(*profile);
}
#define HOG_PROFILE HOG_CLEANUP(hog_cleanup_profile)

static inline uint64_t hog_profile_attempts(const struct hog_profile_counts *counts)
{
    return counts->kept + counts->idle + counts->elsewhere + counts->dropped;
}

/* "cpu", "idle", "gil"; and back: false when it is none of them. */
const char *hog_profile_mode_name(enum hog_profile_mode mode);
bool hog_profile_mode_named(const char *name, enum hog_profile_mode *ret_mode);

#endif
