/* Files of the kernel's own, as py-why says what a wait for one is for; and those of this process, read back. */
#define _GNU_SOURCE
#include "support/test.h"
#include "wait/event_files.h"

#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void words_of_each_kind(void **state)
{
    static const struct {
        struct hog_event_file file;
        const char *name;
    } cases[] = {
        {{.kind = HOG_EVENT_COUNTER}, "eventfd"},
        {{.kind = HOG_EVENT_COUNTER, .read = true, .count = 3}, "eventfd, its count is 3"},
        {{.kind = HOG_EVENT_TIMER, .read = true}, "timer, it is not set"},
        {{.kind = HOG_EVENT_TIMER, .read = true, .left = 119.5}, "timer, it fires in 119.5 s"},
        {{.kind = HOG_EVENT_TIMER, .read = true, .left = 120, .interval = 7200},
         "timer, it fires in 2 minutes, and each 2.0 hours"},
        {{.kind = HOG_EVENT_SIGNALS, .read = true, .signals = 1 << (SIGTERM - 1) | 1 << (SIGHUP - 1)},
         "signals, SIGHUP or SIGTERM"},
        {{.kind = HOG_EVENT_CHANGES, .read = true, .count = 2}, "changes of files, 2 watched"},
        {{.kind = HOG_EVENT_PROCESS}, "the end of a process"},
        {{.kind = HOG_EVENT_PROCESS, .read = true, .pid = 4711}, "the end of process 4711"},
        {{.kind = HOG_EVENT_PROCESS, .read = true}, "the end of a process, it has ended"},
        {{.kind = HOG_EVENT_SET, .read = true, .count = 5}, "epoll set, which watches 5"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hog_arena arena;

        hog_arena_init(&arena, 1 << 20);
        assert_string_equal(hog_event_file_name(&arena, &cases[i].file), cases[i].name);
        hog_arena_deinit(&arena);
    }
}

static void own_files(void **state)
{
    int counter = eventfd(9, EFD_CLOEXEC), set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    struct hog_event_file file = {0};

    (void)state;
    assert_true(counter >= 0 && set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, counter, &event) == 0);
    assert_true(hog_event_file_read(getpid(), (uint64_t)counter, "anon_inode:[eventfd]", &file));
    assert_int_equal(file.kind, HOG_EVENT_COUNTER);
    assert_int_equal(file.count, 9);
    assert_true(hog_event_file_read(getpid(), (uint64_t)set, "anon_inode:[eventpoll]", &file));
    assert_int_equal(file.kind, HOG_EVENT_SET);
    assert_true(file.read);
    assert_int_equal(file.count, 1);
    assert_false(hog_event_file_read(getpid(), (uint64_t)set, "/tmp/a file", &file));
    close(counter);
    close(set);
}

/* What a set watches, of which no more are stored than there is room for. */
static void own_set(void **state)
{
    enum { WATCHED = 3, ROOM = 2 };
    int counters[WATCHED], set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    int32_t watched[ROOM + 1] = {-1, -1, -1};

    (void)state;
    assert_true(set >= 0);
    assert_int_equal(hog_event_file_watched(getpid(), (uint64_t)set, watched, ROOM), 0);
    for (int i = 0; i < WATCHED; i++) {
        counters[i] = eventfd(0, EFD_CLOEXEC);
        assert_true(counters[i] >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, counters[i], &event) == 0);
    }
    assert_int_equal(hog_event_file_watched(getpid(), (uint64_t)set, watched, ROOM), WATCHED);
    for (int i = 0; i < ROOM; i++)
        assert_in_range(watched[i], counters[0], counters[WATCHED - 1]);
    assert_int_not_equal(watched[0], watched[1]);
    assert_int_equal(watched[ROOM], -1);
    close(set);
    assert_true(hog_event_file_watched(getpid(), (uint64_t)set, watched, ROOM) < 0);
    for (int i = 0; i < WATCHED; i++)
        close(counters[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(words_of_each_kind), cmocka_unit_test(own_files),
                                       cmocka_unit_test(own_set)};

    return cmocka_run_group_tests_name("event_files", tests, NULL, NULL);
}
