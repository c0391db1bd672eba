// See signals.h.
#include "signals.h"

#include <algorithm>
#include <csignal>
#include <cstring>

namespace hognose
{

namespace
{

struct Name {
    const char *name;
    int32_t number;
};

const Name ENDING[] = {{"SIGSEGV", SIGSEGV}, {"SIGABRT", SIGABRT}, {"SIGBUS", SIGBUS},
                       {"SIGILL", SIGILL},   {"SIGFPE", SIGFPE},   {"SIGSYS", SIGSYS},
                       {"SIGTRAP", SIGTRAP}, {"SIGINT", SIGINT},   {"SIGSTOP", SIGSTOP},
                       {"SIGTSTP", SIGTSTP}, {"SIGTTIN", SIGTTIN}, {"SIGTTOU", SIGTTOU}};

} // namespace

int32_t signal_here(const lldb::SBUnixSignals &signals, int32_t number)
{
    const char *name = signals.GetSignalAsCString(number);

    if (!name)
        return 0;
    if (strcmp(name, "SIGURG") == 0)
        return SIGURG;
    for (const Name &ending : ENDING)
        if (strcmp(name, ending.name) == 0)
            return ending.number;
    return 0;
}

bool ends_a_run(int32_t signal_here)
{
    return std::any_of(std::begin(ENDING), std::end(ENDING),
                       [signal_here](const Name &one) { return one.number == signal_here; });
}

bool is_fault(int32_t signal_here)
{
    return signal_here == SIGSEGV || signal_here == SIGBUS || signal_here == SIGILL || signal_here == SIGFPE;
}

} // namespace hognose
