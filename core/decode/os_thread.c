/*
 * Python keeps pthread_self() (all versions) and, from 3.11 on, the kernel's
 * thread id as the process sees it: in a container that is another number than
 * ours, and after a fork in C it is still the parent's. Ways from there to an
 * OS thread, surest first:
 *
 *     native_thread_id is the id of a thread of the process
 *     thread pointer register == pthread_self()
 *     struct pthread   │ … │ tid │ …        glibc 2.x on x86-64: 720 bytes in; in musl and other builds
 *                                           elsewhere: a word that is the id of one of the threads
 */
#include "decode/os_thread.h"

enum { PTHREAD_HEAD = 1024, GLIBC_TID = 720 };

static int64_t by_list(const struct hog_process *process, int64_t id)
{
    const struct hog_os_thread *known = hog_process_thread(process, id);

    if (known && !known->namespace_lwp)
        return id;
    for (size_t i = 0; i < process->thread_count; i++) {
        const struct hog_os_thread *thread = process->threads + i;

        if ((thread->namespace_lwp ? thread->namespace_lwp : thread->lwp) == id)
            return thread->lwp;
    }
    return 0;
}

static int64_t by_own_id(const struct hog_thread_finder *finder, int64_t id)
{
    if (id <= 0)
        return 0;
    return finder->by_own_id ? finder->by_own_id(finder->context, id) : by_list(finder->process, id);
}

static int64_t by_thread_pointer(const struct hog_process *process, uint64_t thread_id)
{
    for (size_t i = 0; i < process->thread_count; i++) {
        const struct hog_thread_registers *registers = &process->threads[i].registers;

        if (registers->has_thread_pointer && registers->thread_pointer == thread_id)
            return process->threads[i].lwp;
    }
    return 0;
}

static int64_t by_pthread_struct(struct hog_thread_finder *finder, uint64_t thread_id)
{
    int32_t words[PTHREAD_HEAD / 4];
    size_t count = hog_memory_read_some(finder->memory, thread_id, words, sizeof words) / 4;
    uint32_t likely = finder->pthread_tid ? finder->pthread_tid : GLIBC_TID;
    int64_t found = likely / 4 < count ? by_own_id(finder, words[likely / 4]) : 0;

    if (found || finder->pthread_tid) {
        finder->pthread_tid = likely;
        return found;
    }
    if (!finder->searches)
        return 0;
    finder->searches--;
    for (uint32_t i = 0; i < count && !found; i++) {
        found = by_own_id(finder, words[i]);
        if (found)
            finder->pthread_tid = 4 * i;
    }
    return found;
}

int64_t hog_thread_find(struct hog_thread_finder *finder, uint64_t thread_id, int64_t native_id)
{
    int64_t found = by_own_id(finder, native_id);

    if (!found && thread_id)
        found = by_thread_pointer(finder->process, thread_id);
    if (!found && thread_id && (finder->by_own_id || finder->process->thread_count))
        found = by_pthread_struct(finder, thread_id);
    return found;
}
