/* What the kernel says of the threads of a process that runs, and of the process; see lwp.h. */
#define _GNU_SOURCE
#include "sample/lwp.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/thread.h"

#include <ctype.h>
#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SMALL_FILE = 2048, HIGHEST_LEVEL = 98 };

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

static int64_t search_namespace(int tasks, int64_t id)
{
    int copy = openat(tasks, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    HOG_CLOSEDIR DIR *listing = copy >= 0 ? fdopendir(copy) : NULL;
    const struct dirent *entry;

    if (!listing)
        hog_cleanup_close(&copy);
    while (listing && (entry = readdir(listing)))
        if (isdigit((unsigned char)entry->d_name[0]) && own_id(tasks, entry->d_name) == id)
            return strtoll(entry->d_name, NULL, 10);
    return 0;
}

bool lwp_is_there(const struct roster *roster, int64_t lwp)
{
    char name[32];

    if (roster->tasks < 0 || !lwp)
        return true;
    snprintf(name, sizeof name, "%" PRId64, lwp);
    return faccessat(roster->tasks, name, F_OK, 0) == 0;
}

int64_t lwp_by_own_id(void *context, int64_t id)
{
    const struct roster *roster = context;
    char name[32];

    if (roster->namespaced)
        return search_namespace(roster->tasks, id);
    snprintf(name, sizeof name, "%" PRId64, id);
    return faccessat(roster->tasks, name, F_OK, 0) == 0 ? id : 0;
}

double lwp_process_cpu(int64_t pid)
{
    clockid_t clock;
    int64_t nanoseconds = clock_getcpuclockid((pid_t)pid, &clock) == 0 ? hog_clock_nanoseconds(clock) : -1;

    return nanoseconds > 0 ? (double)nanoseconds / 1e9 : -1;
}

int lwp_highest_level(const struct roster *roster)
{
    int highest = 0;

    for (uint32_t i = 0; roster->tasks >= 0 && i < roster->count; i++) {
        pid_t lwp = (pid_t)roster->threads[i]->lwp;
        int level = lwp > 0 ? hog_thread_real_time(lwp) : 0;

        if (level > highest)
            highest = level;
    }
    return highest < HIGHEST_LEVEL ? highest : HIGHEST_LEVEL;
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
    HOG_CLOSEDIR DIR *listing = opendir(path);
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

static bool is_held(int folder, const char *lwp)
{
    char name[64], text[SMALL_FILE];
    const char *close;

    snprintf(name, sizeof name, "%s/stat", lwp);
    if (!read_small(folder, name, text, sizeof text))
        return false;
    close = strrchr(text, ')');
    return close && close[1] == ' ' && close[2] == 't';
}

bool lwp_any_is_held(int64_t pid)
{
    char path[64];
    const struct dirent *entry;
    bool held = false;

    snprintf(path, sizeof path, "/proc/%" PRId64 "/task", pid);
    HOG_CLOSEDIR DIR *listing = opendir(path);
    while (listing && !held && (entry = readdir(listing)))
        held = isdigit((unsigned char)entry->d_name[0]) && is_held(dirfd(listing), entry->d_name);
    return held;
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

bool lwp_call_awaits_gil(const struct roster *roster, int64_t system_call, uint64_t first_argument)
{
    for (uint32_t i = 0; i < roster->gil_count; i++)
        if (hog_gil_is_awaited(roster->gils + i, roster->process->elf_machine, system_call, first_argument))
            return true;
    return false;
}

bool lwp_awaits_gil(const struct roster *roster, int64_t lwp)
{
    char name[64], text[SMALL_FILE];
    int64_t call;
    uint64_t argument;

    snprintf(name, sizeof name, "%" PRId64 "/syscall", lwp);
    return roster->tasks >= 0 && read_small(roster->tasks, name, text, sizeof text) &&
           sscanf(text, "%" SCNd64 " %" SCNx64, &call, &argument) == 2 &&
           lwp_call_awaits_gil(roster, call, argument);
}
