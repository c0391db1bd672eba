//
// Why a process that was let run stands still, as lldb tells it.
//
#ifndef HOGNOSE_LLDB_RUN_END_H
#define HOGNOSE_LLDB_RUN_END_H

#include "hognose.h"

#include <lldb/API/LLDB.h>

namespace hognose
{

// `ret_signal`: what it was if it was a signal; 0 else.
void run_end_of(lldb::SBProcess &process, hog_run_result &result, int32_t *ret_signal);

} // namespace hognose

#endif
