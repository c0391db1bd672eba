/*
 * Ends of pipes and sockets.
 *
 *     /proc/PID/fd/7 -> pipe:[4711]          the mode of the link says whether it reads or writes
 *     /proc/PID/fdinfo/7       eventfd-id: 17 is one to all processes that have it
 *     sock_diag, UNIX_DIAG_PEER              the other end of a pair of local sockets
 *     /proc/PID/task/TID/children            children, thread by thread
 *
 * Whether an end would wait is asked of a copy of the descriptor (pidfd_getfd), and only where that is a pipe or a
 * socket: those can be polled without being waited for. Source: proc_pid_fd(5), sock_diag(7), pidfd_getfd(2).
 */
#define _GNU_SOURCE
#include "wait/ends.h"

#include "base/cleanup.h"
#include "base/grow.h"
#include "wait/event_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

enum {
    MAX_PROCESSES = 32768,
    MAX_DESCRIPTORS = 4096, /* of one process */
    MAX_ENDS = 1 << 20,
    MAX_THREADS = 4096,
    PROC_PATH = 96,
    DIAG_BYTES = 4096,
    DIAG_SECONDS = 2,
};

static int64_t number_of(const char *name)
{
    char *end;
    long long number = strtoll(name, &end, 10);

    return *end == '\0' && number > 0 ? number : 0;
}

static bool take_inode(int64_t pid, const char *name, const char *target, uint64_t *ret_inode)
{
    struct hog_event_file event;

    if (sscanf(target, "pipe:[%" SCNu64 "]", ret_inode) == 1 ||
        sscanf(target, "socket:[%" SCNu64 "]", ret_inode) == 1)
        return true;
    if (strcmp(target, "anon_inode:[eventfd]") != 0 ||
        !hog_event_file_read(pid, (uint64_t)strtoull(name, NULL, 10), target, &event) || !event.id)
        return false;
    *ret_inode = HOG_END_EVENTFD | event.id;
    return true;
}

static bool add_descriptor(struct hog_ends *ends, int64_t pid, int folder, const char *name)
{
    struct hog_end end = {.pid = pid};
    char target[64];
    struct stat link;
    ssize_t length = readlinkat(folder, name, target, sizeof target - 1);

    if (length <= 0)
        return true;
    target[length] = '\0';
    if (!take_inode(pid, name, target, &end.inode))
        return true;
    if (fstatat(folder, name, &link, AT_SYMLINK_NOFOLLOW) != 0)
        return true;
    end.mode = (link.st_mode & S_IRUSR ? HOG_END_READS : 0) | (link.st_mode & S_IWUSR ? HOG_END_WRITES : 0);
    if (!HOG_GROW(ends->items, ends->capacity, ends->count + 1))
        return false;
    ends->items[ends->count++] = end;
    return true;
}

static bool add_process(struct hog_ends *ends, int64_t pid)
{
    char path[PROC_PATH];
    unsigned count = 0;

    snprintf(path, sizeof path, "/proc/%" PRId64 "/fd", pid);
    HOG_CLOSEDIR DIR *folder = opendir(path);

    if (!folder) {
        if (errno != ENOENT && errno != ESRCH)
            ends->whole = false;
        return true;
    }
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        if (++count > MAX_DESCRIPTORS || ends->count >= MAX_ENDS) {
            ends->whole = false;
            return true;
        }
        if (!add_descriptor(ends, pid, dirfd(folder), entry->d_name))
            return false;
    }
    return true;
}

static int compare_ends(const void *one, const void *other)
{
    const struct hog_end *a = one, *b = other;

    return (a->inode > b->inode) - (a->inode < b->inode);
}

bool hog_ends_read(struct hog_ends *ends, bool (*interrupted)(void *context), void *context)
{
    HOG_CLOSEDIR DIR *folder = opendir("/proc");
    unsigned count = 0;

    *ends = (struct hog_ends){.whole = folder != NULL};
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        int64_t pid = number_of(entry->d_name);

        if (!pid)
            continue;
        if (++count > MAX_PROCESSES || (interrupted && interrupted(context))) {
            ends->whole = false;
            break;
        }
        if (!add_process(ends, pid)) {
            hog_ends_deinit(ends);
            return false;
        }
    }
    if (ends->count)
        qsort(ends->items, ends->count, sizeof *ends->items, compare_ends);
    return true;
}

void hog_ends_deinit(struct hog_ends *ends)
{
    free(ends->items);
    *ends = (struct hog_ends){0};
}

