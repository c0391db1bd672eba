/*
 * Samples that are taken but not counted yet.
 *
 *     stacks   │ thread, weight, first, depth │ …            in the order in which they were taken
 *     frames   │ entry, line │ entry, line │ …
 *
 * Every few dozen ticks the code objects that were only believed are looked
 * at once more. A sample in which all are still the same goes to the profile;
 * one with a code object that was replaced since is dropped: nobody knows
 * whose it was. The room is fixed, so nothing is allocated while sampling; a
 * profile grows only when they are handed over.
 */
#ifndef HOG_SAMPLE_PENDING_H
#define HOG_SAMPLE_PENDING_H

#include "profile/builder.h"
#include "sample/codes.h"

/* In place of an entry: a function of C. What is below is its number in the profile. */
#define PENDING_NATIVE (UINT32_C(1) << 31)

struct pending_frame {
    uint32_t entry; /* of the codes, or PENDING_NATIVE and a function */
    int32_t line;
};

struct pending_stack {
    uint32_t thread; /* the caller's number of it */
    uint32_t weight;
    size_t first;
    uint32_t depth;
};

struct pending {
    struct pending_frame *frames;
    size_t frame_count, frame_capacity;
    struct pending_stack *stacks;
    uint32_t stack_count, stack_capacity;
    uint32_t *believed; /* entries to prove */
    uint32_t believed_capacity;
    struct hog_profile_frame *handed; /* one stack, for the builder */
    uint32_t handed_capacity;
};

enum hog_status pending_init(struct pending *pending) HOG_CHECKED;
void pending_deinit(struct pending *pending);

/* Room for one more stack of this depth without an allocation? */
bool pending_has_room(const struct pending *pending, uint32_t depth);
/* For a stack deeper than all the room there is; outside of samples, and when nothing is pending. */
enum hog_status pending_grow(struct pending *pending, uint32_t depth) HOG_CHECKED;

/* Adds a stack; one that equals the stack at `like` (UINT32_MAX: none) makes that one heavier. Its number. */
uint32_t pending_add(struct pending *pending, uint32_t thread, const uint32_t *entries, const int32_t *lines,
                     uint32_t depth, uint32_t like);
static inline void pending_again(struct pending *pending, uint32_t stack)
{
    pending->stacks[stack].weight++;
}

/*
 * Proves and hands over all of them. `add` and `drop` are told of each stack
 * what became of it. Leaves nothing pending.
 */
struct pending_sink {
    void (*add)(void *context, uint32_t thread, const struct hog_profile_frame *frames, uint32_t depth,
                uint32_t weight);
    void (*drop)(void *context, uint32_t thread, uint32_t weight);
    void *context;
};
void pending_hand_over(struct pending *pending, struct code_table *codes, struct hog_memory *memory,
                       const struct pending_sink *sink);

#endif
