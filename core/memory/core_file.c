/*
 * A core file, read by ourselves: the debugger's way costs a microsecond a
 * read, lacks the pages that lie in files, and needs the executable.
 *
 *      core file                                   address space
 *      | ELF header         |
 *      | program headers    | ── PT_NOTE ──▶ threads, files, …
 *      | notes              |
 *      | page of a library  | ── PT_LOAD ──▶ |header|  not dumped   |  … from the file on disk
 *      | heap               | ── PT_LOAD ──▶ |        heap          |
 *      | stack              | ── PT_LOAD ──▶ |   stack   |   cut    |  … unreadable: the core ends before
 *
 * Of the file only what is looked at is read, so that opening 4 GB costs no
 * more than opening 4 MB, and every access is checked against its size at that
 * time. A core that is cut short (a full disk, ulimit -c) has all its headers at the
 * beginning and opens like any other; what was cut is unreadable.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "memory/core.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libelf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Reading.
 */

/* As much as one region has from `address` on, of the core or of a mapped file. 0: nothing. */
static size_t read_piece(struct core_memory *core, uint64_t address, void *buffer, size_t length)
{
    const struct core_region *region = core_region_at(core, address);
    uint64_t offset, left;

    if (!region)
        return 0;
    offset = address - region->start;
    if (offset < region->present) {
        left = region->present - offset;
        return core_copy(core, region->at + offset, buffer, left < length ? (size_t)left : length);
    }
    return offset < region->promised ? 0 : core_mapped_read(core, region, offset, buffer, length);
}

static void core_read(struct hog_memory *memory, struct hog_span *spans, size_t count)
{
    struct core_memory *core = (struct core_memory *)memory;

    memory->stats.reads++;
    for (size_t i = 0; i < count; i++) {
        struct hog_span *span = &spans[i];
        size_t read = 1;

        while (read && span->got < span->length && span->address + span->got >= span->address) {
            read = read_piece(core, span->address + span->got, (unsigned char *)span->buffer + span->got,
                              span->length - span->got);
            span->got += read;
        }
        memory->stats.bytes += span->got;
    }
}

static void core_destroy(struct hog_memory *memory)
{
    struct core_memory *core = (struct core_memory *)memory;

    core_close_files(core);
    hog_files_deinit(&core->here);
    hog_cleanup_close(&core->image);
    free(core);
}

static struct core_memory *core_create(struct hog_process *process)
{
    static const struct hog_memory_ops ops = {.read = core_read, .destroy = core_destroy};
    struct core_memory *core = calloc(1, sizeof *core);

    if (core) {
        core->memory.ops = &ops;
        core->memory.source = "core file";
        core->process = process;
        core->image = -1;
        core->command_name = "";
    }
    return core;
}

/*
 * Opening.
 */

static enum hog_status open_image(struct core_memory *core, const struct hog_core_request *request)
{
    struct hog_process *process = core->process;
    HOG_CLOSE int file = open(process->core_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat about;
    enum hog_status status;

    if (file < 0)
        return hog_fail(&process->error, HOG_IO, "cannot open core file %s: %s", process->core_path,
                        strerror(errno));
    status = core_unpack(process, request, &file);
    if (status != HOG_OK)
        return status;
    if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode))
        return hog_fail(&process->error, HOG_BAD_DATA, "%s is not a core file: it is not a regular file",
                        process->core_path);
    if (about.st_size == 0)
        return hog_fail(&process->error, HOG_BAD_DATA,
                        "%s is empty: the disk was full or the core limit 0 when it was written",
                        process->core_path);
    core->image = hog_give_descriptor(&file);
    core->size = (size_t)about.st_size;
    return HOG_OK;
}

