/*
 * Pages that are not in the core because they are in a file.
 *
 * A core has no program text and no constants: the kernel leaves out what it
 * could read from the mapped file again. That file is looked for on this
 * machine when the first such page is read, and it must be the same file:
 *
 *      core    the first page of the mapping (the kernel dumps ELF headers): its build id
 *      disk    the file's build id
 *
 * A file that differs, or that is not there, is used or done without, and
 * named in a warning. Files that nobody reads from are not even opened.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/cursor.h"
#include "memory/core.h"
#include "memory/elf_id.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { FILE_WARNINGS = 16 };

static void HOG_PRINTF(2, 3) warn_of_file(struct core_memory *core, const char *format, ...)
{
    char words[HOG_ERROR_WORDS];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    core->file_warnings++;
    if (core->file_warnings <= FILE_WARNINGS)
        process_warn(core->process, "%s", words);
    else if (core->file_warnings == FILE_WARNINGS + 1)
        process_warn(core->process,
                     "more of the mapped files are missing here or differ from those of the core");
}

/* Maps a regular file. Looks before it opens: opening a device can do things. */
static bool map_file(const char *path, struct core_mapped_file *file)
{
    struct stat about;
    void *bytes;

    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size <= 0)
        return false;
    HOG_CLOSE int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0 || fstat(descriptor, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size <= 0)
        return false;
    bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes == MAP_FAILED)
        return false;
    file->bytes = bytes;
    file->size = (size_t)about.st_size;
    return true;
}

static void unmap_file(struct core_mapped_file *file)
{
    if (file->bytes)
        munmap((void *)(uintptr_t)file->bytes, file->size);
    file->bytes = NULL;
    file->state = MAPPED_GONE;
}

/* Below the sysroot; then, as the contents are compared anyway, at the path itself. */
static bool find_file(const struct core_memory *core, struct core_mapped_file *file, char ret_found[PATH_MAX])
{
    if (*file->local_path) {
        snprintf(ret_found, PATH_MAX, "%s", file->local_path);
        if (map_file(ret_found, file))
            return true;
    }
    snprintf(ret_found, PATH_MAX, "%s%s", core->process->root, file->path);
    if (map_file(ret_found, file))
        return true;
    snprintf(ret_found, PATH_MAX, "%s", file->path);
    return *core->process->root && map_file(ret_found, file);
}

/* The beginning of the file as the core has it. */
static const struct core_region *dumped_header(const struct core_memory *core,
                                               const struct core_mapped_file *file)
{
    for (size_t i = 0; i < core->region_count; i++) {
        const struct core_region *region = &core->regions[i];

        if (region->file == file && region->file_offset == 0 && region->present >= sizeof(Elf64_Ehdr))
            return region;
    }
    return NULL;
}

/* Is what was found on this machine what the process had mapped? Says so if it is not, or cannot be told. */
static bool compare_file(struct core_memory *core, const struct core_mapped_file *file, const char *found)
{
    const struct core_region *header = dumped_header(core, file);
    struct hog_elf_id here = {0}, there = {0};
    char here_text[HOG_ELF_ID_TEXT], there_text[HOG_ELF_ID_TEXT];
    bool is_elf = file->size >= sizeof(Elf64_Ehdr) && memcmp(file->bytes, ELFMAG, SELFMAG) == 0;
    bool here_known = hog_elf_id_find(file->bytes, file->size, &here);

    if (!header) {
        if (is_elf)
            warn_of_file(core,
                         "%s is used for pages that are not in the core, which "
                         "does not tell whether it is the same file",
                         found);
        return false;
    }
    if (hog_elf_id_find(header->bytes, (size_t)header->present, &there) || here_known) {
        if (hog_elf_id_equal(&here, &there))
            return true;
        warn_of_file(core, "%s on disk has build id %s, the core has %s: its contents may not match", found,
                     hog_elf_id_text(&here, here_text), hog_elf_id_text(&there, there_text));
        return false;
    }
    if (is_elf && memcmp(file->bytes, header->bytes, sizeof(Elf64_Ehdr)) == 0)
        return true;
    warn_of_file(core, "%s on disk begins otherwise than it does in the core: its contents may not match",
                 found);
    return false;
}

