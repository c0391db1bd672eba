/*
 * Which call a thread waits in whose call the kernel has restarted.
 *
 *     b8 07 00 00 00   mov $7, %eax          the C library asked for poll()
 *     0f 05            syscall
 *     …                ◀── program counter   after a stop: restart_syscall(), with poll()'s arguments
 *
 * The kernel goes back by the length of the instruction and asks for restart_syscall() in its place (Linux,
 * kernel/signal.c and arch/x86/kernel/signal.c, arch/arm64/kernel/signal.c, ERESTART_RESTARTBLOCK): the program's own
 * word is the instruction before.
 */
#include "memory/memory.h"
#include "memory/process.h"
#include "memory/system_calls.h"

#include <elf.h>
#include <string.h>

/* -1: the code before the call is not of a form that names it. */
static int64_t number_in_x86_64(const unsigned char code[7])
{
    uint32_t number;

    if (code[0] != 0xb8 || code[5] != 0x0f || code[6] != 0x05)
        return -1;
    memcpy(&number, code + 1, sizeof number);
    return number;
}

/* "mov x8, #7", or of w8; "svc #0" */
static int64_t number_in_aarch64(const uint32_t code[2])
{
    return (code[0] & 0x7fe0001f) == 0x52800008 && code[1] == 0xd4000001 ? (int64_t)(code[0] >> 5 & 0xffff)
                                                                         : -1;
}

static int64_t number_before(unsigned elf_machine, uint64_t program_counter, struct hog_memory *memory)
{
    unsigned char x86_64[7];
    uint32_t aarch64[2];

    if (elf_machine == EM_X86_64)
        return hog_memory_read(memory, program_counter - sizeof x86_64, x86_64, sizeof x86_64) == HOG_OK
                   ? number_in_x86_64(x86_64)
                   : -1;
    return elf_machine == EM_AARCH64 && hog_memory_read(memory, program_counter - sizeof aarch64, aarch64,
                                                        sizeof aarch64) == HOG_OK
               ? number_in_aarch64(aarch64)
               : -1;
}

int64_t hog_system_call_waits_in(unsigned elf_machine, const struct hog_thread_registers *registers,
                                 struct hog_memory *memory)
{
    uint64_t fault = memory->fault;
    int64_t number;

    if (!hog_system_call_is_restart(elf_machine, registers->system_call) || !registers->program_counter)
        return registers->system_call;
    number = number_before(elf_machine, registers->program_counter, memory);
    memory->fault = fault; /* code that is not there costs this name alone */
    return hog_system_call_sleeps(elf_machine, number) ? number : registers->system_call;
}
