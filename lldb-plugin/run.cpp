// See run.h.
#include "run.h"
#include "interrupts.h"
#include "run_end.h"
#include "signals.h"

#include <csignal>
#include <cstdio>
#include <cstring>

namespace hognose
{

namespace
{

const int COLLECT_TRIES = 8;
const std::chrono::milliseconds LOOK_EVERY(20);
const std::chrono::seconds INTERRUPT_EVERY(1);

// The selected thread, and the frame selected in it, until it goes out of scope.
class Selection
{
  public:
    explicit Selection(lldb::SBProcess &process) : process_(process), thread_(process.GetSelectedThread())
    {
        if (thread_.IsValid())
            frame_ = thread_.GetSelectedFrame().GetFrameID();
    }
    Selection(const Selection &) = delete;
    Selection &operator=(const Selection &) = delete;

    ~Selection()
    {
        if (!thread_.IsValid() || process_.GetState() != lldb::eStateStopped)
            return;
        process_.SetSelectedThread(thread_);
        if (frame_ != 0 && frame_ < thread_.GetNumFrames())
            thread_.SetSelectedFrame(frame_);
    }

  private:
    lldb::SBProcess process_;
    lldb::SBThread thread_;
    uint32_t frame_ = 0;
};

} // namespace

Run::Run()
{
    hog_stopper_init(&stopper_);
}

Run::~Run()
{
    hog_stopper_deinit(&stopper_);
}

// ---- settings ----

void Run::take_settings(lldb::SBDebugger &debugger, lldb::SBProcess &process, bool by_interrupt)
{
    if (touched_)
        return;
    touched_ = true;
    was_async_ = debugger.GetAsync();
    debugger.SetAsync(false);
    signals_ = process.GetUnixSignals();
    for (int32_t i = 0; i < signals_.GetNumSignals(); i++) {
        int32_t number = signals_.GetSignalAtIndex(i);
        Rule rule = {number, signals_.GetShouldStop(number), signals_.GetShouldNotify(number),
                     signals_.GetShouldSuppress(number)};

        rules_.push_back(rule);
        // ours are SIGURG and SIGSTOP; what a server makes of an interrupt may be SIGINT
        int32_t here = signal_here(signals_, number);
        bool never_its_own = here == SIGSTOP || (by_interrupt && here == SIGINT);

        signals_.SetShouldStop(number, never_its_own || here == SIGURG || (rule.stop && ends_a_run(here)));
        if (never_its_own)
            signals_.SetShouldSuppress(number, true);
        signals_.SetShouldNotify(number, false);
    }
}

void Run::end_command(lldb::SBDebugger &debugger)
{
    may_interrupt_ = false;
    if (!touched_)
        return;
    for (const Rule &rule : rules_) {
        signals_.SetShouldStop(rule.number, rule.stop);
        signals_.SetShouldNotify(rule.number, rule.notify);
        signals_.SetShouldSuppress(rule.number, rule.suppress);
    }
    rules_.clear();
    signals_ = lldb::SBUnixSignals();
    process_ = lldb::SBProcess();
    debugger.SetAsync(was_async_);
    touched_ = false;
}

bool Run::may_interrupt(lldb::SBDebugger &debugger, lldb::SBProcess &process, hog_run_result &result)
{
    std::string obstacle;

    if (!may_interrupt_)
        obstacle = interrupt_obstacle(debugger, static_cast<int64_t>(process.GetProcessID()));
    may_interrupt_ = obstacle.empty();
    result.end = HOG_RUN_FAILED;
    snprintf(result.words, sizeof result.words, "%s", obstacle.c_str());
    return may_interrupt_;
}

// ---- a run ----

void Run::request_stop()
{
    hog_stopper_ask(&stopper_);
}

void *Run::helper_main(void *self)
{
    Run *run = static_cast<Run *>(self);
    lldb::SBError error = run->process_.Continue();
    std::lock_guard<std::mutex> guard(run->lock_);

    run->error_ = error;
    run->returned_ = true;
    run->has_returned_.notify_all();
    return nullptr;
}

// Until the helper has returned. Asks lldb too where our own signal is of no use.
void Run::wait(lldb::SBProcess &process, const std::function<bool()> &interrupted)
{
    Clock::time_point asked_at = Clock::time_point::max();
    std::unique_lock<std::mutex> guard(lock_);

    while (!has_returned_.wait_for(guard, LOOK_EVERY, [this] { return returned_; })) {
        Clock::time_point now = Clock::now();

        guard.unlock();
        if (!pressed_ && interrupted()) {
            pressed_ = true;
            hog_stopper_ask(&stopper_);
        }
        if (hog_stopper_was_asked(&stopper_) && asked_at == Clock::time_point::max())
            asked_at = stopper_.pid ? now + INTERRUPT_EVERY : now;
        if (now >= asked_at) {
            asked_at = now + INTERRUPT_EVERY;
            process.SendAsyncInterrupt();
        }
        guard.lock();
    }
}

// False, with words: it was not let run.
bool Run::resume(lldb::SBProcess &process, const std::function<bool()> &interrupted, std::string *ret_problem)
{
    sigset_t all, before;
    pthread_t helper;
    int failed;

    process_ = process;
    returned_ = false;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); // inherited: no signal of lldb's may land there
    failed = pthread_create(&helper, nullptr, helper_main, this);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (failed) {
        *ret_problem = strerror(failed);
        return false;
    }
    wait(process, interrupted);
    pthread_join(helper, nullptr);
    if (error_.Fail() && error_.GetCString())
        *ret_problem = error_.GetCString();
    return error_.Success();
}

