//
// lldb as the core's host.
//
//     the core ──▶ struct hog_host ──▶ Host ──▶ the SB API
//
// A Host belongs to one debugger. It holds lldb's objects only while a command
// runs: kept longer they would keep the debugger alive that owns the plugin.
//
#ifndef HOGNOSE_LLDB_HOST_H
#define HOGNOSE_LLDB_HOST_H

#include "hognose.h"
#include "run.h"

#include <lldb/API/LLDB.h>
#include <string>

namespace hognose
{

class Host
{
  public:
    Host();

    // The callbacks; valid as long as this object is.
    hog_host callbacks();

    // Around each command.
    void begin(lldb::SBDebugger &debugger, lldb::SBCommandReturnObject &result);
    void end();
    // After a command, before end(): see that what comes next is seen as it is.
    void reset_terminal();

    void describe_process(hog_host_process &process);
    size_t read_memory(uint64_t address, void *buffer, size_t length);
    void list_threads(void (*add)(void *context, const hog_host_thread *thread), void *context);
    void list_modules(void (*add)(void *context, const hog_host_module *module), void *context);
    void list_native_frames(int64_t lwp, size_t max, void (*add)(void *context, const hog_host_frame *frame),
                            void *context);
    int64_t selected_thread();
    double thread_seconds(int64_t lwp);
    bool select_native_frame(uint32_t level);
    void run_process(hog_run_result &result);
    void write(hog_stream stream, const char *bytes, size_t length);
    bool interrupted();
    bool wants_colour();
    unsigned terminal_width();

  private:
    std::string version_;
    Run run_;

    // Of the running command.
    lldb::SBDebugger debugger_;
    lldb::SBTarget target_;
    lldb::SBProcess process_;
    lldb::SBCommandReturnObject *result_ = nullptr;
    bool was_interrupted_ = false;
    hog_target_kind kind_ = HOG_TARGET_NOTHING;
    std::string core_path_, executable_;
};

} // namespace hognose

#endif
