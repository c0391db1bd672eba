/* Which threads ran while they were read; see stillness.h. */
#include "memory/stillness.h"
#include "base/cleanup.h"
#include "base/grow.h"
#include "base/sort.h"
#include "memory/live_threads.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static DIR *open_tasks(const struct hog_process *process)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%" PRId64 "/task", process->pid);
    return opendir(path);
}

static bool stood_still(const struct hog_os_thread *thread, int tasks)
{
    uint64_t timeslices;

    return thread->asleep && thread->timeslices_known && live_thread_timeslices(tasks, thread, &timeslices) &&
           timeslices == thread->timeslices;
}

bool hog_movers_find(const struct hog_process *process, struct hog_movers *ret_movers)
{
    HOG_CLOSEDIR DIR *listing = open_tasks(process);
    struct hog_movers movers = {0};
    const struct dirent *entry;
    size_t room = 0;

    while (listing && (entry = readdir(listing))) {
        int64_t lwp = isdigit((unsigned char)entry->d_name[0]) ? strtoll(entry->d_name, NULL, 10) : 0;
        const struct hog_os_thread *thread = lwp > 0 ? hog_process_thread(process, lwp) : NULL;

        if (lwp <= 0 || (thread && stood_still(thread, dirfd(listing))))
            continue;
        if (!HOG_GROW(movers.lwps, room, movers.count + 1)) {
            free(movers.lwps);
            return false;
        }
        movers.lwps[movers.count++] = lwp;
    }
    hog_movers_sort(&movers);
    *ret_movers = movers;
    return true;
}

void hog_movers_sort(struct hog_movers *movers)
{
    size_t kept = 0;

    if (movers->count)
        qsort(movers->lwps, movers->count, sizeof *movers->lwps, hog_by_i64);
    for (size_t i = 0; i < movers->count; i++)
        if (!kept || movers->lwps[kept - 1] != movers->lwps[i])
            movers->lwps[kept++] = movers->lwps[i];
    movers->count = kept;
}

bool hog_movers_add(struct hog_movers *movers, const struct hog_movers *others)
{
    size_t count = movers->count + others->count;
    int64_t *lwps = realloc(movers->lwps, (count + 1) * sizeof *lwps);

    if (!lwps)
        return false;
    for (size_t i = 0; i < others->count; i++)
        lwps[movers->count + i] = others->lwps[i];
    movers->lwps = lwps;
    movers->count = count;
    hog_movers_sort(movers);
    return true;
}

bool hog_movers_contain(const struct hog_movers *movers, int64_t lwp)
{
    return movers->count && bsearch(&lwp, movers->lwps, movers->count, sizeof lwp, hog_by_i64);
}

void hog_movers_deinit(struct hog_movers *movers)
{
    free(movers->lwps);
    *movers = (struct hog_movers){0};
}

void hog_process_look_again(struct hog_process *process, const struct hog_movers *movers)
{
    HOG_CLOSEDIR DIR *listing = open_tasks(process);

    for (size_t i = 0; listing && i < movers->count; i++) {
        struct hog_os_thread *thread = hog_process_thread(process, movers->lwps[i]);

        if (thread)
            live_thread_look_again(process, dirfd(listing), thread);
    }
}
