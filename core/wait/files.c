/*
 * Files of a live process, from /proc:
 *
 *      /proc/PID/fd/7           -> /var/log/app.log, pipe:[4711], socket:[4712], anon_inode:[eventpoll]
 *      /proc/PID/net/tcp        sl local_address rem_address st … inode       addresses in hexadecimal
 *      /proc/PID/net/unix       Num: RefCount … Inode Path
 *      /proc/PID/fdinfo/3       tfd: 9 events: 19 …                           one line for each file of an epoll set
 *      /proc/locks              1: FLOCK  ADVISORY  WRITE 4711 08:01:131 0 EOF
 *
 * Names are as the process chose them: whoever prints them escapes them.
 */
#define _GNU_SOURCE
#include "wait/files.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { LINE = 1024, MAX_LINES = 100000, PROC_PATH = 64 };

static void close_stream(FILE **stream)
{
    if (*stream)
        fclose(*stream);
}

static FILE *open_of_process(const struct waits_reader *reader, const char *name)
{
    char path[2 * PROC_PATH];

    snprintf(path, sizeof path, "/proc/%" PRId64 "/%s", reader->process->pid, name);
    return fopen(path, "re");
}

static bool is_live(const struct waits_reader *reader)
{
    return reader->process->kind == HOG_TARGET_LIVE && reader->process->pid > 0;
}

/*
 * Sockets.
 */

/* "0100007F:1F90", "00000000000000000000000001000000:1F90": words of the host's byte order. */
static const char *address_words(struct waits_reader *reader, const char *hex)
{
    unsigned char bytes[16] = {0};
    char text[INET6_ADDRSTRLEN];
    const char *colon = strchr(hex, ':');
    size_t length = colon ? (size_t)(colon - hex) / 2 : 0;
    unsigned port;

    if ((length != 4 && length != 16) || sscanf(colon + 1, "%x", &port) != 1)
        return NULL;
    for (size_t i = 0; i < length; i += 4) {
        uint32_t word;

        if (sscanf(hex + 2 * i, "%8" SCNx32, &word) != 1)
            return NULL;
        memcpy(bytes + i, &word, sizeof word);
    }
    if (!port || !inet_ntop(length == 4 ? AF_INET : AF_INET6, bytes, text, sizeof text))
        return NULL;
    return WORDS(reader, length == 4 ? "%s:%u" : "[%s]:%u", text, port);
}

static const char *internet_peer(struct waits_reader *reader, const char *table, uint64_t inode)
{
    HOG_CLEANUP(close_stream) FILE *stream = open_of_process(reader, table);
    char line[LINE], local[64], remote[64];
    uint64_t found;

    for (int i = 0; stream && i < MAX_LINES && fgets(line, sizeof line, stream); i++) {
        const char *peer, *own;

        if (sscanf(line, " %*d: %63s %63s %*s %*s %*s %*s %*s %*s %" SCNu64, local, remote, &found) != 3 ||
            found != inode)
            continue;
        peer = address_words(reader, remote);
        own = address_words(reader, local);
        return peer ? WORDS(reader, "to %s", peer) : own ? WORDS(reader, "at %s", own) : NULL;
    }
    return NULL;
}

static const char *local_peer(struct waits_reader *reader, uint64_t inode)
{
    HOG_CLEANUP(close_stream) FILE *stream = open_of_process(reader, "net/unix");
    char line[LINE];

    for (int i = 0; stream && i < MAX_LINES && fgets(line, sizeof line, stream); i++) {
        uint64_t found;
        int at = 0;

        if (sscanf(line, "%*s %*s %*s %*s %*s %*s %" SCNu64 "%n", &found, &at) != 1 || found != inode)
            continue;
        line[strcspn(line, "\n")] = '\0';
        return line[at] ? WORDS(reader, "%s (local)", line + at + strspn(line + at, " ")) : "(local)";
    }
    return NULL;
}

static const char *socket_words(struct waits_reader *reader, uint64_t inode)
{
    static const char *const tables[] = {"net/tcp", "net/tcp6", "net/udp", "net/udp6"};
    const char *words = NULL;

    for (size_t i = 0; i < sizeof tables / sizeof *tables && !words; i++)
        words = internet_peer(reader, tables[i], inode);
    return words ? words : local_peer(reader, inode);
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
    } else {
        file.kind = FILE_PLAIN;
        file.text = hog_arena_copy_text(reader->arena, target, (size_t)length);
    }
    return file;
}

int epoll_size(struct waits_reader *reader, uint64_t descriptor)
{
    char name[PROC_PATH], line[LINE];
    int count = 0;

    if (!is_live(reader) || descriptor > INT32_MAX)
        return -1;
    snprintf(name, sizeof name, "fdinfo/%" PRIu64, descriptor);
    HOG_CLEANUP(close_stream) FILE *stream = open_of_process(reader, name);

    if (!stream)
        return -1;
    while (count < MAX_LINES && fgets(line, sizeof line, stream))
        count += strncmp(line, "tfd:", 4) == 0;
    return count;
}

int64_t file_lock_holder(struct waits_reader *reader, uint64_t descriptor)
{
    char path[PROC_PATH], line[LINE];
    struct stat file;

    if (!is_live(reader) || descriptor > INT32_MAX)
        return 0;
    snprintf(path, sizeof path, "/proc/%" PRId64 "/fd/%" PRIu64, reader->process->pid, descriptor);
    if (stat(path, &file) != 0)
        return 0;
    HOG_CLEANUP(close_stream) FILE *stream = fopen("/proc/locks", "re");

    for (int i = 0; stream && i < MAX_LINES && fgets(line, sizeof line, stream); i++) {
        unsigned major_number, minor_number;
        uint64_t inode;
        int64_t pid;

        if (!strstr(line, "->") &&
            sscanf(line, "%*d: %*s %*s %*s %" SCNd64 " %x:%x:%" SCNu64, &pid, &major_number, &minor_number,
                   &inode) == 4 &&
            inode == file.st_ino && major_number == major(file.st_dev) && minor_number == minor(file.st_dev))
            return pid;
    }
    return 0;
}

const char *hog_wait_descriptor_words(const struct hog_process *process, struct hog_arena *arena,
                                      uint64_t descriptor)
{
    struct waits_reader reader = {.process = process, .arena = arena};

    return file_of(&reader, descriptor).text;
}
