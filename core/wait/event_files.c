/*
 * Files that are of the kernel itself; see event_files.h.
 *
 *     /proc/PID/fd/5 -> anon_inode:[eventfd]      fdinfo/5: eventfd-count: 0, in hexadecimal; eventfd-id: 17
 *                       anon_inode:[timerfd]                it_value: (59, 999736833), it_interval: (5, 0)
 *                       anon_inode:[signalfd]               sigmask: 0000000000014000
 *                       anon_inode:inotify                  inotify wd:1 ino:3c4a3 …, a line for each file
 *                       anon_inode:[pidfd]                  Pid: 4711, -1 once it has ended
 *                       anon_inode:[eventpoll]              tfd: 3 events: 19 …, a line for each file
 *
 * Source: fs/eventfd.c, fs/timerfd.c, fs/signalfd.c, fs/notify/fdinfo.c, fs/pidfs.c, fs/eventpoll.c of Linux 6.18.
 */
#include "wait/event_files.h"

#include "base/cleanup.h"
#include "memory/signal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PATH = 64, LINE = 512, MAX_LINES = 100000, SIGNALS = 64, SIGNALS_NAMED = 4 };

/* Words in the arena; NULL: no memory. */
#define SAY(arena, ...) hog_arena_printf(arena, __VA_ARGS__)

static const struct event_name {
    const char *target, *words;
    enum hog_event_kind kind;
} names[] = {
    {"anon_inode:[eventfd]", "eventfd", HOG_EVENT_COUNTER},
    {"anon_inode:[timerfd]", "timer", HOG_EVENT_TIMER},
    {"anon_inode:[signalfd]", "signals", HOG_EVENT_SIGNALS},
    {"anon_inode:inotify", "changes of files", HOG_EVENT_CHANGES},
    {"anon_inode:[inotify]", "changes of files", HOG_EVENT_CHANGES},
    {"anon_inode:[fanotify]", "changes of files", HOG_EVENT_CHANGES},
    {"anon_inode:[pidfd]", "the end of a process", HOG_EVENT_PROCESS},
    {"anon_inode:[eventpoll]", "epoll set", HOG_EVENT_SET},
};

static double seconds_of(const char *line, const char *format)
{
    uint64_t seconds, nanoseconds;

    return sscanf(line, format, &seconds, &nanoseconds) == 2 ? (double)seconds + (double)nanoseconds / 1e9
                                                             : 0;
}

static void take_line(const char *line, struct hog_event_file *file)
{
    double seconds;

    switch (file->kind) {
    case HOG_EVENT_COUNTER:
        file->read |= sscanf(line, "eventfd-count: %" SCNx64, &file->count) == 1;
        if (sscanf(line, "eventfd-id: %" SCNu64, &file->id) == 1)
            file->id = file->id < INT32_MAX ? file->id + 1 : 0; /* they begin with 0 */
        break;
    case HOG_EVENT_TIMER:
        file->read |= strncmp(line, "it_value:", 9) == 0;
        seconds = seconds_of(line, "it_value: (%" SCNu64 ", %" SCNu64 ")");
        file->left = seconds > 0 ? seconds : file->left;
        seconds = seconds_of(line, "it_interval: (%" SCNu64 ", %" SCNu64 ")");
        file->interval = seconds > 0 ? seconds : file->interval;
        break;
    case HOG_EVENT_SIGNALS:
        file->read |= sscanf(line, "sigmask: %" SCNx64, &file->signals) == 1;
        break;
    case HOG_EVENT_CHANGES:
        file->read = true;
        file->count += strncmp(line, "inotify wd:", 11) == 0 || strncmp(line, "fanotify ino:", 13) == 0 ||
                       strncmp(line, "fanotify mnt_id:", 16) == 0;
        break;
    case HOG_EVENT_PROCESS:
        if (sscanf(line, "Pid: %" SCNd64, &file->pid) == 1) {
            file->read = true;
            file->pid = file->pid > 0 ? file->pid : 0;
        }
        break;
    case HOG_EVENT_SET: /* all its lines at once: see event_set_read */
    case HOG_EVENT_NONE:
        break;
    }
}

static FILE *open_information(int64_t pid, uint64_t descriptor)
{
    char path[PATH];

    snprintf(path, sizeof path, "/proc/%" PRId64 "/fdinfo/%" PRIu64, pid, descriptor);
    return fopen(path, "re");
}

