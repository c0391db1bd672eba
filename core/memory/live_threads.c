/*
 * The threads of a live process: small files of /proc.
 *
 *      task/TID/schedstat 5187203 1042 17               ns on a CPU, ns waiting for one, times put on one
 *      task/TID/syscall   202 0x7f53c80b2e40 0x80 … sp pc  in futex(0x7f53c80b2e40, …)
 *                         -1 sp pc                         stopped in user code
 *                         running                          on a CPU, or about to be
 *      task/TID/stat      4711 (sender-3) S 4690 …         name, state
 *      task/TID/comm      sender-3                         name
 *
 *      task/TID/status    NSpid: 4711 7                     its id in its own pid namespace, where that is not
 *                                                       ours
 *
 * Opening one of these costs more than reading it, and a process may have
 * thousands: of one that runs, `stat` is read only of threads that `syscall`
 * does not say of that they sleep in a call, names only when they are asked
 * for, and `schedstat` stays open until it is read again (stillness.h).
 * `syscall` needs the right to trace the process; without it the registers
 * stay unknown. A thread that ends while it is read is left out.
 */
#define _GNU_SOURCE
#include "memory/live_threads.h"
#include "base/cleanup.h"
#include "base/grow.h"
#include "base/number.h"
#include "memory/process_build.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SMALL_FILE = 512, STATUS_FILE = 4096, FILE_NAME = 64 };

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
    thread->on_cpu |= close[2] == 'R';
    thread->held = close[2] == 't' || close[2] == 'T';
    return close[2] != 'Z' && close[2] != 'X';
}

/* The numbers of a line that begins with one; returns how many there are, `most` at most. */
static unsigned parse_numbers(const char *text, unsigned most, uint64_t *ret_numbers)
{
    unsigned count = 0;

    while (count < most) {
        bool negative = *text == '-';
        const char *digits = text += negative;
        uint64_t number;

        if (strncmp(text, "0x", 2) == 0)
            digits = text += 2;
        number = hog_number_take(&text, count ? 16 : 10);
        if (text == digits)
            break;
        ret_numbers[count++] = negative ? -number : number;
        text += *text == ' ';
    }
    return count;
}

static void parse_syscall(const char *text, struct hog_os_thread *thread)
{
    enum { CALL, FIRST, STACK = FIRST + HOG_CALL_ARGUMENTS, COUNTER, NUMBERS };
    struct hog_thread_registers *registers = &thread->registers;
    uint64_t numbers[NUMBERS] = {0};
    unsigned found;

    if (strncmp(text, "running", 7) == 0) {
        registers->known = true;
        registers->system_call = -1;
        thread->on_cpu = true;
        return;
    }
    found = parse_numbers(text, NUMBERS, numbers);
    if (found < 2)
        return;
    registers->known = true;
    registers->system_call = (int64_t)numbers[CALL];
    if (registers->system_call < 0) { /* stack pointer and program counter follow at once */
        registers->stack_pointer = numbers[FIRST];
        registers->program_counter = numbers[FIRST + 1];
        return;
    }
    registers->argument_count = found - 1 < HOG_CALL_ARGUMENTS ? found - 1 : HOG_CALL_ARGUMENTS;
    memcpy(registers->arguments, numbers + FIRST, sizeof registers->arguments);
    registers->stack_pointer = numbers[STACK];
    registers->program_counter = numbers[COUNTER];
}

static bool pid_namespace_is_ours(int folder)
{
    char theirs[64], ours[64];
    ssize_t their_length = readlinkat(folder, "ns/pid", theirs, sizeof theirs);
    ssize_t our_length = readlink("/proc/self/ns/pid", ours, sizeof ours);

    return their_length <= 0 || (their_length == our_length && !memcmp(theirs, ours, (size_t)our_length));
}

