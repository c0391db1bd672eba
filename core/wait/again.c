/*
 * Two looks: who stands where it stood?
 *
 * A thread has moved when its frames, the instruction of the innermost one, or
 * what it waits for differ. One that went round and came back to the same place
 * stands there again: that cannot be told from one that never moved, so the
 * words say no more than that.
 */
#include "wait/waits.h"

#include <inttypes.h>

/* Words in the arena; NULL: no memory. */
#define SAY(waits, ...) hog_arena_printf(&(waits)->arena, __VA_ARGS__)

static const struct hog_thread *same_thread(const struct hog_snapshot *snapshot,
                                            const struct hog_thread *thread, uint32_t *ret_number)
{
    for (uint32_t i = 0; i < snapshot->thread_count; i++) {
        const struct hog_thread *one = &snapshot->threads[i];

        if (one->os_thread_id != thread->os_thread_id || one->tstate != thread->tstate)
            continue;
        *ret_number = i;
        return one;
    }
    return NULL;
}

static bool same_frames(const struct hog_thread *one, const struct hog_thread *other)
{
    if (one->frame_count != other->frame_count)
        return false;
    for (size_t i = 0; i < one->frame_count; i++)
        if (one->frames[i].frame != other->frames[i].frame || one->frames[i].line != other->frames[i].line ||
            one->frames[i].code->address != other->frames[i].code->address)
            return false;
    return true;
}

static bool same_node(const struct hog_waits *waits, uint32_t node, const struct hog_waits *before,
                      uint32_t other)
{
    if (node == HOG_WAIT_NONE || other == HOG_WAIT_NONE)
        return node == other;
    return waits->graph.nodes[node].kind == before->graph.nodes[other].kind &&
           waits->graph.nodes[node].address == before->graph.nodes[other].address;
}

static const char *what_moved(const struct hog_waits *waits, const struct hog_thread *thread, uint32_t number,
                              const struct hog_waits *before, const struct hog_snapshot *snapshot_before)
{
    const struct hog_wait_thread *now = &waits->graph.threads[number];
    uint32_t then;
    const struct hog_thread *earlier = same_thread(snapshot_before, thread, &then);

    if (!earlier)
        return "it is new";
    if (!same_frames(thread, earlier))
        return "its frames differ";
    if (now->instruction != before->graph.threads[then].instruction)
        return "it is at another instruction";
    if (!same_node(waits, now->node, before, before->graph.threads[then].node))
        return "it waits for something else";
    return thread->active == HOG_YES ? "it runs" : "";
}

bool hog_waits_compare(struct hog_waits *waits, const struct hog_snapshot *snapshot,
                       const struct hog_waits *before, const struct hog_snapshot *snapshot_before,
                       double seconds)
{
    uint32_t python = 0, moved = 0;
    const char *words;

    for (uint32_t i = 0; i < waits->graph.thread_count; i++) {
        const struct hog_thread *thread = &snapshot->threads[i];

        waits->graph.threads[i].moved = what_moved(waits, thread, i, before, snapshot_before);
        python += thread->tstate != 0;
        moved += thread->tstate && *waits->graph.threads[i].moved;
    }
    if (moved)
        words = SAY(waits, "%s %.1f s later %" PRIu32 " of %" PRIu32 " threads had moved.",
                    waits->verdict_text, seconds, moved, python);
    else
        words = SAY(waits, "%s No progress: %.1f s later every thread stood where it had stood.",
                    waits->verdict_text, seconds);
    if (words)
        waits->verdict_text = words;
    return words != NULL;
}
