/*
 * Finding the repetition in a stack, so that a deep recursion is shown once.
 *
 *      frames       a b a b a b a b a b c d
 *      runs         [a b] × 5              [c d] × 1
 *      shown        a b   … the 2 frames above repeat 4 times more   c d
 *
 * Linear in the number of frames: at each frame 16 periods are tried, and what
 * the one that covers most of them covers is not looked at again.
 */
#ifndef HOG_SHOW_ELIDE_H
#define HOG_SHOW_ELIDE_H

#include "snapshot/snapshot.h"

enum { ELIDE_PERIOD_MAX = 16, ELIDE_REPEATS_MIN = 4, ELIDE_FRAMES_MIN = 8 };

struct elide_run {
    size_t period;  /* frames to show; 0: nothing repeats here, show one frame */
    size_t repeats; /* how often they come again right after */
};

/* The repetition that begins at frames[at]. */
struct elide_run elide_at(const struct hog_frame *frames, size_t count, size_t at);

/* A stack, line by line: a frame, or a note about frames that are left out. */
struct elide_walk {
    const struct hog_frame *frames;
    size_t count;
    bool every_frame; /* leave nothing out */
    size_t at;
    size_t to_show; /* frames of the period that are still to be shown */
    struct elide_run run;
};

struct elide_line {
    size_t frame;            /* index of the frame, or of the first that is left out */
    struct elide_run elided; /* period 0: the frame is shown */
};

bool elide_next(struct elide_walk *walk, struct elide_line *ret_line);

#endif
