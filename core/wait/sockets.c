/*
 * Tables of sockets:
 *
 *      /proc/PID/net/tcp        sl local_address rem_address st … inode       addresses in hexadecimal
 *      /proc/PID/net/unix       Num: RefCount … Inode Path
 *
 * They may be long, so that each is read once, and no more of it than MAX_LINES.
 * Source: the Linux manual page proc_pid_net(5).
 */
#include "wait/sockets.h"

#include "base/cleanup.h"
#include "base/grow.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { LINE = 1024, MAX_LINES = 100000, PROC_PATH = 64, PATHS_LIMIT = 32 << 20 };

struct hog_sockets {
    struct hog_socket *items; /* by inode */
    size_t count, capacity;
    struct hog_arena paths;
};

static bool add(struct hog_sockets *sockets, const struct hog_socket *socket)
{
    if (!HOG_GROW(sockets->items, sockets->capacity, sockets->count + 1))
        return false;
    sockets->items[sockets->count++] = *socket;
    return true;
}

/* "0100007F:1F90", "00000000000000000000000001000000:1F90": words of the host's byte order. */
static bool parse_address(const char *hex, int *ret_family, unsigned char ret_bytes[16], uint16_t *ret_port)
{
    const char *colon = strchr(hex, ':');
    size_t length = colon ? (size_t)(colon - hex) / 2 : 0;
    unsigned port;

    if ((length != 4 && length != 16) || sscanf(colon + 1, "%x", &port) != 1)
        return false;
    for (size_t i = 0; i < length; i += 4) {
        uint32_t word;

        if (sscanf(hex + 2 * i, "%8" SCNx32, &word) != 1)
            return false;
        memcpy(ret_bytes + i, &word, sizeof word);
    }
    *ret_family = length == 4 ? AF_INET : AF_INET6;
    *ret_port = (uint16_t)port;
    return true;
}

static bool take_internet(const char *line, bool is_stream, struct hog_socket *ret_socket)
{
    struct hog_socket socket = {.is_stream = is_stream};
    char local[64], remote[64];

    if (sscanf(line, " %*d: %63s %63s %*s %*s %*s %*s %*s %*s %" SCNu64, local, remote, &socket.inode) != 3 ||
        !parse_address(local, &socket.family, socket.local, &socket.local_port) ||
        !parse_address(remote, &socket.family, socket.remote, &socket.remote_port))
        return false;
    *ret_socket = socket;
    return true;
}

static bool take_local(struct hog_sockets *sockets, char *line, struct hog_socket *ret_socket)
{
    struct hog_socket socket = {.family = AF_UNIX};
    int at = 0;

    if (sscanf(line, "%*s %*s %*s %*s %*s %*s %" SCNu64 "%n", &socket.inode, &at) != 1)
        return false;
    line[strcspn(line, "\n")] = '\0';
    at += (int)strspn(line + at, " ");
    if (line[at])
        socket.path = hog_arena_copy_text(&sockets->paths, line + at, strlen(line + at));
    *ret_socket = socket;
    return true;
}

static bool read_table(struct hog_sockets *sockets, int64_t pid, const char *name)
{
    char path[PROC_PATH], line[LINE];

    snprintf(path, sizeof path, "/proc/%" PRId64 "/net/%s", pid, name);
    HOG_FCLOSE FILE *stream = fopen(path, "re");

    for (int i = 0; stream && i < MAX_LINES && fgets(line, sizeof line, stream); i++) {
        struct hog_socket socket;
        bool taken = strcmp(name, "unix") == 0 ? take_local(sockets, line, &socket)
                                               : take_internet(line, strncmp(name, "tcp", 3) == 0, &socket);

        if (taken && socket.inode && !add(sockets, &socket))
            return false;
    }
    return true;
}

static int compare_inodes(const void *one, const void *other)
{
    const struct hog_socket *a = one, *b = other;

    return (a->inode > b->inode) - (a->inode < b->inode);
}

struct hog_sockets *hog_sockets_read(int64_t pid)
{
    static const char *const tables[] = {"tcp", "tcp6", "udp", "udp6", "unix"};
    struct hog_sockets *sockets = calloc(1, sizeof *sockets);

    if (!sockets)
        return NULL;
    hog_arena_init(&sockets->paths, PATHS_LIMIT);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (!read_table(sockets, pid, tables[i])) {
            hog_sockets_destroy(sockets);
            return NULL;
        }
    if (sockets->count)
        qsort(sockets->items, sockets->count, sizeof *sockets->items, compare_inodes);
    return sockets;
}

void hog_sockets_destroy(struct hog_sockets *sockets)
{
    if (!sockets)
        return;
    hog_arena_deinit(&sockets->paths);
    free(sockets->items);
    free(sockets);
}

const struct hog_socket *hog_sockets_find(const struct hog_sockets *sockets, uint64_t inode)
{
    const struct hog_socket wanted = {.inode = inode};

    return sockets && sockets->count
               ? bsearch(&wanted, sockets->items, sockets->count, sizeof wanted, compare_inodes)
               : NULL;
}

const struct hog_socket *hog_sockets_other_end(const struct hog_sockets *sockets,
                                               const struct hog_socket *socket)
{
    for (size_t i = 0; socket->is_stream && socket->remote_port && i < sockets->count; i++) {
        const struct hog_socket *other = &sockets->items[i];

        if (other != socket && other->is_stream && other->family == socket->family &&
            other->local_port == socket->remote_port && other->remote_port == socket->local_port &&
            memcmp(other->local, socket->remote, sizeof other->local) == 0 &&
            memcmp(other->remote, socket->local, sizeof other->remote) == 0)
            return other;
    }
    return NULL;
}

/* Words in the arena; NULL: no memory. */
#define WORDS(arena, ...) hog_arena_printf(arena, __VA_ARGS__)

const char *hog_socket_words(struct hog_arena *arena, const struct hog_socket *socket)
{
    bool is_connected = socket->remote_port != 0;
    unsigned port = is_connected ? socket->remote_port : socket->local_port;
    char text[INET6_ADDRSTRLEN];

    if (socket->family == AF_UNIX)
        return socket->path ? WORDS(arena, "%s (local)", socket->path) : "(local)";
    if (!port || !inet_ntop(socket->family, is_connected ? socket->remote : socket->local, text, sizeof text))
        return NULL;
    return WORDS(arena, socket->family == AF_INET ? "%s %s:%u" : "%s [%s]:%u", is_connected ? "to" : "at",
                 text, port);
}
