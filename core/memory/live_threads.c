/*
 * The threads of a live process: two small files of /proc each.
 *
 *      task/TID/stat      4711 (sender-3) S 4690 …         name, state
 *      task/TID/syscall   202 0x7f53c80b2e40 0x80 … sp pc  in futex(0x7f53c80b2e40, …)
 *                         -1 sp pc                         stopped in user code
 *                         running                          on a CPU, or about to be
 *
 *      task/TID/status    NSpid: 4711 7                     its id in its own pid namespace, where that is not
 *                                                       ours
 *
 * `syscall` needs the right to trace the process; without it the registers
 * stay unknown. A thread that ends while it is read is left out.
 */
#define _GNU_SOURCE
#include "memory/live_threads.h"
#include "base/cleanup.h"
#include "memory/process_build.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SMALL_FILE = 512, STATUS_FILE = 4096 };

/* A file that one read gets whole. */
static bool read_small(int folder, const char *name, char *ret_text, size_t size)
{
    HOG_CLOSE int file = openat(folder, name, O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, ret_text, size - 1) : -1;

    if (got <= 0)
        return false;
    ret_text[got] = '\0';
    return true;
}

/* The name may hold blanks and parentheses itself: it ends at the last one. */
static bool parse_stat(const char *text, struct hog_os_thread *thread)
{
    const char *open = strchr(text, '(');
    const char *close = strrchr(text, ')');
    size_t length;

    if (!open || !close || close < open || close[1] != ' ')
        return false;
    length = (size_t)(close - open) - 1;
    if (length >= sizeof thread->name)
        length = sizeof thread->name - 1;
    memcpy(thread->name, open + 1, length);
    thread->name[length] = '\0';
    thread->on_cpu = close[2] == 'R';
    thread->held = close[2] == 't' || close[2] == 'T';
    return close[2] != 'Z' && close[2] != 'X';
}

static void parse_syscall(const char *text, struct hog_os_thread *thread)
{
    struct hog_thread_registers *registers = &thread->registers;

    if (strncmp(text, "running", 7) == 0) {
        registers->known = true;
        registers->system_call = -1;
        thread->on_cpu = true;
        return;
    }
    uint64_t *arguments = registers->arguments;
    int found = sscanf(text,
                       "%" SCNd64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
                       " %" SCNx64 " %" SCNx64,
                       &registers->system_call, &arguments[0], &arguments[1], &arguments[2], &arguments[3],
                       &arguments[4], &arguments[5], &registers->stack_pointer, &registers->program_counter);

    if (found < 2)
        return;
    registers->known = true;
    registers->argument_count =
        (unsigned)found - 1 < HOG_CALL_ARGUMENTS ? (unsigned)found - 1 : HOG_CALL_ARGUMENTS;
    if (registers->system_call < 0) { /* those were the stack pointer and the program counter */
        registers->stack_pointer = arguments[0];
        registers->program_counter = arguments[1];
        registers->argument_count = 0;
        memset(registers->arguments, 0, sizeof registers->arguments);
    }
}

static bool pid_namespace_is_ours(int folder)
{
    char theirs[64], ours[64];
    ssize_t their_length = readlinkat(folder, "ns/pid", theirs, sizeof theirs);
    ssize_t our_length = readlink("/proc/self/ns/pid", ours, sizeof ours);

    return their_length <= 0 || (their_length == our_length && !memcmp(theirs, ours, (size_t)our_length));
}

/* "NSpid:" lists the thread's ids from our namespace inwards; the last is the one that it knows itself by. */
static int64_t own_id(int tasks, const char *lwp)
{
    char name[64], text[STATUS_FILE];
    const char *line, *end, *last;

    snprintf(name, sizeof name, "%s/status", lwp);
    line = read_small(tasks, name, text, sizeof text) ? strstr(text, "\nNSpid:") : NULL;
    end = line ? strchr(line + 1, '\n') : NULL;
    if (!end)
        return 0;
    for (last = end; last > line && last[-1] != '\t'; last--)
        continue;
    return strtoll(last, NULL, 10);
}

/* "5187203 1042 17": nanoseconds on a CPU, nanoseconds waiting for one, times that it was put on one. */
bool live_thread_timeslices(int tasks, const char *lwp, uint64_t *ret_timeslices)
{
    char name[64], text[SMALL_FILE];

    snprintf(name, sizeof name, "%s/schedstat", lwp);
    return read_small(tasks, name, text, sizeof text) &&
           sscanf(text, "%*u %*u %" SCNu64, ret_timeslices) == 1;
}

/* The count comes before the state: see stillness.h. */
bool live_thread_read(int tasks, const char *lwp, bool with_timeslices, struct hog_os_thread *thread)
{
    struct hog_os_thread now = {.lwp = thread->lwp,
                                .namespace_lwp = thread->namespace_lwp,
                                .debugger_number = thread->debugger_number};
    char name[64];
    char text[SMALL_FILE];

    now.timeslices_known = with_timeslices && live_thread_timeslices(tasks, lwp, &now.timeslices);
    snprintf(name, sizeof name, "%s/stat", lwp);
    if (!read_small(tasks, name, text, sizeof text) || !parse_stat(text, &now))
        return false;
    now.asleep = !now.on_cpu;
    snprintf(name, sizeof name, "%s/syscall", lwp);
    if (read_small(tasks, name, text, sizeof text))
        parse_syscall(text, &now);
    *thread = now;
    return true;
}

static bool read_thread(const struct hog_process *process, int tasks, const char *lwp,
                        struct hog_os_thread *ret_thread)
{
    *ret_thread = (struct hog_os_thread){.lwp = strtoll(lwp, NULL, 10)};
    return live_thread_read(tasks, lwp, process->runs, ret_thread);
}

static int by_lwp(const void *left, const void *right)
{
    const struct hog_os_thread *a = left, *b = right;

    return a->lwp < b->lwp ? -1 : a->lwp > b->lwp;
}

/* A quarter more room than there are threads now: they may start while they are counted. */
static size_t count_entries(DIR *folder)
{
    size_t count = 0;

    while (readdir(folder))
        count++;
    rewinddir(folder);
    return count + count / 4 + 16;
}

bool live_threads_read(struct hog_process *process, int folder)
{
    int tasks = openat(folder, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    HOG_CLOSEDIR DIR *listing = tasks >= 0 ? fdopendir(tasks) : NULL;
    bool namespace_is_ours = pid_namespace_is_ours(folder);
    const struct dirent *entry;
    size_t room;

    if (!listing) {
        hog_cleanup_close(&tasks);
        return true;
    }
    room = count_entries(listing);
    process->threads = hog_arena_array(&process->arena, room, sizeof *process->threads);
    if (!process->threads)
        return false;
    while (process->thread_count < room && (entry = readdir(listing)))
        if (isdigit((unsigned char)entry->d_name[0]) &&
            read_thread(process, tasks, entry->d_name, &process->threads[process->thread_count]))
            process->thread_count++;
    for (size_t i = 0; !namespace_is_ours && i < process->thread_count; i++) {
        char lwp[32];

        snprintf(lwp, sizeof lwp, "%" PRId64, process->threads[i].lwp);
        process->threads[i].namespace_lwp = own_id(tasks, lwp);
    }
    qsort(process->threads, process->thread_count, sizeof *process->threads, by_lwp);
    return true;
}
