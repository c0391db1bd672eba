/* What a siginfo_t says; see signal.h. */
#define _GNU_SOURCE
#include "memory/signal.h"
#include "base/cursor.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { INFO_LEAST = 24 }; /* up to si_uid */

/* Raised by what an instruction did, when the kernel says so. */
static bool is_fault_signal(int number)
{
    return number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE || number == SIGTRAP;
}

/* Nobody sends one of these but to end a process that went wrong. */
static bool is_crash_signal(int number)
{
    return is_fault_signal(number) || number == SIGABRT || number == SIGSYS;
}

static enum hog_signal_origin origin_of(int number, int32_t code)
{
    if (code == SI_USER || code == SI_QUEUE || code == SI_TKILL)
        return HOG_SIGNAL_OF_PROCESS;
    return code > 0 && is_fault_signal(number) ? HOG_SIGNAL_OF_FAULT : HOG_SIGNAL_OF_KERNEL;
}

struct hog_signal hog_signal_of(int number, int32_t code, uint64_t address, int64_t sender,
                                uint32_t sender_uid)
{
    struct hog_signal signal = {
        .number = number, .has_code = true, .code = code, .origin = origin_of(number, code)};

    if (signal.origin == HOG_SIGNAL_OF_FAULT) {
        signal.has_address = code != SI_KERNEL; /* a general protection fault has none */
        signal.address = signal.has_address ? address : 0;
    } else if (signal.origin == HOG_SIGNAL_OF_PROCESS) {
        signal.sender = sender > 0 ? sender : 0;
        signal.sender_uid = sender_uid;
    }
    return signal;
}

bool hog_signal_read(const void *bytes, size_t size, struct hog_signal *ret_signal)
{
    struct hog_cursor cursor = hog_cursor_over(bytes, size);
    int32_t number = (int32_t)hog_cursor_u32(&cursor);
    int32_t code;
    uint64_t address;

    hog_cursor_u32(&cursor); /* si_errno */
    code = (int32_t)hog_cursor_u32(&cursor);
    hog_cursor_u32(&cursor);
    address = hog_cursor_u64(&cursor);
    if (size < INFO_LEAST || cursor.overrun || number <= 0 || number >= NSIG)
        return false;
    *ret_signal = hog_signal_of(number, code, address, (int32_t)address, (uint32_t)(address >> 32));
    return true;
}

bool hog_signal_is_crash(const struct hog_signal *signal, int64_t pid)
{
    if (!signal->number || !is_crash_signal(signal->number))
        return false;
    if (!signal->has_code)
        return true;
    return signal->origin != HOG_SIGNAL_OF_PROCESS || signal->sender == pid;
}

/* sigabbrev_np(3) knows them too, from glibc 2.32 on. */
const char *hog_signal_name(int number, char buffer[HOG_SIGNAL_NAME])
{
#define NAME(signal) [signal] = #signal
    static const char *const names[] = {
        NAME(SIGHUP),  NAME(SIGINT),    NAME(SIGQUIT), NAME(SIGILL),    NAME(SIGTRAP), NAME(SIGABRT),
        NAME(SIGBUS),  NAME(SIGFPE),    NAME(SIGKILL), NAME(SIGUSR1),   NAME(SIGSEGV), NAME(SIGUSR2),
        NAME(SIGPIPE), NAME(SIGALRM),   NAME(SIGTERM), NAME(SIGSTKFLT), NAME(SIGCHLD), NAME(SIGCONT),
        NAME(SIGSTOP), NAME(SIGTSTP),   NAME(SIGTTIN), NAME(SIGTTOU),   NAME(SIGURG),  NAME(SIGXCPU),
        NAME(SIGXFSZ), NAME(SIGVTALRM), NAME(SIGPROF), NAME(SIGWINCH),  NAME(SIGPOLL), NAME(SIGPWR),
        NAME(SIGSYS),
    };
#undef NAME

    if (number > 0 && (size_t)number < sizeof names / sizeof *names && names[number])
        snprintf(buffer, HOG_SIGNAL_NAME, "%s", names[number]);
    else
        snprintf(buffer, HOG_SIGNAL_NAME, "signal %d", number);
    return buffer;
}

/* include/uapi/asm-generic/siginfo.h */
static const struct code {
    int number;
    int32_t code;
    const char *name, *words;
} codes[] = {
    {SIGSEGV, SEGV_MAPERR, "SEGV_MAPERR", "nothing is mapped there"},
    {SIGSEGV, SEGV_ACCERR, "SEGV_ACCERR", "not allowed there"},
    {SIGSEGV, SI_KERNEL, "SI_KERNEL", "no address of memory"},
    {SIGBUS, BUS_ADRALN, "BUS_ADRALN", "not aligned"},
    {SIGBUS, BUS_ADRERR, "BUS_ADRERR", "beyond the end of the mapped file"},
    {SIGBUS, BUS_OBJERR, "BUS_OBJERR", "the hardware failed"},
    {SIGFPE, FPE_INTDIV, "FPE_INTDIV", "an integer divided by zero"},
    {SIGFPE, FPE_INTOVF, "FPE_INTOVF", "an integer overflowed"},
    {SIGFPE, FPE_FLTDIV, "FPE_FLTDIV", "a number divided by zero"},
    {SIGILL, ILL_ILLOPC, "ILL_ILLOPC", "not an instruction of this processor"},
    {SIGILL, ILL_ILLOPN, "ILL_ILLOPN", "not an instruction of this processor"},
    {SIGTRAP, TRAP_BRKPT, "TRAP_BRKPT", "a breakpoint"},
    {0, SI_USER, "SI_USER", NULL},
    {0, SI_KERNEL, "SI_KERNEL", NULL},
    {0, SI_QUEUE, "SI_QUEUE", NULL},
    {0, SI_TIMER, "SI_TIMER", "a timer"},
    {0, SI_TKILL, "SI_TKILL", NULL},
};

static const struct code *code_of(const struct hog_signal *signal)
{
    for (size_t i = 0; signal->has_code && i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == signal->code && (!codes[i].number || codes[i].number == signal->number))
            return &codes[i];
    return NULL;
}

const char *hog_signal_code_name(const struct hog_signal *signal)
{
    const struct code *code = code_of(signal);

    return code ? code->name : NULL;
}

const char *hog_signal_code_words(const struct hog_signal *signal)
{
    const struct code *code = code_of(signal);

    return code ? code->words : NULL;
}
