/*
 * Building a profile: the sampler's side of it.
 *
 *     function ─┐
 *     thread   ─┼─▶ numbers, once each         add_stack(thread, frames) ─▶ +1 at one node
 *
 * Functions and threads are handed in once and are numbers from then on. A
 * stack that was seen before is found by the hash of its frames and allocates
 * nothing; a new one adds nodes for the frames that it does not share with
 * others. So memory follows the number of distinct stacks, not of samples.
 * One thread at a time may use a builder; nothing here blocks.
 */
#ifndef HOG_PROFILE_BUILDER_H
#define HOG_PROFILE_BUILDER_H

#include "profile/profile.h"

struct hog_profile_builder;

struct hog_profile_frame {
    uint32_t function;
    int32_t line; /* 0 unknown; always 0 when the profile is to be by function */
};

/* Looks that need not end in a sample; see struct hog_profile_counts. */
enum hog_profile_tally {
    HOG_TALLY_ON_GIL,
    HOG_TALLY_WAITING_FOR_GIL,
    HOG_TALLY_WAITING_FOR_CPU,
    HOG_TALLY_COLLECTING_GARBAGE
};

/* `memory_limit`: bytes that it may take for names and nodes. NULL when there is no memory. */
struct hog_profile_builder *hog_profile_builder_create(size_t memory_limit) HOG_CHECKED;
void hog_profile_builder_destroy(struct hog_profile_builder *builder); /* NULL is fine */

static inline void hog_cleanup_profile_builder(struct hog_profile_builder **builder)
{
    hog_profile_builder_destroy(*builder);
}
#define HOG_PROFILE_BUILDER HOG_CLEANUP(hog_cleanup_profile_builder)

/* Ends what takes long: sealing, and grafting of others. What is sealed has it too. It must outlive both. */
void hog_profile_builder_watch(struct hog_profile_builder *builder, struct hog_watch *watch);

/* All texts are copied. HOG_LIMIT or HOG_NO_MEMORY when there is no room. The same one again: the same
 * number. */
enum hog_status hog_profile_builder_function(struct hog_profile_builder *builder,
                                             const struct hog_function *function,
                                             uint32_t *ret_function) HOG_CHECKED;
/* The same by its ids, pid and name: the same number. Counts and nodes of `thread` are ignored. */
enum hog_status hog_profile_builder_thread(struct hog_profile_builder *builder,
                                           const struct hog_profile_thread *thread,
                                           uint32_t *ret_thread) HOG_CHECKED;

/*
 * `weight` samples of this stack, innermost frame first (as a snapshot has
 * it). No frames at all count for a function "<no Python frame>".
 */
enum hog_status hog_profile_builder_add_stack(struct hog_profile_builder *builder, uint32_t thread,
                                              const struct hog_profile_frame *frames, size_t count,
                                              uint64_t weight) HOG_CHECKED;
/*
 * For those who have a tree and no stacks: a frame below a node of this
 * thread (HOG_NO_NODE: outermost), and how often it was innermost. The same
 * frame again: the same node. HOG_LIMIT where samples would outgrow counting.
 */
enum hog_status hog_profile_builder_add_node(struct hog_profile_builder *builder, uint32_t thread,
                                             uint32_t parent, struct hog_profile_frame frame, uint64_t self,
                                             uint32_t *ret_node) HOG_CHECKED;
/* All but `kept`, which comes with the samples. Reasons for what was dropped: add_reason. */
void hog_profile_builder_add_counts(struct hog_profile_builder *builder, uint32_t thread,
                                    const struct hog_profile_counts *counts);
enum hog_status hog_profile_builder_add_reason(struct hog_profile_builder *builder, const char *reason,
                                               uint64_t count) HOG_CHECKED;

/* A new reason for which there is no memory is lost, not its count among what was dropped. */
/* Looks at a thread that gave no sample. HOG_NO_THREAD where it is not known which. */
void hog_profile_builder_idle(struct hog_profile_builder *builder, uint32_t thread, uint64_t count);
void hog_profile_builder_drop(struct hog_profile_builder *builder, uint32_t thread, const char *reason,
                              uint64_t count);
void hog_profile_builder_tally(struct hog_profile_builder *builder, uint32_t thread,
                               enum hog_profile_tally tally, uint64_t count);

/* For a progress line: all threads together, so far. */
struct hog_profile_counts hog_profile_builder_counts(const struct hog_profile_builder *builder);
/* Bytes held for names, nodes and tables. */
size_t hog_profile_builder_memory(const struct hog_profile_builder *builder);

/* The profile so far, a copy: the builder may go on. `info`'s texts are copied. */
enum hog_status hog_profile_builder_seal(const struct hog_profile_builder *builder,
                                         const struct hog_profile_info *info,
                                         struct hog_profile **ret_profile) HOG_CHECKED;

#endif
