/*
 * From a place to a decision whether it is a live runtime: version, layout,
 * the debuggee's own table of offsets, state. See candidate.h.
 */
#include "locate/candidate.h"

#include "base/cleanup.h"
#include "locate/scan_interpreter.h"

#include <inttypes.h>

struct candidate *candidate_add(struct locator *locator, struct module *module, enum hog_located_by by,
                                uint64_t runtime)
{
    struct candidate *candidate;

    for (size_t i = 0; runtime && i < locator->candidate_count; i++)
        if (locator->candidates[i].runtime == runtime)
            return NULL; /* a module that is listed twice, by two names */
    if (locator->candidate_count == CANDIDATES_MAX)
        return NULL;
    candidate = &locator->candidates[locator->candidate_count++];
    *candidate = (struct candidate){.module = module, .by = by, .runtime = runtime};
    candidate->located_by = candidate->version_by = candidate->symbols.where = "";
    return candidate;
}

/* The releases that are known were measured on x86-64: elsewhere a mutex, and what lies behind it, differs. */
static void tell_doubts(struct locator *locator, struct candidate *candidate,
                        const struct hog_table_doubts *doubts)
{
    bool known_machine = !locator->process->elf_machine || locator->process->elf_machine == EM_X86_64;

    if (doubts->disbelieved)
        locator_warn(locator,
                     "the debug offsets table at " HOG_ADDRESS " cannot be right (%s; %zu such entries): "
                     "built-in offsets are used for them",
                     candidate->runtime, doubts->first_disbelieved, doubts->disbelieved);
    if (doubts->unexpected && known_machine)
        locator_warn(locator,
                     "the debug offsets table at " HOG_ADDRESS " is not that of CPython %s (%s; %zu such "
                     "entries): memory is damaged, or the build was changed",
                     candidate->runtime, locator_version(locator, candidate->build.version),
                     doubts->first_unexpected, doubts->unexpected);
    candidate->offsets_doubted = doubts->disbelieved || (doubts->unexpected && known_machine);
}

/* The debuggee's own offsets win over the rows, if they can be right. */
static void apply_table(struct locator *locator, struct candidate *candidate)
{
    size_t size = candidate->layout.debug_offsets_size;
    HOG_FREE unsigned char *table = size && size < 65536 ? malloc(size) : NULL;
    struct hog_table_doubts doubts;
    struct hog_error error = {0};

    if (!table || !candidate->runtime)
        return;
    if (hog_memory_read(locator->memory, candidate->runtime, table, size) != HOG_OK) {
        locator_warn(locator,
                     "the debug offsets table at " HOG_ADDRESS " cannot be read: built-in offsets are used",
                     candidate->runtime);
        return;
    }
    if (hog_layout_apply_debug_offsets(&candidate->layout, table, size, &doubts, &error) != HOG_OK) {
        locator_warn(locator,
                     "the debug offsets table at " HOG_ADDRESS
                     " is not usable (%s): built-in offsets are used",
                     candidate->runtime, error.message);
        return;
    }
    locator_note(locator, "took the offsets from the debug offsets table at " HOG_ADDRESS,
                 candidate->runtime);
    tell_doubts(locator, candidate, &doubts);
}

enum offsets_source { OFFSETS_OF_TABLE, OFFSETS_OF_ROWS };

static void examine_with(struct locator *locator, struct candidate *candidate, enum offsets_source source)
{
    struct hog_error error = {0};

    if (hog_layout_select(&candidate->layout, &candidate->build, &error) != HOG_OK) {
        candidate->state = CANDIDATE_UNSUPPORTED;
        locator_note(locator, "%s", error.message);
        return;
    }
    if (source == OFFSETS_OF_TABLE)
        apply_table(locator, candidate);
    if (candidate->by == HOG_BY_SCAN && !candidate->runtime &&
        hog_layout_has(&candidate->layout, HOG_F_runtime_interpreters_head) &&
        !scan_for_runtime(locator, candidate))
        candidate->state = CANDIDATE_UNINITIALISED;
    else
        candidate->state = candidate_find_state(locator, candidate);
}

/* The table may be damaged, or of another shape than that of an assumed version: the rows may yet be right. */
static void examine_without_table(struct locator *locator, struct candidate *candidate)
{
    struct candidate other = *candidate;

    examine_with(locator, &other, OFFSETS_OF_ROWS);
    if (other.state < CANDIDATE_BARE)
        return;
    if (!locator->options->assume_version.major)
        locator_warn(locator,
                     "the debug offsets table at " HOG_ADDRESS
                     " leads to no interpreter: built-in offsets are "
                     "used",
                     candidate->runtime);
    *candidate = other;
    candidate->offsets_doubted = true;
}

void candidate_examine(struct locator *locator, struct candidate *candidate)
{
    static const char *const outcomes[] = {
        [CANDIDATE_UNREADABLE] = "cannot be read",
        [CANDIDATE_UNINITIALISED] = "has no interpreter: not initialised",
        [CANDIDATE_FINALISED] = "has no interpreter any more: finalised",
        [CANDIDATE_DAMAGED] = "leads to no interpreter",
        [CANDIDATE_BROKEN] = "has an interpreter whose threads do not lead back to it",
        [CANDIDATE_BARE] = "has an interpreter without threads",
        [CANDIDATE_LIVE] = "is initialised",
    };

    if (!candidate->version_by[0])
        candidate_find_version(locator, candidate);
    if (candidate->state == CANDIDATE_NO_VERSION)
        return;
    examine_with(locator, candidate, OFFSETS_OF_TABLE);
    if (candidate->state > CANDIDATE_UNREADABLE && candidate->state < CANDIDATE_BARE &&
        candidate->layout.debug_offsets_size)
        examine_without_table(locator, candidate);
    if (outcomes[candidate->state])
        locator_note(locator, "the runtime at " HOG_ADDRESS " %s (interpreter " HOG_ADDRESS ")",
                     candidate->runtime, outcomes[candidate->state], candidate->head);
}
