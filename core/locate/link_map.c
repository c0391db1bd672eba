/*
 * Modules of a process whose mappings are unknown: from its auxiliary vector
 * to its program headers, and on through what the dynamic loader keeps for
 * debuggers.
 *
 *      AT_PHDR ─▶ Elf64_Phdr[]: PT_PHDR gives the bias, PT_DYNAMIC the dynamic section
 *                   └─▶ DT_DEBUG ─▶ struct r_debug | version | map ─┐
 *                                                                   ▼
 *                       struct link_map | addr | name | ld | next | prev | ─▶ … (a budget ends it)
 *
 * A loader that was started by hand is itself what AT_PHDR points to; it has
 * no DT_DEBUG, but its symbol _r_debug is the same structure.
 */
#include "locate/modules.h"

#include <inttypes.h>
#include <string.h>

enum { PHDR_READ = 64, NAME_OF_MODULE = 1024, HEADER_PAGES = 16384 };

/* glibc's struct link_map; musl's begins the same way (include/link.h). */
struct remote_link_map {
    uint64_t addr, name, ld, next, prev;
};

/* The beginning of struct r_debug: an int, padded, and the first link (include/link.h). */
struct remote_debug {
    uint64_t version, map;
};

/* The address of the main program's ELF header, from its program headers; 0 when it cannot be told. */
static uint64_t main_header(const struct locator *locator)
{
    uint64_t address = locator->process->phdr_address;
    size_t count = locator->process->phdr_count;
    Elf64_Phdr phdrs[PHDR_READ];

    if (!address)
        return 0;
    count = count && count < PHDR_READ ? count : PHDR_READ;
    count = hog_memory_read_some(locator->memory, address, phdrs, count * sizeof *phdrs) / sizeof *phdrs;
    for (size_t i = 0; i < count; i++)
        for (size_t load = 0; phdrs[i].p_type == PT_PHDR && load < count; load++)
            if (phdrs[load].p_type == PT_LOAD && phdrs[load].p_offset == 0)
                return address - phdrs[i].p_vaddr + phdrs[load].p_vaddr;
    return address & ~UINT64_C(4095); /* no PT_PHDR in a static program: they follow the ELF header */
}

static uint64_t find_debug(struct locator *locator, const struct image *image)
{
    struct image_dynamic dynamic;

    if (image_read_dynamic(image, locator->memory, &dynamic) != HOG_OK)
        return 0;
    if (dynamic.debug)
        return dynamic.debug;
    return image_find_symbol(image, &dynamic, locator->memory, "_r_debug");
}

static uint64_t dynamic_of(const struct image *image)
{
    for (size_t i = 0; i < image->phdr_count; i++)
        if (image->phdrs[i].p_type == PT_DYNAMIC)
            return image->bias + image->phdrs[i].p_vaddr;
    return 0;
}

/*
 * The ELF header of the module whose dynamic section is at `dynamic`: the next
 * one below. Needed for a program of fixed address (addr is 0) that was
 * started through the loader by hand.
 */
static uint64_t header_below(struct locator *locator, uint64_t dynamic)
{
    uint64_t page = dynamic & ~UINT64_C(4095);

    for (unsigned budget = HEADER_PAGES; budget && page && !locator_interrupted(locator); budget--) {
        char magic[SELFMAG];

        if (hog_memory_read(locator->memory, page, magic, sizeof magic) == HOG_OK &&
            memcmp(magic, ELFMAG, SELFMAG) == 0)
            return page;
        page -= 4096;
    }
    return 0;
}

/* A program that was started through the loader by hand has no name of its own in the map. */
static bool add_link(struct locator *locator, const struct remote_link_map *link, struct module *module,
                     struct hog_module *seen)
{
    uint64_t header = link->addr ? link->addr : header_below(locator, link->ld);
    char name[NAME_OF_MODULE];
    const char *path;

    if (!header || hog_memory_text(locator->memory, link->name, name, sizeof name) != HOG_OK)
        return false;
    path = name[0] ? hog_arena_copy_text(locator->arena, name, strlen(name)) : "[program]";
    if (!path)
        return false;
    *seen = (struct hog_module){.path = path, .start = header, .is_executable = !name[0]};
    *module = (struct module){.seen = seen, .local_path = "", .header = header};
    return true;
}

/* The main program is in modules[0] already; its link is told by its dynamic section. */
static size_t walk_links(struct locator *locator, uint64_t debug, struct module *modules,
                         struct hog_module *seen, size_t limit)
{
    uint64_t main_dynamic = dynamic_of(&modules[0].image);
    struct remote_debug head;
    struct remote_link_map link;
    uint64_t address;
    size_t count = 1;

    if (hog_memory_read(locator->memory, debug, &head, sizeof head) != HOG_OK)
        return count;
    address = head.map;
    for (unsigned budget = LINK_MAP_MAX; budget && address && count < limit && !locator_interrupted(locator);
         budget--) {
        if (hog_memory_read(locator->memory, address, &link, sizeof link) != HOG_OK)
            break;
        if (link.ld != main_dynamic && add_link(locator, &link, &modules[count], &seen[count]))
            count++;
        address = link.next;
    }
    return count;
}

size_t link_map_collect(struct locator *locator, struct module *modules, struct hog_module *seen,
                        size_t limit)
{
    const struct hog_process *process = locator->process;
    uint64_t header = main_header(locator);
    const char *path = process->executable[0] ? process->executable : "[main program]";
    uint64_t debug;
    size_t count;

    if (!header || !limit) {
        locator_note(locator, "the process's mappings and auxiliary vector are unknown");
        return 0;
    }
    seen[0] = (struct hog_module){.path = path, .start = header, .is_executable = true};
    modules[0] =
        (struct module){.seen = &seen[0], .local_path = "", .header = header, .phdrs = process->phdr_address};
    if (module_open(locator, &modules[0]) != HOG_OK) {
        locator_note(locator, "no ELF header of the main program at " HOG_ADDRESS, header);
        return 0;
    }
    debug = find_debug(locator, &modules[0].image);
    count = debug ? walk_links(locator, debug, modules, seen, limit) : 1;
    locator_note(locator, "listed %zu modules from the dynamic loader's link map", count);
    return count;
}
