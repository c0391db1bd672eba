/*
 * The wait-for graph: threads, what each waits for, and who could end the wait.
 *
 *     thread ──waits for──▶ node ──held by──▶ thread, thread …        any one of these would do
 *
 * Pure: nothing here reads a process. Whoever fills it (read.c) says of each
 * edge how sure it is; hog_wait_graph_judge says what follows from that:
 *
 *     stuck          it cannot go on, and every step of that is proven
 *     likely stuck   the same, with a step that is inferred
 *     free           runs, waits with a limit, or for something that may well happen
 *
 * A thread is stuck when it waits without a limit for a node that nobody alive
 * holds, or all of whose holders are stuck. So a pool whose workers all wait for
 * work that stands in the pool's own queue is found like a cycle of two locks.
 */
#ifndef HOG_WAIT_GRAPH_H
#define HOG_WAIT_GRAPH_H

#include "base/arena.h"

enum hog_wait_kind {
#define WAIT_KIND(id, key, words) HOG_WAIT_##id,
#include "wait/kinds.def"
#undef WAIT_KIND
    HOG_WAIT_KIND_COUNT
};

const char *hog_wait_kind_key(enum hog_wait_kind kind);   /* "rlock": the JSON spelling */
const char *hog_wait_kind_words(enum hog_wait_kind kind); /* "RLock" */

/* How sure it is who holds it. */
enum hog_wait_grade {
    HOG_WAIT_NOT_APPLICABLE, /* nothing that is held: a sleep, a peer's answer */
    HOG_WAIT_HELD,           /* recorded in memory, or proven by structure */
    HOG_WAIT_LIKELY,         /* inferred; the evidence says from what */
    HOG_WAIT_NOT_RECORDED,
    HOG_WAIT_NOBODY_ALIVE, /* the owner ended, or was lost in a fork */
};
const char *hog_wait_grade_key(enum hog_wait_grade grade);   /* "not_recorded" */
const char *hog_wait_grade_words(enum hog_wait_grade grade); /* "owner not recorded" */

#define HOG_WAIT_NONE UINT32_MAX

struct hog_wait_node {
    enum hog_wait_kind kind;
    enum hog_wait_grade grade;
    bool inferred;    /* of HOG_WAIT_NOBODY_ALIVE: by reasoning, not by what memory records */
    bool nobody_else; /* of HOG_WAIT_NOT_RECORDED: there is no thread but those that wait for it */
    uint64_t address; /* 0 none */
    const char *name; /* as the program knows it; NULL unknown */
    const char *what; /* what it is, in words: "to 10.0.0.7:5432"; NULL nothing to add */
    const char *evidence;
    const uint32_t *holders; /* threads of the graph, any of which could end the wait */
    uint32_t holder_count;
    int64_t pid;              /* the process that holds it, or that is waited for; 0 none */
    uint64_t owner_thread_id; /* recorded, of a thread that is not there any more; 0 none */
    bool work;                /* a queue that a pool's workers take their work from */
    bool queued;              /* a Future that stands in a pool's queue */
    /* Set by hog_wait_graph_judge. */
    const uint32_t *waiters;
    uint32_t waiter_count;
};

enum hog_wait_state { HOG_WAIT_FREE, HOG_WAIT_LIKELY_STUCK, HOG_WAIT_STUCK };

struct hog_wait_thread {
    uint32_t node;      /* HOG_WAIT_NONE: it waits for nothing, or for what is not known */
    bool has_limit;     /* the wait ends by itself after a time */
    bool limit_unknown; /* then nothing is proven by this wait */
    double limit;       /* seconds, of has_limit; 0 unknown */
    double blocked;     /* seconds since when; negative: unknown */
    uint32_t frame;     /* of the snapshot's thread: its innermost line of the program, HOG_WAIT_NONE none */
    uint64_t instruction; /* at which its innermost frame of Python stands; 0 unknown */
    const char
        *moved; /* set by hog_waits_compare: what shows that it moved; "": nothing; NULL: not compared */
    /* Set by hog_wait_graph_judge. */
    enum hog_wait_state state;
    bool in_cycle;
};

/* Threads each of which waits for the next, and the last for the first; or that wait for one another as a
 * whole. */
struct hog_wait_cycle {
    const uint32_t *threads;
    uint32_t count;
    bool likely; /* a step of it is inferred */
};

struct hog_wait_graph {
    struct hog_wait_thread *threads;
    uint32_t thread_count;
    struct hog_wait_node *nodes;
    uint32_t node_count;
    /* Set by hog_wait_graph_judge. */
    const struct hog_wait_cycle *cycles;
    uint32_t cycle_count;
};

/* Finds who is stuck and in which cycles. Edges to threads or nodes that are not there are left out. False: no
 * memory. */
bool hog_wait_graph_judge(struct hog_wait_graph *graph, struct hog_arena *arena) HOG_CHECKED;

#endif
