// See run_end.h.
#include "run_end.h"

#include "signals.h"

#include <csignal>
#include <cstdio>
#include <string>

namespace hognose
{

namespace
{

// Of several threads that have a reason, the one with the highest counts.
// SIGSTOP is how lldb stops threads, SIGURG how we do.
enum Weight { WEIGHT_NONE, WEIGHT_STOP_SIGNAL, WEIGHT_URGENT, WEIGHT_SIGNAL, WEIGHT_OTHER };

struct Reason {
    Weight weight = WEIGHT_NONE;
    hog_run_end end = HOG_RUN_STOPPED;
    RunSignal signal;
    std::string words;
};

std::string number_of(uint64_t value)
{
    return std::to_string(value);
}

std::string signal_name(lldb::SBProcess &process, int32_t number)
{
    const char *name = process.GetUnixSignals().GetSignalAsCString(number);

    return name ? name : "signal " + std::to_string(number);
}

Reason signal_reason(lldb::SBProcess &process, int32_t number)
{
    Reason reason;

    int32_t here = signal_here(process.GetUnixSignals(), number);

    reason.weight = here == SIGSTOP ? WEIGHT_STOP_SIGNAL : here == SIGURG ? WEIGHT_URGENT : WEIGHT_SIGNAL;
    reason.end = HOG_RUN_SIGNAL;
    reason.signal.number = number;
    reason.signal.here = here;
    reason.words = "signal " + signal_name(process, number);
    return reason;
}

Reason other_reason(hog_run_end end, const std::string &words)
{
    Reason reason;

    reason.weight = WEIGHT_OTHER;
    reason.end = end;
    reason.words = words;
    return reason;
}

Reason reason_of(lldb::SBProcess &process, lldb::SBThread &thread)
{
    uint64_t data = thread.GetStopReasonDataCount() ? thread.GetStopReasonDataAtIndex(0) : 0;
    char words[128] = "";

    switch (thread.GetStopReason()) {
    case lldb::eStopReasonInvalid:
    case lldb::eStopReasonNone:
        return Reason();
    case lldb::eStopReasonSignal:
        return signal_reason(process, static_cast<int32_t>(data));
    case lldb::eStopReasonBreakpoint:
        return other_reason(HOG_RUN_BREAKPOINT, "breakpoint " + number_of(data));
    case lldb::eStopReasonWatchpoint:
        return other_reason(HOG_RUN_BREAKPOINT, "watchpoint " + number_of(data));
    case lldb::eStopReasonExec:
        return other_reason(HOG_RUN_BREAKPOINT, "it runs another program now (exec)");
    case lldb::eStopReasonException:
        thread.GetStopDescription(words, sizeof words);
        return other_reason(HOG_RUN_SIGNAL, *words ? words : "a crash");
    default:
        thread.GetStopDescription(words, sizeof words);
        return other_reason(HOG_RUN_BREAKPOINT, *words ? words : "a stop of lldb's own");
    }
}

void set(hog_run_result &result, hog_run_end end, const std::string &words)
{
    result.end = end;
    snprintf(result.words, sizeof result.words, "%s", words.c_str());
}

void exit_words(lldb::SBProcess &process, hog_run_result &result)
{
    const char *description = process.GetExitDescription();
    int status = process.GetExitStatus();

    if (description && *description)
        set(result, HOG_RUN_EXITED, "it ended: " + std::string(description));
    else
        set(result, HOG_RUN_EXITED, "it exited with status " + std::to_string(status));
}

void stop_words(lldb::SBProcess &process, hog_run_result &result, RunSignal *ret_signal)
{
    Reason found;
    uint32_t number = 0;

    for (uint32_t i = 0; i < process.GetNumThreads(); i++) {
        lldb::SBThread thread = process.GetThreadAtIndex(i);
        Reason reason = reason_of(process, thread);

        if (reason.weight > found.weight) {
            found = reason;
            number = thread.GetIndexID();
            found.signal.lwp = static_cast<int64_t>(thread.GetThreadID());
        }
    }
    *ret_signal = found.signal;
    if (found.weight == WEIGHT_NONE)
        set(result, HOG_RUN_STOPPED, "");
    else
        set(result, found.end, found.words + " in thread " + std::to_string(number));
}

} // namespace

void run_end_of(lldb::SBProcess &process, hog_run_result &result, RunSignal *ret_signal)
{
    *ret_signal = RunSignal();
    switch (process.GetState()) {
    case lldb::eStateExited:
        exit_words(process, result);
        break;
    case lldb::eStateStopped:
    case lldb::eStateCrashed:
    case lldb::eStateSuspended:
        stop_words(process, result, ret_signal);
        break;
    case lldb::eStateDetached:
        set(result, HOG_RUN_EXITED, "lldb lost it");
        break;
    default:
        set(result, HOG_RUN_FAILED, "the process runs on; interrupt it by hand");
        break;
    }
}

} // namespace hognose
