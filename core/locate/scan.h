/*
 * Scanning writable data block by block, for what no symbol leads to.
 */
#ifndef HOG_LOCATE_SCAN_H
#define HOG_LOCATE_SCAN_H

#include "locate/modules.h"

/* What lies in one block: `length` bytes from `address`, which is a multiple of 16. */
struct scan_block {
    uint64_t address;
    const unsigned char *bytes;
    size_t length; /* bytes to look at */
    size_t beyond; /* bytes after them that may be looked at to finish a match */
};

/* Returns false to end the scan. */
typedef bool (*scan_visit)(void *context, const struct scan_block *block);

static const struct data_range scan_whole = {.start = 0, .end = UINT64_MAX};

/*
 * Calls `visit` for what is readable of the module's writable data `within` a
 * range, as far as the locator's budget goes. False when the visitor or the
 * budget ended it.
 */
bool scan_module(struct locator *locator, struct module *module, struct data_range within, scan_visit visit,
                 void *context);

/*
 * Looks for the `version` buffer, first near an address where linkers are
 * likely to have put it (0: none known). Its address is remembered.
 */
bool scan_for_version(struct locator *locator, struct module *module, uint64_t near,
                      struct hog_version *ret_version);

#endif
