/* The processes at the other end of what is waited for, and words for them; see tree.h. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "wait/event_files.h"
#include "wait/tree_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NAMED = 3, PROC_PATH = 64, NAME = 64 };

static const char *name_of_process(struct tree_reader *reader, int64_t pid)
{
    char path[PROC_PATH], name[NAME] = "";

    snprintf(path, sizeof path, "/proc/%" PRId64 "/comm", pid);
    HOG_FCLOSE FILE *stream = fopen(path, "re");

    if (stream && !fgets(name, sizeof name, stream))
        name[0] = '\0';
    name[strcspn(name, "\n")] = '\0';
    return *name ? hog_arena_copy_text(&reader->tree->arena, name, strlen(name)) : NULL;
}

/* Its number in the tree, made when it is new; TREE_NONE: there are too many. */
uint32_t tree_number_of(struct tree_reader *reader, int64_t pid)
{
    struct hog_tree *tree = reader->tree;

    for (uint32_t i = 0; i < tree->process_count; i++)
        if (tree->processes[i].pid == pid)
            return i;
    if (tree->process_count == MAX_TREE) {
        tree->cut = true;
        return TREE_NONE;
    }
    tree->processes[tree->process_count] =
        (struct hog_tree_process){.pid = pid, .name = name_of_process(reader, pid)};
    return tree->process_count++;
}

/* "4720 (python3), 4721 (sleep), …" */
const char *tree_list_of(struct tree_reader *reader, const struct hog_tree_wait *wait)
{
    const char *words = "";

    for (uint32_t i = 0; words && i < wait->end_count && i < NAMED; i++) {
        const struct hog_tree_process *process = &reader->tree->processes[wait->ends[i]];

        words = SAY(reader->tree, "%s%s%" PRId64 "%s%s%s", words, i ? ", " : "", process->pid,
                    process->name ? " (" : "", process->name ? process->name : "", process->name ? ")" : "");
    }
    return words && wait->end_count > NAMED ? SAY(reader->tree, "%s, …", words) : words;
}

/* False: not all of them are in the tree, so that nothing is proven of the wait. */
bool tree_set_ends(struct tree_reader *reader, struct hog_tree_wait *wait, const int64_t *pids, size_t count)
{
    uint32_t *ends = hog_arena_array(&reader->tree->arena, count, sizeof *ends);
    bool all = true;

    wait->end_count = 0;
    for (size_t i = 0; ends && i < count; i++) {
        uint32_t number = tree_number_of(reader, pids[i]);

        if (number == TREE_NONE)
            all = false;
        else
            ends[wait->end_count++] = number;
    }
    reader->no_memory |= count && !ends;
    wait->ends = ends;
    return all;
}

/* The processes that have this pipe or socket so; how many there are. */
static size_t others_of(const struct tree_reader *reader, uint64_t inode, unsigned mode,
                        int64_t pids[MAX_OTHERS])
{
    size_t count, found = 0;
    const struct hog_end *ends = hog_ends_of(&reader->ends, inode, &count);

    for (size_t i = 0; i < count; i++) {
        bool known = !(ends[i].mode & mode);

        for (size_t k = 0; k < found && k < MAX_OTHERS && !known; k++)
            known = pids[k] == ends[i].pid;
        if (known)
            continue;
        if (found < MAX_OTHERS)
            pids[found] = ends[i].pid;
        found++;
    }
    return found;
}

static void take_others(struct tree_reader *reader, struct hog_tree_wait *wait, uint64_t inode, unsigned mode)
{
    int64_t pids[MAX_OTHERS];
    size_t count = others_of(reader, inode, mode, pids);
    bool all = tree_set_ends(reader, wait, pids, count < MAX_OTHERS ? count : MAX_OTHERS);

    wait->certain = all && count <= MAX_OTHERS;
}