int hog_event_file_watched(int64_t pid, uint64_t descriptor, int32_t *ret_descriptors, int most)
{
    char line[LINE];
    int32_t watched;
    int count = 0;
    HOG_FCLOSE FILE *stream = open_information(pid, descriptor);

    if (!stream)
        return -1;
    for (int i = 0; i < MAX_LINES && fgets(line, sizeof line, stream); i++)
        if (sscanf(line, "tfd: %" SCNd32, &watched) == 1) {
            if (count < most)
                ret_descriptors[count] = watched;
            count++;
        }
    return count;
}

static void event_set_read(int64_t pid, uint64_t descriptor, struct hog_event_file *file)
{
    int count = hog_event_file_watched(pid, descriptor, NULL, 0);

    file->read = count >= 0;
    file->count = count > 0 ? (uint64_t)count : 0;
}

bool hog_event_file_read(int64_t pid, uint64_t descriptor, const char *target,
                         struct hog_event_file *ret_file)
{
    struct hog_event_file file = {.kind = HOG_EVENT_NONE};
    char line[LINE];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].target, target) == 0)
            file.kind = names[i].kind;
    if (file.kind == HOG_EVENT_NONE)
        return false;
    if (file.kind == HOG_EVENT_SET)
        event_set_read(pid, descriptor, &file);
    HOG_FCLOSE FILE *stream = file.kind == HOG_EVENT_SET ? NULL : open_information(pid, descriptor);

    for (int i = 0; stream && i < MAX_LINES && fgets(line, sizeof line, stream); i++)
        take_line(line, &file);
    *ret_file = file;
    return true;
}

const char *hog_signal_words(struct hog_arena *arena, uint64_t signals)
{
    const char *words = "";
    char buffer[HOG_SIGNAL_NAME];
    int count = 0;

    for (int number = 1; words && number <= SIGNALS; number++) {
        if (!(signals >> (number - 1) & 1))
            continue;
        if (count++ == SIGNALS_NAMED)
            return SAY(arena, "%s, …", words); /* there are more */
        words = SAY(arena, "%s%s%s", words, *words ? " or " : "", hog_signal_name(number, buffer));
    }
    return signals ? words : NULL;
}

static const char *with_seconds(struct hog_arena *arena, const char *words, double seconds)
{
    if (seconds < 120)
        return SAY(arena, "%s %.1f s", words, seconds);
    if (seconds < 7200)
        return SAY(arena, "%s %.0f minutes", words, seconds / 60);
    return SAY(arena, "%s %.1f hours", words, seconds / 3600);
}

static const char *timer_words(struct hog_arena *arena, const struct hog_event_file *file)
{
    const char *words = with_seconds(arena, "it fires in", file->left);

    if (file->left <= 0)
        return "it is not set";
    if (words && file->interval > 0)
        words = SAY(arena, "%s, and each", words);
    return words && file->interval > 0 ? with_seconds(arena, words, file->interval) : words;
}

const char *hog_event_file_words(struct hog_arena *arena, const struct hog_event_file *file)
{
    if (!file->read)
        return NULL;
    switch (file->kind) {
    case HOG_EVENT_COUNTER:
        return SAY(arena, "its count is %" PRIu64, file->count);
    case HOG_EVENT_TIMER:
        return timer_words(arena, file);
    case HOG_EVENT_SIGNALS:
        return hog_signal_words(arena, file->signals);
    case HOG_EVENT_CHANGES:
        return SAY(arena, "%" PRIu64 " watched", file->count);
    case HOG_EVENT_PROCESS:
        return file->pid ? SAY(arena, "%" PRId64, file->pid) : "it has ended";
    case HOG_EVENT_SET:
        return SAY(arena, "which watches %" PRIu64, file->count);
    case HOG_EVENT_NONE:
        break;
    }
    return NULL;
}

const char *hog_event_file_name(struct hog_arena *arena, const struct hog_event_file *file)
{
    const char *words = hog_event_file_words(arena, file), *name = "";

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].kind == file->kind)
            name = names[i].words;
    if (file->kind == HOG_EVENT_PROCESS && file->read && file->pid)
        return SAY(arena, "the end of process %" PRId64, file->pid);
    return words ? SAY(arena, "%s, %s", name, words) : hog_arena_copy_text(arena, name, strlen(name));
}
