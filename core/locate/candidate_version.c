/*
 * Which version a candidate is, and the flavour that goes with it. The
 * surest evidence first:
 *
 *      the debug offsets table   3.13+, also before it is initialised
 *      Py_Version                3.11+, a symbol
 *      the text of sys.version   all, but filled in at start-up only
 *      the name of the file      libpython3.9.so.1.0: micro unknown
 */
#include "locate/candidate.h"
#include "locate/scan.h"
#include "locate/version.h"

#include <inttypes.h>
#include <string.h>

/* 3.13 and later begin with a table that says what they are, before they are initialised even. */
static bool version_by_cookie(struct locator *locator, struct candidate *candidate)
{
    struct {
        char cookie[8];
        uint64_t version, free_threaded;
    } table;

    if (!candidate->runtime ||
        hog_memory_read(locator->memory, candidate->runtime, &table, sizeof table) != HOG_OK ||
        memcmp(table.cookie, "xdebugpy", sizeof table.cookie) != 0 ||
        !version_hex_is_plausible(table.version))
        return false;
    candidate->build.version = hog_version_from_hex((uint32_t)table.version);
    candidate->build.free_threaded = table.free_threaded == 1;
    candidate->version_by = "the debug offsets table";
    return true;
}

static bool version_by_symbol(struct locator *locator, struct candidate *candidate)
{
    uint64_t address = candidate->symbols.address[SYMBOL_VERSION];
    uint64_t hex;

    if (!address || hog_memory_u64(locator->memory, address, &hex) != HOG_OK ||
        !version_hex_is_plausible(hex))
        return false;
    candidate->build.version = hog_version_from_hex((uint32_t)hex);
    candidate->version_by = locator_words(locator, "Py_Version at " HOG_ADDRESS, address);
    return true;
}

static bool version_by_buffer(struct locator *locator, struct candidate *candidate)
{
    uint64_t near =
        candidate->runtime ? candidate->runtime : candidate->symbols.address[SYMBOL_TSTATE_CURRENT];

    if (!scan_for_version(locator, candidate->module, near, &candidate->build.version))
        return false;
    candidate->version_by =
        locator_words(locator, "the text of sys.version at " HOG_ADDRESS, candidate->module->version_buffer);
    return true;
}

static bool version_by_name(struct locator *locator, struct candidate *candidate)
{
    struct version_of_name found;

    if (!version_parse_name(candidate->module->seen->path, &found))
        return false;
    candidate->build.version = found.version;
    candidate->build.free_threaded = found.free_threaded;
    candidate->version_by = locator_words(locator, "the name of %s", candidate->module->seen->path);
    return true;
}

/* What the user says counts, but for a micro version that they leave open and the process tells. */
static void assume_version(struct locator *locator, struct candidate *candidate, bool found)
{
    const struct hog_version assumed = locator->options->assume_version;
    bool same = found && candidate->build.version.major == assumed.major &&
                candidate->build.version.minor == assumed.minor;
    char text[HOG_VERSION_TEXT];

    if (same && assumed.micro == MICRO_UNKNOWN)
        return;
    if (found && !same)
        locator_warn(locator, "%s is taken for CPython %s as told (--assume-version), though %s says %s",
                     candidate->module->seen->path, hog_version_text(assumed, text), candidate->version_by,
                     locator_version(locator, candidate->build.version));
    candidate->build.version = assumed;
    candidate->version_by = "--assume-version";
}

void candidate_find_version(struct locator *locator, struct candidate *candidate)
{
    struct version_of_name name = {0};
    bool found = version_by_cookie(locator, candidate) || version_by_symbol(locator, candidate) ||
                 version_by_buffer(locator, candidate) || version_by_name(locator, candidate);

    if (locator->options->assume_version.major)
        assume_version(locator, candidate, found);
    else if (!found) {
        candidate->state = CANDIDATE_NO_VERSION;
        locator_note(locator, "found nothing that says which version it is");
        return;
    }
    (void)version_parse_name(candidate->module->seen->path, &name);
    candidate->build.debug = candidate->symbols.address[SYMBOL_REF_TOTAL] || name.debug;
    locator_note(locator, "version %s%s%s, from %s", locator_version(locator, candidate->build.version),
                 candidate->build.free_threaded ? ", free-threaded" : "",
                 candidate->build.debug ? ", debug build" : "", candidate->version_by);
}
