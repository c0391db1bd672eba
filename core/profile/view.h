/*
 * What one asks of a profile: how much each function, each pair of caller and
 * callee, each line took.
 *
 * `self` counts samples in which it was innermost, `total` those in which it
 * was anywhere on the stack, once each however often it recurs. Seconds are
 * samples × interval. For an edge, `self` counts samples whose innermost
 * frame is the callee, called by the caller; so a function's self is the sum
 * over its callers. `total` counts samples in which the caller stands right
 * above the callee somewhere. What nobody called has HOG_NO_FUNCTION as caller.
 *
 * A share is part of what was attempted, not of what was kept. A thread of
 * which only half of the looks could be read counts as much as one of which
 * all could: its samples weigh (kept + dropped) / kept each.
 *
 *     share(f) = Σ over threads of weight × samples(f)  /  Σ over threads of (kept + dropped)
 */
#ifndef HOG_PROFILE_VIEW_H
#define HOG_PROFILE_VIEW_H

#include "profile/profile.h"

struct hog_cost {
    uint64_t calls;           /* cProfile's; of a sampled profile its `total` */
    uint64_t primitive_calls; /* likewise */
    uint64_t self;            /* samples; of a table made from samples too */
    uint64_t total;
    double self_seconds;
    double total_seconds;
    double self_share; /* 0 … 1 */
    double total_share;
};

struct hog_view_edge {
    uint32_t caller; /* HOG_NO_FUNCTION: outermost */
    uint32_t callee;
    struct hog_cost cost;
};

struct hog_view_line {
    uint32_t function;
    int32_t line; /* 0 unknown */
    uint64_t self;
    uint64_t total;
};

struct hog_view {
    const struct hog_profile *profile;
    struct hog_cost *functions;  /* one for each of the profile's functions */
    struct hog_view_edge *edges; /* by callee, then caller */
    struct hog_view_line *lines; /* by function, then line; empty for a table */
    uint32_t edge_count;
    uint32_t line_count;
    uint64_t samples;     /* all; 0 for cProfile's */
    double seconds;       /* samples × interval; cProfile's: the sum of self */
    double dropped_share; /* of kept + dropped */
};

enum hog_sort { HOG_SORT_SELF, HOG_SORT_TOTAL, HOG_SORT_CALLS, HOG_SORT_NAME };

/* The profile must outlive the view. HOG_NO_MEMORY and, by the profile's watch, HOG_INTERRUPTED are all that can go
 * wrong. */
enum hog_status hog_view_init(struct hog_view *view, const struct hog_profile *profile) HOG_CHECKED;
void hog_view_deinit(struct hog_view *view);

/* Function numbers, greatest first (names: ascending); equal ones by name, file, line. free() it. NULL: no
 * memory, or the profile's watch ended it. */
uint32_t *hog_view_order(const struct hog_view *view, enum hog_sort sort) HOG_CHECKED;

#endif
