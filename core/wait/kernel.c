/*
 * Waits in the kernel: the system call says what for, its arguments say which.
 *
 *     read(fd), recvfrom(fd), accept(fd), …        a file, pipe, socket: files.c
 *     poll(fds), select(n, …), epoll_wait(fd)      several
 *     wait4(pid), waitid(kind, pid)                a process
 *     openat(folder, path), statx(folder, path), … a path
 *     flock(fd), fcntl(fd, F_SETLKW)               a lock on a file, whose holder /proc/locks names
 *     nanosleep, select(0)                         time
 */
#define _GNU_SOURCE
#include "wait/kernel.h"

#include "value/variables.h"
#include "wait/files.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/wait.h>

enum { MAX_POLLED = 64, NAMED = 3, POLLFD_SIZE = 8, SSL_FRAMES = 4 };

enum call_form {
    ON_FILE,
    ON_SOCKET,
    ON_POLL,
    ON_SELECT,
    ON_EPOLL,
    ON_TIME,
    ON_PID,
    ON_FLOCK,
    ON_FCNTL,
    ON_SIGNAL,
    ON_PATH,   /* the first argument */
    ON_PATH_AT /* the second one, after the folder */
};

static const struct waiting_call {
    const char *name;
    enum call_form form;
} waiting_calls[] = {
    {"read", ON_FILE},
    {"write", ON_FILE},
    {"pread64", ON_FILE},
    {"readv", ON_FILE},
    {"writev", ON_FILE},
    {"recvfrom", ON_SOCKET},
    {"recvmsg", ON_SOCKET},
    {"sendto", ON_SOCKET},
    {"sendmsg", ON_SOCKET},
    {"accept", ON_SOCKET},
    {"accept4", ON_SOCKET},
    {"connect", ON_SOCKET},
    {"recvmmsg", ON_SOCKET},
    {"poll", ON_POLL},
    {"ppoll", ON_POLL},
    {"select", ON_SELECT},
    {"pselect6", ON_SELECT},
    {"epoll_wait", ON_EPOLL},
    {"epoll_pwait", ON_EPOLL},
    {"epoll_pwait2", ON_EPOLL},
    {"nanosleep", ON_TIME},
    {"clock_nanosleep", ON_TIME},
    {"wait4", ON_PID},
    {"waitid", ON_PID},
    {"flock", ON_FLOCK},
    {"fcntl", ON_FCNTL},
    {"fsync", ON_FILE},
    {"fdatasync", ON_FILE},
    {"close", ON_FILE},
    {"fstat", ON_FILE},
    {"ftruncate", ON_FILE},
    {"fallocate", ON_FILE},
    {"getdents64", ON_FILE},
    {"ioctl", ON_FILE},
    {"preadv", ON_FILE},
    {"preadv2", ON_FILE},
    {"pwrite64", ON_FILE},
    {"pwritev", ON_FILE},
    {"pwritev2", ON_FILE},
    {"sendfile", ON_FILE},
    {"splice", ON_FILE},
    {"sendmmsg", ON_SOCKET},
    {"open", ON_PATH},
    {"stat", ON_PATH},
    {"lstat", ON_PATH},
    {"access", ON_PATH},
    {"statfs", ON_PATH},
    {"mkdir", ON_PATH},
    {"unlink", ON_PATH},
    {"rename", ON_PATH},
    {"readlink", ON_PATH},
    {"execve", ON_PATH},
    {"openat", ON_PATH_AT},
    {"openat2", ON_PATH_AT},
    {"newfstatat", ON_PATH_AT},
    {"statx", ON_PATH_AT},
    {"faccessat", ON_PATH_AT},
    {"faccessat2", ON_PATH_AT},
    {"mkdirat", ON_PATH_AT},
    {"unlinkat", ON_PATH_AT},
    {"renameat2", ON_PATH_AT},
    {"readlinkat", ON_PATH_AT},
    {"pause", ON_SIGNAL},
    {"rt_sigtimedwait", ON_SIGNAL},
    {"rt_sigsuspend", ON_SIGNAL},
};

static uint32_t make(struct waits_reader *reader, enum hog_wait_kind kind, uint64_t key, const char *name,
                     const char *what, const struct wait_call *call)
{
    bool is_new;
    uint32_t node = node_for(reader, kind, key, &is_new);

    if (node == HOG_WAIT_NONE || !is_new)
        return node;
    node_at(reader, node)->address = 0;
    node_at(reader, node)->name = name;
    node_at(reader, node)->what = what;
    node_at(reader, node)->evidence =
        WORDS(reader, "system call %s(" HOG_ADDRESS ", " HOG_ADDRESS ", " HOG_ADDRESS ")", call->name,
              call->arguments[0], call->arguments[1], call->arguments[2]);
    return node;
}

