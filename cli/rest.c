/* Since when each thread has not run; see rest.h. */
#define _GNU_SOURCE
#include "rest.h"

#include <ctype.h>
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH = 320,
    LINE = 128,
    STAT_LINE = 1024,
    MAX_LINES = 12,
    MAX_THREADS = 1 << 16,
    PROCESSOR_FIELD = 37
};

/* Milliseconds; negative: unknown. */
static double charged_at(const char *path)
{
    FILE *stream = fopen(path, "re");
    char line[LINE];
    double time = -1;

    for (int i = 0; stream && time < 0 && i < MAX_LINES && fgets(line, sizeof line, stream); i++)
        if (sscanf(line, "se.exec_start : %lf", &time) != 1)
            time = -1;
    if (stream)
        fclose(stream);
    return time;
}

/* The CPU that a thread ran on last; negative: unknown. The 39th field of its stat, the 37th behind its name. */
static int cpu_of(const char *path)
{
    FILE *stream = fopen(path, "re");
    char line[STAT_LINE] = "", *at;

    if (stream && !fgets(line, sizeof line, stream))
        line[0] = '\0';
    if (stream)
        fclose(stream);
    at = strrchr(line, ')');
    for (int i = 0; at && i < PROCESSOR_FIELD; i++)
        at = strchr(at + 1, ' ');
    return at ? atoi(at + 1) : -1;
}

/* What the time is on that CPU: what we are charged there. Each CPU's clock leaves out the time that was taken from it. */
static double now_on(int cpu)
{
    cpu_set_t set;

    if (cpu < 0 || cpu >= CPU_SETSIZE)
        return -1;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0 ? charged_at("/proc/thread-self/sched") : -1;
}

static int by_lwp(const void *one, const void *other)
{
    const struct rest_of_thread *a = one, *b = other;

    return (a->lwp > b->lwp) - (a->lwp < b->lwp);
}

static int by_cpu(const void *one, const void *other)
{
    const struct rest_of_thread *a = one, *b = other;

    return (a->cpu > b->cpu) - (a->cpu < b->cpu);
}

static size_t count_threads(DIR *folder)
{
    size_t count = 0;

    while (count < MAX_THREADS && readdir(folder))
        count++;
    rewinddir(folder);
    return count;
}

static void read_thread(struct rests *rests, int64_t pid, const char *lwp)
{
    char path[PATH];
    double then;
    int cpu;

    snprintf(path, sizeof path, "/proc/%lld/task/%s/stat", (long long)pid, lwp);
    cpu = cpu_of(path);
    snprintf(path, sizeof path, "/proc/%lld/task/%s/sched", (long long)pid, lwp);
    then = charged_at(path);
    if (cpu >= 0 && then >= 0)
        rests->items[rests->count++] = (struct rest_of_thread){.lwp = atoll(lwp), .cpu = cpu, .then = then};
}

/* CPU after CPU; what is on one where we may not run is left out. */
static void take_seconds(struct rests *rests)
{
    cpu_set_t before;
    size_t kept = 0;
    double now = -1;
    int cpu = -1;

    if (sched_getaffinity(0, sizeof before, &before) != 0) {
        rests->count = 0;
        return;
    }
    qsort(rests->items, rests->count, sizeof *rests->items, by_cpu);
    for (size_t i = 0; i < rests->count; i++) {
        struct rest_of_thread thread = rests->items[i];

        if (thread.cpu != cpu)
            now = now_on(thread.cpu);
        cpu = thread.cpu;
        thread.seconds = now > thread.then ? (now - thread.then) / 1e3 : 0;
        if (now >= 0)
            rests->items[kept++] = thread;
    }
    rests->count = kept;
    sched_setaffinity(0, sizeof before, &before);
}

void rests_read(struct rests *rests, int64_t pid)
{
    const struct dirent *entry;
    char path[PATH];
    size_t room;
    DIR *folder;

    rests_deinit(rests);
    snprintf(path, sizeof path, "/proc/%lld/task", (long long)pid);
    folder = opendir(path);
    if (!folder)
        return;
    room = count_threads(folder);
    rests->items = calloc(room ? room : 1, sizeof *rests->items);
    while (rests->items && rests->count < room && (entry = readdir(folder)))
        if (isdigit((unsigned char)entry->d_name[0]))
            read_thread(rests, pid, entry->d_name);
    closedir(folder);
    if (!rests->items || !rests->count)
        return;
    take_seconds(rests);
    qsort(rests->items, rests->count, sizeof *rests->items, by_lwp);
}

void rests_deinit(struct rests *rests)
{
    free(rests->items);
    *rests = (struct rests){0};
}

double rests_of(const struct rests *rests, int64_t lwp)
{
    const struct rest_of_thread wanted = {.lwp = lwp};
    const struct rest_of_thread *found =
        rests->count ? bsearch(&wanted, rests->items, rests->count, sizeof wanted, by_lwp) : NULL;

    return found ? found->seconds : -1;
}
