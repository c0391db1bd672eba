/*
 * Which of several runtimes is meant. See choose.h.
 *
 * A process may map libpython twice: a static python that loads an extension
 * linked against the library, or an embedding program that opens it by
 * another name. Only one copy is ever initialised (CPython issue gh-144563).
 */
#include "locate/choose.h"

#include <inttypes.h>

struct candidate *choose_candidate(struct locator *locator)
{
    struct candidate *best = NULL;

    for (size_t i = 0; i < locator->candidate_count; i++)
        if (!best || locator->candidates[i].state > best->state)
            best = &locator->candidates[i];
    return best;
}

void choose_warn(struct locator *locator, const struct candidate *chosen)
{
    size_t alive = 0;
    size_t count = locator->candidate_count;

    for (size_t i = 0; i < count; i++)
        alive += locator->candidates[i].state >= CANDIDATE_BARE;
    if (alive > 1)
        locator_warn(
            locator,
            "%zu copies of CPython are initialised in this process; only the one of %s, at " HOG_ADDRESS
            ", is shown",
            alive, chosen->module->seen->path, chosen->runtime);
    else if (count > 1)
        locator_warn(locator, "%zu copies of CPython are mapped; the one of %s, at " HOG_ADDRESS ", is %s",
                     count, chosen->module->seen->path, chosen->runtime,
                     alive ? "initialised" : "the likeliest to be in use");
    if (chosen->state == CANDIDATE_BROKEN)
        locator_warn(locator,
                     "the thread list of the interpreter at " HOG_ADDRESS
                     " does not lead back to it: memory is damaged, or the version is not %s",
                     chosen->head, locator_version(locator, chosen->build.version));
}
