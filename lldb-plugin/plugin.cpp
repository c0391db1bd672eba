//
// hognose in lldb: the entry that `plugin load` calls.
//
//     lldb ──▶ PluginInitialize ──▶ commands (command.cpp) ──▶ hognose.h ──▶ the core
//                                    host, target, compat ◀── struct hog_host ◀──┘
//
// The plugin is not linked to liblldb: its symbols come from the lldb that
// loads it. Nothing is done here but to declare the commands, and to watch for
// a Ctrl-C that comes before one of them.
//
#include "command.h"
#include "presses.h"

namespace lldb
{

__attribute__((visibility("default"))) bool PluginInitialize(SBDebugger debugger);

bool PluginInitialize(SBDebugger debugger)
{
    hognose::watch_presses();
    return hognose::add_commands(debugger);
}

} // namespace lldb
