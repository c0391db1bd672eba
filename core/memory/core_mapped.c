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
 * A file that differs is not read: a core may come from anybody, and could
 * name any file of this machine. It is named in a warning, as is one that is
 * not there. Files that nobody reads from are not even opened.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/text.h"
#include "memory/core.h"
#include "memory/elf_id.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_WARNINGS = 16, FILE_PAGE = 4096, ID_MOST = 1 << 20 };

static void HOG_PRINTF(2, 3) warn_of_file(struct core_memory *core, const char *format, ...)
{
    char words[HOG_ERROR_MESSAGE];
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

static void close_file(struct core_mapped_file *file)
{
    if (file->state == MAPPED_OPEN)
        hog_cleanup_close(&file->file);
    file->state = MAPPED_GONE;
}

/*
 * Where the user said it is: that name is trusted. Else where the core says,
 * which may be anything: below the sysroot, if there is one, and nowhere else.
 */
static int find_file(const struct core_memory *core, const struct core_mapped_file *file,
                     const char **ret_found)
{
    enum hog_file_refusal why;
    int found = -1;

    *ret_found = file->local_path;
    if (*file->local_path)
        found = open(file->local_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (found >= 0)
        return found;
    *ret_found = file->path;
    return hog_files_open(&core->here, file->path, &why);
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

/* Bytes of a file's first page that no process changes: all, but where it is mapped writable (as patchelf leaves files)
 * only its headers. */
static size_t constant_length(const unsigned char page[FILE_PAGE])
{
    Elf64_Ehdr header;
    Elf64_Phdr segment;
    size_t end;

    memcpy(&header, page, sizeof header);
    end = header.e_phoff + (size_t)header.e_phnum * sizeof segment;
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phoff > FILE_PAGE || end > FILE_PAGE)
        return FILE_PAGE;
    for (size_t i = 0; i < header.e_phnum; i++) {
        memcpy(&segment, page + header.e_phoff + i * sizeof segment, sizeof segment);
        if (segment.p_type == PT_LOAD && segment.p_offset == 0 && segment.p_flags & PF_W)
            return end;
    }
    return FILE_PAGE;
}

/* Of an ELF file without a build id: what the core has of its first page. */
static bool begins_alike(struct core_memory *core, int file, const struct core_region *header)
{
    unsigned char here[FILE_PAGE] = {0}, there[FILE_PAGE];
    size_t length = header->present < FILE_PAGE ? (size_t)header->present : FILE_PAGE;
    size_t constant;

    if (core_copy(core, header->at, there, length) != length ||
        pread(file, here, length, 0) != (ssize_t)length || memcmp(here, ELFMAG, SELFMAG) != 0)
        return false;
    constant = constant_length(here);
    return memcmp(here, there, length < constant ? length : constant) == 0;
}

/* The build id of the file as the core has it: as a rule its first page, which holds the note. */
static bool find_dumped_id(struct core_memory *core, const struct core_region *header,
                           struct hog_elf_id *ret_id)
{
    size_t length = header->present < ID_MOST ? (size_t)header->present : ID_MOST;
    HOG_FREE void *bytes = malloc(length);

    return bytes && hog_elf_id_find(bytes, core_copy(core, header->at, bytes, length), ret_id);
}

/*
 * Is what was found on this machine what the process had mapped? Only then is
 * it read: whoever made the core could have named any file in it.
 */
static bool is_same(struct core_memory *core, const struct core_mapped_file *file, int here,
                    const char *found)
{
    const struct core_region *header = dumped_header(core, file);
    struct hog_elf_id here_id = {0}, there_id = {0};
    char here_text[HOG_ELF_ID_TEXT], there_text[HOG_ELF_ID_TEXT];
    bool here_known = hog_elf_id_of_file(here, &here_id);

    if (!header && *file->local_path && found == file->local_path) /* the user's word for it */
        return true;
    if (!header) {
        if (here_known)
            warn_of_file(
                core, "%s is not read: the core lacks the page that would tell whether it is the same file",
                found);
        return false;
    }
    if (find_dumped_id(core, header, &there_id) || here_known) {
        if (hog_elf_id_equal(&here_id, &there_id))
            return true;
        warn_of_file(core, "%s is not read: on disk it has build id %s, in the core %s", found,
                     hog_elf_id_text(&here_id, here_text), hog_elf_id_text(&there_id, there_text));
        return false;
    }
    if (begins_alike(core, here, header))
        return true;
    warn_of_file(core,
                 "%s is not read: on disk it begins differently than in the core, or it is not an ELF file",
                 found);
    return false;
}

/* NT_FILE does not tell which parts are mapped writable; the file's own program headers do. */
static void note_data(struct core_mapped_file *file)
{
    Elf64_Ehdr header;
    Elf64_Phdr segment;

    if (pread(file->file, &header, sizeof header, 0) != sizeof header ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return;
    for (unsigned i = 0; i < header.e_phnum && file->data_count < CORE_DATA_RANGES; i++) {
        off_t at = (off_t)(header.e_phoff + i * sizeof segment);

        if (at < 0 || pread(file->file, &segment, sizeof segment, at) != sizeof segment)
            return;
        if (segment.p_type == PT_LOAD && segment.p_flags & PF_W)
            file->data[file->data_count++] = (struct core_file_range){
                segment.p_offset / FILE_PAGE * FILE_PAGE, segment.p_offset + segment.p_filesz};
    }
}

static void open_file(struct core_memory *core, struct core_mapped_file *file)
{
    HOG_CLOSE int here = -1;
    const char *found;
    struct stat about;

    file->state = MAPPED_GONE;
    if (file->path[0] != '/' || strncmp(file->path, "/dev/", 5) == 0)
        return;
    here = find_file(core, file, &found);
    if (here >= 0 && (fstat(here, &about) != 0 || !S_ISREG(about.st_mode)))
        hog_cleanup_close(&here), here = -1;
    if (here < 0) {
        warn_of_file(core, "%s%s%s: those of its pages that are not in the core cannot be read",
                     core->process->root, file->path,
                     file->deleted ? " had been deleted when the core was written"
                                   : " is not on this machine, or not to be read");
        return;
    }
    if (!is_same(core, file, here, found))
        return;
    file->file = here;
    file->state = MAPPED_OPEN;
    note_data(file);
    here = -1;
}

static bool is_data(const struct core_mapped_file *file, uint64_t at)
{
    for (size_t i = 0; i < file->data_count; i++)
        if (at >= file->data[i].start && at < file->data[i].end)
            return true;
    return false;
}

size_t core_mapped_read(struct core_memory *core, const struct core_region *region, uint64_t offset,
                        void *buffer, size_t length)
{
    struct core_mapped_file *file = region->file;
    uint64_t at = region->file_offset + offset;
    uint64_t left = region->end - region->start - offset;
    ssize_t got;

    /* A private page that was written to is not in the file; a core without such pages does not tell which. */
    if (!file || (region->writable && core->private_missing))
        return 0;
    if (file->state == MAPPED_UNTRIED)
        open_file(core, file);
    if (file->state != MAPPED_OPEN || at < offset || at > INT64_MAX)
        return 0;
    if (core->private_missing && is_data(file, at))
        return 0;
    /* Never mapped: a file that is cut short meanwhile would end a mapping with SIGBUS. */
    got = pread(file->file, buffer, left < length ? (size_t)left : length, (off_t)at);
    return got > 0 ? (size_t)got : 0;
}

static struct core_mapped_file *file_named(const struct core_memory *core, const char *base)
{
    for (size_t i = 0; i < core->file_count; i++)
        if (*base && strcmp(hog_path_last(core->files[i].path), base) == 0)
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
    struct core_mapped_file *replaced = file_named(core, hog_path_last(replacement));

    if (!file)
        file = file_at(core, process->entry_address);
    if (!file)
        file = replaced;
    if (!replaced) /* its name is another; otherwise it may be run by a loader that is the main program itself
                    */
        replaced = file;
    if (*replacement && replaced)
        note_local_path(core, replaced, replacement);
    else
        process->given_executable = process_keep_text(process, replacement, strlen(replacement));
    process->executable = file ? file->path : process->given_executable;
    if (file && file->state == MAPPED_UNTRIED)
        open_file(core, file);
}

void core_close_files(struct core_memory *core)
{
    for (size_t i = 0; i < core->file_count; i++)
        close_file(&core->files[i]);
}
