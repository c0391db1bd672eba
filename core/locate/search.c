/*
 * Where to look, in which order, and when to stop. See search.h.
 *
 * All likely modules are asked for symbols even after a live runtime was
 * found: a second copy is worth a warning. The others are asked only when
 * none was, and their data are scanned only when no symbol led anywhere.
 */
#include "locate/search.h"

#include "locate/candidate.h"
#include "locate/choose.h"
#include "locate/modules.h"
#include "locate/scan.h"
#include "locate/scan_interpreter.h"
#include "locate/version.h"

#include <inttypes.h>
#include <string.h>

static bool is_settled(struct locator *locator)
{
    const struct candidate *best = choose_candidate(locator);

    return best && best->state >= CANDIDATE_BARE;
}

static void meet_pypy(struct locator *locator, const struct module *module)
{
    locator->foreigner = (struct foreigner){.kind = PYPY, .path = module->seen->path, .version = ""};
    locator_note(locator, "%s is PyPy", module->seen->path);
}

static void meet_python_2(struct locator *locator, const struct module *module, struct hog_version version)
{
    char text[HOG_VERSION_TEXT];

    locator->foreigner = (struct foreigner){.kind = PYTHON_2, .path = module->seen->path};
    locator->foreigner.version = locator_words(locator, "%s", hog_version_text(version, text));
    locator_note(locator, "%s is Python %s", module->seen->path, locator->foreigner.version);
}

static void search_symbols(struct locator *locator, struct module *module)
{
    struct python_symbols symbols;
    struct candidate *candidate;

    if (!symbols_find(locator, module, &symbols))
        return;
    if (symbols.address[SYMBOL_PYPY]) {
        meet_pypy(locator, module);
        return;
    }
    if (symbols.address[SYMBOL_PYTHON_2]) {
        struct hog_version version = {.major = 2, .minor = 7, .micro = MICRO_UNKNOWN, .level = 0xf};

        (void)scan_for_version(locator, module, symbols.address[SYMBOL_TSTATE_CURRENT], &version);
        meet_python_2(locator, module, version);
        return;
    }
    if (!symbols.address[SYMBOL_RUNTIME] && !symbols.address[SYMBOL_TSTATE_CURRENT])
        return;
    candidate = candidate_add(locator, module, symbols.runtime_is_section ? HOG_BY_SECTION : HOG_BY_SYMBOL,
                              symbols.address[SYMBOL_RUNTIME]);
    if (!candidate)
        return;
    candidate->symbols = symbols;
    candidate->located_by = locator_words(locator, "%s in %s",
                                          symbols.runtime_is_section ? ".PyRuntime"
                                          : candidate->runtime       ? "_PyRuntime"
                                                                     : "_PyThreadState_Current",
                                          symbols.where);
    candidate_examine(locator, candidate);
}

/*
 * One pass over a module's data for what needs no symbol: the cookie of the
 * debug offsets (3.13+), and the text of sys.version, after which the
 * interpreters of that version are searched for.
 */
enum { COOKIES_MAX = 4 };

struct data_search {
    uint64_t cookies[COOKIES_MAX];
    size_t cookie_count;
    struct hog_version version;
    uint64_t version_at;
};

static bool visit_data(void *context, const struct scan_block *block)
{
    struct data_search *search = context;
    size_t readable = block->length + block->beyond;

    for (size_t at = 0; at + sizeof(uint64_t) <= block->length; at += sizeof(uint64_t)) {
        const char *bytes = (const char *)block->bytes + at;

        if (memcmp(bytes, "xdebugpy", sizeof(uint64_t)) == 0 && search->cookie_count < COOKIES_MAX)
            search->cookies[search->cookie_count++] = block->address + at;
        if (!search->version_at && bytes[1] == '.' &&
            version_parse_text(bytes, readable - at, &search->version))
            search->version_at = block->address + at;
    }
    return true;
}

