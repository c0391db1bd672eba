/* Files of the kernel's own, as py-why says what a wait for one is for; and those of this process, read back. */
#define _GNU_SOURCE
#include "support/test.h"
#include "wait/event_files.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
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
        {{.kind = HOG_EVENT_TIMER, .read = true, .left = 0.5, .interval = 0.5},
         "timer, it fires in 0.5 s, and each 0.5 s"},
        {{.kind = HOG_EVENT_TIMER, .read = true, .left = 7140, .interval = 3600000},
         "timer, it fires in 119 minutes, and each 1000.0 hours"},
        {{.kind = HOG_EVENT_SIGNALS, .read = true, .signals = 0xf},
         "signals, SIGHUP or SIGINT or SIGQUIT or SIGILL"},
        {{.kind = HOG_EVENT_SIGNALS, .read = true, .signals = 0x1f},
         "signals, SIGHUP or SIGINT or SIGQUIT or SIGILL, …"},
        {{.kind = HOG_EVENT_SIGNALS, .read = true}, "signals"},
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

/* What is said of a file of our own, which is then closed. */
static void check_words(int file, const char *target, const char *words)
{
    struct hog_event_file read = {0};
    struct hog_arena arena;

    assert_true(file >= 0);
    assert_true(hog_event_file_read(getpid(), (uint64_t)file, target, &read));
    hog_arena_init(&arena, 1 << 20);
    if (!hog_event_file_name(&arena, &read) || strcmp(hog_event_file_name(&arena, &read), words) != 0)
        fail_msg("%s, not %s", hog_event_file_name(&arena, &read), words);
    hog_arena_deinit(&arena);
    close(file);
}

static int timer_of(time_t seconds, time_t interval)
{
    const struct itimerspec times = {.it_value.tv_sec = seconds, .it_interval.tv_sec = interval};
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

    assert_true(timer >= 0 && timerfd_settime(timer, 0, &times, NULL) == 0);
    return timer;
}

static int inotify_of(size_t count, const char *const *paths)
{
    int file = inotify_init1(IN_CLOEXEC);

    for (size_t i = 0; i < count; i++)
        assert_true(inotify_add_watch(file, paths[i], IN_CREATE) >= 0);
    return file;
}

static void own_files_of_each_kind(void **state)
{
    static const char *const paths[] = {"/", "/tmp", "/proc"};
    char words[64];
    sigset_t signals;
    pid_t child;

    (void)state;
    /* rounded to minutes, and to tenths of an hour: the moments since are none of it */
    check_words(timer_of(600, 0), "anon_inode:[timerfd]", "timer, it fires in 10 minutes");
    check_words(timer_of(7300, 600), "anon_inode:[timerfd]",
                "timer, it fires in 2.0 hours, and each 10 minutes");
    check_words(timer_of(600, 4), "anon_inode:[timerfd]", "timer, it fires in 10 minutes, and each 4.0 s");
    check_words(timer_of(0, 0), "anon_inode:[timerfd]", "timer, it is not set");
    check_words(eventfd(0x1234, EFD_CLOEXEC), "anon_inode:[eventfd]", "eventfd, its count is 4660");
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGTERM);
    check_words(signalfd(-1, &signals, SFD_CLOEXEC), "anon_inode:[signalfd]", "signals, SIGUSR1 or SIGTERM");
    check_words(inotify_of(3, paths), "anon_inode:inotify", "changes of files, 3 watched");
    check_words(inotify_of(0, paths), "anon_inode:inotify", "changes of files, 0 watched");
    child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    snprintf(words, sizeof words, "the end of process %d", (int)child);
    check_words((int)syscall(SYS_pidfd_open, child, 0), "anon_inode:[pidfd]", words);
    int ended = (int)syscall(SYS_pidfd_open, child, 0);

    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    check_words(ended, "anon_inode:[pidfd]", "the end of a process, it has ended");
}

/* Whoever has it by another descriptor waits for the same. */
static void a_counter_is_the_same_by_its_copy(void **state)
{
    int counter = eventfd(0, EFD_CLOEXEC), copy = dup(counter), other = eventfd(0, EFD_CLOEXEC);
    struct hog_event_file of_counter, of_copy, of_other;

    (void)state;
    assert_true(hog_event_file_read(getpid(), (uint64_t)counter, "anon_inode:[eventfd]", &of_counter));
    assert_true(hog_event_file_read(getpid(), (uint64_t)copy, "anon_inode:[eventfd]", &of_copy));
    assert_true(hog_event_file_read(getpid(), (uint64_t)other, "anon_inode:[eventfd]", &of_other));
    assert_int_equal(of_counter.id, of_copy.id);
    assert_true(!of_counter.id || of_counter.id != of_other.id); /* before Linux 5.2 it has none */
    close(counter);
    close(copy);
    close(other);
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
                                       cmocka_unit_test(own_files_of_each_kind),
                                       cmocka_unit_test(a_counter_is_the_same_by_its_copy),
                                       cmocka_unit_test(own_set)};

    return cmocka_run_group_tests_name("event_files", tests, NULL, NULL);
}
