/* A profile's modules, which give the boxes of the pictures their colours. */
#ifndef HOG_FORMATS_MODULES_H
#define HOG_FORMATS_MODULES_H

#include "profile/labels.h"

struct modules {
    const char **list; /* the one with most samples of its own first; borrowed from profile and labels */
    uint64_t *self;    /* by module */
    uint32_t *of;      /* by function */
    uint32_t count;
};

enum hog_status modules_init(struct modules *modules, const struct hog_profile *profile,
                             const struct hog_labels *labels) HOG_CHECKED;
void modules_deinit(struct modules *modules);

#endif
