/*
 * A thread of a snapshot as core/native wants it, merged with C frames. What py-dump --native and Python in the
 * debugger's own backtrace have in common.
 */
#ifndef HOG_COMMAND_NATIVE_MERGE_H
#define HOG_COMMAND_NATIVE_MERGE_H

#include "native/native.h"

/* Room that is used again from thread to thread. */
struct native_merge {
    struct hog_merged_frame *merged; /* the last result */
    size_t count;
    size_t merged_capacity;
    struct hog_c_entry *entries;
    size_t entry_capacity;
};

void native_merge_deinit(struct native_merge *merge);

/* False when memory is exhausted. */
bool native_merge_thread(struct native_merge *merge, const struct hog_snapshot *snapshot,
                         const struct hog_thread *thread, const struct hog_native_stack *native,
                         enum hog_merge_result *ret_result);

#endif
