/*
 * Waits for locks and semaphores of multiprocessing, across processes.
 *
 * Who holds a lock is in the memory of its process (shared.h), and proven only if nobody else that has the lock claims it
 * too (a process that was forked has a copy of the claim), all could be asked, and none ran meanwhile. If nobody claims it,
 * its owner has ended with it: nothing but a process that makes a name of it anew could release it.
 */
#include "base/cleanup.h"
#include "memory/stillness.h"
#include "wait/shared.h"
#include "wait/tree_parts.h"

/* Who of its users holds a lock; how many could not be asked, or ran meanwhile. */
static size_t holders_of(struct tree_reader *reader, const struct hog_shared *shared, const int64_t *users,
                         size_t count, int64_t *ret_holders, size_t *ret_unknown)
{
    size_t found = 0;

    *ret_unknown = 0;
    for (size_t i = 0; i < count; i++) {
        HOG_CLEANUP(hog_process_deinit) struct hog_process user = {.pid = 0};
        HOG_CLEANUP(hog_movers_deinit) struct hog_movers movers = {0};
        struct hog_semlock semlock = {.unknown = true};
        bool refused;
        uint64_t handle = hog_shared_address(users[i], shared, &refused);

        if (handle && hog_process_open_running(&user, users[i]) == HOG_OK) {
            semlock = hog_semlock_of(&user, handle, reader->interrupted, reader->context);
            semlock.unknown |= !hog_movers_find(&user, &movers) || movers.count;
        }
        *ret_unknown += semlock.unknown;
        if (semlock.held)
            ret_holders[found++] = users[i];
    }
    return found;
}

static void on_lock_of_processes(struct tree_reader *reader, const struct hog_shared *shared,
                                 const int64_t *users, size_t count, bool all, struct hog_tree_wait *wait)
{
    int64_t holders[MAX_OTHERS];
    size_t unknown, found = holders_of(reader, shared, users, count, holders, &unknown);

    wait->certain = tree_set_ends(reader, wait, holders, found) && found == 1 && !unknown && all;
    wait->dead = !found && !unknown;
    if (found)
        wait->text =
            SAY(reader->tree, "waits for a lock of multiprocessing, held by %s", tree_list_of(reader, wait));
    else
        wait->text = !wait->dead ? "waits for a lock of multiprocessing, whose owner is not known"
                     : all       ? "waits for a lock of multiprocessing that nobody alive holds"
                                 : "waits for a lock of multiprocessing that nobody holds who could be asked";
    if (wait->dead)
        wait->certain = all;
}

/* The semaphore has places again: its waiter is about to go on. */
static bool is_free(const struct hog_process *process, uint64_t address)
{
    uint32_t value;

    return hog_memory_u32(process->memory, address, &value) != HOG_OK || value;
}

void tree_on_semaphore(struct tree_reader *reader, const struct hog_process *process,
                       const struct tree_call *call, struct hog_tree_wait *wait)
{
    int64_t users[MAX_OTHERS], others[MAX_OTHERS];
    size_t count, other_count = 0;
    struct hog_semlock semlock;
    struct hog_shared shared;
    bool all;

    if (!hog_shared_at(process->pid, call->arguments[0], &shared) || is_free(process, call->arguments[0]))
        return;
    semlock = hog_semlock_of(process, call->arguments[0], reader->interrupted, reader->context);
    count = hog_shared_users(&shared, users, MAX_OTHERS, &all, reader->interrupted, reader->context);
    if (!semlock.found || count > MAX_OTHERS)
        return;
    if (semlock.is_lock) {
        on_lock_of_processes(reader, &shared, users, count, all, wait);
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (users[i] != process->pid)
            others[other_count++] = users[i];
    tree_set_ends(reader, wait, others, other_count);
    wait->text = SAY(reader->tree, "waits for a semaphore of multiprocessing%s%s",
                     other_count ? " that it shares with " : "", tree_list_of(reader, wait));
}
