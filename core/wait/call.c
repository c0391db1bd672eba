/*
 * System calls that wait.
 *
 *     futex(uaddr, op, value, timeout)       timeout NULL: without a limit
 *     poll(fds, count, milliseconds)         epoll_wait(fd, events, count, milliseconds): negative: none
 *     select(count, …, timeout)              pselect6 the same, ppoll(fds, count, timeout)
 *     nanosleep(how long)                    clock_nanosleep(clock, flags, until or how long)
 *     restart_syscall()                      one with a limit, restarted after a stop; its arguments stay
 *
 * Source: the Linux manual pages of the same names; kernel/futex/syscalls.c.
 */
#include "wait/call.h"

#include "memory/system_calls.h"

#include <time.h>

enum {
    FUTEX_COMMAND = 127,
    FUTEX_WAIT_BITSET = 9, /* its timeout is a point in time */
    FUTEX_CLOCK_REALTIME = 256,
    TIMER_IS_ABSOLUTE = 1,
};

enum limit_form { NO_LIMIT, MILLISECONDS, TIMEVAL, TIMESPEC, FUTEX_TIMEOUT, CLOCK_SLEEP, RESTARTED };

static const struct limit {
    const char *call;
    unsigned argument;
    enum limit_form form;
} limits[] = {
    {"futex", 3, FUTEX_TIMEOUT},      {"restart_syscall", 0, RESTARTED},   {"poll", 2, MILLISECONDS},
    {"epoll_wait", 3, MILLISECONDS},  {"epoll_pwait", 3, MILLISECONDS},    {"epoll_pwait2", 3, TIMESPEC},
    {"select", 4, TIMEVAL},           {"pselect6", 4, TIMESPEC},           {"ppoll", 2, TIMESPEC},
    {"nanosleep", 0, TIMESPEC},       {"clock_nanosleep", 2, CLOCK_SLEEP}, {"semtimedop", 3, TIMESPEC},
    {"rt_sigtimedwait", 2, TIMESPEC}, {"futex_wait", 4, TIMESPEC},
};

/* Seconds at a struct timespec or timeval; negative: it cannot be read or is absurd. */
static double time_at(struct waits_reader *reader, uint64_t address, double fractions)
{
    int64_t time[2];

    if (hog_memory_read(reader->memory, address, time, sizeof time) != HOG_OK || time[0] < 0 || time[1] < 0 ||
        (double)time[1] >= fractions || time[0] > (int64_t)1 << 40)
        return -1;
    return (double)time[0] + (double)time[1] / fractions;
}

/* What is left until then; a core has no present. */
static double left_until(const struct waits_reader *reader, double then, bool real_time)
{
    struct timespec now;
    double left;

    if (then < 0 || reader->process->kind != HOG_TARGET_LIVE ||
        clock_gettime(real_time ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now) != 0)
        return 0;
    left = then - ((double)now.tv_sec + (double)now.tv_nsec / 1e9);
    return left > 0 ? left : 0;
}

static void take_futex_limit(struct waits_reader *reader, struct wait_call *call, uint64_t timeout)
{
    uint64_t operation = call->arguments[1];
    double time = time_at(reader, timeout, 1e9);

    call->has_limit = timeout != 0;
    if (!timeout || time < 0)
        return;
    call->limit = (operation & FUTEX_COMMAND) == FUTEX_WAIT_BITSET
                      ? left_until(reader, time, operation & FUTEX_CLOCK_REALTIME)
                      : time;
}

static void take_limit(struct waits_reader *reader, struct wait_call *call, const struct limit *limit)
{
    uint64_t argument = call->arguments[limit->argument];
    double time = 0;

    if (limit->form == RESTARTED) {
        call->has_limit = true;
        return;
    }
    if (call->argument_count <= limit->argument) {
        call->limit_unknown = true;
        return;
    }
    switch (limit->form) {
    case MILLISECONDS:
        call->has_limit = (int32_t)argument >= 0;
        time = call->has_limit ? (int32_t)argument / 1e3 : 0;
        break;
    case TIMEVAL:
    case TIMESPEC:
        call->has_limit = argument != 0;
        time = argument ? time_at(reader, argument, limit->form == TIMEVAL ? 1e6 : 1e9) : 0;
        break;
    case FUTEX_TIMEOUT:
        take_futex_limit(reader, call, argument);
        return;
    case CLOCK_SLEEP:
        call->has_limit = true;
        time = time_at(reader, argument, 1e9);
        if (call->arguments[1] & TIMER_IS_ABSOLUTE)
            time = left_until(reader, time, call->arguments[0] == CLOCK_REALTIME);
        break;
    case NO_LIMIT:
    case RESTARTED:
        break;
    }
    call->limit = time > 0 ? time : 0;
}

struct wait_call call_of(struct waits_reader *reader, const struct hog_thread *thread)
{
    struct wait_call call = {.limit_unknown = false};
    int64_t number;
    const struct hog_os_thread *os_thread = hog_process_thread(reader->process, thread->os_thread_id);
    const struct hog_thread_registers *registers = os_thread ? &os_thread->registers : NULL;

    if (!registers || !registers->known || registers->system_call < 0)
        return call;
    number = hog_system_call_waits_in(reader->process->elf_machine, registers, reader->memory);
    call.name = hog_system_call_name(reader->process->elf_machine, number);
    call.in_call = true;
    if (!call.name)
        call.name = WORDS(reader, "system call %lld", (long long)number);
    if (!call.name)
        call.name = "?";
    call.is_restarted = strcmp(call.name, "restart_syscall") == 0;
    call.argument_count = registers->argument_count;
    memcpy(call.arguments, registers->arguments, sizeof call.arguments);
    call.is_futex = hog_system_call_is_futex(reader->process->elf_machine, number) && call.argument_count > 0;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (strcmp(limits[i].call, call.name) == 0)
            take_limit(reader, &call, &limits[i]);
    return call;
}
