//
// Signals by the numbers of this machine. lldb has numbers of its own for a
// process behind a gdbserver, gdb's: SIGURG is 16 there, SIGSTOP 17.
//
#ifndef HOGNOSE_LLDB_SIGNALS_H
#define HOGNOSE_LLDB_SIGNALS_H

#include <cstdint>
#include <lldb/API/LLDB.h>

namespace hognose
{

// 0: none of those that are told apart here.
int32_t signal_here(const lldb::SBUnixSignals &signals, int32_t number);

// These end a run, if lldb stops for them at all: crashes, and stops that the terminal or a user wants.
// Others are let through, as they are when nobody debugs the process: it goes on working with SIGUSR1 or
// SIGPIPE.
bool ends_a_run(int32_t signal_here);

// Comes again when the instruction that raised it does.
bool is_fault(int32_t signal_here);

} // namespace hognose

#endif
