/*
 * A live local process as /proc shows it: mappings, identity, where its files
 * are to be found. Its threads are read in live_threads.c, its memory in
 * live.c; why it cannot be had is put in words in explain_access.c.
 *
 * The process may run, map, unmap and die while it is read. What goes missing
 * half-way is left out, and the last check decides: can its memory be read?
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/clock.h"
#include "files/files.h"
#include "memory/access.h"
#include "memory/live_threads.h"
#include "memory/map_line.h"
#include "memory/process_build.h"

#include <ctype.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { MAPS_LIMIT = 64 * 1024 * 1024, CMDLINE_LIMIT = 4096, AUXV_LIMIT = 4096, STATUS_LIMIT = 65536 };

static const char deleted_suffix[] = " (deleted)";

/* Cuts " (deleted)" off, unless a file of just that name is there. */
static bool cut_deleted(const struct hog_process *process, char *path)
{
    size_t length = strlen(path);
    size_t suffix = sizeof deleted_suffix - 1;
    char found[PATH_MAX];

    if (path[0] != '/' || length <= suffix || strcmp(path + length - suffix, deleted_suffix) != 0)
        return false;
    snprintf(found, sizeof found, "%s%s", process->root, path);
    if (access(found, F_OK) == 0)
        return false;
    path[length - suffix] = '\0';
    return true;
}

/* The kernel writes a newline in a path as \012. */
static void unescape_newlines(char *path)
{
    char *to = path;

    for (const char *from = path; *from; to++) {
        bool newline = strncmp(from, "\\012", 4) == 0;

        *to = newline ? '\n' : *from;
        from += newline ? 4 : 1;
    }
    *to = '\0';
}

static bool parse_mapping(struct hog_process *process, const struct hog_files *files, const char *line,
                          size_t length, struct hog_mapping *ret_mapping)
{
    HOG_FREE char *text = strndup(line, length);
    struct hog_map_line map;
    char *path;

    if (!text || !hog_map_line_read(text, &map))
        return false;
    path = text + (map.path - text);
    unescape_newlines(path);
    *ret_mapping = (struct hog_mapping){
        .start = map.start,
        .end = map.end,
        .file_offset = map.offset,
        .served = hog_files_is_served(files, map.device),
        .readable = map.readable,
        .writable = map.writable,
        .executable = map.executable,
        .deleted = cut_deleted(process, path),
        .path = *path ? process_keep_text(process, path, strlen(path)) : "",
    };
    return map.start < map.end;
}

static bool leave_out_served(struct hog_process *process)
{
    bool warned = false;

    for (size_t i = 0; i < process->mapping_count; i++) {
        const struct hog_mapping *mapping = &process->mappings[i];

        if (!mapping->served)
            continue;
        if (!warned)
            process_warn(
                process,
                "%s is not read: it is on a file system that a user's program serves, which could let us "
                "wait for ever",
                mapping->path);
        warned = true;
        if (!hog_memory_leave_out(process->memory, mapping->start, mapping->end))
            return false;
    }
    return true;
}

static bool keep_mappings(struct hog_process *process, const struct hog_text *maps)
{
    HOG_CLEANUP(hog_files_deinit) struct hog_files files;
    const char *at = maps->bytes;
    const char *end = maps->bytes + maps->length;
    struct hog_mapping *mappings;
    size_t lines = 0;

    for (const char *newline = at;
         newline < end && (newline = memchr(newline, '\n', (size_t)(end - newline))); newline++)
        lines++;
    hog_files_of_process(&files, process->pid);
    mappings = hog_arena_array(&process->arena, lines, sizeof *mappings);
    if (!mappings)
        return false;
    while (lines--) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));

        if (parse_mapping(process, &files, at, (size_t)(newline - at), &mappings[process->mapping_count]))
            process->mapping_count++;
        at = newline + 1;
    }
    process->mappings = mappings;
    return leave_out_served(process);
}

/* A container's files lie under its own root; so do those of a service with a mount namespace of its own. */
static void find_root(struct hog_process *process, int folder, int64_t living)
{
    struct stat theirs, ours;
    const char *theirs_namespace = proc_link(process, folder, "ns/mnt");
    char ours_namespace[64] = "";
    ssize_t length = readlink("/proc/self/ns/mnt", ours_namespace, sizeof ours_namespace - 1);
    char path[64];

    snprintf(path, sizeof path, "/proc/%" PRId64 "/root", living);
    if (stat(path, &theirs) != 0 || stat("/", &ours) != 0)
        return;
    if (theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino &&
        (length <= 0 || !*theirs_namespace || strcmp(theirs_namespace, ours_namespace) == 0))
        return;
    process->root = process_keep_text(process, path, strlen(path));
}

/* Field 22 of stat, in ticks since the machine was started. What was written within the same tick is not newer. */
static double began_at(int folder)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text stat = {0};
    double booted = hog_clock_epoch() - (double)hog_clock_nanoseconds(CLOCK_BOOTTIME) / 1e9;
    double second = (double)sysconf(_SC_CLK_TCK);
    const char *name_end;
    unsigned long long ticks;

    if (!proc_read(folder, "stat", STATUS_LIMIT, &stat) || !stat.length)
        return 0;
    name_end = strrchr(stat.bytes, ')');
    if (!name_end || second <= 0 ||
        sscanf(name_end + 1,
               " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
               &ticks) != 1)
        return 0;
    return booted + ((double)ticks + 1) / second;
}

