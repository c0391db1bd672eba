/*
 * The block-wise scan of scan.h, and the search for the buffer of sys.version.
 *
 * Blocks overlap by as much as the longest thing that is looked for, so that
 * a match is never cut in two. A page that cannot be read is stepped over.
 */
#include "locate/scan.h"

#include "locate/version.h"

#include <string.h>

enum { BLOCK = 256 * 1024, OVERLAP = 4096, PAGE = 4096, NEAR = 64 * 1024 };

struct scanner {
    struct locator *locator;
    scan_visit visit;
    void *context;
};

/* Bytes and unreadable pages alike use the budget up. */
static void spend(struct locator *locator, uint64_t bytes)
{
    locator->scan_budget -= bytes < locator->scan_budget ? bytes : locator->scan_budget;
}

/* False: stop, because the visitor or the budget says so. */
static bool scan_range(struct scanner *scanner, uint64_t at, uint64_t end)
{
    struct locator *locator = scanner->locator;

    while (at < end && locator->scan_budget && !locator_interrupted(locator)) {
        size_t wanted = end - at < BLOCK + OVERLAP ? (size_t)(end - at) : BLOCK + OVERLAP;
        size_t got = hog_memory_read_some(locator->memory, at, locator->scan_buffer, wanted);
        size_t length = got < BLOCK ? got : BLOCK;
        struct scan_block block = {
            .address = at, .bytes = locator->scan_buffer, .length = length, .beyond = got - length};

        if (length && !scanner->visit(scanner->context, &block))
            return false;
        spend(locator, length);
        at += length;
        if (got < wanted && length < BLOCK) { /* what follows is unreadable: on with the next page */
            at = (at / PAGE + 1) * PAGE;
            spend(locator, PAGE);
        }
    }
    return at >= end;
}

bool scan_module(struct locator *locator, struct module *module, struct data_range within, scan_visit visit,
                 void *context)
{
    struct scanner scanner = {.locator = locator, .visit = visit, .context = context};
    struct data_range ranges[DATA_RANGES_MAX];
    size_t count = module_data(locator, module, ranges);

    if (!locator->scan_buffer)
        locator->scan_buffer = hog_arena_alloc(locator->arena, BLOCK + OVERLAP);
    if (!locator->scan_buffer)
        return false;
    for (size_t i = 0; i < count; i++) {
        uint64_t start = ranges[i].start > within.start ? ranges[i].start : within.start;
        uint64_t end = ranges[i].end < within.end ? ranges[i].end : within.end;

        if (start < end && !scan_range(&scanner, (start + 7) & ~UINT64_C(7), end))
            return false;
    }
    return true;
}

/* The buffer of sys.version is a static array of 250 bytes and more, which compilers align. */
struct version_search {
    struct hog_version version;
    uint64_t address;
};

enum { VERSION_ALIGNMENT = 8, SHORTEST_VERSION = 8 };

static bool visit_version(void *context, const struct scan_block *block)
{
    struct version_search *search = context;
    const char *bytes = (const char *)block->bytes;
    size_t readable = block->length + block->beyond;

    for (size_t at = 0; at < block->length && readable - at >= SHORTEST_VERSION; at += VERSION_ALIGNMENT) {
        if ((bytes[at] != '3' && bytes[at] != '2') || bytes[at + 1] != '.')
            continue;
        if (!version_parse_text(bytes + at, readable - at, &search->version))
            continue;
        search->address = block->address + at;
        return false;
    }
    return true;
}

bool scan_for_version(struct locator *locator, struct module *module, uint64_t near,
                      struct hog_version *ret_version)
{
    const struct data_range around = {.start = near > NEAR ? near - NEAR : 0, .end = near + NEAR};
    struct version_search search = {0};

    if (near)
        (void)scan_module(locator, module, around, visit_version, &search);
    if (!search.address)
        (void)scan_module(locator, module, scan_whole, visit_version, &search);
    if (!search.address)
        return false;
    module->version_buffer = search.address;
    *ret_version = search.version;
    return true;
}
