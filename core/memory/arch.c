/* Registers in core files, and what they say: see arch.h. */
#include "memory/arch.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

enum { STATUS_SIGNAL = 12, STATUS_LWP = 32, STATUS_REGISTERS = 112 };
enum { NOT_THERE = -1 };

/* Indices into pr_reg. */
struct arch {
    unsigned machine;
    size_t prstatus_size;
    int arguments[HOG_CALL_ARGUMENTS];
    int system_call, program_counter, stack_pointer, thread_pointer;
};

static const struct arch arches[] = {
    {EM_X86_64, 336, .arguments = {14, 13, 12, 7, 9, 8}, .system_call = 15, .program_counter = 16,
     .stack_pointer = 19, .thread_pointer = 21},
    {EM_AARCH64, 392, .arguments = {0, 1, 2, 3, 4, 5}, .system_call = 8, .program_counter = 32,
     .stack_pointer = 31, .thread_pointer = NOT_THERE},
};

static const struct arch *arch_find(unsigned machine)
{
    for (size_t i = 0; i < sizeof arches / sizeof *arches; i++)
        if (arches[i].machine == machine)
            return &arches[i];
    return NULL;
}

bool arch_supported(unsigned elf_machine)
{
    return arch_find(elf_machine) != NULL;
}

const char *arch_name(unsigned elf_machine)
{
    switch (elf_machine) {
    case EM_X86_64:
        return "x86-64";
    case EM_AARCH64:
        return "aarch64";
    case EM_386:
        return "32-bit x86";
    case EM_ARM:
        return "32-bit ARM";
    case EM_RISCV:
        return "RISC-V";
    case EM_PPC64:
        return "64-bit PowerPC";
    case EM_S390:
        return "s390";
    case EM_MIPS:
        return "MIPS";
    default:
        return NULL;
    }
}

size_t arch_prstatus_size(unsigned elf_machine)
{
    const struct arch *arch = arch_find(elf_machine);

    return arch ? arch->prstatus_size : 0;
}

static uint64_t get_register(const unsigned char *status, int number)
{
    uint64_t value;

    memcpy(&value, status + STATUS_REGISTERS + (size_t)number * sizeof value, sizeof value);
    return value;
}

static void put_register(unsigned char *status, int number, uint64_t value)
{
    memcpy(status + STATUS_REGISTERS + (size_t)number * sizeof value, &value, sizeof value);
}

bool arch_read_prstatus(unsigned elf_machine, const void *bytes, size_t size,
                        struct arch_registers *ret_registers)
{
    const struct arch *arch = arch_find(elf_machine);
    const unsigned char *status = bytes;
    struct arch_registers found = {0};
    int32_t lwp;
    int16_t signal;

    if (!arch || size < arch->prstatus_size)
        return false;
    memcpy(&lwp, status + STATUS_LWP, sizeof lwp);
    memcpy(&signal, status + STATUS_SIGNAL, sizeof signal);
    found.lwp = lwp;
    found.signal = signal;
    for (int i = 0; i < HOG_CALL_ARGUMENTS; i++)
        found.arguments[i] = get_register(status, arch->arguments[i]);
    found.system_call = get_register(status, arch->system_call);
    found.program_counter = get_register(status, arch->program_counter);
    found.stack_pointer = get_register(status, arch->stack_pointer);
    found.has_thread_pointer = arch->thread_pointer != NOT_THERE;
    if (found.has_thread_pointer)
        found.thread_pointer = get_register(status, arch->thread_pointer);
    *ret_registers = found;
    return true;
}

void arch_write_prstatus(unsigned elf_machine, const struct arch_registers *registers, void *bytes)
{
    const struct arch *arch = arch_find(elf_machine);
    unsigned char *status = bytes;
    int32_t lwp = (int32_t)registers->lwp;
    int16_t signal = (int16_t)registers->signal;

    if (!arch)
        return;
    memcpy(status + STATUS_LWP, &lwp, sizeof lwp);
    memcpy(status + STATUS_SIGNAL, &signal, sizeof signal);
    for (int i = 0; i < HOG_CALL_ARGUMENTS; i++)
        put_register(status, arch->arguments[i], registers->arguments[i]);
    put_register(status, arch->system_call, registers->system_call);
    put_register(status, arch->program_counter, registers->program_counter);
    put_register(status, arch->stack_pointer, registers->stack_pointer);
    if (arch->thread_pointer != NOT_THERE)
        put_register(status, arch->thread_pointer, registers->thread_pointer);
}

/*
 * aarch64 keeps no orig_x0 and does not say whether x8 is a call's number.
 * The instruction does: a call that is to be restarted has its program
 * counter on the `svc` again and its argument back in x0 (do_signal in
 * arch/arm64/kernel/signal.c); one that gives up stands behind it with -EINTR.
 */
static void judge_aarch64(const struct arch_registers *registers, struct hog_memory *memory,
                          struct hog_thread_registers *judged)
{
    static const uint32_t svc = 0xd4000001;
    uint32_t instruction[2]; /* the one before the program counter, and the one at it */

    judged->system_call = -1;
    if (hog_memory_read(memory, registers->program_counter - 4, instruction, sizeof instruction) != HOG_OK)
        return;
    judged->known = true;
    if (instruction[1] == svc) {
        judged->system_call = (int64_t)registers->system_call;
        judged->argument_count = HOG_CALL_ARGUMENTS;
        memcpy(judged->arguments, registers->arguments, sizeof judged->arguments);
    } else if (instruction[0] == svc && (int64_t)registers->arguments[0] == -EINTR) {
        judged->system_call = (int64_t)registers->system_call;
    }
}

void arch_judge(unsigned elf_machine, const struct arch_registers *registers, struct hog_memory *memory,
                struct hog_thread_registers *ret_judged)
{
    struct hog_thread_registers judged = {
        .system_call = -1,
        .has_thread_pointer = registers->has_thread_pointer,
        .thread_pointer = registers->thread_pointer,
        .program_counter = registers->program_counter,
        .stack_pointer = registers->stack_pointer,
    };

    if (elf_machine == EM_AARCH64) {
        judge_aarch64(registers, memory, &judged);
    } else if (elf_machine == EM_X86_64) { /* negative outside of a system call */
        judged.known = true;
        judged.system_call = (int64_t)registers->system_call < 0 ? -1 : (int64_t)registers->system_call;
        if (judged.system_call >= 0) {
            judged.argument_count = HOG_CALL_ARGUMENTS;
            memcpy(judged.arguments, registers->arguments, sizeof judged.arguments);
        }
    }
    *ret_judged = judged;
}

/*
 * A call that a tracer has interrupted is to be started again (include/linux/errno.h: ERESTARTSYS 512 to
 * ERESTART_RESTARTBLOCK 516), or has not begun (ENOSYS), or gives up (EINTR).
 */
static bool is_unfinished(int64_t result)
{
    return (result >= -516 && result <= -512) || result == -ENOSYS || result == -EINTR;
}

bool arch_is_in_call(unsigned elf_machine, uint64_t program_counter, uint64_t result,
                     struct hog_memory *memory)
{
    static const unsigned char syscall_x86_64[2] = {0x0f, 0x05};
    unsigned char before[sizeof syscall_x86_64];

    return elf_machine == EM_X86_64 && is_unfinished((int64_t)result) &&
           hog_memory_read(memory, program_counter - sizeof before, before, sizeof before) == HOG_OK &&
           memcmp(before, syscall_x86_64, sizeof before) == 0;
}
