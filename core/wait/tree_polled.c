/*
 * Waits for one of several files: poll() and epoll sets, across processes.
 *
 *     poll(fds, count, -1)      │ fd, events │ fd, events │ …         in the memory of the process
 *     epoll_wait(fd, …, -1)     /proc/PID/fdinfo/FD                   tfd: 9 events: 19 …, a line for each
 *
 * The ends of all of them could end the wait, if each is a pipe or a socket whose other end is known; what a process polls
 * to be woken by its own threads counts for nothing, since those are looked at too.
 */
#include "base/cleanup.h"
#include "wait/tree_parts.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>

enum { MAX_POLLED = 64, PATH = 96, LINE = 256, MAX_LINES = 4096 };

struct polled_file {
    uint64_t descriptor;
    bool writes; /* it is asked whether it can be written to, and not whether it can be read */
};

static size_t of_poll(const struct hog_process *process, const struct tree_call *call,
                      struct polled_file files[MAX_POLLED])
{
    struct pollfd entries[MAX_POLLED];
    size_t wanted = call->arguments[1] < MAX_POLLED ? (size_t)call->arguments[1] : MAX_POLLED, count = 0;
    size_t got =
        wanted ? hog_memory_read_some(process->memory, call->arguments[0], entries, wanted * sizeof *entries)
               : 0;

    for (size_t i = 0; i < got / sizeof *entries; i++)
        if (entries[i].fd >= 0)
            files[count++] = (struct polled_file){.descriptor = (uint64_t)entries[i].fd,
                                                  .writes = !(entries[i].events & POLLIN)};
    return count;
}

static size_t of_epoll(const struct hog_process *process, const struct tree_call *call,
                       struct polled_file files[MAX_POLLED])
{
    char path[PATH], line[LINE];
    size_t count = 0;
    uint64_t descriptor;
    unsigned events;

    snprintf(path, sizeof path, "/proc/%" PRId64 "/fdinfo/%" PRIu64, process->pid, call->arguments[0]);
    HOG_FCLOSE FILE *stream = fopen(path, "re");

    for (int i = 0; stream && count < MAX_POLLED && i < MAX_LINES && fgets(line, sizeof line, stream); i++)
        if (sscanf(line, "tfd: %" SCNu64 " events: %x", &descriptor, &events) == 2)
            files[count++] = (struct polled_file){.descriptor = descriptor, .writes = !(events & EPOLLIN)};
    return count;
}

/* The processes at the other end of a descriptor are added to `pids`. False: something else may be there. */
static bool add_ends_of(struct tree_reader *reader, int64_t pid, const struct polled_file *file,
                        int64_t *pids, size_t *count)
{
    struct tree_call call = {.name = "poll", .arguments = {file->descriptor}, .writes = file->writes};
    struct hog_tree_wait wait = {.lwp = 0};

    tree_on_descriptor(reader, pid, &call, &wait);
    for (uint32_t i = 0; i < wait.end_count; i++) {
        int64_t end = reader->tree->processes[wait.ends[i]].pid;
        bool known = end == pid; /* what wakes a loop from within its own process */

        for (size_t k = 0; k < *count && !known; k++)
            known = pids[k] == end;
        if (!known && *count == MAX_OTHERS)
            return false;
        if (!known)
            pids[(*count)++] = end;
    }
    return wait.end_count != 0;
}

void tree_on_files(struct tree_reader *reader, const struct hog_process *process,
                   const struct tree_call *call, bool is_epoll, struct hog_tree_wait *wait)
{
    struct polled_file files[MAX_POLLED];
    size_t count = is_epoll ? of_epoll(process, call, files) : of_poll(process, call, files), found = 0,
           others = 0;
    int64_t pids[MAX_OTHERS];

    for (size_t i = 0; i < count; i++)
        others += !add_ends_of(reader, process->pid, &files[i], pids, &found);
    if (!others && count && count < MAX_POLLED)
        tree_set_ends(reader, wait, pids, found);
    wait->text = SAY(reader->tree, "waits in %s for %zu file%s%s%s", call->name, count, count == 1 ? "" : "s",
                     wait->end_count ? ", at whose other ends is " : "",
                     wait->end_count ? tree_list_of(reader, wait) : "");
}