/* With the server that an ssl.SSLSocket was told to expect, where one of the innermost frames is a method of it. */
static const char *with_server(struct waits_reader *reader, uint32_t number, const char *what)
{
    const struct hog_thread *thread = &reader->snapshot->threads[number];
    uint64_t self, name;
    const char *text;

    for (size_t i = 0; what && i < thread->frame_count && i < SSL_FRAMES; i++)
        if (thread->frames[i].module && strcmp(thread->frames[i].module, "ssl") == 0 &&
            hog_variable_find(reader->values, &thread->frames[i], "self", &self) == HOG_OK &&
            object_is_a(reader, self, "ssl", "SSLSocket") &&
            hog_value_attribute(reader->values, self, "server_hostname", &name) == HOG_OK &&
            hog_value_text(reader->values, name, &text) == HOG_OK)
            return WORDS(reader, "%s, TLS to %s", what, text);
    return what;
}

static const char *process_name(struct waits_reader *reader, int64_t pid)
{
    char path[64], name[64] = "";
    FILE *stream;

    if (reader->process->kind != HOG_TARGET_LIVE)
        return NULL;
    snprintf(path, sizeof path, "/proc/%" PRId64 "/comm", pid);
    stream = fopen(path, "re");
    if (!stream)
        return NULL;
    if (!fgets(name, sizeof name, stream))
        name[0] = '\0';
    fclose(stream);
    name[strcspn(name, "\n")] = '\0';
    return *name ? hog_arena_copy_text(reader->arena, name, strlen(name)) : NULL;
}

static uint32_t end_of_process(struct waits_reader *reader, int64_t pid, const struct wait_call *call)
{
    const char *name = process_name(reader, pid);
    uint32_t node = make(reader, HOG_WAIT_PROCESS, (uint64_t)pid,
                         name ? WORDS(reader, "%" PRId64 " (%s)", pid, name) : WORDS(reader, "%" PRId64, pid),
                         NULL, call);

    if (node != HOG_WAIT_NONE) {
        node_at(reader, node)->pid = pid;
        node_at(reader, node)->grade = HOG_WAIT_HELD;
    }
    return node;
}

static enum hog_wait_kind kind_of_event(enum hog_event_kind kind)
{
    return kind == HOG_EVENT_COUNTER   ? HOG_WAIT_EVENTFD
           : kind == HOG_EVENT_TIMER   ? HOG_WAIT_TIMER
           : kind == HOG_EVENT_SIGNALS ? HOG_WAIT_SIGNAL
           : kind == HOG_EVENT_CHANGES ? HOG_WAIT_INOTIFY
                                       : HOG_WAIT_FILE;
}

/* "its count is 0, read, file descriptor 5"; that of a counter is one to all processes that have it */
static uint32_t on_event(struct waits_reader *reader, const struct hog_event_file *event,
                         const struct wait_call *call, uint64_t descriptor)
{
    const char *words = hog_event_file_words(reader->arena, event);
    const char *what = WORDS(reader, "%s%s%s, file descriptor %" PRIu64, words ? words : "",
                             words ? ", " : "", call->name, descriptor);

    if (event->kind == HOG_EVENT_PROCESS && event->pid)
        return end_of_process(reader, event->pid, call);
    /* a wait for signals may be a thread's own */
    return make(reader, kind_of_event(event->kind), (uint64_t)1 << 32 | descriptor, NULL, what, call);
}

static uint32_t on_file(struct waits_reader *reader, uint32_t thread, const struct wait_call *call,
                        bool is_socket)
{
    uint64_t descriptor = call->arguments[0];
    struct file_words file = file_of(reader, descriptor);
    const char *name = file.text ? file.text : WORDS(reader, "%" PRIu64, descriptor);
    const char *what =
        WORDS(reader, file.text ? "%s, file descriptor %" PRIu64 : "%s", call->name, descriptor);

    what = with_server(reader, thread, what);
    if (file.kind == FILE_EVENT)
        return on_event(reader, &file.event, call, descriptor);
    if (is_socket || file.kind == FILE_SOCKET)
        return make(reader, HOG_WAIT_SOCKET, descriptor + 1, name, what, call);
    if (file.kind == FILE_PIPE)
        return make(reader, HOG_WAIT_PIPE, descriptor + 1, name, what, call);
    return make(reader, HOG_WAIT_FILE, descriptor + 1, name, what, call);
}

