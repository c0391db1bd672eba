/*
 * Modules from mappings, and their order of search. See modules.h.
 *
 *      7f1a000 r--  offset 0      libpython3.11.so ┐
 *      7f1b000 r-x  offset 1000   libpython3.11.so │ one module: the same path, one mapping after the other;
 *      7f2c000 rw-  offset 12000  libpython3.11.so │ offset 0 once more begins a second copy
 *      7f2d000 rw-                                 ┘ .bss, no mapping of the file
 */
#define _GNU_SOURCE
#include "locate/modules.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

enum {
    MODULES_MAX = 16384,
    LOOK_BACK = 4,
    GAPS_MAX = 1 << 25
}; /* gaps: between the segments of a file, bytes */

static bool is_plain_library(const char *name)
{
    static const char *const beginnings[] = {"ld-",        "libc.",       "libc-", "libm.",
                                             "libstdc++.", "libicudata.", "libm-", "linux-vdso."};

    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return false;
}

/* Extension modules bear "python" in their names too: _ssl.cpython-311-x86_64-linux-gnu.so. */
static enum module_rank rank_of(const struct hog_module *seen)
{
    const char *name = hog_path_last(seen->path);

    if (seen->is_executable)
        return RANK_EXECUTABLE;
    if (strstr(name, ".cpython-") || strstr(name, ".abi3.") || strstr(seen->path, "/lib-dynload/"))
        return RANK_UNLIKELY;
    if (strstr(name, "python") || strstr(name, "pypy"))
        return RANK_PYTHON;
    return is_plain_library(name) ? RANK_UNLIKELY : RANK_OTHER;
}

/* A small file has several mappings of offset 0, one after the other. */
static bool continues(const struct module *module, const struct hog_mapping *last,
                      const struct hog_mapping *mapping)
{
    if (strcmp(last->path, mapping->path) != 0 || last->deleted != mapping->deleted)
        return false;
    return mapping->file_offset != 0 || !module->first_end ||
           (last->file_offset == 0 && last->end == mapping->start);
}

/*
 * The module that a mapping belongs to, or NULL: the last one, or one a little before, if other memory was put in the
 * place of a part of it (modules_moved.c). last[i] is the last mapping of modules[i].
 */
static struct module *module_of(struct module *modules, const struct hog_mapping *const *last, size_t count,
                                const struct hog_mapping *mapping)
{
    for (size_t back = 1; back <= LOOK_BACK && back <= count; back++) {
        struct module *module = &modules[count - back];

        if (!continues(module, last[count - back], mapping))
            continue;
        if (back == 1 || (mapping->file_offset && module->first_end &&
                          mapping->start - module->header - mapping->file_offset < GAPS_MAX))
            return module;
    }
    return NULL;
}

static void extend_module(const struct hog_process *process, struct module *module,
                          const struct hog_mapping *mapping)
{
    module->seen->end = mapping->end;
    module->has_code |= mapping->executable;
    if (mapping->file_offset == 0 && !module->first_end) { /* patchelf may put a segment before the header */
        module->header = mapping->start;
        module->first_end = mapping->end;
    }
    if (process->phdr_address ? process->phdr_address - mapping->start < mapping->end - mapping->start
                              : strcmp(process->executable, mapping->path) == 0)
        module->seen->is_executable = true;
}

static size_t from_mappings(struct locator *locator, struct module *modules, struct hog_module *seen,
                            size_t limit)
{
    const struct hog_process *process = locator->process;
    const struct hog_mapping **last = hog_arena_array(locator->arena, limit ? limit : 1, sizeof *last);
    size_t count = 0;

    for (size_t i = 0; last && i < process->mapping_count; i++) {
        const struct hog_mapping *mapping = &process->mappings[i];
        struct module *module;

        if (!mapping_has_file(mapping))
            continue;
        module = module_of(modules, last, count, mapping);
        if (!module) {
            if (count == limit)
                break;
            seen[count] = (struct hog_module){
                .path = mapping->path, .start = mapping->start, .deleted = mapping->deleted};
            modules[count] =
                (struct module){.seen = &seen[count], .local_path = "", .header = mapping->start};
            module = &modules[count++];
        }
        extend_module(process, module, mapping);
        last[module - modules] = mapping;
    }
    modules_find_moved(locator, modules, count);
    return count;
}

/* A core does not tell of what it left out whether it was executable: the name has to do. */
static bool is_named_like_code(const char *path)
{
    return strstr(hog_path_last(path), ".so") || strstr(hog_path_last(path), "python");
}

static bool may_be_code(const struct hog_process *process, const struct module *module)
{
    return module->has_code || module->seen->is_executable ||
           (process->kind == HOG_TARGET_CORE && is_named_like_code(module->seen->path));
}

