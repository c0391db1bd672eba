/* Waits across processes; see tree.h. tree_judge.c says who is stuck. */
#define _GNU_SOURCE
#include "wait/tree.h"

#include "base/cleanup.h"
#include "memory/stillness.h"
#include "memory/system_calls.h"
#include "wait/files.h"
#include "wait/tree_parts.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MAX_WAITS = 1024, /* threads of one */
    NAMED = 3,
    TREE_LIMIT = 64 << 20,
    FUTEX_PRIVATE = 128,
    STATUS_LINE = 256,
    PROC_PATH = 64,
    NAME = 64,
};
/* Below are addresses of 32-bit programs, whose system calls have other numbers. */
static const uint64_t STACK_LEAST = UINT64_C(1) << 32;

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
static uint32_t number_in_tree(struct tree_reader *reader, int64_t pid)
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

        words = SAY(reader, "%s%s%" PRId64 "%s%s%s", words, i ? ", " : "", process->pid,
                    process->name ? " (" : "", process->name ? process->name : "", process->name ? ")" : "");
    }
    return words && wait->end_count > NAMED ? SAY(reader, "%s, …", words) : words;
}

/* False: not all of them are in the tree, so that nothing is proven of the wait. */
bool tree_set_ends(struct tree_reader *reader, struct hog_tree_wait *wait, const int64_t *pids, size_t count)
{
    uint32_t *ends = hog_arena_array(&reader->tree->arena, count, sizeof *ends);
    bool all = true;

    wait->end_count = 0;
    for (size_t i = 0; ends && i < count; i++) {
        uint32_t number = number_in_tree(reader, pids[i]);

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

void tree_on_descriptor(struct tree_reader *reader, int64_t pid, const struct tree_call *call,
                        struct hog_tree_wait *wait)
{
    uint64_t descriptor = call->arguments[0], inode, peer;
    char path[PROC_PATH], target[NAME];
    const struct hog_socket *socket, *other;
    ssize_t length;

    snprintf(path, sizeof path, "/proc/%" PRId64 "/fd/%" PRIu64, pid, descriptor);
    length = readlink(path, target, sizeof target - 1);
    target[length > 0 ? length : 0] = '\0';
    if (sscanf(target, "pipe:[%" SCNu64 "]", &inode) == 1) {
        take_others(reader, wait, inode, call->writes ? HOG_END_READS : HOG_END_WRITES);
        wait->certain = wait->certain && hog_ends_would_wait(pid, descriptor, inode, call->writes);
        if (wait->end_count)
            wait->text = SAY(reader, "%s a pipe (file descriptor %" PRIu64 ") that %s can %s",
                             call->writes ? "writes to" : "reads", descriptor, tree_list_of(reader, wait),
                             call->writes ? "read" : "write to");
        else
            wait->text = SAY(
                reader, "%s a pipe (file descriptor %" PRIu64 ") whose other end no process that is seen has",
                call->writes ? "writes to" : "reads", descriptor);
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
    wait->text = SAY(reader, "waits in %s for a socket (file descriptor %" PRIu64 ")%s%s", call->name,
                     descriptor, wait->end_count ? ", at whose other end is " : "",
                     wait->end_count ? tree_list_of(reader, wait) : "");
}

static void on_child(struct tree_reader *reader, const struct hog_process *process,
                     const struct tree_call *call, struct hog_tree_wait *wait)
{
    bool by_kind = strcmp(call->name, "waitid") == 0;
    int64_t pids[MAX_OTHERS] = {(int32_t)call->arguments[by_kind ? 1 : 0]};
    size_t count = 1;
    bool one = by_kind ? call->arguments[0] == P_PID : pids[0] > 0;

    if (!one)
        count = hog_ends_children(process->pid, pids, MAX_OTHERS);
    wait->certain =
        tree_set_ends(reader, wait, pids, count < MAX_OTHERS ? count : MAX_OTHERS) && count <= MAX_OTHERS;
    wait->text =
        SAY(reader, "waits for the end of %s%s", one ? "" : "any child: ", tree_list_of(reader, wait));
}

/* Who has locked what `wait`s for: the kernel lists the waiter behind the lock, each with its process. */
static void on_lock(struct tree_reader *reader, int64_t pid, const struct tree_call *call,
                    struct hog_tree_wait *wait)
{
    int64_t holder = file_lock_holder(pid, call->arguments[0]);
    char path[PROC_PATH];

    snprintf(path, sizeof path, "/proc/%" PRId64, holder);
    if (holder > 0 && access(path, F_OK) == 0) {
        tree_set_ends(reader, wait, &holder, 1);
        wait->text = SAY(reader, "waits for a lock on a file (file descriptor %" PRIu64 "), held by %s",
                         call->arguments[0], tree_list_of(reader, wait));
    } else {
        wait->text =
            SAY(reader, "waits for a lock on a file (file descriptor %" PRIu64 ")%s", call->arguments[0],
                holder > 0 ? ", which a process took that has ended: who has its descriptor holds it" : "");
    }
}

/* Does it catch signals that come by themselves, of a timer or a child? Their handlers may do anything. */
static bool expects_signals(int64_t pid)
{
    static const int by_themselves[] = {SIGALRM, SIGVTALRM, SIGPROF, SIGCHLD, SIGIO};
    char path[PROC_PATH], line[STATUS_LINE];
    uint64_t caught = UINT64_MAX;

    snprintf(path, sizeof path, "/proc/%" PRId64 "/status", pid);
    HOG_FCLOSE FILE *stream = fopen(path, "re");

    while (stream && fgets(line, sizeof line, stream))
        if (sscanf(line, "SigCgt: %" SCNx64, &caught) == 1)
            break;
    for (size_t i = 0; i < sizeof by_themselves / sizeof *by_themselves; i++)
        if (caught >> (by_themselves[i] - 1) & 1)
            return true;
    return false;
}

static bool call_of_thread(const struct hog_process *process, const struct hog_os_thread *thread,
                           struct tree_call *ret_call)
{
    const struct hog_thread_registers *registers = &thread->registers;

    if (!registers->known || registers->system_call < 0 || thread->on_cpu || registers->argument_count < 4 ||
        registers->stack_pointer < STACK_LEAST)
        return false;
    *ret_call =
        (struct tree_call){.name = hog_system_call_name(process->elf_machine, registers->system_call)};
    memcpy(ret_call->arguments, registers->arguments, sizeof ret_call->arguments);
    return ret_call->name != NULL;
}

static void read_wait(struct tree_reader *reader, const struct hog_process *process,
                      const struct hog_os_thread *thread, struct hog_tree_wait *wait)
{
    struct tree_call call;
    enum tree_form form;

    *wait = (struct hog_tree_wait){.lwp = thread->lwp};
    if (!call_of_thread(process, thread, &call))
        return;
    form = tree_form_of(&call);
    wait->text = SAY(reader, "in %s", call.name);
    if (form == TREE_FUTEX && !(call.arguments[1] & FUTEX_PRIVATE) && !call.arguments[3])
        tree_on_semaphore(reader, process, &call, wait);
    else if (form == TREE_FUTEX)
        wait->passive = !call.arguments[3];
    else if (form == TREE_POLL || form == TREE_EPOLL)
        tree_on_files(reader, process, &call, form == TREE_EPOLL, wait);
    else if (form == TREE_DESCRIPTOR)
        tree_on_descriptor(reader, process->pid, &call, wait);
    else if (form == TREE_CHILD && (!thread->namespace_lwp || thread->namespace_lwp == thread->lwp))
        on_child(reader, process, &call, wait);
    else if (form == TREE_LOCK)
        on_lock(reader, process->pid, &call, wait);
}

/* The threads of one process of the tree; what they wait for may add to the tree. */
static void read_process(struct tree_reader *reader, uint32_t number)
{
    struct hog_tree_process *of_tree = &reader->tree->processes[number];
    const struct hog_process *process = reader->processes[number];
    size_t count;
    bool is_quiet = !expects_signals(of_tree->pid);

    if (!process) {
        if (hog_process_open_running(&reader->opened[number], of_tree->pid) != HOG_OK)
            return;
        process = reader->processes[number] = &reader->opened[number];
    }
    count = process->thread_count < MAX_WAITS ? process->thread_count : MAX_WAITS;
    of_tree->waits = hog_arena_array(&reader->tree->arena, count, sizeof *of_tree->waits);
    if (!of_tree->waits) {
        reader->no_memory = true;
        return;
    }
    of_tree->readable = process->thread_count > 0 && process->thread_count <= MAX_WAITS;
    for (size_t i = 0; i < count; i++) {
        struct hog_tree_wait *wait = &of_tree->waits[of_tree->wait_count++];

        read_wait(reader, process, &process->threads[i], wait);
        wait->certain = wait->certain && is_quiet;
    }
}

/* What ran while the others were looked at is free. */
static void let_movers_go(struct tree_reader *reader)
{
    struct hog_tree_process *processes = reader->tree->processes;

    for (uint32_t i = 0; processes && i < reader->tree->process_count; i++) {
        HOG_CLEANUP(hog_movers_deinit) struct hog_movers movers = {0};

        if (!reader->processes[i] || !reader->processes[i]->runs) /* the debugger holds the first */
            continue;
        if (!hog_movers_find(reader->processes[i], &movers))
            reader->no_memory = true;
        else if (movers.count)
            processes[i].readable = false;
    }
}

enum hog_status hog_tree_read(const struct hog_process *process, bool (*interrupted)(void *context),
                              void *context, struct hog_tree **ret_tree, struct hog_error *error)
{
    struct hog_tree *tree = calloc(1, sizeof *tree);
    struct tree_reader *reader = calloc(1, sizeof *reader);
    bool stopped = false;

    if (!tree || !reader) {
        free(tree);
        free(reader);
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory");
    }
    hog_arena_init(&tree->arena, TREE_LIMIT);
    reader->tree = tree;
    reader->interrupted = interrupted;
    reader->context = context;
    reader->processes[0] = process;
    tree->processes = hog_arena_array(&tree->arena, MAX_TREE, sizeof *tree->processes);
    reader->no_memory = !tree->processes || !hog_ends_read(&reader->ends, interrupted, context);
    if (!reader->no_memory)
        number_in_tree(reader, process->pid);
    for (uint32_t i = 0; !reader->no_memory && !stopped && i < tree->process_count; i++) {
        stopped = interrupted && interrupted(context);
        if (!stopped)
            read_process(reader, i);
    }
    let_movers_go(reader);
    tree->whole = reader->ends.whole && !stopped;
    if (!reader->no_memory)
        reader->no_memory = !tree_judge(tree);
    for (uint32_t i = 1; i < MAX_TREE; i++)
        if (reader->processes[i] || reader->opened[i].memory)
            hog_process_deinit(&reader->opened[i]);
    hog_ends_deinit(&reader->ends);
    hog_sockets_destroy(reader->sockets);
    if (reader->no_memory) {
        hog_tree_destroy(tree);
        tree = NULL;
    }
    free(reader);
    *ret_tree = tree;
    return tree ? HOG_OK : hog_fail(error, HOG_NO_MEMORY, "not enough memory");
}

void hog_tree_destroy(struct hog_tree *tree)
{
    if (!tree)
        return;
    hog_arena_deinit(&tree->arena);
    free(tree);
}
