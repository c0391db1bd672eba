/*
 * Modules of which parts are no longer their file's. iodlr, BOLT's -hugify, libhugetlbfs and others copy a program's
 * code to other memory, so that it may lie on huge pages, and put that in its place:
 *
 *      7f1a000 r--  offset 0       libpython3.12.so                ┐
 *      7f1b000 r-x                 nothing, or /anon_hugepage      │ still one module
 *      7f2c000 rw-  offset 12000   libpython3.12.so                ┘
 *
 * Some move all but what is written to; then not even the ELF header lies in a mapping of the file. It is at the
 * beginning of what lies, without a gap and without a file, below.
 */
#include "locate/modules.h"

#include <inttypes.h>
#include <string.h>

enum { MOVED_MAX = 64 }; /* mappings of one module's that are looked at below its first */

bool mapping_has_file(const struct hog_mapping *mapping)
{
    return mapping->path[0] && mapping->path[0] != '[' && strncmp(mapping->path, "/anon_hugepage", 14) != 0;
}

static bool begins_image(struct locator *locator, const struct hog_mapping *mapping)
{
    char magic[SELFMAG];

    return mapping->readable &&
           hog_memory_read(locator->memory, mapping->start, magic, sizeof magic) == HOG_OK &&
           memcmp(magic, ELFMAG, SELFMAG) == 0;
}

/* [stack], [heap] and [vdso] are something of their own; a name that was given to anonymous memory is not. */
static bool may_be_moved(const struct hog_mapping *mapping)
{
    return !mapping_has_file(mapping) && (mapping->path[0] != '[' || strncmp(mapping->path, "[anon", 5) == 0);
}

/* Down from the first mapping of the file, which is number `first`, to the header. */
static void look_below(struct locator *locator, struct module *module, size_t first)
{
    const struct hog_mapping *mappings = locator->process->mappings;
    const struct hog_process *process = locator->process;
    bool code = false;

    for (size_t at = first; at && first - at < MOVED_MAX; at--) {
        const struct hog_mapping *below = &mappings[at - 1];

        if (below->end != mappings[at].start || !may_be_moved(below))
            return;
        code |= below->executable;
        if (!begins_image(locator, below))
            continue;
        module->header = module->seen->start = below->start;
        module->has_code |= code;
        if (process->phdr_address && process->phdr_address >= below->start &&
            process->phdr_address < module->seen->end)
            module->seen->is_executable = true;
        locator_note(locator, "%s begins at " HOG_ADDRESS ", in memory that is not mapped from it",
                     module->seen->path, below->start);
        return;
    }
}

/* The modules are in the order of their addresses, as the mappings are. */
void modules_find_moved(struct locator *locator, struct module *modules, size_t count)
{
    const struct hog_process *process = locator->process;
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        struct module *module = &modules[i];

        while (at < process->mapping_count && process->mappings[at].start < module->seen->start)
            at++;
        for (size_t in = at; in < process->mapping_count && process->mappings[in].start < module->seen->end;
             in++)
            module->has_code |= process->mappings[in].executable;
        if (!module->first_end)
            look_below(locator, module, at);
    }
}