/* Data files (locales, fonts, databases) are mapped without execute permission; they are no modules. */
static size_t keep_those_with_code(const struct hog_process *process, struct module *modules,
                                   struct hog_module *seen, size_t count)
{
    bool told = false; /* some cores tell of nothing that was executable */
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        told |= modules[i].has_code;
    for (size_t i = 0; i < count; i++) {
        if (told && !may_be_code(process, &modules[i]))
            continue;
        seen[kept] = seen[i];
        modules[kept] = modules[i];
        modules[kept].seen = &seen[kept];
        kept++;
    }
    return kept;
}

/* The debugger may name a file otherwise than the loader does: by a link, or below its sysroot. */
static bool is_same(const struct module *module, const struct hog_known_module *known)
{
    return (known->load_address && known->load_address == module->header) ||
           strcmp(module->seen->path, known->path) == 0;
}

/* What the debugger lists: its copies of the files, and modules that were not found otherwise. */
static size_t add_known(const struct hog_process *process, struct module *modules, struct hog_module *seen,
                        size_t count, size_t limit)
{
    for (size_t i = 0; i < process->module_count; i++) {
        const struct hog_known_module *known = &process->modules[i];
        size_t at = 0;

        while (at < count && !is_same(&modules[at], known))
            at++;
        if (at == count) {
            if (!known->load_address || count == limit)
                continue;
            seen[at] = (struct hog_module){.path = known->path, .start = known->load_address};
            modules[at] = (struct module){.seen = &seen[at], .header = known->load_address};
            count++;
        }
        modules[at].local_path = known->local_path ? known->local_path : "";
    }
    return count;
}

/* Stable, by rank. */
static bool sort_modules(struct locator *locator, const struct module *modules, size_t count)
{
    struct module *sorted = hog_arena_array(locator->arena, count ? count : 1, sizeof *sorted);
    size_t at = 0;

    if (!sorted)
        return false;
    for (int rank = 0; rank < RANK_COUNT; rank++) {
        for (size_t i = 0; i < count; i++) {
            if ((int)rank_of(modules[i].seen) != rank)
                continue;
            sorted[at] = modules[i];
            sorted[at++].rank = (enum module_rank)rank;
        }
    }
    locator->modules = sorted;
    locator->module_count = count;
    return true;
}

/* Of a process with many threads most mappings are stacks. */
static size_t count_files(const struct hog_process *process)
{
    size_t count = 0;

    for (size_t i = 0; i < process->mapping_count; i++)
        count += mapping_has_file(&process->mappings[i]);
    return count;
}

struct module_list {
    struct module *modules;
    struct hog_module *seen;
    size_t limit;
};

static bool list_init(struct module_list *list, struct hog_arena *arena, size_t limit)
{
    list->limit = limit < MODULES_MAX ? limit : MODULES_MAX;
    list->modules = hog_arena_array(arena, list->limit + 1, sizeof *list->modules);
    list->seen = hog_arena_array(arena, list->limit + 1, sizeof *list->seen);
    return list->modules && list->seen;
}

/*
 * A core that was cut short before its notes (gcore writes them last) names no file. Each stretch of writable
 * memory stands for a module then: Python's data is in one of them, and needs no symbol to be found.
 */
static size_t from_writable_memory(struct locator *locator, struct module_list *list)
{
    const struct hog_process *process = locator->process;
    size_t count = 0;

    for (size_t i = 0; i < process->mapping_count && count < list->limit; i++) {
        const struct hog_mapping *mapping = &process->mappings[i];

        if (!mapping->writable)
            continue;
        list->seen[count] =
            (struct hog_module){.path = locator_words(locator, "[memory at " HOG_ADDRESS "]", mapping->start),
                                .start = mapping->start,
                                .end = mapping->end};
        list->modules[count] =
            (struct module){.seen = &list->seen[count], .local_path = "", .is_bare_memory = true};
        count++;
    }
    locator_note(locator,
                 "no file is named as mapped: every writable stretch of memory is looked at, %zu of them",
                 count);
    return count;
}

enum hog_status modules_collect(struct locator *locator)
{
    const struct hog_process *process = locator->process;
    struct module_list list;
    size_t count = 0;

    if (!list_init(&list, locator->arena, count_files(process) + process->module_count))
        return locator_no_memory(locator);
    count = from_mappings(locator, list.modules, list.seen, list.limit);
    count = keep_those_with_code(process, list.modules, list.seen, count);
    if (count) {
        locator_note(locator, "listed %zu modules from the mappings of the process", count);
    } else {
        if (!list_init(&list, locator->arena, LINK_MAP_MAX + process->module_count))
            return locator_no_memory(locator);
        count = link_map_collect(locator, list.modules, list.seen, LINK_MAP_MAX);
    }
    count = add_known(process, list.modules, list.seen, count, list.limit);
    if (!count && process->mapping_count) {
        if (!list_init(&list, locator->arena, process->mapping_count))
            return locator_no_memory(locator);
        count = from_writable_memory(locator, &list);
    }
    locator->location->modules = list.seen;
    locator->location->module_count = count;
    return sort_modules(locator, list.modules, count) ? HOG_OK : locator_no_memory(locator);
}
