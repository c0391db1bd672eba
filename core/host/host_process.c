/*
 * What the debugger knows of its target, put into a `struct hog_process`.
 *
 * Threads: for every kind of target the debugger's numbers, and where the
 * process's own source is silent, names, thread pointers and system calls.
 * Modules and the auxiliary vector: for a process that is reached through the
 * debugger alone. It has no mappings: locate/ follows the dynamic loader's
 * link map from the auxiliary vector, or takes the modules as listed here.
 */
#include "base/cursor.h"
#include "base/grow.h"
#include "host/target.h"
#include "memory/arch.h"

#include <elf.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOST_THREADS_MAX = 1 << 20,
    HOST_MODULES_MAX = 1 << 16,
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
    list->failed = !HOG_GROW(list->extra, list->extra_capacity, list->extra_count + 1);
    if (list->failed)
        return NULL;
    return memset(&list->extra[list->extra_count++], 0, sizeof *list->extra);
}

/* valgrind's stub sends 0 for orig_rax, wherever the thread is. */
static bool may_be_made_up(const struct hog_process *process, const struct hog_host_thread *known)
{
    return known->from_registers && known->system_call >= 0 &&
           !arch_is_in_call(process->elf_machine, known->program_counter, known->result, process->memory);
}

static void merge_thread(const struct hog_process *process, struct hog_os_thread *thread,
                         const struct hog_host_thread *known)
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
    if (!registers->known && known->has_system_call && !may_be_made_up(process, known)) {
        registers->known = true;
        registers->system_call = known->system_call;
        registers->program_counter = known->program_counter;
        registers->stack_pointer = known->stack_pointer;
        registers->argument_count =
            known->argument_count < HOG_CALL_ARGUMENTS ? known->argument_count : HOG_CALL_ARGUMENTS;
        memcpy(registers->arguments, known->arguments, registers->argument_count * sizeof *known->arguments);
    }
}

static void add_thread(void *context, const struct hog_host_thread *known)
{
    struct thread_list *list = context;
    struct hog_os_thread *thread = find_thread(list, known->lwp);

    /*
     * A thread that /proc does not have any more is gone. One that a core's notes do not have never was: gdb,
     * reading libthread_db on the core of a container's process, makes threads up from the ids that the
     * container uses.
     */
    if (!thread && list->target->process.kind == HOG_TARGET_REMOTE)
        thread = extra_thread(list);
    if (thread)
        merge_thread(&list->target->process, thread, known);
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

/* What the debugger itself uses to stop a process is none of the process's. */
static bool is_of_debugger(int number)
{
    return number == SIGSTOP || number == SIGTRAP || number == SIGINT;
}

void host_take_signal(struct target *target)
{
    const struct hog_host *host = target->host;
    struct hog_host_signal known = {0};
    struct hog_signal *signal = &target->process.signal;

    if (!target->is_hosts || !host->stop_signal || target->process.kind == HOG_TARGET_CORE)
        return;
    host->stop_signal(host->self, &known);
    if (known.number <= 0 || is_of_debugger(known.number))
        return;
    *signal = known.has_code
                  ? hog_signal_of(known.number, known.code, known.address, known.sender, known.sender_uid)
                  : (struct hog_signal){.number = known.number};
    signal->lwp = known.lwp;
}

/*
 * Modules.
 */

struct module_list {
    struct target *target;
    struct hog_known_module *modules;
    size_t count, capacity;
    bool failed;
};

static const char *keep_text(struct module_list *list, const char *text)
{
    const char *copy =
        hog_arena_copy_text(&list->target->process.arena, text ? text : "", text ? strlen(text) : 0);

    list->failed |= !copy;
    return copy ? copy : "";
}

static void add_module(void *context, const struct hog_host_module *module)
{
    struct module_list *list = context;

    if (list->count >= HOST_MODULES_MAX)
        return;
    if (!HOG_GROW(list->modules, list->capacity, list->count + 1)) {
        list->failed = true;
        return;
    }
    list->modules[list->count++] = (struct hog_known_module){
        .path = keep_text(list, module->path),
        .load_address = module->load_address,
        .local_path = keep_text(list, module->local_path),
    };
}

static bool keep_modules(struct module_list *list)
{
    struct hog_process *process = &list->target->process;
    struct hog_known_module *kept;

    if (list->failed || !list->count)
        return !list->failed;
    kept = hog_arena_array(&process->arena, list->count, sizeof *kept);
    if (!kept)
        return false;
    memcpy(kept, list->modules, list->count * sizeof *kept);
    process->modules = kept;
    process->module_count = list->count;
    return true;
}

/* The machine that the ELF header at `address` is for; 0 when there is none. */
static unsigned machine_at(struct hog_process *process, uint64_t address)
{
    Elf64_Ehdr header;

    if (!address || hog_memory_read(process->memory, address, &header, sizeof header) != HOG_OK ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return 0;
    return header.e_machine;
}

/* Program headers mostly follow the ELF header, in the first page. */
static void find_machine(struct hog_process *process)
{
    process->elf_machine = machine_at(process, process->phdr_address & ~(uint64_t)(PAGE - 1));
    for (size_t i = 0; i < process->module_count && !process->elf_machine; i++)
        process->elf_machine = machine_at(process, process->modules[i].load_address);
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

    process->executable = process->given_executable = target->executable;
    process->root = target->sysroot;
    process->core_path = target->core_path;
    if (host->read_auxv) {
        size_t length = host->read_auxv(host->self, auxv, sizeof auxv);

        take_auxv(process, auxv, length < sizeof auxv ? length : sizeof auxv);
    }
    if (host->list_modules)
        host->list_modules(host->self, add_module, &list);
    kept = keep_modules(&list);
    free(list.modules);
    find_machine(process);
    return kept;
}
