/* The sockets of a network namespace, as the kernel lists them: read once, then found by inode. */
#ifndef HOG_WAIT_SOCKETS_H
#define HOG_WAIT_SOCKETS_H

#include "base/arena.h"

struct hog_socket {
    uint64_t inode;
    int family; /* AF_INET, AF_INET6, AF_UNIX */
    bool is_stream;
    unsigned char local[16], remote[16]; /* of the internet families, as they are on the wire */
    uint16_t local_port, remote_port;    /* 0: none */
    const char *path;                    /* of AF_UNIX, as the process chose it; NULL none */
};

struct hog_sockets;

/* Those that process `pid` sees: empty where they cannot be read. NULL: no memory. */
struct hog_sockets *hog_sockets_read(int64_t pid);
void hog_sockets_destroy(struct hog_sockets *sockets); /* NULL is fine */
/* NULL: it is not listed, so it is of another kind or of another namespace. */
const struct hog_socket *hog_sockets_find(const struct hog_sockets *sockets, uint64_t inode);
/* The other end of a TCP connection, where it is on this machine and in this namespace; NULL: it is not. */
const struct hog_socket *hog_sockets_other_end(const struct hog_sockets *sockets,
                                               const struct hog_socket *socket);
/* "to 10.0.0.7:5432", "at 0.0.0.0:80", "/run/x (local)". In the arena; NULL unknown. */
const char *hog_socket_words(struct hog_arena *arena, const struct hog_socket *socket);

#endif