// The thread is let go with all others held, to take the SIGSTOP that lies in wait for it. A signal of its
// own that it has stopped for is kept back, and sent again if it would not come by itself.
void Run::collect(lldb::SBProcess &process, int64_t lwp, const RunSignal &own)
{
    bool keep_back = own.number && own.lwp == lwp && own.here != SIGSTOP && own.here != SIGURG;
    bool suppressed = keep_back && signals_.GetShouldSuppress(own.number);
    std::vector<lldb::SBThread> held;
    std::string problem;

    for (uint32_t i = 0; i < process.GetNumThreads(); i++) {
        lldb::SBThread thread = process.GetThreadAtIndex(i);

        if (static_cast<int64_t>(thread.GetThreadID()) != lwp && !thread.IsSuspended() && thread.Suspend())
            held.push_back(thread);
    }
    if (keep_back)
        signals_.SetShouldSuppress(own.number, true);
    resume(
        process, [] { return false; }, &problem);
    if (keep_back) {
        signals_.SetShouldSuppress(own.number, suppressed);
        if (!is_fault(own.here))
            hog_stopper_send(stopper_.pid, lwp, own.number);
    }
    for (lldb::SBThread &thread : held)
        thread.Resume();
}

// True: because of us.
bool Run::go_once(lldb::SBProcess &process, const std::function<bool()> &interrupted, hog_run_result &result,
                  RunSignal *ret_signal)
{
    std::string problem;
    bool ran = resume(process, interrupted, &problem);

    run_end_of(process, result, ret_signal);
    if (!ran && result.end == HOG_RUN_STOPPED) {
        result.end = HOG_RUN_FAILED;
        snprintf(result.words, sizeof result.words, "%s", problem.c_str());
        return false;
    }
    return result.end == HOG_RUN_STOPPED || hog_stopper_is_ours(&stopper_, ret_signal->here);
}

void Run::go(lldb::SBDebugger &debugger, lldb::SBProcess &process, int64_t pid,
             const std::function<bool()> &interrupted, hog_run_result &result)
{
    RunSignal signal;
    int64_t lwp;
    bool ours;

    take_settings(debugger, process, !pid);
    Selection selection(process);

    pressed_ = false;
    hog_stopper_start(&stopper_, pid);
    do
        ours = go_once(process, interrupted, result, &signal);
    while (signal.here == SIGURG && !ours); // its own, which is nothing to it and to us
    hog_stopper_finish(&stopper_);
    if (result.end != HOG_RUN_EXITED && result.end != HOG_RUN_FAILED)
        for (int tries = 0; tries < COLLECT_TRIES && (lwp = hog_stopper_leftover(&stopper_)); tries++)
            collect(process, lwp, signal);
    if (ours)
        result.end = pressed_ ? HOG_RUN_INTERRUPTED : HOG_RUN_STOPPED;
    else if (signal.here == SIGINT)
        result.end = HOG_RUN_INTERRUPTED;
    else
        return;
    *result.words = '\0';
}

} // namespace hognose
