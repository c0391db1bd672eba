/*
 * Several profiles: one out of many, and before against after.
 *
 * Functions are the same when file, first line and name agree. In a diff,
 * where the code between two profiles was edited, those left over are matched
 * by file and name alone if that names one of each.
 */
#ifndef HOG_PROFILE_COMPARE_H
#define HOG_PROFILE_COMPARE_H

#include "profile/view.h"

/*
 * One profile out of several; the first one's watch ends it. HOG_USAGE, with words, where their numbers do
 * not add up: other intervals, other modes. If one of them has no stacks, the
 * result has none.
 */
enum hog_status hog_profile_merge(const struct hog_profile *const *profiles, size_t count,
                                  struct hog_profile **ret_profile, struct hog_error *error) HOG_CHECKED;

struct hog_diff_side {
    double self_seconds, total_seconds;
    double self_share, total_share; /* 0 … 1 */
};

struct hog_diff_row {
    const struct hog_function *function; /* as it is after, or was before if it is gone */
    bool is_new;
    bool is_gone;
    struct hog_diff_side before, after;
    double self_seconds, total_seconds; /* change, after less before */
    double self_points, total_points;   /* change of share in points, -100 … 100 */
    double noise_points;                /* standard error of total_points that sampling makes; 0 unsampled */
};

struct hog_diff {
    struct hog_diff_row *rows; /* what changed most in self first */
    size_t count;
    bool by_share;         /* the durations differ: compare shares, not seconds */
    double before_seconds; /* of samples, or of self time */
    double after_seconds;
    double before_duration; /* of the profile; its seconds where that is unknown */
    double after_duration;
    char verdict[512]; /* one line */
};

/* Both profiles must outlive the diff; each one's watch ends work on it: HOG_INTERRUPTED. */
enum hog_status hog_diff_init(struct hog_diff *diff, const struct hog_profile *before,
                              const struct hog_profile *after) HOG_CHECKED;
void hog_diff_deinit(struct hog_diff *diff);

#endif
