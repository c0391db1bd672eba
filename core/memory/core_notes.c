/*
 * The notes of a core: what the kernel, or gcore, wrote down beside memory.
 *
 *      NT_PRPSINFO   command name, arguments, pid
 *      NT_PRSTATUS   one a thread, the one that crashed first: lwp, registers
 *      NT_ARM_TLS    aarch64: the thread pointer of the NT_PRSTATUS before it
 *      NT_AUXV       where the program headers of the executable are
 *      NT_FILE       which file was mapped where
 *      NT_SIGINFO    what killed it: signal.h has the picture
 *
 * All of it is read through a cursor.
 */
#include "base/cleanup.h"
#include "base/cursor.h"
#include "memory/core.h"

#include <elf.h>
#include <string.h>

enum { PSINFO_SIZE = 136, PSINFO_PID = 24, PSINFO_NAME = 40, PSINFO_NAME_SIZE = 16, PSINFO_ARGUMENTS = 56 };
enum { PSINFO_ARGUMENTS_SIZE = 80, FILES_LOOKED_BACK = 1024 };
/* The kernel's own limit is 4 million threads, of a few notes each. Real cores have no empty ones. */
enum { NOTES_MAX = 16 << 20, EMPTY_MAX = 64 };
enum { WINDOW = 256 << 10, NOTE_MOST = 256 << 20 }; /* bytes read at once; of one note */

static bool make_room_for_thread(struct core_memory *core)
{
    struct hog_process *process = core->process;
    size_t room = core->thread_room ? core->thread_room * 2 : 64;
    struct hog_os_thread *threads;
    struct arch_registers *registers;

    if (process->thread_count < core->thread_room)
        return true;
    threads = hog_arena_array(&process->arena, room, sizeof *threads);
    registers = hog_arena_array(&process->arena, room, sizeof *registers);
    if (!threads || !registers)
        return false;
    if (process->thread_count) {
        memcpy(threads, process->threads, process->thread_count * sizeof *threads);
        memcpy(registers, core->registers, process->thread_count * sizeof *registers);
    }
    process->threads = threads;
    core->registers = registers;
    core->thread_room = room;
    return true;
}

static bool take_prstatus(struct core_memory *core, const void *bytes, size_t size)
{
    struct hog_process *process = core->process;
    struct arch_registers registers;

    if (!arch_read_prstatus(process->elf_machine, bytes, size, &registers))
        return true;
    if (!make_room_for_thread(core))
        return false;
    if (!process->thread_count && !process->signal.number)
        process->signal.number = registers.signal;
    core->registers[process->thread_count] = registers;
    process->threads[process->thread_count++] = (struct hog_os_thread){.lwp = registers.lwp};
    return true;
}

static void take_thread_pointer(struct core_memory *core, const void *bytes, size_t size)
{
    struct hog_cursor cursor = hog_cursor_over(bytes, size);
    uint64_t value = hog_cursor_u64(&cursor);
    struct arch_registers *registers;

    if (cursor.overrun || !core->process->thread_count)
        return;
    registers = &core->registers[core->process->thread_count - 1];
    registers->has_thread_pointer = true;
    registers->thread_pointer = value;
}

/*
 *      | state … | pr_pid | … | pr_fname[16] | pr_psargs[80] |
 *       0         24           40             56
 */
static void take_psinfo(struct core_memory *core, const void *bytes, size_t size)
{
    struct hog_process *process = core->process;
    const char *info = bytes;
    int32_t pid;

    if (size < PSINFO_SIZE)
        return;
    memcpy(&pid, info + PSINFO_PID, sizeof pid);
    process->pid = pid;
    core->command_name =
        process_keep_text(process, info + PSINFO_NAME, strnlen(info + PSINFO_NAME, PSINFO_NAME_SIZE));
    process->command_line = process_join_arguments(process, info + PSINFO_ARGUMENTS,
                                                   strnlen(info + PSINFO_ARGUMENTS, PSINFO_ARGUMENTS_SIZE));
}

/* The file of that name, a new one when it is not among those known. Neighbours have the same name as a rule.
 */
static struct core_mapped_file *file_for(struct core_memory *core, const char *path, size_t length)
{
    static const char suffix[] = " (deleted)";
    size_t suffix_length = sizeof suffix - 1;
    bool deleted =
        length > suffix_length && memcmp(path + length - suffix_length, suffix, suffix_length) == 0;
    struct core_mapped_file *file;

    length -= deleted ? suffix_length : 0;
    for (size_t i = core->file_count; i-- > 0 && core->file_count - i <= FILES_LOOKED_BACK;)
        if (strlen(core->files[i].path) == length && memcmp(core->files[i].path, path, length) == 0 &&
            core->files[i].deleted == deleted)
            return &core->files[i];
    file = &core->files[core->file_count++];
    file->path = process_keep_text(core->process, path, length);
    file->local_path = "";
    file->deleted = deleted;
    return file;
}

/*
 *      | count | page size | start | end | offset in pages | … count times | name \0 name \0 … |
 */
