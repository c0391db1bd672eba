/* The kernel's tables of sockets, against sockets of the test's own. */
#define _GNU_SOURCE
#include "wait/sockets.h"

#include "support/folder.h"
#include "support/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static uint64_t inode_of(int file)
{
    struct stat about;

    assert_int_equal(fstat(file, &about), 0);
    return about.st_ino;
}

static struct hog_sockets *read_own(void)
{
    struct hog_sockets *sockets = hog_sockets_read(getpid());

    assert_non_null(sockets);
    return sockets;
}

static void assert_words(const struct hog_socket *socket, const char *expected)
{
    struct hog_arena arena;

    hog_arena_init(&arena, 1 << 16);
    assert_non_null(socket);
    assert_string_equal(hog_socket_words(&arena, socket), expected);
    hog_arena_deinit(&arena);
}

/* A server and a connection to it, on the loopback of that family. False: the machine has none. */
static bool connect_over(int family, int ends[3], unsigned *ret_port)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr *address = family == AF_INET6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
    socklen_t length = family == AF_INET6 ? sizeof six : sizeof four;

    ends[0] = socket(family, SOCK_STREAM, 0);
    ends[1] = socket(family, SOCK_STREAM, 0);
    if (ends[0] < 0 || bind(ends[0], address, length) != 0) {
        close(ends[0]);
        close(ends[1]);
        return false;
    }
    assert_int_equal(listen(ends[0], 1), 0);
    assert_int_equal(getsockname(ends[0], address, &length), 0);
    assert_int_equal(connect(ends[1], address, length), 0);
    ends[2] = accept(ends[0], NULL, NULL);
    assert_true(ends[2] >= 0);
    *ret_port = ntohs(family == AF_INET6 ? six.sin6_port : four.sin_port);
    return true;
}

static void a_connection_knows_its_other_end(void **state)
{
    static const struct {
        int family;
        const char *address;
    } families[] = {{AF_INET, "127.0.0.1"}, {AF_INET6, "[::1]"}};

    (void)state;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        const struct hog_socket *server, *client, *accepted;
        struct hog_sockets *sockets;
        char words[80];
        unsigned port;
        int ends[3];

        if (!connect_over(families[i].family, ends, &port))
            continue;
        sockets = read_own();
        server = hog_sockets_find(sockets, inode_of(ends[0]));
        client = hog_sockets_find(sockets, inode_of(ends[1]));
        accepted = hog_sockets_find(sockets, inode_of(ends[2]));
        assert_non_null(client);
        assert_int_equal(client->family, families[i].family);
        assert_true(client->is_stream);
        assert_int_equal(client->remote_port, port);
        assert_ptr_equal(hog_sockets_other_end(sockets, client), accepted);
        assert_ptr_equal(hog_sockets_other_end(sockets, accepted), client);
        assert_null(hog_sockets_other_end(sockets, server));
        snprintf(words, sizeof words, "to %s:%u", families[i].address, port);
        assert_words(client, words);
        snprintf(words, sizeof words, "at %s:%u", families[i].address, port);
        assert_words(server, words);
        for (int k = 0; k < 3; k++)
            close(ends[k]);
        hog_sockets_destroy(sockets);
    }
}

static void datagrams_are_no_streams(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const struct hog_socket *found;
    struct hog_sockets *sockets;
    int end = socket(AF_INET, SOCK_DGRAM, 0);

    (void)state;
    assert_int_equal(bind(end, (struct sockaddr *)&address, sizeof address), 0);
    sockets = read_own();
    found = hog_sockets_find(sockets, inode_of(end));
    assert_non_null(found);
    assert_false(found->is_stream);
    assert_null(hog_sockets_other_end(sockets, found));
    close(end);
    hog_sockets_destroy(sockets);
}

static void a_local_one_has_its_path(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char folder[TEST_FOLDER], words[160];
    const struct hog_socket *found;
    struct hog_sockets *sockets;
    int end = socket(AF_UNIX, SOCK_STREAM, 0), pair[2];

    (void)state;
    assert_true(test_folder_make(folder));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/a b", folder); /* with a blank */
    assert_int_equal(bind(end, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    sockets = read_own();
    found = hog_sockets_find(sockets, inode_of(end));
    assert_non_null(found);
    assert_int_equal(found->family, AF_UNIX);
    assert_string_equal(found->path, address.sun_path);
    snprintf(words, sizeof words, "%s (local)", address.sun_path);
    assert_words(found, words);
    found = hog_sockets_find(sockets, inode_of(pair[0]));
    assert_non_null(found);
    assert_null(found->path);
    assert_null(hog_sockets_find(sockets, inode_of(STDIN_FILENO)));
    assert_null(hog_sockets_find(NULL, inode_of(end)));
    close(end);
    close(pair[0]);
    close(pair[1]);
    hog_sockets_destroy(sockets);
    assert_true(test_folder_drop(folder));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_knows_its_other_end),
        cmocka_unit_test(datagrams_are_no_streams),
        cmocka_unit_test(a_local_one_has_its_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
