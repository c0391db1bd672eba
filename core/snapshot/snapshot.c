/* The end of a snapshot's life, and the words for thread states; see snapshot.h. */
#include "snapshot/snapshot.h"

#include <stdlib.h>

void hog_snapshot_destroy(struct hog_snapshot *snapshot)
{
    struct hog_arena arena;

    if (!snapshot)
        return;
    arena = snapshot->arena;
    hog_arena_deinit(&arena);
    free(snapshot);
}

static const struct {
    const char *words, *key;
} states[] = {
    [HOG_STATE_UNKNOWN] = {"state unknown", "unknown"},
    [HOG_STATE_RUNNING] = {"running", "running"},
    [HOG_STATE_IDLE] = {"idle", "idle"},
    [HOG_STATE_WAITING_FOR_GIL] = {"waiting for the GIL", "waiting_for_gil"},
    [HOG_STATE_COLLECTING_GARBAGE] = {"collecting garbage", "collecting_garbage"},
    [HOG_STATE_CRASHED] = {"crashed", "crashed"},
    [HOG_STATE_NOT_STARTED] = {"not started", "not_started"},
    [HOG_STATE_FINISHING] = {"finishing", "finishing"},
};

const char *hog_thread_state_words(enum hog_thread_state state)
{
    return states[state].words;
}

const char *hog_thread_state_key(enum hog_thread_state state)
{
    return states[state].key;
}

uint64_t hog_interpreter_of(const struct hog_snapshot *snapshot, const struct hog_thread *thread)
{
    for (size_t i = 0; i < snapshot->interpreter_count; i++)
        if (snapshot->interpreters[i].id == thread->interpreter)
            return snapshot->interpreters[i].address;
    return snapshot->interpreter_count ? snapshot->interpreters[0].address : 0;
}
