//
// What lldb knows of its target, and what it does not tell: whether a process
// is on this machine, and which file a core was opened from.
//
#ifndef HOGNOSE_LLDB_TARGET_H
#define HOGNOSE_LLDB_TARGET_H

#include "hognose.h"

#include <lldb/API/LLDB.h>
#include <string>

namespace hognose
{

// "gdb-remote", "elf-core"; "" when there is none.
std::string plugin_of(lldb::SBProcess &process);

hog_target_kind kind_of(lldb::SBTarget &target, lldb::SBProcess &process);

// As lldb has it, else as a remote stub tells it; "" when it cannot be told.
std::string executable_of(lldb::SBDebugger &debugger, lldb::SBTarget &target, lldb::SBProcess &process,
                          hog_target_kind kind);

// "" when it cannot be told.
std::string core_path_of(lldb::SBProcess &process);

// The process that lldb was asked for last, and could not attach to; 0 none.
int64_t attach_request(lldb::SBProcess &process);

// Was lldb started with --batch, and without --no-use-colors?
bool is_batch();

// CPU time of a thread in all, out of its server's /proc; negative where it gives no files.
double thread_seconds(lldb::SBProcess &process, lldb::SBDebugger &debugger, int64_t lwp);

// With names and registers: only where the core cannot find out by itself.
void add_threads(lldb::SBProcess &process, lldb::SBDebugger &debugger, bool in_full,
                 void (*add)(void *context, const hog_host_thread *thread), void *context);

// The signal that a live or remote process is stopped for; `signal` stays as it is where there is none.
void stop_signal(lldb::SBProcess &process, hog_host_signal &signal);

void add_modules(lldb::SBTarget &target, lldb::SBProcess &process, lldb::SBDebugger &debugger,
                 void (*add)(void *context, const hog_host_module *module), void *context);

} // namespace hognose

#endif
