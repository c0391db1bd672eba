//
// Why a process that was let run stands still, as lldb tells it.
//
#ifndef HOGNOSE_LLDB_RUN_END_H
#define HOGNOSE_LLDB_RUN_END_H

#include "hognose.h"

#include <lldb/API/LLDB.h>

namespace hognose
{

// The signal that it was, if it was one; all 0 else.
struct RunSignal {
    int32_t number = 0; // lldb's
    int32_t here = 0;   // this machine's, if it is one of signals.h
    int64_t lwp = 0;    // of the thread that it was for
};

void run_end_of(lldb::SBProcess &process, hog_run_result &result, RunSignal *ret_signal);

} // namespace hognose

#endif