static void open_file(struct core_memory *core, struct core_mapped_file *file)
{
    char found[PATH_MAX];

    file->state = MAPPED_GONE;
    if (file->path[0] != '/' || strncmp(file->path, "/dev/", 5) == 0)
        return;
    if (find_file(core, file, found)) {
        bool same = compare_file(core, file, found);

        file->state = MAPPED_OPEN;
        if (!same && file->deleted) /* another one has its name now */
            unmap_file(file);
        return;
    }
    warn_of_file(core, "%s%s%s: those of its pages that are not in the core cannot be read",
                 core->process->root, file->path,
                 file->deleted ? " had been deleted when the core was written" : " is not on this machine");
}

enum { FILE_PAGE = 4096 };

/* Is this part of an ELF file mapped writable? NT_FILE does not tell; the file's own program headers do. */
static bool is_data(const struct core_mapped_file *file, uint64_t at)
{
    struct hog_cursor headers;
    Elf64_Ehdr header;

    if (file->size < sizeof header)
        return false;
    memcpy(&header, file->bytes, sizeof header);
    if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_phoff > file->size)
        return false;
    headers = hog_cursor_over(file->bytes + header.e_phoff, file->size - (size_t)header.e_phoff);
    for (unsigned i = 0; i < header.e_phnum; i++) {
        const unsigned char *bytes = hog_cursor_take(&headers, sizeof(Elf64_Phdr));
        Elf64_Phdr segment;

        if (!bytes)
            return false;
        memcpy(&segment, bytes, sizeof segment);
        if (segment.p_type == PT_LOAD && (segment.p_flags & PF_W) &&
            at < segment.p_offset + segment.p_filesz && at >= segment.p_offset / FILE_PAGE * FILE_PAGE)
            return true;
    }
    return false;
}

size_t core_mapped_bytes(struct core_memory *core, const struct core_region *region, uint64_t offset,
                         const unsigned char **ret_bytes)
{
    struct core_mapped_file *file = region->file;
    uint64_t at = region->file_offset + offset;
    uint64_t left = region->end - region->start - offset;

    /* A private page that was written to is not in the file; a core without such pages does not tell which.
     */
    if (!file || (region->writable && core->private_missing))
        return 0;
    if (file->state == MAPPED_UNTRIED)
        open_file(core, file);
    if (file->state != MAPPED_OPEN || at >= file->size || at < offset)
        return 0;
    if (core->private_missing && is_data(file, at))
        return 0;
    *ret_bytes = file->bytes + at;
    return (size_t)(left < file->size - at ? left : file->size - at);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static struct core_mapped_file *file_named(const struct core_memory *core, const char *base)
{
    for (size_t i = 0; i < core->file_count; i++)
        if (*base && strcmp(base_name(core->files[i].path), base) == 0)
            return &core->files[i];
    return NULL;
}

static struct core_mapped_file *file_at(const struct core_memory *core, uint64_t address)
{
    const struct core_region *region = address ? core_region_at(core, address) : NULL;

    return region ? region->file : NULL;
}

/* Tells the rest of the program, too, where the file is. */
static void note_local_path(struct core_memory *core, struct core_mapped_file *file, const char *local_path)
{
    struct hog_process *process = core->process;
    struct hog_known_module *module = hog_arena_alloc(&process->arena, sizeof *module);

    file->local_path = process_keep_text(process, local_path, strlen(local_path));
    if (!module)
        return;
    *module = (struct hog_known_module){.path = file->path, .local_path = file->local_path};
    for (size_t i = core->region_count; i-- > 0;)
        if (core->regions[i].file == file)
            module->load_address = core->regions[i].start;
    process->modules = module;
    process->module_count = 1;
}

void core_find_executable(struct core_memory *core, const char *replacement)
{
    struct hog_process *process = core->process;
    struct core_mapped_file *file = file_at(core, process->phdr_address);
    struct core_mapped_file *replaced = file_named(core, base_name(replacement));

    if (!file)
        file = file_at(core, process->entry_address);
    if (!file)
        file = replaced;
    if (!replaced) /* its name is another; otherwise it may be run by a loader that is the main program itself
                    */
        replaced = file;
    process->executable = file ? file->path : process_keep_text(process, replacement, strlen(replacement));
    if (*replacement && replaced)
        note_local_path(core, replaced, replacement);
    if (file && file->state == MAPPED_UNTRIED)
        open_file(core, file);
}

void core_close_files(struct core_memory *core)
{
    for (size_t i = 0; i < core->file_count; i++)
        unmap_file(&core->files[i]);
}
