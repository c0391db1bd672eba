// See presses.h.
#include "presses.h"
#include "compat.h"
#include "target.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>

namespace hognose
{

namespace
{

// A list that attaches goes on at once; a press that is older was for something else.
const time_t PRESS_SECONDS = 30;

// Signals are the program's, not a debugger's: there is no other place for it.
struct sigaction lldbs_own;
std::atomic<time_t> pressed_at; // CLOCK_MONOTONIC; 0 it was not

static_assert(std::atomic<time_t>::is_always_lock_free, "a signal handler sets it");

time_t seconds_now()
{
    struct timespec now = {};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + 1; // never 0
}

void note_press(int number, siginfo_t *info, void *context)
{
    int before = errno;

    pressed_at = seconds_now();
    errno = before;
    if (lldbs_own.sa_flags & SA_SIGINFO)
        lldbs_own.sa_sigaction(number, info, context);
    else
        lldbs_own.sa_handler(number);
}

} // namespace

void watch_presses()
{
    struct sigaction present = {}, ours;
    bool is_ours, has_handler;

    if (sigaction(SIGINT, nullptr, &present) != 0)
        return;
    is_ours = (present.sa_flags & SA_SIGINFO) && present.sa_sigaction == note_press;
    has_handler =
        (present.sa_flags & SA_SIGINFO) || (present.sa_handler != SIG_DFL && present.sa_handler != SIG_IGN);
    if (is_ours || !has_handler)
        return;
    lldbs_own = present;
    ours = present;
    ours.sa_sigaction = note_press;
    ours.sa_flags |= SA_SIGINFO;
    sigaction(SIGINT, &ours, nullptr);
}

bool was_pressed_before(lldb::SBDebugger &debugger, lldb::SBProcess &process)
{
    time_t at = pressed_at;

    return at && seconds_now() - at <= PRESS_SECONDS && process.IsValid() && process.GetStopID() <= 1 &&
           !is_interactive(debugger, !is_batch());
}

void forget_presses()
{
    pressed_at = 0;
}

} // namespace hognose
