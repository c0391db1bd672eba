//
// Letting the process run, and stopping it again: run_process and
// request_stop of hog_host.
//
//     command's thread   Run::go ──▶ waits, hears Ctrl-C ──────────────────────────────▶ returns
//     helper             └▶ SBProcess::Continue(), synchronous ───────────────────▶ ends ┘
//     any thread         request_stop ──▶ a signal to one thread of the process (core/stop) ──▶ lldb stops it
//
// A helper waits in Continue, since only the command's own thread hears
// Ctrl-C. A signal, since SendAsyncInterrupt takes a tenth of a second each
// time. Where the process runs on all the same, and where it is not of this
// machine, SendAsyncInterrupt is called, and again each second: under heavy
// forking one may be lost.
//
#ifndef HOGNOSE_LLDB_RUN_H
#define HOGNOSE_LLDB_RUN_H

#include "hognose.h"
#include "run_end.h"
#include "stop/stopper.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <lldb/API/LLDB.h>
#include <mutex>
#include <string>
#include <vector>

namespace hognose
{

class Run
{
  public:
    Run();
    Run(const Run &) = delete;
    Run &operator=(const Run &) = delete;
    ~Run();

    // `pid` 0: not of this machine. `interrupted` is asked on the calling thread.
    void go(lldb::SBDebugger &debugger, lldb::SBProcess &process, int64_t pid,
            const std::function<bool()> &interrupted, hog_run_result &result);

    // Where `pid` is 0. False, with words: it must not be let run.
    bool may_interrupt(lldb::SBDebugger &debugger, lldb::SBProcess &process, hog_run_result &result);

    // On any thread, at any time.
    void request_stop();

    // When the command ends: lldb's settings as they were.
    void end_command(lldb::SBDebugger &debugger);

  private:
    using Clock = std::chrono::steady_clock;

    // What lldb does about a signal.
    struct Rule {
        int32_t number;
        bool stop, notify, suppress;
    };

    void take_settings(lldb::SBDebugger &debugger, lldb::SBProcess &process, bool by_interrupt);
    bool go_once(lldb::SBProcess &process, const std::function<bool()> &interrupted, hog_run_result &result,
                 RunSignal *ret_signal);
    bool resume(lldb::SBProcess &process, const std::function<bool()> &interrupted, std::string *ret_problem);
    void wait(lldb::SBProcess &process, const std::function<bool()> &interrupted);
    void collect(lldb::SBProcess &process, int64_t lwp, const RunSignal &own);
    static void *helper_main(void *self);

    struct hog_stopper stopper_;
    bool pressed_ = false; // Ctrl-C, in this run

    // Of the helper, until it has returned.
    lldb::SBProcess process_;
    lldb::SBError error_;
    std::mutex lock_; // of `returned_`
    std::condition_variable has_returned_;
    bool returned_ = false;

    // Of the command.
    bool touched_ = false, was_async_ = true;
    bool may_interrupt_ = false; // was found out
    lldb::SBUnixSignals signals_;
    std::vector<Rule> rules_; // as they were
};

} // namespace hognose

#endif
