/*
 * Python keeps pthread_self() (all versions) and, from 3.11 on, the kernel's
 * thread id. Ways from there to an OS thread, surest first:
 *
 *     native_thread_id == LWP                (a process in our own pid namespace)
 *     thread pointer register == pthread_self()
 *     struct pthread.tid, which lies at pthread_self() + 720 in glibc 2.x on x86-64,
 *     elsewhere in musl and other builds: a word that is the id of one of the threads
 */
#include "decode/os_thread.h"

enum { PTHREAD_HEAD = 1024, GLIBC_TID = 720 };

static const struct hog_os_thread *by_thread_pointer(const struct hog_process *process, uint64_t thread_id)
{
    for (size_t i = 0; i < process->thread_count; i++) {
        const struct hog_thread_registers *registers = &process->threads[i].registers;

        if (registers->has_thread_pointer && registers->thread_pointer == thread_id)
            return process->threads + i;
    }
    return NULL;
}

/* A thread by the id that the process itself would use for it: differs from ours in a container's pid
 * namespace. */
static const struct hog_os_thread *by_own_id(const struct hog_process *process, int64_t id)
{
    for (size_t i = 0; id && i < process->thread_count; i++) {
        const struct hog_os_thread *thread = process->threads + i;

        if ((thread->namespace_lwp ? thread->namespace_lwp : thread->lwp) == id)
            return thread;
    }
    return NULL;
}

static const struct hog_os_thread *by_pthread_struct(struct decoder *decoder, uint64_t thread_id)
{
    int32_t words[PTHREAD_HEAD / 4];
    size_t got = hog_memory_read_some(decoder->memory, thread_id, words, sizeof words) / 4;
    const struct hog_os_thread *found = NULL;

    if (got > GLIBC_TID / 4)
        found = by_own_id(decoder->process, words[GLIBC_TID / 4]);
    for (size_t i = 0; i < got && !found; i++)
        found = by_own_id(decoder->process, words[i]);
    return found;
}

const struct hog_os_thread *os_thread_of(struct decoder *decoder, uint64_t thread_id, int64_t native_id)
{
    const struct hog_os_thread *found = by_own_id(decoder->process, native_id);

    if (!found && thread_id)
        found = by_thread_pointer(decoder->process, thread_id);
    if (!found && thread_id && decoder->process->thread_count)
        found = by_pthread_struct(decoder, thread_id);
    return found;
}
