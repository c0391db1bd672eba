/*
 * The objects that the garbage collector knows: containers, functions, generators, instances, whoever refers to them.
 *
 *     interpreter.gc ─▶ generation ⇄ object ⇄ object ⇄ … ⇄ (back to the generation)     four such lists, the last one of
 *                                                                                        frozen objects
 *
 * Free-threaded Python has no such lists: its collector looks through the allocator's pages.
 *
 * Source: Include/internal/pycore_gc.h (3.7+: pymem.h, mem.h), Modules/gcmodule.c, Python/gc.c.
 */
#ifndef HOG_VALUE_HEAP_H
#define HOG_VALUE_HEAP_H

#include "value/values.h"

enum { HOG_HEAP_LISTS = 4 };

struct hog_heap_walk {
    uint64_t heads[HOG_HEAP_LISTS]; /* 0: there is none */
    uint32_t list;
    uint64_t node; /* 0: this list has not begun */
    uint64_t checkpoint,
        next_checkpoint; /* a node that was met, to notice circles; when there is to be another */
    uint64_t taken;      /* objects so far */
    uint64_t at_most;    /* objects in all */
    bool is_damaged;     /* objects are missing */
    bool is_cut;         /* there are more than `at_most` */
};

/*
 * HOG_UNSUPPORTED: this build keeps no lists, or it is not known where. An object whose type cannot be told is handed out
 * too: it is for the caller to look at.
 */
enum hog_status hog_heap_walk_start(struct hog_values *values, uint64_t runtime, uint64_t interpreter,
                                    uint64_t at_most, struct hog_heap_walk *ret_walk) HOG_CHECKED;
/* False at the end. */
bool hog_heap_walk_next(struct hog_values *values, struct hog_heap_walk *walk, uint64_t *ret_object);

#endif
