/*
 * What a builder is made of, for those in this folder that build profiles
 * from other profiles: they add nodes to the tree one by one.
 */
#ifndef HOG_PROFILE_BUILDER_PARTS_H
#define HOG_PROFILE_BUILDER_PARTS_H

#include "profile/builder.h"
#include "profile/names.h"
#include "profile/tree.h"

struct hog_profile_builder {
    struct names names;
    struct tree tree;
    struct hog_profile_thread *threads; /* their nodes are not known yet */
    struct hog_profile_drop *drops;     /* reasons are in names */
    struct hog_profile_counts counts;   /* sums */
    uint32_t thread_count, thread_capacity;
    uint32_t drop_count, drop_capacity;
    size_t memory_limit;
    struct hog_watch *watch; /* may be NULL */
};

/* Texts of `info` that live in `names`. */
enum hog_status builder_own_info(struct names *names, const struct hog_profile_info *theirs,
                                 struct hog_profile_info *ret_ours) HOG_CHECKED;

/* A profile with this info and these counts, the builder's drops, no functions, threads, nodes: for seal.c
 * and table.c.
 */
enum hog_status builder_start_profile(const struct hog_profile_builder *builder,
                                      const struct hog_profile_info *info, struct names *names,
                                      struct hog_profile **ret_profile) HOG_CHECKED;

#endif
