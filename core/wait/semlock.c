/*
 * Locks and semaphores of multiprocessing.
 *
 *     Lock, RLock, Semaphore …  ._semlock ─▶ SemLock │ handle: sem_t * │ last_tid │ count │ maxvalue │ kind │
 *
 * The semaphore is shared; the SemLock is each process's own, and counts what this process has taken and not given back.
 * last_tid is the thread that took it last: of an RLock its owner, since nobody else may release it. Of a Lock, which is a
 * semaphore of at most 1, it is likely the owner: anybody may release it. Of what can be taken more than once it says
 * nothing: who took the last place need not be he who could give one back.
 *
 * Source: Modules/_multiprocessing/semaphore.c, Lib/multiprocessing/synchronize.py, 3.6 - 3.15.
 */
#include "wait/semlock.h"

enum { RECURSIVE_MUTEX = 0 };

static bool is_recursive(struct waits_reader *reader, uint64_t lock)
{
    uint32_t kind;

    return read_member_u32(reader, lock, HOG_F_semlock_kind, &kind) && kind == RECURSIVE_MUTEX;
}

bool semlock_is_lock(struct waits_reader *reader, uint64_t lock)
{
    uint32_t most;

    return read_member_u32(reader, lock, HOG_F_semlock_maxvalue, &most) && most == 1;
}

void owner_of_semlock(struct waits_reader *reader, uint32_t node, uint64_t lock)
{
    uint64_t owner;
    uint32_t count;

    if (!semlock_is_lock(reader, lock)) {
        node_at(reader, node)->grade = HOG_WAIT_NOT_APPLICABLE;
        node_at(reader, node)->what = "which processes can share";
        return;
    }
    if (!read_member_u32(reader, lock, HOG_F_semlock_count, &count))
        return;
    if (!count)
        node_at(reader, node)->what = "no thread of this process holds it";
    else if ((count == 1 || is_recursive(reader, lock)) &&
             read_member(reader, lock, HOG_F_semlock_last_tid, &owner) && owner)
        node_owned_by(reader, node, owner, member_address(reader, lock, HOG_F_semlock_last_tid));
    /* What is no RLock may have been given back by another process, or thread. A `with` proves it: holder.c. */
    if (node_at(reader, node)->grade == HOG_WAIT_HELD && !is_recursive(reader, lock))
        node_at(reader, node)->grade = HOG_WAIT_LIKELY;
    else if (node_at(reader, node)->grade == HOG_WAIT_NOBODY_ALIVE && !is_recursive(reader, lock))
        node_at(reader, node)->inferred = true;
}

uint64_t semlock_within(struct waits_reader *reader, uint64_t object)
{
    uint64_t lock;

    return object_is_a(reader, object, "multiprocessing.synchronize", "SemLock") &&
                   hog_value_attribute(reader->values, object, "_semlock", &lock) == HOG_OK &&
                   object_is_a(reader, lock, "_multiprocessing", "SemLock")
               ? lock
               : 0;
}