/* "WORDS: 7 (to 10.0.0.7:5432), 9, …" */
static const char *with_files(struct waits_reader *reader, const char *words, const int32_t *descriptors,
                              size_t count)
{
    for (size_t i = 0; words && i < count && i < NAMED; i++) {
        struct file_words file = file_of(reader, (uint64_t)descriptors[i]);
        const char *text = file.text                  ? file.text
                           : file.kind == FILE_PIPE   ? "pipe"
                           : file.kind == FILE_SOCKET ? "socket"
                                                      : NULL;

        words = WORDS(reader, "%s%s %d%s%s%s", words, i ? "," : ":", descriptors[i], text ? " (" : "",
                      text ? text : "", text ? ")" : "");
    }
    return words && count > NAMED ? WORDS(reader, "%s, …", words) : words;
}

/* poll() and select(): of a single file that stands for a process, it is the end of that. */
static uint32_t on_several(struct waits_reader *reader, uint32_t thread, const int32_t *descriptors,
                           size_t count, const struct wait_call *call)
{
    struct file_words only = {.kind = FILE_UNKNOWN};
    const char *words = count ? WORDS(reader, "%zu file%s", count, count == 1 ? "" : "s") : NULL;

    if (count == 1)
        only = file_of(reader, (uint64_t)descriptors[0]);
    if (only.event.kind == HOG_EVENT_PROCESS && only.event.pid)
        return end_of_process(reader, only.event.pid, call);
    return make(reader, HOG_WAIT_SELECT, thread + 1, NULL,
                words ? with_server(reader, thread, with_files(reader, words, descriptors, count)) : NULL,
                call);
}

static uint32_t on_poll(struct waits_reader *reader, uint32_t thread, const struct wait_call *call)
{
    unsigned char entries[MAX_POLLED * POLLFD_SIZE];
    int32_t descriptors[MAX_POLLED];
    size_t count = call->arguments[1] < MAX_POLLED ? (size_t)call->arguments[1] : MAX_POLLED;
    size_t got =
        count ? hog_memory_read_some(reader->memory, call->arguments[0], entries, count * POLLFD_SIZE) : 0;

    if (!call->arguments[1])
        return make(reader, HOG_WAIT_SLEEP, thread + 1, NULL, NULL, call);
    count = got / POLLFD_SIZE;
    for (size_t i = 0; i < count; i++)
        memcpy(&descriptors[i], entries + i * POLLFD_SIZE, sizeof descriptors[i]);
    return on_several(reader, thread, descriptors, count, call);
}

static uint32_t on_select(struct waits_reader *reader, uint32_t thread, const struct wait_call *call)
{
    int32_t descriptors[MAX_POLLED];
    unsigned char sets[128] = {0};
    size_t count = 0, bytes = call->arguments[0] < 1024 ? (size_t)(call->arguments[0] + 7) / 8 : 128;

    if (!call->arguments[0])
        return make(reader, HOG_WAIT_SLEEP, thread + 1, NULL, NULL, call);
    for (size_t set = 1; set <= 2; set++) {
        if (!call->arguments[set] ||
            hog_memory_read(reader->memory, call->arguments[set], sets, bytes) != HOG_OK)
            continue;
        for (size_t bit = 0; bit < bytes * 8 && count < MAX_POLLED; bit++)
            if (sets[bit / 8] & 1 << bit % 8)
                descriptors[count++] = (int32_t)bit;
    }
    return on_several(reader, thread, descriptors, count, call);
}

static uint32_t on_epoll(struct waits_reader *reader, const struct wait_call *call)
{
    int32_t descriptors[NAMED] = {0};
    int count = epoll_watched(reader, call->arguments[0], descriptors, NAMED);
    const char *what =
        count >= 0 ? WORDS(reader, "epoll set %" PRIu64 ", which watches %d", call->arguments[0], count)
                   : WORDS(reader, "epoll set %" PRIu64, call->arguments[0]);

    if (count > 0)
        what = with_files(reader, what, descriptors, (size_t)count);
    return make(reader, HOG_WAIT_SELECT, (uint64_t)1 << 32 | call->arguments[0], NULL, what, call);
}

