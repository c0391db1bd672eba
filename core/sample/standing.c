/*
 * The process stands still: what was each thread doing when it was stopped?
 * Its registers say which system call it is in, but not whether the kernel was
 * at work there or the thread asleep. Four witnesses, the best there is:
 *
 *     switches   … in ─── asked to stop ─── out      it had a CPU where it stands: active
 *                … out    asked to stop, in, out     woken for being stopped: it slept, or waited for a CPU
 *     schedstat  in a system call, and it ran for half of the time since the last look: active
 *     the server (of a process of another machine) the same by the CPU time in its /proc, where it gives files
 *     registers  in a system call in which threads wait: asleep; else active
 */
#include "base/clock.h"
#include "sample/lwp.h"
#include "sample/sampler_parts.h"

#include "memory/system_calls.h"

static const double MUCH = 0.5; /* of the time between two looks */

static bool is_in_system_call(const struct hog_thread_registers *registers)
{
    return !registers || !registers->known || registers->system_call >= 0;
}

static bool may_be_at_work(const struct hog_sampler *sampler, const struct hog_thread_registers *registers)
{
    return registers && registers->known && registers->system_call >= 0 &&
           hog_system_calls_are_known(sampler->stopped->elf_machine) &&
           !hog_system_call_sleeps(sampler->stopped->elf_machine, registers->system_call);
}

/* How long it has run in all is kept, so that the next look knows what has come to it. */
static bool ran_much(struct hog_sampler *sampler, struct sampled_thread *thread, double ran)
{
    double before = thread->ran;

    thread->ran = ran;
    return before > 0 && ran - before >= MUCH * (sampler->stood_at - sampler->stood_before);
}

/* Of a thread of another machine, by its server; negative: not known. */
static double seconds_elsewhere(struct hog_sampler *sampler, const struct sampled_thread *thread)
{
    double seconds = sampler->options.thread_seconds
                         ? sampler->options.thread_seconds(sampler->options.context, thread->lwp)
                         : -1;

    sampler->told_elsewhere += seconds >= 0;
    sampler->untold_elsewhere += seconds < 0;
    return seconds;
}

static enum run_state state_of(struct hog_sampler *sampler, struct sampled_thread *thread,
                               const struct hog_thread_registers *registers)
{
    bool in_call = is_in_system_call(registers);
    double ran;

    switch (thread->record.witness) {
    case RUN_SWITCHES:
        thread->waits_for_cpu = false;
        if (run_record_ran_until_stopped(&thread->record, sampler->due, in_call))
            return RUN_READY;
        thread->waits_for_cpu = !in_call;
        return RUN_ASLEEP;
    case RUN_SCHEDSTAT:
        return ran_much(sampler, thread, run_record_ran(&thread->record)) || !in_call ? RUN_READY
                                                                                      : RUN_ASLEEP;
    default:
        ran = in_call ? seconds_elsewhere(sampler, thread) : -1;
        if (ran >= 0)
            return ran_much(sampler, thread, ran) ? RUN_READY : RUN_ASLEEP;
        return in_call && !may_be_at_work(sampler, registers) ? RUN_ASLEEP : RUN_READY;
    }
}

void standing_look(struct hog_sampler *sampler)
{
    const struct hog_process *process = sampler->stopped;

    sampler->stood_before = sampler->let_go_at;
    sampler->stood_at = hog_clock_monotonic();
    for (uint32_t i = 0; i < sampler->roster.count; i++) {
        struct sampled_thread *thread = sampler->roster.threads[i];
        const struct hog_os_thread *known = hog_process_thread(process, thread->lwp);
        const struct hog_thread_registers *registers = known ? &known->registers : NULL;

        /* The record of one that has ended says to the end that it had a CPU: nobody sees it leave. */
        if (thread->gone)
            continue;
        thread->looked_in = sampler->tick_number;
        thread->record.state = state_of(sampler, thread, registers);
        thread->waits_for_gil =
            registers && registers->known &&
            lwp_call_awaits_gil(&sampler->roster, registers->system_call, registers->arguments[0]);
        sampler->now.ran +=
            thread->record.witness == RUN_SWITCHES && thread->is_current && thread->record.state == RUN_READY;
    }
}

const char *standing_words(const struct hog_sampler *sampler)
{
    enum run_witness worst = RUN_SWITCHES;

    for (uint32_t i = 0; i < sampler->roster.count; i++) {
        enum run_witness witness = sampler->roster.threads[i]->record.witness;

        if (witness == RUN_NO_WITNESS || worst == RUN_NO_WITNESS)
            worst = RUN_NO_WITNESS;
        else if (witness == RUN_SCHEDSTAT)
            worst = RUN_SCHEDSTAT;
    }
    switch (worst) {
    case RUN_SWITCHES:
        return "who ran told by the kernel's record of its switches";
    case RUN_SCHEDSTAT:
        return "who ran told by registers and schedstat";
    default:
        return sampler->told_elsewhere && !sampler->untold_elsewhere
                   ? "who ran told by registers and by the CPU time that the server knows"
                   : "who ran told by the system calls that threads are in";
    }
}
