/*
 * A sweep: one recorded image decoded again and again, each time with another
 * thing wrong, and what each run came to.
 *
 *     image ─▶ spoilt ─▶ page cache ─▶ fault ─▶ locate ─▶ decode ─▶ text, JSON ─▶ a verdict
 *              a page or             a single
 *              a word                read
 *
 * Whatever is wrong, a run must end soon, use little memory, and be honest:
 * an error in words, a snapshot that is marked, or the very snapshot that the
 * sound image gives.
 */
#ifndef HOG_TESTS_SWEEP_H
#define HOG_TESTS_SWEEP_H

#include "decode/decode.h"
#include "support/fault_memory.h"
#include "support/recorded.h"
#include "support/spoilt_memory.h"

enum sweep_verdict {
    SWEEP_SAME,    /* as from the sound image */
    SWEEP_MARKED,  /* other than that, and it says so: not complete, or warned of */
    SWEEP_REFUSED, /* an error, in words */
    SWEEP_SILENT,  /* other than that without a word */
    SWEEP_VERDICTS
};

struct sweep {
    const char *name;
    struct recorded_image image;
    struct hog_memory *spoilt, *cache, *fault;
    struct hog_location location;        /* of the sound image */
    struct hog_snapshot *sound;          /* and what is decoded from there */
    uint64_t locate_reads, decode_reads; /* that these took, counted in words asked for, not pages */
    unsigned runs[SWEEP_VERDICTS];
    bool silent_in_structure; /* the last silent run had other threads, ids, states or numbers of frames */
    char first_silent[512];   /* what was wrong, and how the snapshot differs */
};

/* Calls `visit` for every image under images/, each opened as on a machine without its files. */
void sweep_each_image(void (*visit)(struct sweep *sweep, void *context), void *context);

/*
 * One run: with the search, or from the sound location on. Nothing is wrong
 * but what the caller made wrong in sweep->spoilt or sweep->fault; `what` and
 * `number` name it. Fails the test when a run breaks a rule that holds always:
 * an error without words, a rendering that is no JSON or no UTF-8.
 */
enum sweep_verdict sweep_run(struct sweep *sweep, bool with_search, const char *what, uint64_t number);

/* Every how many-th case to run, so that about `runs` of `cases` are: 1 when HOGNOSE_SWEEP=full. */
uint64_t sweep_stride(uint64_t cases, uint64_t runs);

#endif
