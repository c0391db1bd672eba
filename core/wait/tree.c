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
    TREE_LIMIT = 64 << 20,
    FUTEX_PRIVATE = 128,
    STATUS_LINE = 256,
    PROC_PATH = 64,
};
/* Below are addresses of 32-bit programs, whose system calls have other numbers. */
static const uint64_t STACK_LEAST = UINT64_C(1) << 32;

static void on_child(struct tree_reader *reader, const struct hog_process *process,
                     const struct tree_call *call, struct hog_tree_wait *wait)
{
    bool by_kind = strcmp(call->name, "waitid") == 0;
    int64_t pids[MAX_OTHERS] = {(int32_t)call->arguments[by_kind ? 1 : 0]};
    size_t count = 1;
    bool by_file = by_kind && call->arguments[0] == HOG_WAIT_FOR_PIDFD;
    bool one = by_file || (by_kind ? call->arguments[0] == P_PID : pids[0] > 0);

    if (by_file) {
        struct tree_call of_file = {.name = call->name, .arguments = {call->arguments[1]}};

        tree_on_descriptor(reader, process->pid, &of_file, wait);
        return;
    }

    if (!one)
        count = hog_ends_children(process->pid, pids, MAX_OTHERS);
    wait->certain =
        tree_set_ends(reader, wait, pids, count < MAX_OTHERS ? count : MAX_OTHERS) && count <= MAX_OTHERS;
    wait->text =
        SAY(reader->tree, "waits for the end of %s%s", one ? "" : "any child: ", tree_list_of(reader, wait));
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
        wait->text = SAY(reader->tree, "waits for a lock on a file (file descriptor %" PRIu64 "), held by %s",
                         call->arguments[0], tree_list_of(reader, wait));
    } else {
        wait->text = SAY(
            reader->tree, "waits for a lock on a file (file descriptor %" PRIu64 ")%s", call->arguments[0],
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
        (struct tree_call){.name = hog_system_call_name(
                               process->elf_machine,
                               hog_system_call_waits_in(process->elf_machine, registers, process->memory))};
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
    wait->text = SAY(reader->tree, "in %s", call.name);
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
        tree_number_of(reader, process->pid);
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