static void find_identity(struct hog_process *process, int folder)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    char *executable = strdup(proc_link(process, folder, "exe"));

    if (executable) {
        cut_deleted(process, executable);
        process->executable = process_keep_text(process, executable, strlen(executable));
        free(executable);
    }
    if (proc_read(folder, "cmdline", CMDLINE_LIMIT, &text) && text.length)
        process->command_line = process_join_arguments(process, text.bytes, text.length);
    if (proc_read(folder, "auxv", AUXV_LIMIT, &text) && text.length)
        process_take_auxv(process, text.bytes, text.length);
    process->began = began_at(folder);
}

/* The ELF header of the running file says what the process is: a 32-bit one has other structures throughout.
 */
static enum hog_status check_machine(struct hog_process *process, int folder)
{
    HOG_CLEANUP(hog_files_deinit) struct hog_files files;
    enum hog_file_refusal why;
    HOG_CLOSE int file = -1;
    Elf64_Ehdr header;

    hog_files_of_process(&files, process->pid);
    file = hog_files_open_link(&files, folder, "exe", &why);
    if (file < 0 || pread(file, &header, sizeof header, 0) != sizeof header)
        return HOG_OK; /* kept from us: the memory will tell */
    if (header.e_ident[EI_CLASS] == ELFCLASS32)
        return hog_fail(&process->error, HOG_UNSUPPORTED,
                        "process %" PRId64 " (%s) is a 32-bit program; hognose reads 64-bit Pythons only",
                        process->pid, process->executable);
    process->elf_machine = header.e_machine;
    return HOG_OK;
}

static bool memory_is_readable(struct hog_process *process)
{
    for (size_t i = 0; i < process->mapping_count; i++) {
        const struct hog_mapping *mapping = &process->mappings[i];
        uint8_t byte;

        if (mapping->readable && mapping->path[0] != '[' &&
            hog_memory_u8(process->memory, mapping->start, &byte) == HOG_OK)
            return true;
    }
    return false;
}

static enum hog_status refused(struct hog_process *process)
{
    enum hog_status status = access_explain(process->pid, ACCESS_TO_MEMORY, &process->error);

    if (status != HOG_OK)
        return status;
    return hog_fail(&process->error, HOG_DENIED,
                    "the memory of process %" PRId64
                    " cannot be read, and nothing that could forbid it was found",
                    process->pid);
}

/*
 * A process whose main thread has ended lives on in the others, but its own
 * folder shows nothing any more. Then one of their folders does: opens it and
 * reads its maps. Returns that thread, or `pid` when nothing is to be had.
 */
static int64_t find_living_thread(int64_t pid, int *folder, struct hog_text *ret_maps)
{
    int tasks = openat(*folder, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = tasks >= 0 ? fdopendir(tasks) : NULL;
    const struct dirent *entry;
    int64_t found = pid;

    while (listing && found == pid && (entry = readdir(listing))) {
        int thread = isdigit((unsigned char)entry->d_name[0])
                         ? openat(tasks, entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC)
                         : -1;

        if (thread >= 0 && proc_read(thread, "maps", MAPS_LIMIT, ret_maps) && ret_maps->length) {
            found = strtoll(entry->d_name, NULL, 10);
            close(*folder);
            *folder = thread;
        } else {
            hog_cleanup_close(&thread);
        }
    }
    if (listing)
        closedir(listing);
    else
        hog_cleanup_close(&tasks);
    return found;
}

/*
 * The process that a thread's number belongs to: `top -H` lists such numbers, and a debugger attaches to them,
 * holding that one thread.
 */
static int64_t process_of(int64_t lwp)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text status = {0};
    const char *line = NULL;
    char path[64];

    snprintf(path, sizeof path, "/proc/%" PRId64, lwp);
    HOG_CLOSE int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0 && proc_read(folder, "status", STATUS_LIMIT, &status) && status.length)
        line = strstr(status.bytes, "\nTgid:\t");
    return line ? strtoll(line + sizeof "\nTgid:", NULL, 10) : lwp;
}

static enum hog_status open_process(struct hog_process *process, int64_t pid, bool runs)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text maps = {0};
    int64_t living = pid = process_of(pid);
    char path[64];
    enum hog_status status;

    process_init(process, HOG_TARGET_LIVE, pid);
    process->runs = runs;
    snprintf(path, sizeof path, "/proc/%" PRId64, pid);
    HOG_CLOSE int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return refused(process);
    if (!live_threads_read(process, folder))
        return process_no_memory(process);
    if (!proc_read(folder, "maps", MAPS_LIMIT, &maps) || !maps.length)
        living = find_living_thread(pid, &folder, &maps);
    if (!maps.length)
        return refused(process);
    find_root(process, folder, living);
    find_identity(process, folder);
    status = check_machine(process, folder);
    if (status != HOG_OK)
        return status;
    process->memory = hog_memory_of_process((int)living);
    if (!process->memory || !keep_mappings(process, &maps))
        return process_no_memory(process);
    return memory_is_readable(process) && process->thread_count ? HOG_OK : refused(process);
}

enum hog_status hog_process_open_live(struct hog_process *process, int64_t pid)
{
    return open_process(process, pid, false);
}

enum hog_status hog_process_open_running(struct hog_process *process, int64_t pid)
{
    return open_process(process, pid, true);
}
