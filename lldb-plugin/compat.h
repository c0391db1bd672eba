//
// Calls of the SB API that lldb 14 does not have. They are looked up in the
// running lldb by their mangled names, so that the plugin loads without them.
//
#ifndef HOGNOSE_LLDB_COMPAT_H
#define HOGNOSE_LLDB_COMPAT_H

#include <lldb/API/LLDB.h>
#include <string>

namespace hognose
{

// SBDebugger::InterruptRequested (17); false where it is not there.
bool interrupt_requested(lldb::SBDebugger &debugger);

// SBCommandInterpreter::IsInteractive: do commands come from a user? `without` where it is not there (14).
bool is_interactive(lldb::SBDebugger &debugger, bool without);

// SBProcess::GetCoreFile (17); "" where it is not there, or not a core.
std::string core_file(lldb::SBProcess &process);

std::string path_of(const lldb::SBFileSpec &file);

// The thread's siginfo_t; invalid before lldb 14.
lldb::SBValue siginfo_of(lldb::SBThread &thread);

} // namespace hognose

#endif
