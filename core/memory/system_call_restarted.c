/*
 * Which call a thread waits in whose call the kernel has restarted.
 *
 *     b8 07 00 00 00   mov $7, %eax          the C library asked for poll()
 *     0f 05            syscall
 *     …                ◀── program counter   after a stop: restart_syscall(), with poll()'s arguments
 *
 *     48 8b 44 24 20   mov 0x20(%rsp), %rax  from glibc 2.41 on, in a process of one thread: the number lies there still
 *     0f 05            syscall
 *
 *     4c 89 5c 24 08   mov %r11, 8(%rsp)     and in one of several: __syscall_cancel_arch(), which has got the number in a
 *     0f 05            syscall               register. The function that asked for the call had pushed it for its own call:
 *
 *         push $7 … call ─▶ │ … │ return address │ 7 │ …             both on the stack, a few words further
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

enum { MOST_CALLS = 1024 };

/* -1: the code before the call is not of a form that names it. */
static int64_t number_in_x86_64(const unsigned char code[7])
{
    uint32_t number;

    if (code[0] != 0xb8 || code[5] != 0x0f || code[6] != 0x05)
        return -1;
    memcpy(&number, code + 1, sizeof number);
    return number;
}

/* Does the code before a return address push this number and call? */
static bool is_pushed_for_call(struct hog_memory *memory, uint64_t return_address, uint64_t number)
{
    unsigned char code[24]; /* the arguments are put into registers in between */
    const size_t call = sizeof code - 5;
    uint32_t pushed;

    if (number > MOST_CALLS ||
        hog_memory_read(memory, return_address - sizeof code, code, sizeof code) != HOG_OK ||
        code[call] != 0xe8)
        return false;
    for (size_t at = 0; at + 2 <= call; at++) {
        if (code[at] == 0x6a && code[at + 1] == number && number <= INT8_MAX)
            return true;
        if (code[at] != 0x68 || at + 5 > call)
            continue;
        memcpy(&pushed, code + at + 1, sizeof pushed);
        if (pushed == number)
            return true;
    }
    return false;
}

static int64_t number_on_stack(const unsigned char code[7], uint64_t stack_pointer, struct hog_memory *memory)
{
    static const unsigned char load[4] = {0x48, 0x8b, 0x44, 0x24};
    static const unsigned char cancel_arch[5] = {0x4c, 0x89, 0x5c, 0x24, 0x08};
    uint64_t words[12];
    size_t count;

    if (!stack_pointer || code[5] != 0x0f || code[6] != 0x05)
        return -1;
    if (memcmp(code, load, sizeof load) == 0 && code[4] <= INT8_MAX)
        return hog_memory_u64(memory, stack_pointer + code[4], words) == HOG_OK && words[0] <= INT32_MAX
                   ? (int64_t)words[0]
                   : -1;
    if (memcmp(code, cancel_arch, sizeof cancel_arch) != 0)
        return -1;
    count = hog_memory_read_some(memory, stack_pointer, words, sizeof words) / sizeof *words;
    for (size_t i = 1; i + 1 < count; i++)
        if (is_pushed_for_call(memory, words[i], words[i + 1]))
            return (int64_t)words[i + 1];
    return -1;
}

/* "mov x8, #7", or of w8; "svc #0" */
static int64_t number_in_aarch64(const uint32_t code[2])
{
    return (code[0] & 0x7fe0001f) == 0x52800008 && code[1] == 0xd4000001 ? (int64_t)(code[0] >> 5 & 0xffff)
                                                                         : -1;
}

static int64_t number_before(unsigned elf_machine, const struct hog_thread_registers *registers,
                             struct hog_memory *memory)
{
    uint64_t program_counter = registers->program_counter;
    unsigned char x86_64[7];
    uint32_t aarch64[2];

    if (elf_machine == EM_X86_64) {
        int64_t number;

        if (hog_memory_read(memory, program_counter - sizeof x86_64, x86_64, sizeof x86_64) != HOG_OK)
            return -1;
        number = number_in_x86_64(x86_64);
        return number >= 0 ? number : number_on_stack(x86_64, registers->stack_pointer, memory);
    }
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
    number = number_before(elf_machine, registers, memory);
    memory->fault = fault; /* code that is not there costs this name alone */
    return hog_system_call_sleeps(elf_machine, number) ? number : registers->system_call;
}
