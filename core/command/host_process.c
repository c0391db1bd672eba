/*
 * What the debugger knows of its target, put into a `struct hog_process`.
 *
 * Threads: for every kind of target the debugger's numbers, and where the
 * process's own source is silent, names, thread pointers and system calls.
 * Modules and the auxiliary vector: for a process that is reached through the
 * debugger alone. It has no mappings; they are made up from the program
 * headers of each module, as they lie in the target's memory:
 *
 *      load address ─▶ ELF header ─▶ program headers ─▶ a mapping per PT_LOAD
 */
#include "base/cleanup.h"
#include "base/cursor.h"
#include "command/target.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOST_THREADS_MAX = 1 << 20,
    HOST_MODULES_MAX = 1 << 16,
    HOST_HEADERS_MAX = 64, /* program headers of one module */
    HOST_AUXV_BYTES = 4096,
    PAGE = 4096,
};

/*
 * Threads.
 */

struct thread_list {
    struct target *target;
    size_t near; /* where the thread before was found: both lists are mostly in the same order */
    struct hog_os_thread *extra; /* threads that the process's own source does not have */
    size_t extra_count, extra_capacity;
    bool failed;
};

static struct hog_os_thread *find_thread(struct thread_list *list, int64_t lwp)
{
    struct hog_process *process = &list->target->process;

    for (size_t i = 0; i < process->thread_count; i++) {
        size_t at = (list->near + i) % process->thread_count;

        if (process->threads[at].lwp != lwp)
            continue;
        list->near = at + 1;
        return &process->threads[at];
    }
    return NULL;
}

static struct hog_os_thread *extra_thread(struct thread_list *list)
{
    if (list->extra_count == HOST_THREADS_MAX)
        return NULL;
    if (list->extra_count == list->extra_capacity) {
        size_t capacity = list->extra_capacity ? 2 * list->extra_capacity : 64;
        struct hog_os_thread *grown = realloc(list->extra, capacity * sizeof *grown);

        list->failed = !grown;
        if (!grown)
            return NULL;
        list->extra = grown;
        list->extra_capacity = capacity;
    }
    return memset(&list->extra[list->extra_count++], 0, sizeof *list->extra);
}

static void merge_thread(struct hog_os_thread *thread, const struct hog_host_thread *known)
{
    struct hog_thread_registers *registers = &thread->registers;

    thread->lwp = known->lwp;
    thread->debugger_number = known->number;
    if (!thread->name[0] && known->name)
        strncat(thread->name, known->name, sizeof thread->name - 1);
    if (!registers->has_thread_pointer && known->has_thread_pointer) {
        registers->has_thread_pointer = true;
        registers->thread_pointer = known->thread_pointer;
    }
    if (!registers->known && known->has_system_call) {
        registers->known = true;
        registers->system_call = known->system_call;
        registers->first_argument = known->first_argument;
    }
}

static void add_thread(void *context, const struct hog_host_thread *known)
{
    struct thread_list *list = context;
    struct hog_os_thread *thread = find_thread(list, known->lwp);

    /* A thread that /proc does not have any more is gone. */
    if (!thread && list->target->process.kind != HOG_TARGET_LIVE)
        thread = extra_thread(list);
    if (thread)
        merge_thread(thread, known);
}

static int compare_threads(const void *one, const void *other)
{
    int64_t a = ((const struct hog_os_thread *)one)->lwp;
    int64_t b = ((const struct hog_os_thread *)other)->lwp;

    return (a > b) - (a < b);
}

bool host_merge_threads(struct target *target)
{
    struct hog_process *process = &target->process;
    struct thread_list list = {.target = target};
    struct hog_os_thread *all = NULL;

    target->host->list_threads(target->host->self, add_thread, &list);
    if (list.extra_count && !list.failed)
        all = hog_arena_array(&process->arena, process->thread_count + list.extra_count, sizeof *all);
    if (all) {
        if (process->thread_count)
            memcpy(all, process->threads, process->thread_count * sizeof *all);
        memcpy(all + process->thread_count, list.extra, list.extra_count * sizeof *all);
        process->threads = all;
        process->thread_count += list.extra_count;
        qsort(all, process->thread_count, sizeof *all, compare_threads);
    }
    free(list.extra);
    return !list.failed && (all || !list.extra_count);
}

/*
 * Modules.
 */

struct module_list {
    struct target *target;
    struct hog_mapping *mappings;
    size_t count, capacity;
    size_t modules;
    bool failed;
};

static struct hog_mapping *next_mapping(struct module_list *list)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 256;
        struct hog_mapping *grown = realloc(list->mappings, capacity * sizeof *grown);

        list->failed = !grown;
        if (!grown)
            return NULL;
        list->mappings = grown;
        list->capacity = capacity;
    }
    return &list->mappings[list->count++];
}

