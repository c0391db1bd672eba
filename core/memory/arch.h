/*
 * The one place that knows registers: where a core's NT_PRSTATUS keeps them,
 * and what they say about a thread.
 *
 * x86-64 (336 bytes)                      aarch64 (392 bytes)
 *    12  pr_cursig                           12  pr_cursig
 *    32  pr_pid: the thread                  32  pr_pid
 *   112  pr_reg: r15 r14 … 27 words         112  pr_reg: x0 … x30 sp pc pstate, 34 words
 *          [14] rdi       argument                 [0]  x0   argument, or the call's result
 *          [13] rsi … [8] r9, as the kernel        [1]  x1 … [5] x5
 *               takes them: rsi rdx r10 r8 r9
 *          [15] orig_rax  the system call          [8]  x8   the system call, if it is one
 *          [16] rip                                [32] pc
 *          [21] fs_base   pthread_self()           NT_ARM_TLS: tpidr_el0 = pthread_self()
 */
#ifndef HOG_MEMORY_ARCH_H
#define HOG_MEMORY_ARCH_H

#include "memory/process.h"

/* The registers that matter, as the core has them. */
struct arch_registers {
    int64_t lwp;
    int signal;
    uint64_t arguments[HOG_CALL_ARGUMENTS]; /* rdi rsi rdx r10 r8 r9, x0 … x5 */
    uint64_t system_call;                   /* orig_rax, x8 */
    uint64_t program_counter;
    uint64_t stack_pointer;
    bool has_thread_pointer;
    uint64_t thread_pointer; /* fs_base, tpidr_el0 */
};

bool arch_supported(unsigned elf_machine);
/* "x86-64", "32-bit ARM", …; NULL for one that has no name here. */
const char *arch_name(unsigned elf_machine);

/* Bytes of an NT_PRSTATUS of this machine. */
size_t arch_prstatus_size(unsigned elf_machine);
bool arch_read_prstatus(unsigned elf_machine, const void *bytes, size_t size,
                        struct arch_registers *ret_registers) HOG_CHECKED;
/* The reverse, for core_writer.c; `bytes` has arch_prstatus_size() zeroed bytes. */
void arch_write_prstatus(unsigned elf_machine, const struct arch_registers *registers, void *bytes);

/* What the registers say of the thread. `memory` is asked for the instruction at the program counter. */
void arch_judge(unsigned elf_machine, const struct arch_registers *registers, struct hog_memory *memory,
                struct hog_thread_registers *ret_judged);

/*
 * Is a thread with these registers in a system call, whatever its number? To be asked of registers that a stub has
 * sent: one that is behind the call's instruction, with a result that the kernel puts there for a call that is not
 * over, is.
 */
bool arch_is_in_call(unsigned elf_machine, uint64_t program_counter, uint64_t result,
                     struct hog_memory *memory);

#endif