const struct hog_end *hog_ends_of(const struct hog_ends *ends, uint64_t inode, size_t *ret_count)
{
    size_t low = 0, high = ends->count, first;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ends->items[middle].inode < inode)
            low = middle + 1;
        else
            high = middle;
    }
    for (first = low; low < ends->count && ends->items[low].inode == inode; low++)
        ;
    *ret_count = low - first;
    return ends->items + first;
}

static uint64_t peer_in(const struct nlmsghdr *header, uint64_t inode)
{
    const struct unix_diag_msg *message = NLMSG_DATA(header);
    int left;

    if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY || header->nlmsg_len < NLMSG_LENGTH(sizeof *message) ||
        message->udiag_ino != inode)
        return 0;
    left = (int)(header->nlmsg_len - NLMSG_LENGTH(sizeof *message));
    for (const struct rtattr *attribute = (const struct rtattr *)(message + 1); RTA_OK(attribute, left);
         attribute = RTA_NEXT(attribute, left)) {
        uint32_t peer;

        if (attribute->rta_type != UNIX_DIAG_PEER || RTA_PAYLOAD(attribute) < sizeof peer)
            continue;
        memcpy(&peer, RTA_DATA(attribute), sizeof peer);
        return peer;
    }
    return 0;
}

uint64_t hog_ends_local_peer(uint64_t inode)
{
    struct {
        struct nlmsghdr header;
        struct unix_diag_req request;
    } ask = {
        .header = {.nlmsg_len = sizeof ask, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST},
        .request = {.sdiag_family = AF_UNIX,
                    .udiag_states = UINT32_MAX,
                    .udiag_ino = (uint32_t)inode,
                    .udiag_show = UDIAG_SHOW_PEER,
                    .udiag_cookie = {UINT32_MAX, UINT32_MAX}}};
    HOG_CLOSE int socket_of_kernel = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    const struct timeval limit = {.tv_sec = DIAG_SECONDS};
    _Alignas(struct nlmsghdr) char answer[DIAG_BYTES];
    ssize_t length;

    if (socket_of_kernel < 0 || inode > UINT32_MAX ||
        setsockopt(socket_of_kernel, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
        send(socket_of_kernel, &ask, sizeof ask, 0) != (ssize_t)sizeof ask)
        return 0;
    length = recv(socket_of_kernel, answer, sizeof answer, 0);
    return length > 0 && NLMSG_OK((struct nlmsghdr *)answer, (size_t)length)
               ? peer_in((struct nlmsghdr *)answer, inode)
               : 0;
}

static size_t children_of_thread(int64_t pid, const char *thread, int64_t *ret_pids, size_t count,
                                 size_t most)
{
    char path[2 * PROC_PATH];
    int64_t child;

    snprintf(path, sizeof path, "/proc/%" PRId64 "/task/%.20s/children", pid, thread);
    HOG_FCLOSE FILE *stream = fopen(path, "re");

    while (stream && count <= MAX_PROCESSES && fscanf(stream, "%" SCNd64, &child) == 1) {
        if (count < most)
            ret_pids[count] = child;
        count++;
    }
    return count;
}

size_t hog_ends_children(int64_t pid, int64_t *ret_pids, size_t most)
{
    char path[PROC_PATH];
    size_t count = 0, threads = 0;

    snprintf(path, sizeof path, "/proc/%" PRId64 "/task", pid);
    HOG_CLOSEDIR DIR *folder = opendir(path);

    for (struct dirent *entry; folder && threads < MAX_THREADS && (entry = readdir(folder));)
        if (number_of(entry->d_name)) {
            count = children_of_thread(pid, entry->d_name, ret_pids, count, most);
            threads++;
        }
    return count;
}

bool hog_ends_would_wait(int64_t pid, uint64_t descriptor, uint64_t inode, bool writes)
{
    HOG_CLOSE int process = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
    HOG_CLOSE int copy = process >= 0 && descriptor <= INT32_MAX
                             ? (int)syscall(SYS_pidfd_getfd, process, (int)descriptor, 0)
                             : -1;
    struct pollfd asked = {.fd = copy, .events = writes ? POLLOUT : POLLIN};
    struct stat file;

    return copy >= 0 && fstat(copy, &file) == 0 && (S_ISFIFO(file.st_mode) || S_ISSOCK(file.st_mode)) &&
           file.st_ino == inode && poll(&asked, 1, 0) == 0;
}
