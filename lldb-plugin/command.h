//
// The commands: each of the core's table as py-NAME and as `py NAME`, and
// py-set, which is what lldb has for gdb's `set hognose`.
//
#ifndef HOGNOSE_LLDB_COMMAND_H
#define HOGNOSE_LLDB_COMMAND_H

#include <lldb/API/LLDB.h>

namespace hognose
{

// False when memory is exhausted, or lldb refuses.
bool add_commands(lldb::SBDebugger &debugger);

} // namespace hognose

#endif
