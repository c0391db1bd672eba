// See frames.h.
#include "frames.h"
#include "compat.h"

#include <cstring>

namespace hognose
{

namespace
{

constexpr size_t POLL_EVERY = 32;

// Functions without a symbol get a name all the same: "___lldb_unnamed_symbol3485", with "$$libc.so.6" in
// lldb 14.
const char *symbol_or_null(const char *name)
{
    return name && *name && !strstr(name, "___lldb_unnamed_symbol") ? name : nullptr;
}

void add_frame(lldb::SBFrame &frame, void (*add)(void *context, const hog_host_frame *frame), void *context)
{
    lldb::SBLineEntry entry = frame.GetLineEntry();
    std::string module = path_of(frame.GetModule().GetFileSpec());
    std::string source = entry.IsValid() ? path_of(entry.GetFileSpec()) : std::string();
    hog_host_frame found = {};

    found.pc = frame.GetPC();
    found.stack_pointer = frame.GetSP() == LLDB_INVALID_ADDRESS ? 0 : frame.GetSP();
    found.function = symbol_or_null(frame.GetFunctionName());
    found.module = module.empty() ? nullptr : module.c_str();
    found.source = source.empty() ? nullptr : source.c_str();
    found.line = source.empty() ? 0 : entry.GetLine();
    add(context, &found);
}

} // namespace

void add_frames(lldb::SBThread &thread, size_t max, const std::function<bool()> &interrupted,
                void (*add)(void *context, const hog_host_frame *frame), void *context)
{
    // lldb unwinds as far as it is asked for: GetNumFrames would mean to the end.
    for (size_t i = 0; i < max && (i % POLL_EVERY || !interrupted()); i++) {
        lldb::SBFrame frame = thread.GetFrameAtIndex(static_cast<uint32_t>(i));

        if (!frame.IsValid())
            return;
        add_frame(frame, add, context);
    }
}

} // namespace hognose
