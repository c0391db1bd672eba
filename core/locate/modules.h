/*
 * The ELF modules of a process, whatever is known of it: from its mappings
 * (live, core), else from the dynamic loader's link map, read in memory
 * (remote, or a core without NT_FILE), and from what the debugger lists.
 */
#ifndef HOG_LOCATE_MODULES_H
#define HOG_LOCATE_MODULES_H

#include "locate/locator.h"

/* Fills locator->modules, sorted by rank, and location->modules with them. An empty list is HOG_OK. */
enum hog_status modules_collect(struct locator *locator) HOG_CHECKED;

/* Opens the module's image once: bias, build id, extent. What it came to is remembered. */
enum hog_status module_open(struct locator *locator, struct module *module) HOG_CHECKED;

/* One piece of writable data: .data and .bss of a module. */
struct data_range {
    uint64_t start, end;
    bool is_bss; /* of an opened module: it begins as 0 */
};
enum { DATA_RANGES_MAX = 16 };
/* The writable data of an opened module (or, when it could not be opened, its writable mappings). */
size_t module_data(struct locator *locator, struct module *module,
                   struct data_range ret_ranges[DATA_RANGES_MAX]);

/* Whether the mapping is of a file, by its path: not [stack], not anonymous huge pages. */
bool mapping_has_file(const struct hog_mapping *mapping);

/* Finds the code and the headers of modules that were moved to memory of no file; `modules` are in order of address. */
void modules_find_moved(struct locator *locator, struct module *modules, size_t count);

enum { LINK_MAP_MAX = 1024 };

/*
 * Modules from the link map of the dynamic loader: at most `limit` are put
 * into `modules`, each with `seen` pointing into `seen`. Returns their number.
 */
size_t link_map_collect(struct locator *locator, struct module *modules, struct hog_module *seen,
                        size_t limit);

#endif