static void add_segment(struct module_list *list, const Elf64_Phdr *segment, uint64_t bias, const char *path)
{
    uint64_t start = (bias + segment->p_vaddr) & ~(uint64_t)(PAGE - 1);
    uint64_t end = (bias + segment->p_vaddr + segment->p_memsz + PAGE - 1) & ~(uint64_t)(PAGE - 1);
    struct hog_mapping *mapping;

    if (end <= start)
        return;
    mapping = next_mapping(list);
    if (mapping)
        *mapping = (struct hog_mapping){.start = start,
                                        .end = end,
                                        .file_offset = segment->p_offset & ~(uint64_t)(PAGE - 1),
                                        .readable = (segment->p_flags & PF_R) != 0,
                                        .writable = (segment->p_flags & PF_W) != 0,
                                        .executable = (segment->p_flags & PF_X) != 0,
                                        .path = path};
}

/* Program headers of the ELF file at `address`; 0 when there is none, or memory cannot be read. */
static size_t read_headers(struct target *target, uint64_t address, Elf64_Ehdr *header,
                           Elf64_Phdr segments[HOST_HEADERS_MAX])
{
    struct hog_memory *memory = target->process.memory;

    if (hog_memory_read(memory, address, header, sizeof *header) != HOG_OK ||
        memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64 ||
        header->e_phentsize != sizeof *segments || header->e_phnum > HOST_HEADERS_MAX ||
        hog_memory_read(memory, address + header->e_phoff, segments, header->e_phnum * sizeof *segments) != HOG_OK)
        return 0;
    return header->e_phnum;
}

static void add_module(void *context, const struct hog_host_module *module)
{
    struct module_list *list = context;
    struct target *target = list->target;
    Elf64_Phdr segments[HOST_HEADERS_MAX];
    uint64_t lowest = UINT64_MAX;
    const char *path;
    Elf64_Ehdr header;
    size_t count;

    if (!module->load_address || list->modules++ >= HOST_MODULES_MAX)
        return;
    count = read_headers(target, module->load_address, &header, segments);
    path = module->path ? hog_arena_copy_text(&target->process.arena, module->path, strlen(module->path)) : "";
    if (!count || !path)
        return;
    if (!target->process.elf_machine)
        target->process.elf_machine = header.e_machine;
    for (size_t i = 0; i < count; i++)
        if (segments[i].p_type == PT_LOAD && segments[i].p_vaddr < lowest)
            lowest = segments[i].p_vaddr & ~(uint64_t)(PAGE - 1);
    for (size_t i = 0; i < count; i++)
        if (segments[i].p_type == PT_LOAD)
            add_segment(list, &segments[i], module->load_address - lowest, path);
}

static int compare_mappings(const void *one, const void *other)
{
    uint64_t a = ((const struct hog_mapping *)one)->start;
    uint64_t b = ((const struct hog_mapping *)other)->start;

    return (a > b) - (a < b);
}

/* Ascending; of two that overlap (a module listed twice) the first stays. */
static bool keep_mappings(struct hog_process *process, struct module_list *list)
{
    struct hog_mapping *kept;
    size_t count = 0;

    if (list->failed || !list->count)
        return !list->failed;
    kept = hog_arena_array(&process->arena, list->count, sizeof *kept);
    if (!kept)
        return false;
    qsort(list->mappings, list->count, sizeof *kept, compare_mappings);
    for (size_t i = 0; i < list->count; i++)
        if (!count || list->mappings[i].start >= kept[count - 1].end)
            kept[count++] = list->mappings[i];
    process->mappings = kept;
    process->mapping_count = count;
    return true;
}

static void take_auxv(struct hog_process *process, const void *bytes, size_t length)
{
    struct hog_cursor cursor = hog_cursor_over(bytes, length);

    while (hog_cursor_left(&cursor) >= 2 * sizeof(uint64_t)) {
        uint64_t type = hog_cursor_u64(&cursor);
        uint64_t value = hog_cursor_u64(&cursor);

        if (type == AT_NULL)
            return;
        if (type == AT_PHDR)
            process->phdr_address = value;
        else if (type == AT_PHNUM)
            process->phdr_count = value;
        else if (type == AT_ENTRY)
            process->entry_address = value;
    }
}

bool host_fill_process(struct target *target)
{
    const struct hog_host *host = target->host;
    struct hog_process *process = &target->process;
    struct module_list list = {.target = target};
    unsigned char auxv[HOST_AUXV_BYTES];
    bool kept;

    process->executable = target->executable;
    process->root = target->sysroot;
    process->core_path = target->core_path;
    if (host->read_auxv) {
        size_t length = host->read_auxv(host->self, auxv, sizeof auxv);

        take_auxv(process, auxv, length < sizeof auxv ? length : sizeof auxv);
    }
    if (host->list_modules)
        host->list_modules(host->self, add_module, &list);
    kept = keep_mappings(process, &list);
    free(list.mappings);
    return kept;
}
