/* See native_merge.h. */
#include "command/native_merge.h"
#include "base/grow.h"

#include <stdlib.h>

void native_merge_deinit(struct native_merge *merge)
{
    free(merge->merged);
    free(merge->entries);
    *merge = (struct native_merge){0};
}

/* To 3.11 Python keeps no marks: frames that were called from C are flagged. */
static bool entries_by_flags(struct native_merge *merge, const struct hog_thread *thread,
                             struct hog_python_stack *python)
{
    if (!HOG_GROW(merge->entries, merge->entry_capacity, thread->frame_count))
        return false;
    python->entries = merge->entries;
    for (size_t i = 0; i < thread->frame_count; i++)
        if (thread->frames[i].flags & HOG_FRAME_ENTRY)
            merge->entries[python->entry_count++] = (struct hog_c_entry){.frames = (uint32_t)i + 1};
    return true;
}

/* Does another interpreter run Python on the same C stack? */
static bool shares_stack(const struct hog_snapshot *snapshot, const struct hog_thread *thread)
{
    for (size_t i = 0; i < snapshot->thread_count; i++)
        if (snapshot->threads[i].os_thread_id == thread->os_thread_id &&
            snapshot->threads[i].tstate != thread->tstate && snapshot->threads[i].frame_count)
            return true;
    return false;
}

bool native_merge_thread(struct native_merge *merge, const struct hog_snapshot *snapshot,
                         const struct hog_thread *thread, const struct hog_native_stack *native,
                         enum hog_merge_result *ret_result)
{
    struct hog_python_stack python = {.frame_count = thread->frame_count,
                                      .entries = thread->entries,
                                      .entry_count = thread->entry_count,
                                      .broken = thread->stopped_because != NULL,
                                      .shared = shares_stack(snapshot, thread)};

    merge->count = 0;
    if (!HOG_GROW(merge->merged, merge->merged_capacity, native->count + thread->frame_count) ||
        (!python.entry_count && !entries_by_flags(merge, thread, &python)))
        return false;
    *ret_result = hog_merge_stacks(native, &python, merge->merged, &merge->count);
    return true;
}
