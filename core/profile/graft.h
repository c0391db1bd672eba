/* Adding a whole profile to a builder, as merging and projecting do. */
#ifndef HOG_PROFILE_GRAFT_H
#define HOG_PROFILE_GRAFT_H

#include "base/text.h"
#include "profile/builder_parts.h"
#include "profile/project.h"

/*
 * Adds every stack, every count and every reason of `from`. A thread without
 * a pid of its own gets `pid` (0: stays without). Projection as in project.h.
 */
enum hog_status graft_profile(struct hog_profile_builder *builder, const struct hog_profile *from,
                              const struct hog_projection *projection, int64_t pid) HOG_CHECKED;

#endif
