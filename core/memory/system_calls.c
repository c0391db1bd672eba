/*
 * System call numbers of the two architectures hognose decodes; the table is system_calls.def.
 */
#include "memory/system_calls.h"

#include <elf.h>
#include <string.h>

enum { NONE = -1 }; /* the architecture has no such call */

static const struct system_call {
    const char *name;
    int16_t x86_64, aarch64;
} system_calls[] = {
#define SYSTEM_CALL(name, x86_64, aarch64) {#name, x86_64, aarch64},
#include "memory/system_calls.def"
#undef SYSTEM_CALL
};

enum number {
#define SYSTEM_CALL(name, x86_64, aarch64) X86_64_##name = (x86_64), AARCH64_##name = (aarch64),
#include "memory/system_calls.def"
#undef SYSTEM_CALL
};

/* Those in which threads sleep, however long; others are at work in the kernel. */
static const char *const sleepers[] = {
    "accept",        "accept4",         "clock_nanosleep", "close",        "connect",       "epoll_pwait",
    "epoll_pwait2",  "epoll_wait",      "fcntl",           "fdatasync",    "flock",         "fsync",
    "futex",         "futex_wait",      "futex_waitv",     "io_getevents", "io_pgetevents", "io_uring_enter",
    "ioctl",         "mq_timedreceive", "mq_timedsend",    "msgrcv",       "msgsnd",        "nanosleep",
    "openat",        "openat2",         "pause",           "poll",         "ppoll",         "pread64",
    "preadv",        "preadv2",         "pselect6",        "pwrite64",     "pwritev",       "pwritev2",
    "read",          "readv",           "recvfrom",        "recvmmsg",     "recvmsg",       "restart_syscall",
    "rt_sigsuspend", "rt_sigtimedwait", "select",          "semop",        "semtimedop",    "sendfile",
    "sendmmsg",      "sendmsg",         "sendto",          "splice",       "tee",           "vfork",
    "vmsplice",      "wait4",           "waitid",          "write",        "writev",
};

bool hog_system_calls_are_known(unsigned elf_machine)
{
    return elf_machine == EM_X86_64 || elf_machine == EM_AARCH64;
}

static const struct system_call *system_call_find(unsigned elf_machine, int64_t number)
{
    const size_t count = sizeof system_calls / sizeof *system_calls;
    bool is_x86_64 = elf_machine == EM_X86_64;

    if (number < 0 || !hog_system_calls_are_known(elf_machine))
        return NULL;
    if (is_x86_64 && (size_t)number < count && system_calls[number].x86_64 == number)
        return &system_calls
            [number]; /* the rows are in the order of x86-64's numbers, which begin without gaps */
    for (size_t i = 0; i < count; i++)
        if ((is_x86_64 ? system_calls[i].x86_64 : system_calls[i].aarch64) == number)
            return &system_calls[i];
    return NULL;
}

const char *hog_system_call_name(unsigned elf_machine, int64_t number)
{
    const struct system_call *call = system_call_find(elf_machine, number);

    return call ? call->name : NULL;
}

bool hog_system_call_sleeps(unsigned elf_machine, int64_t number)
{
    const char *name = hog_system_call_name(elf_machine, number);

    for (size_t i = 0; name && i < sizeof sleepers / sizeof *sleepers; i++)
        if (strcmp(name, sleepers[i]) == 0)
            return true;
    return false;
}

bool hog_system_call_is_futex(unsigned elf_machine, int64_t number)
{
    if (elf_machine == EM_X86_64)
        return number == X86_64_futex || number == X86_64_futex_wait || number == X86_64_restart_syscall;
    return elf_machine == EM_AARCH64 &&
           (number == AARCH64_futex || number == AARCH64_futex_wait || number == AARCH64_restart_syscall);
}

bool hog_system_call_is_restart(unsigned elf_machine, int64_t number)
{
    return (elf_machine == EM_X86_64 && number == X86_64_restart_syscall) ||
           (elf_machine == EM_AARCH64 && number == AARCH64_restart_syscall);
}
