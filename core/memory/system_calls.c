/*
 * System call numbers of the two architectures hognose decodes.
 * Source: Linux, arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h.
 */
#include "memory/system_calls.h"

#include <elf.h>
#include <string.h>

enum { NONE = -1 };

static const struct system_call {
    const char *name;
    int16_t x86_64, aarch64;
} system_calls[] = {
    {"read", 0, 63},
    {"write", 1, 64},
    {"poll", 7, NONE},
    {"ioctl", 16, 29},
    {"pread64", 17, 67},
    {"readv", 19, 65},
    {"writev", 20, 66},
    {"select", 23, NONE},
    {"pause", 34, NONE},
    {"nanosleep", 35, 101},
    {"connect", 42, 203},
    {"accept", 43, 202},
    {"sendto", 44, 206},
    {"recvfrom", 45, 207},
    {"sendmsg", 46, 211},
    {"recvmsg", 47, 212},
    {"wait4", 61, 260},
    {"msgrcv", 70, 188},
    {"flock", 73, 32},
    {"fsync", 74, 82},
    {"rt_sigtimedwait", 128, 137},
    {"rt_sigsuspend", 130, 133},
    {"futex", 202, 98},
    {"io_getevents", 208, 4},
    {"semtimedop", 220, 192},
    {"restart_syscall", 219, 128},
    {"clock_nanosleep", 230, 115},
    {"epoll_wait", 232, NONE},
    {"waitid", 247, 95},
    {"openat", 257, 56},
    {"pselect6", 270, 72},
    {"ppoll", 271, 73},
    {"splice", 275, 76},
    {"epoll_pwait", 281, 22},
    {"accept4", 288, 242},
    {"recvmmsg", 299, 243},
    {"io_uring_enter", 426, 426},
    {"epoll_pwait2", 441, 441},
    {"futex_wait", 455, 455},
};

bool hog_system_calls_are_known(unsigned elf_machine)
{
    return elf_machine == EM_X86_64 || elf_machine == EM_AARCH64;
}

static const struct system_call *system_call_find(unsigned elf_machine, int64_t number)
{
    for (size_t i = 0; i < sizeof system_calls / sizeof *system_calls; i++) {
        const struct system_call *call = system_calls + i;
        int16_t own = elf_machine == EM_X86_64    ? call->x86_64
                      : elf_machine == EM_AARCH64 ? call->aarch64
                                                  : NONE;

        if (own != NONE && own == number)
            return call;
    }
    return NULL;
}

const char *hog_system_call_name(unsigned elf_machine, int64_t number)
{
    const struct system_call *call = system_call_find(elf_machine, number);

    return call ? call->name : NULL;
}

bool hog_system_call_is_futex(unsigned elf_machine, int64_t number)
{
    const char *name = hog_system_call_name(elf_machine, number);

    return name && (strcmp(name, "futex") == 0 || strcmp(name, "futex_wait") == 0 ||
                    strcmp(name, "restart_syscall") == 0);
}
