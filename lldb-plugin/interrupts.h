//
// Stopping a process that only its server can stop: by SendAsyncInterrupt.
//
// lldb-server stops it then. gdbserver sends SIGINT to the whole process
// group, of which lldb sees one and keeps it from the process; see
// gdb-plugin/hognose_gdb/interrupts.py for what may go wrong.
//
#ifndef HOGNOSE_LLDB_INTERRUPTS_H
#define HOGNOSE_LLDB_INTERRUPTS_H

#include <cstdint>
#include <lldb/API/LLDB.h>
#include <string>

namespace hognose
{

// Why this process must not be interrupted; "" if it may.
std::string interrupt_obstacle(lldb::SBDebugger &debugger, int64_t pid);

} // namespace hognose

#endif
