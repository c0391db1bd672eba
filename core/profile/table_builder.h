/*
 * Building a profile that has no stacks: functions, callers, and what they
 * cost. Costs of the same function, and of the same edge, add up, so reading
 * a file and merging several are one thing.
 */
#ifndef HOG_PROFILE_TABLE_BUILDER_H
#define HOG_PROFILE_TABLE_BUILDER_H

#include "profile/profile.h"

struct hog_table_builder;

struct hog_table_builder *hog_table_builder_create(size_t memory_limit) HOG_CHECKED;
void hog_table_builder_destroy(struct hog_table_builder *builder); /* NULL is fine */

static inline void hog_cleanup_table_builder(struct hog_table_builder **builder)
{
    hog_table_builder_destroy(*builder);
}
#define HOG_TABLE_BUILDER HOG_CLEANUP(hog_cleanup_table_builder)

/* As hog_profile_builder_watch. */
void hog_table_builder_watch(struct hog_table_builder *builder, struct hog_watch *watch);
/* As hog_profile_builder_function. A function that no cost is given to costs nothing. */
enum hog_status hog_table_builder_function(struct hog_table_builder *builder,
                                           const struct hog_function *function,
                                           uint32_t *ret_function) HOG_CHECKED;
void hog_table_builder_cost(struct hog_table_builder *builder, uint32_t function,
                            const struct hog_table_function *cost);
/* `caller` HOG_NO_FUNCTION: nobody called it. */
enum hog_status hog_table_builder_edge(struct hog_table_builder *builder, uint32_t caller, uint32_t callee,
                                       const struct hog_table_function *cost) HOG_CHECKED;
/* What was counted when the samples were taken, if there were any. */
void hog_table_builder_counts(struct hog_table_builder *builder, const struct hog_profile_counts *counts);
enum hog_status hog_table_builder_drop(struct hog_table_builder *builder, const char *reason,
                                       uint64_t count) HOG_CHECKED;

enum hog_status hog_table_builder_seal(struct hog_table_builder *builder, const struct hog_profile_info *info,
                                       struct hog_profile **ret_profile) HOG_CHECKED;

#endif
