/*
 * Files of a live process, from /proc:
 *
 *      /proc/PID/fd/7           -> /var/log/app.log, pipe:[4711], socket:[4712], anon_inode:[eventpoll]
 *      /proc/locks              1: FLOCK  ADVISORY  WRITE 4711 08:01:131 0 EOF
 *
 * Names are as the process chose them: whoever prints them escapes them.
 */
#define _GNU_SOURCE
#include "wait/files.h"

#include "base/cleanup.h"
#include "base/statx.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 1024, MAX_LINES = 100000, PROC_PATH = 64, MAX_DESCRIPTORS = 4096 };

static bool is_live(const struct waits_reader *reader)
{
    return reader->process->kind == HOG_TARGET_LIVE && reader->process->pid > 0;
}

static const char *socket_words(struct waits_reader *reader, uint64_t inode)
{
    const struct hog_socket *socket;

    if (!reader->sockets)
        reader->sockets = hog_sockets_read(reader->process->pid);
    socket = hog_sockets_find(reader->sockets, inode);
    return socket ? hog_socket_words(reader->arena, socket) : NULL;
}

struct file_words file_of(struct waits_reader *reader, uint64_t descriptor)
{
    struct file_words file = {.kind = FILE_UNKNOWN};
    char path[PROC_PATH], target[PATH_MAX];
    ssize_t length;

    if (!is_live(reader) || descriptor > INT32_MAX)
        return file;
    snprintf(path, sizeof path, "/proc/%" PRId64 "/fd/%" PRIu64, reader->process->pid, descriptor);
    length = readlink(path, target, sizeof target - 1);
    if (length <= 0)
        return file;
    target[length] = '\0';
    if (sscanf(target, "pipe:[%" SCNu64 "]", &file.inode) == 1) {
        file.kind = FILE_PIPE;
    } else if (sscanf(target, "socket:[%" SCNu64 "]", &file.inode) == 1) {
        file.kind = FILE_SOCKET;
        file.text = socket_words(reader, file.inode);
    } else if (hog_event_file_read(reader->process->pid, descriptor, target, &file.event)) {
        file.kind = FILE_EVENT;
        file.text = hog_event_file_name(reader->arena, &file.event);
    } else {
        file.kind = FILE_PLAIN;
        file.text = hog_arena_copy_text(reader->arena, target, (size_t)length);
    }
    return file;
}

int epoll_watched(struct waits_reader *reader, uint64_t descriptor, int32_t *ret_descriptors, int most)
{
    if (!is_live(reader) || descriptor > INT32_MAX)
        return -1;
    return hog_event_file_watched(reader->process->pid, descriptor, ret_descriptors, most);
}

/* A row of /proc/locks that is no waiter's. */
struct lock_row {
    int64_t pid;
    bool writes;
    unsigned major_number, minor_number;
    uint64_t inode;
};

static bool parse_lock(const char *line, struct lock_row *ret_row)
{
    char access[8];

    if (strstr(line, "->") ||
        sscanf(line, "%*d: %*s %*s %7s %" SCNd64 " %x:%x:%" SCNu64, access, &ret_row->pid,
               &ret_row->major_number, &ret_row->minor_number, &ret_row->inode) != 5)
        return false;
    ret_row->writes = strcmp(access, "WRITE") == 0;
    return true;
}

static bool is_of(const struct lock_row *row, const struct statx *file)
{
    return row->inode == file->stx_ino && row->major_number == file->stx_dev_major &&
           row->minor_number == file->stx_dev_minor;
}

/* The file that the process has open by this name; what the kernel knows of it already. False: it has none. */
static bool open_file_of(const struct waits_reader *reader, const char *name, struct statx *ret_file)
{
    char path[2 * PROC_PATH], target[PATH_MAX];
    bool found = false;
    int count = 0;

    snprintf(path, sizeof path, "/proc/%" PRId64 "/fd", reader->process->pid);
    HOG_CLOSEDIR DIR *folder = opendir(path);

    for (const struct dirent *entry; folder && !found && count < MAX_DESCRIPTORS && (entry = readdir(folder));
         count++) {
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1);

        if (length <= 0)
            continue;
        target[length] = '\0';
        found = strcmp(target, name) == 0 &&
                statx(dirfd(folder), entry->d_name, AT_STATX_DONT_SYNC, STATX_INO, ret_file) == 0;
    }
    return found;
}

struct file_locks file_foreign_locks(const struct waits_reader *reader, const char *name)
{
    struct file_locks locks = {.open = false};
    struct lock_row row;
    struct statx file;
    char line[LINE];

    if (!is_live(reader) || !open_file_of(reader, name, &file))
        return locks;
    locks.open = true;
    HOG_FCLOSE FILE *stream = fopen("/proc/locks", "re");

    for (int i = 0; stream && i < MAX_LINES && fgets(line, sizeof line, stream); i++)
        if (parse_lock(line, &row) && is_of(&row, &file) && row.pid > 0 && row.pid != reader->process->pid)
            *(row.writes ? &locks.writer : &locks.reader) = row.pid;
    return locks;
}

int64_t file_lock_holder(int64_t pid, uint64_t descriptor)
{
    char path[PROC_PATH], line[LINE];
    struct lock_row row;
    struct statx file;

    if (descriptor > INT32_MAX)
        return 0;
    snprintf(path, sizeof path, "/proc/%" PRId64 "/fd/%" PRIu64, pid, descriptor);
    /* what the kernel knows already: the server of a file system of a user's own could let us wait */
    if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_INO, &file) != 0)
        return 0;
    HOG_FCLOSE FILE *stream = fopen("/proc/locks", "re");

    for (int i = 0; stream && i < MAX_LINES && fgets(line, sizeof line, stream); i++)
        if (parse_lock(line, &row) && is_of(&row, &file))
            return row.pid;
    return 0;
}

const char *hog_wait_descriptor_words(const struct hog_process *process, struct hog_arena *arena,
                                      uint64_t descriptor)
{
    struct waits_reader reader = {.process = process, .arena = arena};
    const char *text = file_of(&reader, descriptor).text;

    hog_sockets_destroy(reader.sockets);
    return text;
}
