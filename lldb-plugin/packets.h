//
// What the SB API does not tell of a remote process, asked of its stub in the
// gdb protocol: the packets go through lldb's own command for that.
//
#ifndef HOGNOSE_LLDB_PACKETS_H
#define HOGNOSE_LLDB_PACKETS_H

#include <lldb/API/LLDB.h>
#include <string>

namespace hognose
{

// A text file on the target's side (gdbserver has no other way to tell of
// /proc/PID/maps); "" when the stub does not give it.
std::string remote_file(lldb::SBDebugger &debugger, const std::string &path);

// A table that the stub makes of its system, as XML; "" when it does not.
std::string remote_table(lldb::SBDebugger &debugger, const std::string &name);

// Where a symbolic link on the target's side leads; "" when the stub does not tell.
std::string remote_link(lldb::SBDebugger &debugger, const std::string &path);

} // namespace hognose

#endif
