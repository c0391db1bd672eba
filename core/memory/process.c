/*
 * The parts of a `struct hog_process` that are the same for a live process, a
 * core file and a remote one: how it is begun, filled, searched and dropped.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/cursor.h"
#include "memory/live_threads.h"
#include "memory/process_build.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { PROCESS_ARENA = 256 * 1024 * 1024 };

void process_init(struct hog_process *process, enum hog_target_kind kind, int64_t pid)
{
    *process = (struct hog_process){
        .kind = kind,
        .pid = pid,
        .executable = "",
        .given_executable = "",
        .command_line = "",
        .core_path = "",
        .root = "",
        .dump_filter_hint = "",
    };
    hog_arena_init(&process->arena, PROCESS_ARENA);
}

void hog_process_init_remote(struct hog_process *process, int64_t pid, struct hog_memory *memory)
{
    process_init(process, HOG_TARGET_REMOTE, pid);
    process->memory = memory;
}

void hog_process_deinit(struct hog_process *process)
{
    hog_memory_destroy(process->memory);
    process->memory = NULL;
    live_threads_close(process);
    hog_arena_deinit(&process->arena);
}

enum hog_status process_no_memory(struct hog_process *process)
{
    return hog_fail(&process->error, HOG_NO_MEMORY,
                    "not enough memory to hold the maps and threads of process %lld",
                    (long long)process->pid);
}

void process_warn(struct hog_process *process, const char *format, ...)
{
    char words[HOG_ERROR_MESSAGE];
    size_t count = process->warning_count;
    const char **grown = hog_arena_array(&process->arena, count + 1, sizeof *grown);
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    if (!grown)
        return;
    if (count)
        memcpy(grown, process->warnings, count * sizeof *grown);
    grown[count] = process_keep_text(process, words, strlen(words));
    process->warnings = grown;
    process->warning_count = count + 1;
}

const char *process_keep_text(struct hog_process *process, const char *text, size_t length)
{
    const char *copy = hog_arena_copy_text(&process->arena, text, length);

    return copy ? copy : "";
}

/*
 *      auxv   | AT_PHDR | address | AT_PHNUM | count | … | AT_NULL | 0 |
 *              8 bytes   8 bytes
 */
void process_take_auxv(struct hog_process *process, const void *bytes, size_t length)
{
    struct hog_cursor cursor = hog_cursor_over(bytes, length);

    while (hog_cursor_left(&cursor) >= 2 * sizeof(uint64_t)) {
        uint64_t type = hog_cursor_u64(&cursor);
        uint64_t value = hog_cursor_u64(&cursor);

        switch (type) {
        case AT_NULL:
            return;
        case AT_PHDR:
            process->phdr_address = value;
            break;
        case AT_PHNUM:
            process->phdr_count = value;
            break;
        case AT_ENTRY:
            process->entry_address = value;
            break;
        default:
            break;
        }
    }
}

const char *process_join_arguments(struct hog_process *process, const char *bytes, size_t length)
{
    char *joined;

    while (length && (bytes[length - 1] == '\0' || bytes[length - 1] == ' '))
        length--;
    joined = hog_arena_copy_text(&process->arena, bytes, length);
    if (!joined)
        return "";
    for (size_t i = 0; i < length; i++)
        if (joined[i] == '\0')
            joined[i] = ' ';
    return joined;
}

bool proc_read(int folder, const char *name, size_t limit, struct hog_text *ret_text)
{
    HOG_CLOSE int file = openat(folder, name, O_RDONLY | O_CLOEXEC);
    char chunk[16 * 1024];

    if (file < 0)
        return false;
    hog_text_clear(ret_text);
    while (ret_text->length < limit) {
        ssize_t got = read(file, chunk, sizeof chunk);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            break;
        hog_text_append(ret_text, chunk, (size_t)got);
    }
    errno = ENOMEM;
    return !ret_text->failed;
}

const char *proc_link(struct hog_process *process, int folder, const char *name)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(folder, name, target, sizeof target);

    return length > 0 ? process_keep_text(process, target, (size_t)length) : "";
}

const struct hog_mapping *hog_process_mapping_at(const struct hog_process *process, uint64_t address)
{
    size_t low = 0;
    size_t high = process->mapping_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (address < process->mappings[middle].start)
            high = middle;
        else if (address >= process->mappings[middle].end)
            low = middle + 1;
        else
            return &process->mappings[middle];
    }
    return NULL;
}

/* Those of a live process are in the order of their numbers. */
static struct hog_os_thread *ordered_thread(const struct hog_process *process, int64_t lwp)
{
    size_t low = 0, high = process->thread_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (process->threads[middle].lwp == lwp)
            return &process->threads[middle];
        if (process->threads[middle].lwp < lwp)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

struct hog_os_thread *hog_process_thread(const struct hog_process *process, int64_t lwp)
{
    struct hog_os_thread *found = ordered_thread(process, lwp);

    if (found)
        return found;
    for (size_t i = 0; i < process->thread_count; i++)
        if (process->threads[i].lwp == lwp)
            return &process->threads[i];
    return NULL;
}
