/*
 * From a place to a decision whether it is a live runtime. See candidate.h.
 *
 *      _PyRuntime | … | interpreters.head ─▶ PyInterpreterState | … | threads.head ─┐
 *                                   ▲                                               ▼
 *                                   └─────────────── interp ◀── PyThreadState | prev | next | interp
 *
 * Only a runtime in use closes that circle.
 */
#include "locate/candidate.h"

#include "base/cleanup.h"
#include "locate/scan_interpreter.h"

#include <inttypes.h>
struct candidate *candidate_add(struct locator *locator, struct module *module, enum hog_located_by by,
                                uint64_t runtime)
{
    struct candidate *candidate;

    if (locator->candidate_count == CANDIDATES_MAX)
        return NULL;
    candidate = &locator->candidates[locator->candidate_count++];
    *candidate = (struct candidate){.module = module, .by = by, .runtime = runtime};
    candidate->located_by = candidate->version_by = candidate->symbols.where = "";
    return candidate;
}

const char *candidate_version_text(struct locator *locator, const struct candidate *candidate)
{
    char text[HOG_VERSION_TEXT];

    return locator_words(locator, "%s", hog_version_text(candidate->build.version, text));
}

/* The debuggee's own offsets win over the rows, if they can be right. */
static void apply_table(struct locator *locator, struct candidate *candidate)
{
    size_t size = candidate->layout.debug_offsets_size;
    HOG_FREE unsigned char *table = size && size < 65536 ? malloc(size) : NULL;
    struct hog_error error = {0};

    if (!table || !candidate->runtime)
        return;
    if (hog_memory_read(locator->memory, candidate->runtime, table, size) != HOG_OK) {
        locator_warn(locator,
                     "the debug offsets table at 0x%" PRIx64 " cannot be read: built-in offsets are used",
                     candidate->runtime);
        return;
    }
    if (hog_layout_apply_debug_offsets(&candidate->layout, table, size, &error) == HOG_OK)
        locator_note(locator, "took the offsets from the debug offsets table at 0x%" PRIx64,
                     candidate->runtime);
    else
        locator_warn(locator,
                     "the debug offsets table at 0x%" PRIx64 " is not usable (%s): built-in offsets are used",
                     candidate->runtime, error.words);
}

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

static enum candidate_state state_without_interpreter(struct locator *locator,
                                                      const struct candidate *candidate)
{
    uint32_t offset = candidate->layout.offset[HOG_F_runtime_finalizing];
    uint64_t finalizing;

    if (!candidate->runtime || offset == HOG_ABSENT ||
        hog_memory_u64(locator->memory, candidate->runtime + offset, &finalizing) != HOG_OK || !finalizing)
        return CANDIDATE_UNINITIALISED;
    return CANDIDATE_FINALISED;
}

static enum candidate_state state_of_interpreter(struct locator *locator, const struct candidate *candidate)
{
    const uint32_t *offset = candidate->layout.offset;
    uint64_t tstate, interp;

    if (hog_memory_u64(locator->memory, candidate->head + offset[HOG_F_interp_threads_head], &tstate) !=
        HOG_OK)
        return CANDIDATE_BROKEN;
    if (!tstate)
        return CANDIDATE_BARE;
    if (hog_memory_u64(locator->memory, tstate + offset[HOG_F_tstate_interp], &interp) != HOG_OK ||
        interp != candidate->head)
        return CANDIDATE_BROKEN;
    return CANDIDATE_LIVE;
}

static enum candidate_state find_state(struct locator *locator, struct candidate *candidate)
{
    uint32_t offset = candidate->layout.offset[HOG_F_runtime_interpreters_head];

    if (offset == HOG_ABSENT)
        candidate->head = loose_head(locator, candidate);
    else if (hog_memory_u64(locator->memory, candidate->runtime + offset, &candidate->head) != HOG_OK)
        return CANDIDATE_UNREADABLE;
    return candidate->head ? state_of_interpreter(locator, candidate)
                           : state_without_interpreter(locator, candidate);
}

static void find_layout(struct locator *locator, struct candidate *candidate)
{
    struct hog_error error = {0};

    if (hog_layout_select(&candidate->layout, &candidate->build, &error) == HOG_OK) {
        apply_table(locator, candidate);
        return;
    }
    candidate->state = CANDIDATE_UNSUPPORTED;
    locator_note(locator, "%s", error.words);
}

void candidate_examine(struct locator *locator, struct candidate *candidate)
{
    static const char *const outcomes[] = {
        [CANDIDATE_UNREADABLE] = "cannot be read",
        [CANDIDATE_UNINITIALISED] = "has no interpreter: not initialised",
        [CANDIDATE_FINALISED] = "has no interpreter any more: finalised",
        [CANDIDATE_BROKEN] = "has an interpreter whose threads do not lead back to it",
        [CANDIDATE_BARE] = "has an interpreter without threads",
        [CANDIDATE_LIVE] = "is initialised",
    };

    candidate->state = CANDIDATE_UNKNOWN;
    if (!candidate->version_by[0])
        candidate_find_version(locator, candidate);
    if (candidate->state == CANDIDATE_UNKNOWN)
        find_layout(locator, candidate);
    if (candidate->state == CANDIDATE_UNKNOWN && candidate->by == HOG_BY_SCAN && !candidate->runtime &&
        hog_layout_has(&candidate->layout, HOG_F_runtime_interpreters_head) &&
        !scan_for_runtime(locator, candidate))
        candidate->state = CANDIDATE_UNINITIALISED;
    if (candidate->state != CANDIDATE_UNKNOWN)
        return;
    candidate->state = find_state(locator, candidate);
    locator_note(locator, "the runtime at 0x%" PRIx64 " %s (interpreter 0x%" PRIx64 ")", candidate->runtime,
                 outcomes[candidate->state], candidate->head);
}

/* The type of a type of a type is `type`, whose type is itself. Ask at `offset` of each. */
static bool types_end_in_type(struct locator *locator, uint64_t object, uint32_t offset)
{
    for (unsigned step = 0; step < 3; step++) {
        uint64_t type;

        if (hog_memory_u64(locator->memory, object + offset, &type) != HOG_OK || !type)
            return false;
        if (type == object)
            return true;
        object = type;
    }
    return false;
}

/* Where ob_type is: behind the reference count, and, in a traced build, behind two links before that. */
enum { PLAIN_TYPE = 8, TRACED_TYPE = 24 };

bool candidate_is_object(struct locator *locator, uint64_t address)
{
    return types_end_in_type(locator, address, PLAIN_TYPE) ||
           types_end_in_type(locator, address, TRACED_TYPE);
}

void candidate_check_headers(struct locator *locator, struct candidate *candidate)
{
    enum { LAST_WITH_LINKED_OBJECTS = 12 };
    uint32_t offset = candidate->layout.offset[HOG_F_interp_modules];
    struct hog_error error = {0};
    uint64_t modules;

    if (candidate->build.version.minor > LAST_WITH_LINKED_OBJECTS || offset == HOG_ABSENT ||
        hog_memory_u64(locator->memory, candidate->head + offset, &modules) != HOG_OK || !modules ||
        types_end_in_type(locator, modules, PLAIN_TYPE) || !types_end_in_type(locator, modules, TRACED_TYPE))
        return;
    candidate->build.trace_refs = true;
    locator_note(locator, "objects are linked to each other (Py_TRACE_REFS): headers are 16 bytes longer");
    if (hog_layout_select(&candidate->layout, &candidate->build, &error) != HOG_OK)
        locator_warn(locator, "%s", error.words);
}
