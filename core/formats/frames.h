/*
 * The frames of a profile, each once: a function at a line. speedscope calls
 * them frames, pprof locations, Firefox's profiler has a table of them.
 */
#ifndef HOG_FORMATS_FRAMES_H
#define HOG_FORMATS_FRAMES_H

#include "profile/profile.h"

struct frame {
    uint32_t function;
    int32_t line; /* 0 unknown */
};

struct frames {
    struct frame *list;
    uint32_t *of_node; /* by node: into list */
    uint32_t count, capacity;
};

enum hog_status frames_init(struct frames *frames, const struct hog_profile *profile) HOG_CHECKED;
void frames_deinit(struct frames *frames);

#endif