/* An eventfd: whoever has it can write to it, and the kernel itself may (aio, KVM). */
static void on_counter(struct tree_reader *reader, int64_t pid, const struct tree_call *call,
                       const struct hog_event_file *event, struct hog_tree_wait *wait)
{
    int64_t pids[MAX_OTHERS];
    size_t count =
        event->id ? others_of(reader, HOG_END_EVENTFD | event->id, HOG_END_READS | HOG_END_WRITES, pids) : 0;
    size_t kept = 0;
    bool all = count <= MAX_OTHERS;

    count = all ? count : MAX_OTHERS;
    for (size_t i = 0; i < count; i++) /* its own threads are looked at anyway */
        if (pids[i] != pid || count == 1)
            pids[kept++] = pids[i];
    if (!event->read || (!call->writes && event->count))
        kept = 0;
    if (!tree_set_ends(reader, wait, pids, kept) || !all)
        wait->end_count = 0;
    wait->text = SAY(reader->tree, "waits in %s for an eventfd (file descriptor %" PRIu64 ")%s%s", call->name,
                     call->arguments[0], wait->end_count ? ", which is also that of " : "",
                     wait->end_count ? tree_list_of(reader, wait) : "");
}

static void on_event(struct tree_reader *reader, int64_t pid, const struct tree_call *call,
                     const struct hog_event_file *event, struct hog_tree_wait *wait)
{
    const char *name;

    if (event->kind == HOG_EVENT_COUNTER) {
        on_counter(reader, pid, call, event, wait);
        return;
    }
    if (event->kind == HOG_EVENT_PROCESS && event->pid)
        wait->certain = tree_set_ends(reader, wait, &event->pid, 1);
    name = hog_event_file_name(&reader->tree->arena, event);
    wait->text = SAY(reader->tree, "waits in %s for %s (file descriptor %" PRIu64 ")", call->name,
                     name ? name : "?", call->arguments[0]);
}

void tree_on_descriptor(struct tree_reader *reader, int64_t pid, const struct tree_call *call,
                        struct hog_tree_wait *wait)
{
    uint64_t descriptor = call->arguments[0], inode, peer;
    char path[PROC_PATH], target[NAME];
    const struct hog_socket *socket, *other;
    struct hog_event_file event;
    ssize_t length;

    snprintf(path, sizeof path, "/proc/%" PRId64 "/fd/%" PRIu64, pid, descriptor);
    length = readlink(path, target, sizeof target - 1);
    target[length > 0 ? length : 0] = '\0';
    if (sscanf(target, "pipe:[%" SCNu64 "]", &inode) == 1) {
        take_others(reader, wait, inode, call->writes ? HOG_END_READS : HOG_END_WRITES);
        wait->certain = wait->certain && hog_ends_would_wait(pid, descriptor, inode, call->writes);
        if (wait->end_count)
            wait->text = SAY(reader->tree, "%s a pipe (file descriptor %" PRIu64 ") that %s can %s",
                             call->writes ? "writes to" : "reads", descriptor, tree_list_of(reader, wait),
                             call->writes ? "read" : "write to");
        else
            wait->text =
                SAY(reader->tree,
                    "%s a pipe (file descriptor %" PRIu64 ") whose other end no process that is seen has",
                    call->writes ? "writes to" : "reads", descriptor);
        return;
    }
    if (hog_event_file_read(pid, descriptor, target, &event)) {
        on_event(reader, pid, call, &event, wait);
        return;
    }
    if (sscanf(target, "socket:[%" SCNu64 "]", &inode) != 1)
        return;
    if (!reader->sockets)
        reader->sockets = hog_sockets_read(pid);
    socket = hog_sockets_find(reader->sockets, inode);
    other = socket ? hog_sockets_other_end(reader->sockets, socket) : NULL;
    peer = other ? other->inode : hog_ends_local_peer(inode);
    if (peer)
        take_others(reader, wait, peer, HOG_END_READS | HOG_END_WRITES);
    wait->certain = false; /* it may have a limit that nobody sees (SO_RCVTIMEO) */
    if (!hog_ends_would_wait(pid, descriptor, inode, call->writes))
        wait->end_count = 0;
    wait->text = SAY(reader->tree, "waits in %s for a socket (file descriptor %" PRIu64 ")%s%s", call->name,
                     descriptor, wait->end_count ? ", at whose other end is " : "",
                     wait->end_count ? tree_list_of(reader, wait) : "");
}