/* By its number, or by a file that stands for it. */
static uint32_t on_process(struct waits_reader *reader, const struct wait_call *call)
{
    bool by_kind = call_is(call, "waitid");
    int64_t pid = (int32_t)call->arguments[by_kind ? 1 : 0];

    if (by_kind && call->arguments[0] == HOG_WAIT_FOR_PIDFD)
        pid = file_of(reader, call->arguments[1]).event.pid;
    else if (by_kind && call->arguments[0] != P_PID)
        pid = -1;
    if (pid <= 0 && by_kind && call->arguments[0] == HOG_WAIT_FOR_PIDFD)
        return make(reader, HOG_WAIT_PROCESS, (uint64_t)1 << 41 | (uint32_t)call->arguments[1],
                    WORDS(reader, "behind file descriptor %" PRIu32, (uint32_t)call->arguments[1]), NULL,
                    call);
    if (pid <= 0)
        return make(reader, HOG_WAIT_PROCESS, (uint64_t)1 << 40, "any child", NULL, call);
    return end_of_process(reader, pid, call);
}

static uint32_t on_file_lock(struct waits_reader *reader, const struct wait_call *call)
{
    uint64_t descriptor = call->arguments[0];
    struct file_words file = file_of(reader, descriptor);
    bool is_live = reader->process->kind == HOG_TARGET_LIVE;
    int64_t holder = is_live ? file_lock_holder(reader->process->pid, descriptor) : 0;
    uint32_t node =
        make(reader, HOG_WAIT_FILE_LOCK, descriptor + 1,
             file.text ? file.text : WORDS(reader, "descriptor %" PRIu64, descriptor), NULL, call);

    if (node == HOG_WAIT_NONE)
        return node;
    node_at(reader, node)->grade = holder ? HOG_WAIT_HELD : HOG_WAIT_NOT_RECORDED;
    node_at(reader, node)->pid = holder;
    if (holder)
        node_at(reader, node)->evidence = WORDS(reader, "/proc/locks names process %" PRId64, holder);
    return node;
}

/* A file that answers late, if at all: of a server that is gone, or a pipe that nobody opens at its other end. */
static uint32_t on_path(struct waits_reader *reader, uint32_t thread, const struct wait_call *call,
                        size_t argument)
{
    char path[PATH_MAX];
    const char *what = NULL;

    if (call->argument_count > argument &&
        hog_memory_text(reader->memory, call->arguments[argument], path, sizeof path) == HOG_OK && path[0])
        what = hog_arena_copy_text(reader->arena, path, strlen(path));
    return make(reader, HOG_WAIT_SYSTEM_CALL, thread + 1, call->name, what, call);
}

/* sigwait() and its like say for which. */
static uint32_t on_signal(struct waits_reader *reader, uint32_t thread, const struct wait_call *call)
{
    const char *what = NULL;
    uint64_t signals;

    if (call_is(call, "rt_sigtimedwait") &&
        hog_memory_u64(reader->memory, call->arguments[0], &signals) == HOG_OK)
        what = hog_signal_words(reader->arena, signals);
    return make(reader, HOG_WAIT_SIGNAL, thread + 1, NULL, what, call);
}

uint32_t kernel_node(struct waits_reader *reader, uint32_t thread, const struct wait_call *call)
{
    const struct waiting_call *waiting = NULL;

    for (size_t i = 0; i < sizeof waiting_calls / sizeof *waiting_calls && !waiting; i++)
        if (call_is(call, waiting_calls[i].name))
            waiting = &waiting_calls[i];
    if (!waiting)
        return call->in_call ? make(reader, HOG_WAIT_SYSTEM_CALL, thread + 1, call->name, NULL, call)
                             : HOG_WAIT_NONE;
    switch (waiting->form) {
    case ON_FILE:
    case ON_SOCKET:
        return on_file(reader, thread, call, waiting->form == ON_SOCKET);
    case ON_PATH:
    case ON_PATH_AT:
        return on_path(reader, thread, call, waiting->form == ON_PATH_AT);
    case ON_POLL:
        return on_poll(reader, thread, call);
    case ON_SELECT:
        return on_select(reader, thread, call);
    case ON_EPOLL:
        return on_epoll(reader, call);
    case ON_PID:
        return on_process(reader, call);
    case ON_FCNTL:
        if (call->arguments[1] != F_SETLKW && call->arguments[1] != F_OFD_SETLKW)
            return HOG_WAIT_NONE;
        return on_file_lock(reader, call);
    case ON_FLOCK:
        return on_file_lock(reader, call);
    case ON_SIGNAL:
        return on_signal(reader, thread, call);
    case ON_TIME:
        break;
    }
    return make(reader, HOG_WAIT_SLEEP, thread + 1, NULL, NULL, call);
}