static bool has_candidate(const struct locator *locator, const struct module *module)
{
    for (size_t i = 0; i < locator->candidate_count; i++)
        if (locator->candidates[i].module == module)
            return true;
    return false;
}

static void examine_cookie(struct locator *locator, struct module *module, uint64_t address)
{
    struct candidate *candidate = candidate_add(locator, module, HOG_BY_COOKIE, address);

    if (!candidate)
        return;
    candidate->located_by =
        locator_words(locator, "the cookie of the debug offsets table in the data of %s", module->seen->path);
    locator_note(locator, "found the cookie of a debug offsets table at " HOG_ADDRESS " in the data of %s",
                 address, module->seen->path);
    candidate_examine(locator, candidate);
}

/* The interpreters of a version that has no table. What is unlikely and has none is no candidate. */
static void examine_by_scan(struct locator *locator, struct module *module, const struct data_search *found)
{
    struct candidate *candidate = candidate_add(locator, module, HOG_BY_SCAN, 0);

    if (!candidate)
        return;
    candidate->located_by =
        locator_words(locator, "a scan of the data of %s for interpreters", module->seen->path);
    if (found->version_at && !locator->options->assume_version.major) {
        module->version_buffer = found->version_at;
        candidate->build.version = found->version;
        candidate->version_by =
            locator_words(locator, "the text of sys.version at " HOG_ADDRESS, found->version_at);
        locator_note(locator, "found the text of sys.version at " HOG_ADDRESS " in the data of %s: %s",
                     found->version_at, module->seen->path,
                     locator_version(locator, candidate->build.version));
    }
    candidate_examine(locator, candidate);
    if (candidate->state <= CANDIDATE_UNINITIALISED && (!found->version_at || module->rank > RANK_PYTHON))
        locator->candidate_count--;
}

static void search_data(struct locator *locator, struct module *module)
{
    bool assumed = locator->options->assume_version.major != 0;
    struct data_search found = {0};

    if (has_candidate(locator, module) || is_settled(locator))
        return;
    (void)scan_module(locator, module, scan_whole, visit_data, &found);
    for (size_t i = 0; i < found.cookie_count; i++)
        examine_cookie(locator, module, found.cookies[i]);
    if (found.cookie_count)
        return;
    if (found.version_at && found.version.major < 3)
        meet_python_2(locator, module, found.version);
    else if (found.version_at || (assumed && module->rank <= RANK_PYTHON))
        examine_by_scan(locator, module, &found);
}

static void search_ranks(struct locator *locator, enum module_rank first, enum module_rank last,
                         void (*search)(struct locator *locator, struct module *module))
{
    for (size_t i = 0; i < locator->module_count && !locator_interrupted(locator); i++)
        if (locator->modules[i].rank >= first && locator->modules[i].rank <= last)
            search(locator, &locator->modules[i]);
}

/* Is there still hope that a live Python is hidden where no symbol leads? */
static bool is_worth_scanning(struct locator *locator)
{
    const struct candidate *best = choose_candidate(locator);

    return locator->foreigner.kind == NOT_FOREIGN &&
           (!best || (best->state >= CANDIDATE_UNINITIALISED && best->state <= CANDIDATE_FINALISED));
}

void search_modules(struct locator *locator)
{
    search_ranks(locator, RANK_EXECUTABLE, RANK_PYTHON, search_symbols);
    if (is_settled(locator))
        return;
    locator_note(locator, "looking for Python's symbols in every other module");
    search_ranks(locator, RANK_OTHER, RANK_UNLIKELY, search_symbols);
    if (!is_worth_scanning(locator))
        return;
    locator_note(locator, "no symbol leads to a live Python: scanning the data of %zu modules",
                 locator->module_count);
    search_ranks(locator, RANK_EXECUTABLE, RANK_UNLIKELY, search_data);
    if (!locator->scan_budget)
        locator_note(locator, "the scan ended at its budget");
}
