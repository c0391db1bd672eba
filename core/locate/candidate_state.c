/*
 * Is the runtime in use? See candidate.h.
 *
 *      _PyRuntime | … | interpreters.head ─▶ PyInterpreterState | … | threads.head ─┐
 *                                   ▲                                               ▼
 *                                   └─────────────── interp ◀── PyThreadState | prev | next | interp
 *
 * Only a runtime in use closes that circle.
 */
#include "locate/candidate.h"
#include "locate/scan_interpreter.h"

#include <inttypes.h>

/* 3.6 has no runtime structure: its list head is a local symbol, or hangs on the thread that holds the GIL.
 */
static uint64_t loose_head(struct locator *locator, struct candidate *candidate)
{
    const uint64_t *symbols = candidate->symbols.address;
    uint32_t interp = candidate->layout.offset[HOG_F_tstate_interp];
    uint64_t head = 0;
    uint64_t tstate = 0;

    if (symbols[SYMBOL_INTERP_HEAD] &&
        hog_memory_u64(locator->memory, symbols[SYMBOL_INTERP_HEAD], &head) == HOG_OK)
        return head;
    if (symbols[SYMBOL_AUTO_INTERP] &&
        hog_memory_u64(locator->memory, symbols[SYMBOL_AUTO_INTERP], &head) == HOG_OK && head)
        return head;
    if (symbols[SYMBOL_TSTATE_CURRENT] &&
        hog_memory_u64(locator->memory, symbols[SYMBOL_TSTATE_CURRENT], &tstate) == HOG_OK && tstate &&
        hog_memory_u64(locator->memory, tstate + interp, &head) == HOG_OK && head)
        return head;
    return scan_for_loose_head(locator, candidate);
}

/*
 * The runtime keeps `finalizing` when it is through. 3.6 keeps nothing, but
 * the text of sys.version is made later than the first interpreter.
 */
static enum candidate_state state_without_interpreter(struct locator *locator,
                                                      const struct candidate *candidate)
{
    uint32_t offset = candidate->layout.offset[HOG_F_runtime_finalizing];
    uint64_t finalizing;

    if (!candidate->runtime)
        return candidate->module->version_buffer ? CANDIDATE_FINALISED : CANDIDATE_UNINITIALISED;
    if (offset == HOG_ABSENT ||
        hog_memory_u64(locator->memory, candidate->runtime + offset, &finalizing) != HOG_OK || !finalizing)
        return CANDIDATE_UNINITIALISED;
    return CANDIDATE_FINALISED;
}

static enum candidate_state state_of_interpreter(struct locator *locator, const struct candidate *candidate,
                                                 uint64_t head)
{
    const uint32_t *offset = candidate->layout.offset;
    uint64_t tstate, interp;

    if (hog_memory_u64(locator->memory, head + offset[HOG_F_interp_threads_head], &tstate) != HOG_OK)
        return CANDIDATE_DAMAGED;
    if (!tstate)
        return CANDIDATE_BARE;
    if (hog_memory_u64(locator->memory, tstate + offset[HOG_F_tstate_interp], &interp) != HOG_OK ||
        interp != head)
        return CANDIDATE_BROKEN;
    return CANDIDATE_LIVE;
}

/* The head of the list is nonsense, but the main interpreter may still be known. */
static enum candidate_state state_by_main(struct locator *locator, struct candidate *candidate,
                                          enum candidate_state state)
{
    uint32_t offset = candidate->layout.offset[HOG_F_runtime_interpreters_main];
    uint64_t main;

    if (!candidate->runtime || offset == HOG_ABSENT ||
        hog_memory_u64(locator->memory, candidate->runtime + offset, &main) != HOG_OK || !main ||
        state_of_interpreter(locator, candidate, main) != CANDIDATE_LIVE)
        return state;
    locator_warn(locator,
                 "the list of interpreters is damaged (" HOG_ADDRESS
                 "): only the main one and those after it are shown",
                 candidate->head);
    candidate->head = main;
    return CANDIDATE_LIVE;
}

enum candidate_state candidate_find_state(struct locator *locator, struct candidate *candidate)
{
    uint32_t offset = candidate->layout.offset[HOG_F_runtime_interpreters_head];
    enum candidate_state state;

    candidate->head = 0;
    if (offset == HOG_ABSENT)
        candidate->head = loose_head(locator, candidate);
    else if (!candidate->runtime)
        return CANDIDATE_DAMAGED;
    else if (hog_memory_u64(locator->memory, candidate->runtime + offset, &candidate->head) != HOG_OK)
        return CANDIDATE_UNREADABLE;
    state = candidate->head ? state_of_interpreter(locator, candidate, candidate->head)
                            : state_without_interpreter(locator, candidate);
    return state < CANDIDATE_BROKEN ? state_by_main(locator, candidate, state) : state;
}
