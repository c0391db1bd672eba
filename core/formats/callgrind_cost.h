/*
 * What calls cost in a callgrind file. Its readers add up: a function's
 * inclusive cost is its own and that of all its calls. So a sample may count
 * for one call of each function at most, whatever recurs, and only for one
 * that does not lead back into it:
 *
 *     main ▶ f ▶ g ▶ f ▶ h         main ▶ f     g ▶ f (the inner f)     f ▶ h
 *                                  and not f ▶ g: f is further in once more
 *
 * The innermost frame of each function decides. Then self + calls = total for
 * every function, and nothing is above 100 %.
 */
#ifndef HOG_FORMATS_CALLGRIND_COST_H
#define HOG_FORMATS_CALLGRIND_COST_H

#include "profile/profile.h"

struct call {
    uint32_t caller;
    int32_t line; /* in the caller */
    uint32_t callee;
    uint64_t cost; /* samples */
};

struct calls {
    struct call *list; /* by caller, line, callee; without those that cost nothing */
    uint32_t count, capacity;
};

enum hog_status calls_init(struct calls *calls, const struct hog_profile *profile) HOG_CHECKED;
void calls_deinit(struct calls *calls);

#endif