/* Reads the notes and lists the PT_LOADs. The list is freed by the caller. */
static enum hog_status read_segments(struct core_memory *core, const Elf64_Ehdr *header,
                                     Elf64_Phdr **ret_loads, size_t *ret_count)
{
    struct hog_process *process = core->process;
    size_t count = core_count_segments(core, header);
    Elf64_Phdr *loads = calloc(count ? count : 1, sizeof *loads);
    size_t load_count = 0;
    size_t i = 0;
    Elf64_Phdr segment;

    *ret_loads = loads;
    if (!loads)
        return process_no_memory(process);
    for (; i < count && core_segment_at(core, header, i, &segment); i++) {
        if (segment.p_filesz && segment.p_offset + segment.p_filesz > core->promised)
            core->promised = segment.p_offset + segment.p_filesz;
        if (segment.p_type == PT_LOAD)
            loads[load_count++] = segment;
        else if (segment.p_type == PT_NOTE && !core_read_notes(core, segment.p_offset, segment.p_filesz))
            return process_no_memory(process);
    }
    if (core->promised < header->e_phoff + count * sizeof segment)
        core->promised = header->e_phoff + count * sizeof segment;
    if (!i)
        return hog_fail(&process->error, HOG_BAD_DATA,
                        "%s is cut short within its headers: %zu bytes are left of it", process->core_path,
                        core->size);
    *ret_count = load_count;
    return HOG_OK;
}

/*
 * What is missing.
 */

static void judge_completeness(struct core_memory *core)
{
    struct hog_process *process = core->process;

    if (core->promised > core->size) {
        process->truncated = true;
        process_warn(process,
                     "%s is cut short: it has %zu of %" PRIu64
                     " bytes (a full disk, or ulimit -c); what was cut cannot be read",
                     process->core_path, core->size, core->promised);
    }
    core->private_missing = true;
    for (size_t i = 0; i < core->region_count; i++)
        if (core->regions[i].writable && core->regions[i].anonymous && core->regions[i].promised)
            core->private_missing = false;
    if (core->private_missing)
        process->dump_filter_hint = "echo 0x33 > /proc/PID/coredump_filter";
}

static void judge_threads(struct core_memory *core)
{
    struct hog_process *process = core->process;

    if (process->signal.number == SIGSTOP ||
        process->signal.number == SIGTRAP) /* gcore stopped it; it lives on */
        process->signal = (struct hog_signal){0};
    if (process->signal.number && process->thread_count)
        process->signal.lwp = process->threads[0].lwp;
    for (size_t i = 0; i < process->thread_count; i++) {
        struct hog_os_thread *thread = &process->threads[i];

        arch_judge(process->elf_machine, &core->registers[i], &core->memory, &thread->registers);
        if (thread->lwp == process->pid)
            snprintf(thread->name, sizeof thread->name, "%s", core->command_name);
    }
}

enum hog_status hog_process_open_core(struct hog_process *process, const struct hog_core_request *request)
{
    HOG_FREE Elf64_Phdr *loads = NULL;
    struct core_memory *core;
    Elf64_Ehdr header = {0};
    struct stat about;
    size_t load_count = 0;
    enum hog_status status;

    process_init(process, HOG_TARGET_CORE, 0);
    if (stat(request->path, &about) == 0)
        process->began = (double)about.st_mtim.tv_sec + (double)about.st_mtim.tv_nsec / 1e9;
    process->core_path = process_keep_text(process, request->path, strlen(request->path));
    process->root = process_keep_text(process, request->sysroot, strlen(request->sysroot));
    core = core_create(process);
    if (!core)
        return process_no_memory(process);
    process->memory = &core->memory;
    hog_files_of_file(&core->here, request->path, request->sysroot);
    hog_files_allow_all(&core->here);
    elf_version(EV_CURRENT);
    status = open_image(core, request);
    if (status == HOG_OK)
        status = core_check_header(core, &header);
    if (status == HOG_OK)
        status = read_segments(core, &header, &loads, &load_count);
    if (status != HOG_OK)
        return status;
    if (!core_build_regions(core, loads, load_count))
        return process_no_memory(process);
    judge_completeness(core);
    core_find_executable(core, request->executable);
    judge_threads(core);
    return HOG_OK;
}
