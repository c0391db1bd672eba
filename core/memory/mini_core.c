/* Writing what was read of a process as a core file; see mini_core.h. */
#include "memory/mini_core.h"
#include "base/cleanup.h"
#include "memory/core_writer.h"

#include <elf.h>
#include <string.h>

struct writing {
    struct hog_mini_core *core;
    struct hog_core_writer *writer;
    const struct hog_mapping *mapping; /* the one that is being written */
    uint64_t written;                  /* up to which address */
};

static bool is_file(const struct hog_mapping *mapping)
{
    return mapping->path[0] && mapping->path[0] != '[';
}

static unsigned flags_of(const struct hog_mapping *mapping)
{
    return (mapping->readable ? HOG_CORE_READ : 0u) | (mapping->writable ? HOG_CORE_WRITE : 0u) |
           (mapping->executable ? HOG_CORE_EXECUTE : 0u);
}

/* A hole: mapped, and no bytes of it. Holes in anonymous memory are left out. */
static void write_hole(struct writing *writing, uint64_t end)
{
    if (writing->written < end && is_file(writing->mapping))
        hog_core_writer_segment(writing->writer, writing->written, end - writing->written,
                                flags_of(writing->mapping), NULL, 0);
    writing->written = end;
}

/* Goes on to the mapping of `address`, past those before it. False: it is in none. */
static bool reach_mapping(struct writing *writing, uint64_t address)
{
    const struct hog_process *process = writing->core->process;
    const struct hog_mapping *end = process->mappings + process->mapping_count;

    while (writing->mapping < end && address >= writing->mapping->end) {
        write_hole(writing, writing->mapping->end);
        writing->mapping++;
        if (writing->mapping < end)
            writing->written = writing->mapping->start;
    }
    return writing->mapping < end && address >= writing->mapping->start;
}

static void write_page(void *context, uint64_t address, const void *bytes, size_t size)
{
    struct writing *writing = context;
    struct hog_mini_core *core = writing->core;
    unsigned char page[HOG_MINI_CORE_PAGE] = {0};

    memcpy(page, bytes, size);
    if ((core->keep && !core->keep(core->context, address, page)) || !reach_mapping(writing, address))
        return;
    write_hole(writing, address);
    hog_core_writer_segment(writing->writer, address, HOG_MINI_CORE_PAGE, flags_of(writing->mapping), page,
                            HOG_MINI_CORE_PAGE);
    writing->written += HOG_MINI_CORE_PAGE;
    core->page_count++;
}

static void write_memory(struct writing *writing)
{
    const struct hog_process *process = writing->core->process;

    writing->core->page_count = 0;
    if (!process->mapping_count)
        return;
    writing->mapping = process->mappings;
    writing->written = writing->mapping->start;
    hog_memory_recorded_pages(writing->core->recorder, write_page, writing);
    (void)reach_mapping(writing, UINT64_MAX);
}

static void write_thread(struct hog_core_writer *writer, const struct hog_process *process,
                         const struct hog_os_thread *thread)
{
    const struct hog_thread_registers *registers = &thread->registers;
    struct hog_core_thread written = {
        .lwp = thread->lwp,
        .signal = thread->lwp == process->pid ? process->signal.number : 0,
        .system_call = registers->known ? registers->system_call : -1,
        .thread_pointer = registers->has_thread_pointer ? registers->thread_pointer : 0,
        .program_counter = registers->program_counter,
        .stack_pointer = registers->stack_pointer,
    };

    _Static_assert(sizeof written.arguments == sizeof registers->arguments, "as many arguments");
    memcpy(written.arguments, registers->arguments, sizeof written.arguments);
    hog_core_writer_thread(writer, &written);
}

/* Debuggers select the first thread: the main one, where it is there. */
static void write_threads(struct hog_core_writer *writer, const struct hog_process *process)
{
    const struct hog_os_thread *main = hog_process_thread(process, process->pid);

    if (main)
        write_thread(writer, process, main);
    for (size_t i = 0; i < process->thread_count; i++)
        if (&process->threads[i] != main)
            write_thread(writer, process, &process->threads[i]);
}

static void write_notes(struct hog_core_writer *writer, const struct hog_process *process)
{
    const struct hog_os_thread *main = hog_process_thread(process, process->pid);

    hog_core_writer_process(writer, process->pid, main ? main->name : "", process->command_line);
    write_threads(writer, process);
    for (size_t i = 0; i < process->mapping_count; i++) {
        const struct hog_mapping *mapping = &process->mappings[i];

        if (is_file(mapping))
            hog_core_writer_file(writer, mapping->start, mapping->end, mapping->file_offset, mapping->path);
    }
    hog_core_writer_auxv(writer, AT_PHDR, process->phdr_address);
    hog_core_writer_auxv(writer, AT_PHENT, sizeof(Elf64_Phdr));
    hog_core_writer_auxv(writer, AT_PHNUM, process->phdr_count);
    hog_core_writer_auxv(writer, AT_PAGESZ, HOG_MINI_CORE_PAGE);
    hog_core_writer_auxv(writer, AT_ENTRY, process->entry_address);
}

enum hog_status hog_mini_core_write(struct hog_mini_core *core, const char *path, struct hog_error *error)
{
    struct hog_core_writer *writer = hog_core_writer_create(core->process->elf_machine);
    struct writing writing = {.core = core, .writer = writer};
    enum hog_status status;

    if (!writer)
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory for the core file");
    write_notes(writer, core->process);
    write_memory(&writing);
    status = hog_core_writer_finish(writer, path, error);
    hog_core_writer_destroy(writer);
    return status;
}