/* "NSpid:" lists the thread's ids from our namespace inwards; the last is the one that it knows itself by. */
static int64_t own_id(int tasks, int64_t lwp)
{
    char name[64], text[STATUS_FILE];
    const char *line, *end, *last;

    snprintf(name, sizeof name, "%" PRId64 "/status", lwp);
    line = read_small(tasks, name, text, sizeof text) ? strstr(text, "\nNSpid:") : NULL;
    end = line ? strchr(line + 1, '\n') : NULL;
    if (!end)
        return 0;
    for (last = end; last > line && last[-1] != '\t'; last--)
        continue;
    return strtoll(last, NULL, 10);
}

/* "4711/syscall"; as snprintf() would, at a fraction of its cost. `file` is of 16 characters at most. */
static const char *name_of_file(int64_t lwp, const char *file, char buffer[FILE_NAME])
{
    char *at = buffer + FILE_NAME - 1 - strlen(file);

    memcpy(at, file, strlen(file) + 1);
    *--at = '/';
    do {
        *--at = (char)('0' + lwp % 10);
        lwp /= 10;
    } while (lwp > 0);
    return at;
}

static int open_file(int tasks, int64_t lwp, const char *file)
{
    char name[FILE_NAME];

    return openat(tasks, name_of_file(lwp, file, name), O_RDONLY | O_CLOEXEC);
}

static bool read_file(int tasks, int64_t lwp, const char *file, char ret_text[SMALL_FILE])
{
    char name[FILE_NAME];

    return read_small(tasks, name_of_file(lwp, file, name), ret_text, SMALL_FILE);
}

/* The third number. */
static bool read_timeslices(int file, uint64_t *ret_timeslices)
{
    char text[SMALL_FILE];
    ssize_t got = pread(file, text, sizeof text - 1, 0);
    const char *at = text, *digits;

    if (got <= 0)
        return false;
    text[got] = '\0';
    for (int number = 0; number < 3; number++) {
        digits = at += *at == ' ';
        *ret_timeslices = hog_number_take(&at, 10);
        if (at == digits)
            return false;
    }
    return true;
}

bool live_thread_timeslices(int tasks, const struct hog_os_thread *thread, uint64_t *ret_timeslices)
{
    HOG_CLOSE int file = -1;

    if (thread->timeslices_file > 0)
        return read_timeslices(thread->timeslices_file, ret_timeslices);
    file = open_file(tasks, thread->lwp, "schedstat");
    return file >= 0 && read_timeslices(file, ret_timeslices);
}

/* Numbers of files below it are left for others that this program opens. */
static int half_of_files(void)
{
    struct rlimit most;

    return getrlimit(RLIMIT_NOFILE, &most) == 0 && most.rlim_cur < INT_MAX ? (int)most.rlim_cur / 2 : 512;
}

static void keep_timeslices_open(int tasks, int keep_below, struct hog_os_thread *thread)
{
    int file = open_file(tasks, thread->lwp, "schedstat");

    if (file > 0 && file < keep_below)
        thread->timeslices_file = file;
    else
        hog_cleanup_close(&file);
}

/*
 * It is in a call, and does not run: no more is to be known, but its name. (Of the main thread more is: it may
 * have ended before the others, and the kernel keeps it.)
 */
static bool sleeps_in_call(const struct hog_process *process, const struct hog_os_thread *thread)
{
    return process->runs && thread->lwp != process->pid && thread->registers.known && !thread->on_cpu &&
           thread->registers.system_call >= 0;
}

/*
 * Told of a thread that runs, too, and the same as long as it lives. glibc registers it for every thread
 * (nptl/pthread_create.c, start_thread), musl for those that have locked a robust mutex (pthread_mutex_trylock.c).
 */
static uint64_t robust_list_of(int64_t lwp)
{
    void *head = NULL;
    size_t size;

    return syscall(SYS_get_robust_list, (pid_t)lwp, &head, &size) == 0 ? (uint64_t)(uintptr_t)head : 0;
}

