/* Which processes have a pipe or a socket, who its peer is, and whose children there are: asked of this process. */
#define _GNU_SOURCE
#include "support/test.h"
#include "wait/ends.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t inode_of(int file)
{
    struct stat about;

    assert_int_equal(fstat(file, &about), 0);
    return about.st_ino;
}

static void the_peer_of_a_socket(void **state)
{
    int pair[2], other[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, other), 0);
    if (!hog_ends_local_peer(inode_of(pair[0]))) {
        print_message("skipped: this kernel does not tell\n");
        skip();
    }
    assert_int_equal(hog_ends_local_peer(inode_of(pair[0])), inode_of(pair[1]));
    assert_int_equal(hog_ends_local_peer(inode_of(pair[1])), inode_of(pair[0]));
    assert_int_equal(hog_ends_local_peer(inode_of(other[1])), inode_of(other[0]));
    assert_int_equal(hog_ends_local_peer((uint64_t)UINT32_MAX + 1), 0);
    for (int i = 0; i < 2; i++) {
        close(pair[i]);
        close(other[i]);
    }
}

static pid_t start_child(void)
{
    pid_t child = fork();

    if (child == 0) {
        pause();
        _exit(0);
    }
    assert_true(child > 0);
    return child;
}

static void end_child(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static bool is_among(const int64_t *pids, size_t count, pid_t pid)
{
    for (size_t i = 0; i < count; i++)
        if (pids[i] == pid)
            return true;
    return false;
}

static void children_are_counted_and_named(void **state)
{
    pid_t one = start_child(), other = start_child();
    int64_t pids[4] = {0};

    (void)state;
    if (!hog_ends_children(getpid(), pids, 4)) {
        end_child(one);
        end_child(other);
        print_message("skipped: this kernel does not tell\n");
        skip();
    }
    assert_int_equal(hog_ends_children(getpid(), pids, 4), 2);
    assert_true(is_among(pids, 2, one) && is_among(pids, 2, other));
    pids[1] = -1;
    assert_int_equal(hog_ends_children(getpid(), pids, 1), 2);
    assert_int_equal(pids[1], -1);
    assert_int_equal(hog_ends_children(one, pids, 4), 0);
    end_child(one);
    end_child(other);
}

static void both_ends_of_a_pipe(void **state)
{
    struct hog_ends ends = {0};
    const struct hog_end *found;
    unsigned modes = 0;
    size_t count;
    int ways[2], pair[2];

    (void)state;
    assert_int_equal(pipe(ways), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_true(hog_ends_read(&ends, NULL, NULL));
    found = hog_ends_of(&ends, inode_of(ways[0]), &count);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(found[i].pid, getpid());
        modes |= found[i].mode;
        assert_true(found[i].mode == HOG_END_READS || found[i].mode == HOG_END_WRITES);
    }
    assert_int_equal(modes, HOG_END_READS | HOG_END_WRITES);
    found = hog_ends_of(&ends, inode_of(pair[0]), &count);
    assert_int_equal(count, 1);
    assert_int_equal(found->mode, HOG_END_READS | HOG_END_WRITES);
    (void)hog_ends_of(&ends, UINT64_MAX, &count);
    assert_int_equal(count, 0);
    for (size_t i = 1; i < ends.count; i++)
        assert_true(ends.items[i - 1].inode <= ends.items[i].inode);
    hog_ends_deinit(&ends);
    for (int i = 0; i < 2; i++) {
        close(ways[i]);
        close(pair[i]);
    }
}

static void who_would_wait(void **state)
{
    uint64_t reads, writes, inode;
    int ways[2];

    (void)state;
    assert_int_equal(pipe(ways), 0);
    reads = (uint64_t)ways[0];
    writes = (uint64_t)ways[1];
    inode = inode_of(ways[0]);
    if (!hog_ends_would_wait(getpid(), reads, inode, false)) {
        close(ways[0]);
        close(ways[1]);
        print_message("skipped: this kernel does not tell\n");
        skip();
    }
    assert_false(hog_ends_would_wait(getpid(), writes, inode, true));
    assert_false(hog_ends_would_wait(getpid(), reads, inode + 1, false));
    assert_int_equal(write(ways[1], "x", 1), 1);
    assert_false(hog_ends_would_wait(getpid(), reads, inode, false));
    close(ways[0]);
    close(ways[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_peer_of_a_socket),
        cmocka_unit_test(children_are_counted_and_named),
        cmocka_unit_test(both_ends_of_a_pipe),
        cmocka_unit_test(who_would_wait),
    };

    return cmocka_run_group_tests_name("wait_ends", tests, NULL, NULL);
}
