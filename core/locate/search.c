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

static void meet_foreigner(struct locator *locator, struct module *module, int kind)
{
    struct foreigner *foreigner = &locator->foreigner;
    struct hog_version version;
    char text[HOG_VERSION_TEXT];

    if (foreigner->kind != NOT_FOREIGN)
        return;
    foreigner->kind = kind;
    foreigner->path = module->seen->path;
    foreigner->version = "2";
    if (kind == PYTHON_2 && scan_for_version(locator, module, &version))
        foreigner->version = locator_words(locator, "%s", hog_version_text(version, text));
    locator_note(locator, "%s is %s", module->seen->path, kind == PYPY ? "PyPy" : "Python 2");
}

static void search_symbols(struct locator *locator, struct module *module)
{
    struct python_symbols symbols;
    struct candidate *candidate;

    if (!symbols_find(locator, module, &symbols))
        return;
    if (symbols.address[SYMBOL_PYPY])
        meet_foreigner(locator, module, PYPY);
    if (symbols.address[SYMBOL_PYTHON_2])
        meet_foreigner(locator, module, PYTHON_2);
    if (symbols.address[SYMBOL_PYPY] || symbols.address[SYMBOL_PYTHON_2] ||
        !(symbols.address[SYMBOL_RUNTIME] || symbols.address[SYMBOL_TSTATE_CURRENT]))
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

static void search_ranks(struct locator *locator, enum module_rank first, enum module_rank last,
                         void (*search)(struct locator *locator, struct module *module))
{
    for (size_t i = 0; i < locator->module_count; i++)
        if (locator->modules[i].rank >= first && locator->modules[i].rank <= last)
            search(locator, &locator->modules[i]);
}

void search_modules(struct locator *locator)
{
    search_ranks(locator, RANK_EXECUTABLE, RANK_PYTHON, search_symbols);
    if (is_settled(locator))
        return;
    search_ranks(locator, RANK_OTHER, RANK_UNLIKELY, search_symbols);
}