static bool take_files(struct core_memory *core, const void *bytes, size_t size)
{
    struct hog_cursor ranges = hog_cursor_over(bytes, size);
    uint64_t count = hog_cursor_u64(&ranges);
    uint64_t page_size = hog_cursor_u64(&ranges);
    struct hog_cursor names = ranges;

    if (core->named || count > hog_cursor_left(&ranges) / (3 * sizeof(uint64_t)))
        return true;
    if (!hog_cursor_take(&names, count * 3 * sizeof(uint64_t)))
        return true;
    core->named = hog_arena_array(&core->process->arena, count, sizeof *core->named);
    core->files = hog_arena_array(&core->process->arena, count, sizeof *core->files);
    if (!core->named || !core->files)
        return false;
    while (core->named_count < count) {
        struct core_named_range *named = &core->named[core->named_count];
        const char *name = (const char *)names.at;
        size_t length = strnlen(name, hog_cursor_left(&names));

        if (!hog_cursor_take(&names, length + 1))
            break;
        named->start = hog_cursor_u64(&ranges);
        named->end = hog_cursor_u64(&ranges);
        named->file_offset = hog_cursor_u64(&ranges) * page_size;
        named->file = file_for(core, name, length);
        core->named_count++;
    }
    return true;
}

static bool take_core_note(struct core_memory *core, uint32_t type, const void *bytes, size_t size)
{
    switch (type) {
    case NT_PRSTATUS:
        return take_prstatus(core, bytes, size);
    case NT_PRPSINFO:
        take_psinfo(core, bytes, size);
        return true;
    case NT_AUXV:
        process_take_auxv(core->process, bytes, size);
        return true;
    case NT_FILE:
        return take_files(core, bytes, size);
    case NT_SIGINFO:
        if (core->process->thread_count <=
            1) /* gcore writes one a thread; the first is the one that matters */
            hog_signal_read(bytes, size, &core->process->signal);
        return true;
    default:
        return true;
    }
}

/*
 * A stretch of the file that is in memory: notes are many and small, as a rule.
 */
struct window {
    struct core_memory *core;
    unsigned char *bytes; /* malloc'ed */
    size_t room, length;
    uint64_t start;
};

static void window_deinit(struct window *window)
{
    free(window->bytes);
}

/* `length` bytes at `offset`, good until the next call. NULL: there are not so many, or memory is exhausted. */
static const unsigned char *window_at(struct window *window, uint64_t offset, size_t length)
{
    size_t wanted = length > WINDOW ? length : WINDOW;

    if (offset >= window->start && offset - window->start <= window->length &&
        length <= window->length - (offset - window->start))
        return window->bytes + (offset - window->start);
    if (wanted > window->room) {
        free(window->bytes);
        window->length = 0;
        window->bytes = malloc(wanted);
        window->room = window->bytes ? wanted : 0;
    }
    window->start = offset;
    window->length = window->bytes ? core_copy(window->core, offset, window->bytes, wanted) : 0;
    return length <= window->length ? window->bytes : NULL;
}

/* False when memory is exhausted. */
static bool take_note(struct core_memory *core, const Elf64_Nhdr *note, const unsigned char *name)
{
    const unsigned char *bytes = name + (((size_t)note->n_namesz + 3) & ~(size_t)3);

    if (note->n_namesz == sizeof "CORE" && memcmp(name, "CORE", sizeof "CORE") == 0)
        return take_core_note(core, note->n_type, bytes, note->n_descsz);
    if (note->n_type == NT_ARM_TLS && note->n_namesz == sizeof "LINUX")
        take_thread_pointer(core, bytes, note->n_descsz);
    return true;
}

/*
 *      | name size | size | type | name … | bytes … |        one after the other
 *        4           4      4      padded   padded
 *
 * Not by libelf: it copies what does not lie at a multiple of 4, however much
 * it is. A segment of zeros is notes of nothing, twelve bytes each. The last
 * one need not be padded.
 */
bool core_read_notes(struct core_memory *core, uint64_t offset, uint64_t size)
{
    HOG_CLEANUP(window_deinit) struct window window = {.core = core};
    uint64_t end = offset < core->size && size < core->size - offset ? offset + size : core->size;
    unsigned empty = 0;

    for (unsigned n = 0; n < NOTES_MAX && empty < EMPTY_MAX && offset + sizeof(Elf64_Nhdr) <= end; n++) {
        const unsigned char *header = window_at(&window, offset, sizeof(Elf64_Nhdr)), *whole;
        uint64_t length;
        Elf64_Nhdr note;

        if (!header)
            return true;
        memcpy(&note, header, sizeof note);
        length = sizeof note + (((uint64_t)note.n_namesz + 3) & ~UINT64_C(3)) + note.n_descsz;
        if (length > end - offset)
            return true;
        whole = length <= NOTE_MOST ? window_at(&window, offset, (size_t)length) : NULL;
        if (whole && !take_note(core, &note, whole + sizeof note))
            return false;
        empty = note.n_namesz || note.n_descsz || note.n_type ? 0 : empty + 1;
        offset += (length + 3) & ~UINT64_C(3);
    }
    return true;
}
