/*
 * From a Python thread to the kernel's.
 *
 * From 3.11 on the thread state has the kernel's id, as the process sees it:
 * in a container that is another number than ours. Before, it only has
 * pthread_self(), the address of a struct pthread, somewhere in which the C
 * library keeps that id:
 *
 *     struct pthread   │ … │ tid │ …        glibc on x86-64: 720 bytes in
 *
 * Where it is is found once, by looking for a word that is the id of one of
 * the process's threads.
 */
#define _GNU_SOURCE
#include "sample/lwp.h"

#include "base/cleanup.h"
#include "memory/system_calls.h"

#include <ctype.h>
#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PTHREAD_HEAD = 1024, GLIBC_TID = 720, SMALL_FILE = 2048 };

static size_t read_small(int folder, const char *name, char *ret_bytes, size_t size)
{
    HOG_CLOSE int file = openat(folder, name, O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, ret_bytes, size - 1) : -1;

    ret_bytes[got > 0 ? got : 0] = '\0';
    return got > 0 ? (size_t)got : 0;
}

/* The last number of "NSpid:  4711  17": the id in the process's own namespace. */
static int64_t own_id(int tasks, const char *lwp)
{
    char name[64], text[SMALL_FILE];
    char *line, *end;

    snprintf(name, sizeof name, "%s/status", lwp);
    if (!read_small(tasks, name, text, sizeof text))
        return 0;
    line = strstr(text, "\nNSpid:");
    end = line ? strchr(line + 1, '\n') : NULL;
    if (!end)
        return 0;
    while (end > line && end[-1] != '\t')
        end--;
    return strtoll(end, NULL, 10);
}

static void close_folder(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

static int64_t search_namespace(int tasks, int64_t id)
{
    int copy = openat(tasks, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    HOG_CLEANUP(close_folder) DIR *listing = copy >= 0 ? fdopendir(copy) : NULL;
    const struct dirent *entry;

    if (!listing)
        hog_cleanup_close(&copy);
    while (listing && (entry = readdir(listing)))
        if (isdigit((unsigned char)entry->d_name[0]) && own_id(tasks, entry->d_name) == id)
            return strtoll(entry->d_name, NULL, 10);
    return 0;
}

/* Our number for the thread that the process calls `id`; 0 when it has none. */
static int64_t by_own_id(const struct roster *roster, int64_t id)
{
    char name[32];

    if (id <= 0)
        return 0;
    for (size_t i = 0; roster->tasks < 0 && i < roster->process->thread_count; i++) {
        const struct hog_os_thread *thread = roster->process->threads + i;

        if ((thread->namespace_lwp ? thread->namespace_lwp : thread->lwp) == id)
            return thread->lwp;
    }
    if (roster->tasks < 0)
        return 0;
    if (roster->namespaced)
        return search_namespace(roster->tasks, id);
    snprintf(name, sizeof name, "%" PRId64, id);
    return faccessat(roster->tasks, name, F_OK, 0) == 0 ? id : 0;
}

static int64_t by_thread_pointer(const struct hog_process *process, uint64_t thread_id)
{
    for (size_t i = 0; i < process->thread_count; i++) {
        const struct hog_thread_registers *registers = &process->threads[i].registers;

        if (registers->has_thread_pointer && registers->thread_pointer == thread_id)
            return process->threads[i].lwp;
    }
    return 0;
}

static int64_t by_pthread_struct(struct roster *roster, uint64_t thread_id)
{
    int32_t words[PTHREAD_HEAD / 4];
    size_t count = hog_memory_read_some(roster->memory, thread_id, words, sizeof words) / 4;
    uint32_t likely = roster->pthread_tid ? roster->pthread_tid : GLIBC_TID;
    int64_t found = likely / 4 < count ? by_own_id(roster, words[likely / 4]) : 0;

    if (found || roster->pthread_tid) {
        roster->pthread_tid = likely;
        return found;
    }
    for (uint32_t i = 0; i < count && !found; i++) {
        found = by_own_id(roster, words[i]);
        if (found)
            roster->pthread_tid = 4 * i;
    }
    return found;
}

int64_t lwp_find(struct roster *roster, uint64_t thread_id, int64_t native_id)
{
    int64_t found = by_own_id(roster, native_id);

    if (!found && thread_id)
        found = by_thread_pointer(roster->process, thread_id);
    if (!found && thread_id && !native_id)
        found = by_pthread_struct(roster, thread_id);
    return found;
}

bool lwp_process_ended(int64_t pid)
{
    char path[64], text[SMALL_FILE];
    const char *close;

    snprintf(path, sizeof path, "/proc/%" PRId64 "/stat", pid);
    if (!read_small(AT_FDCWD, path, text, sizeof text))
        return true;
    close = strrchr(text, ')');
    if (!close || close[1] != ' ' || (close[2] != 'Z' && close[2] != 'X'))
        return false;
    /* A zombie may be just a main thread that ended before the others. */
    snprintf(path, sizeof path, "/proc/%" PRId64 "/task", pid);
    HOG_CLEANUP(close_folder) DIR *listing = opendir(path);
    for (int threads = 0; listing;) {
        const struct dirent *entry = readdir(listing);

        if (!entry)
            break;
        threads += isdigit((unsigned char)entry->d_name[0]) != 0;
        if (threads > 1)
            return false;
    }
    return true;
}

bool lwp_process_phdr(int64_t pid, uint64_t *ret_address)
{
    char path[64];
    union {
        Elf64_auxv_t entries[SMALL_FILE / sizeof(Elf64_auxv_t)];
        char bytes[SMALL_FILE];
    } auxv;
    size_t got;

    snprintf(path, sizeof path, "/proc/%" PRId64 "/auxv", pid);
    got = read_small(AT_FDCWD, path, auxv.bytes, sizeof auxv.bytes);
    for (size_t i = 0; i < got / sizeof *auxv.entries; i++) {
        if (auxv.entries[i].a_type != AT_PHDR)
            continue;
        *ret_address = auxv.entries[i].a_un.a_val;
        return true;
    }
    return false;
}

bool lwp_waits_between(const struct roster *roster, int64_t lwp, uint64_t start, uint64_t end)
{
    char name[64], text[SMALL_FILE];
    int64_t call;
    uint64_t argument;

    snprintf(name, sizeof name, "%" PRId64 "/syscall", lwp);
    return roster->tasks >= 0 && read_small(roster->tasks, name, text, sizeof text) &&
           sscanf(text, "%" SCNd64 " %" SCNx64, &call, &argument) == 2 &&
           hog_system_call_is_futex(roster->process->elf_machine, call) && argument >= start &&
           argument < end;
}