/* The count comes before the state: see stillness.h. */
static bool read_thread(const struct hog_process *process, int tasks, struct hog_os_thread *thread)
{
    char text[SMALL_FILE];

    if (!thread->robust_list)
        thread->robust_list = robust_list_of(thread->lwp);
    if (process->runs)
        thread->timeslices_known = live_thread_timeslices(tasks, thread, &thread->timeslices);
    if (read_file(tasks, thread->lwp, "syscall", text))
        parse_syscall(text, thread);
    thread->name_unread = sleeps_in_call(process, thread);
    if (!thread->name_unread && (!read_file(tasks, thread->lwp, "stat", text) || !parse_stat(text, thread)))
        return false;
    thread->asleep = !thread->on_cpu;
    return true;
}

void live_thread_look_again(const struct hog_process *process, int tasks, struct hog_os_thread *thread)
{
    struct hog_os_thread now = {.lwp = thread->lwp,
                                .namespace_lwp = thread->namespace_lwp,
                                .debugger_number = thread->debugger_number,
                                .robust_list = thread->robust_list,
                                .timeslices_file = thread->timeslices_file};

    if (read_thread(process, tasks, &now))
        *thread = now;
}

const char *hog_process_thread_name(const struct hog_process *process, struct hog_os_thread *thread)
{
    char folder[64], text[SMALL_FILE];
    HOG_CLOSE int tasks = -1;

    if (!thread->name_unread)
        return thread->name;
    thread->name_unread = false;
    snprintf(folder, sizeof folder, "/proc/%" PRId64 "/task", process->pid);
    tasks = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (tasks >= 0 && read_file(tasks, thread->lwp, "comm", text))
        snprintf(thread->name, sizeof thread->name, "%.*s", (int)strcspn(text, "\n"), text);
    return thread->name;
}

void live_threads_close(struct hog_process *process)
{
    for (size_t i = 0; process->threads && i < process->thread_count; i++)
        if (process->threads[i].timeslices_file > 0)
            close(process->threads[i].timeslices_file);
    process->thread_count = 0;
}

static int by_lwp(const void *left, const void *right)
{
    const struct hog_os_thread *a = left, *b = right;

    return a->lwp < b->lwp ? -1 : a->lwp > b->lwp;
}

/* The threads of a folder, for the caller to free. False when memory is exhausted. */
static bool read_listed(struct hog_process *process, DIR *listing, struct hog_os_thread **threads)
{
    int keep_below = process->runs ? half_of_files() : 0;
    const struct dirent *entry;
    size_t room = 0;

    while ((entry = readdir(listing))) {
        struct hog_os_thread thread = {.lwp = strtoll(entry->d_name, NULL, 10)};

        if (thread.lwp <= 0)
            continue;
        if (!HOG_GROW(*threads, room, process->thread_count + 1) || !*threads)
            return false;
        if (process->runs)
            keep_timeslices_open(dirfd(listing), keep_below, &thread);
        if (read_thread(process, dirfd(listing), &thread))
            (*threads)[process->thread_count++] = thread;
        else if (thread.timeslices_file)
            close(thread.timeslices_file);
    }
    return true;
}

bool live_threads_read(struct hog_process *process, int folder)
{
    int tasks = openat(folder, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    HOG_CLOSEDIR DIR *listing = tasks >= 0 ? fdopendir(tasks) : NULL;
    HOG_FREE struct hog_os_thread *threads = NULL;
    bool namespace_is_ours = pid_namespace_is_ours(folder);
    bool have_room;

    if (!listing) {
        hog_cleanup_close(&tasks);
        return true;
    }
    have_room = read_listed(process, listing, &threads);
    process->threads = hog_arena_array(&process->arena, process->thread_count, sizeof *threads);
    if (!have_room || !process->threads) {
        process->threads = threads;
        live_threads_close(process);
        return false;
    }
    if (threads)
        memcpy(process->threads, threads, process->thread_count * sizeof *threads);
    for (size_t i = 0; !namespace_is_ours && i < process->thread_count; i++)
        process->threads[i].namespace_lwp = own_id(tasks, process->threads[i].lwp);
    if (process->thread_count)
        qsort(process->threads, process->thread_count, sizeof *process->threads, by_lwp);
    return true;
}
