//
// A Ctrl-C that came before a command began.
//
// lldb gives Ctrl-C to the command that runs then. While it attaches that is
// the attach, which goes on to its end; and in a list of commands, as in
// `lldb -p PID -o py-sample`, the next one begins as if nothing had been
// pressed. So that ours does not, lldb's handler of SIGINT is called by one
// that notes the time.
//
#ifndef HOGNOSE_LLDB_PRESSES_H
#define HOGNOSE_LLDB_PRESSES_H

#include <lldb/API/LLDB.h>

namespace hognose
{

// Once, when the plugin is loaded. Where nobody handles SIGINT, in a program that is no lldb, it stays so.
void watch_presses();

// Ctrl-C came while a list of commands attached to this process, and was not asked for since. Never after the
// process has run: then it was pressed to stop it.
bool was_pressed_before(lldb::SBDebugger &debugger, lldb::SBProcess &process);

// Up to now they were seen.
void forget_presses();

} // namespace hognose

#endif
