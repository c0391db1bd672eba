/* Names of the system calls, in which of them threads wait, and the facts about futexes that tell a wait for the GIL.
 */
#ifndef HOG_MEMORY_SYSTEM_CALLS_H
#define HOG_MEMORY_SYSTEM_CALLS_H

#include "base/status.h"

/* Are the numbers of this machine known? */
bool hog_system_calls_are_known(unsigned elf_machine);
/* NULL for a call that is newer than the table, or a machine that is not known. */
const char *hog_system_call_name(unsigned elf_machine, int64_t number);
/* Whether a thread that is in this call for long sleeps there, rather than works. */
bool hog_system_call_sleeps(unsigned elf_machine, int64_t number);
/* A futex wait, also one that the kernel restarts after a stop: its first argument is the futex's address. */
bool hog_system_call_is_futex(unsigned elf_machine, int64_t number);
/* restart_syscall(): another call that goes on after a stop. */
bool hog_system_call_is_restart(unsigned elf_machine, int64_t number);

struct hog_thread_registers;
struct hog_memory;

/*
 * The number of the call that the thread is in (its `system_call`, -1: none). Of one that the kernel has restarted after
 * a stop, the call that was asked for, whose arguments are still there; restart_syscall where the code does not tell.
 */
int64_t hog_system_call_waits_in(unsigned elf_machine, const struct hog_thread_registers *registers,
                                 struct hog_memory *memory);

#endif
