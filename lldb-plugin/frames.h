//
// The C frames of a thread, out of lldb's own unwinder.
//
#ifndef HOGNOSE_LLDB_FRAMES_H
#define HOGNOSE_LLDB_FRAMES_H

#include "hognose.h"

#include <functional>
#include <lldb/API/LLDB.h>

namespace hognose
{

// Innermost first, at most `max`; fewer where lldb comes no further, or when `interrupted` says so.
void add_frames(lldb::SBThread &thread, size_t max, const std::function<bool()> &interrupted,
                void (*add)(void *context, const hog_host_frame *frame), void *context);

} // namespace hognose

#endif
