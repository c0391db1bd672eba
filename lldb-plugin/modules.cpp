// The executable and the modules of lldb's target; see target.h. What lldb does not know of a remote process
// is asked of its stub: lldb-server tells of memory regions, gdbserver gives files and links of /proc.
#include "compat.h"
#include "packets.h"
#include "target.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <unistd.h>

namespace hognose
{

std::string executable_of(lldb::SBDebugger &debugger, lldb::SBTarget &target, lldb::SBProcess &process,
                          hog_target_kind kind)
{
    std::string path = path_of(target.GetExecutable());

    if (path.empty() && kind == HOG_TARGET_REMOTE)
        path = path_of(process.GetProcessInfo().GetExecutableFile());
    if (path.empty() && kind == HOG_TARGET_REMOTE)
        path = remote_link(debugger, "/proc/" + std::to_string(process.GetProcessID()) + "/exe");
    return path;
}

namespace
{

// Reports each file once: lldb may know it by one name, the kernel by another.
struct FoundModules {
    void (*add_to)(void *context, const hog_host_module *module);
    void *context;
    std::set<uint64_t> known;

    void add(const char *path, uint64_t address, const char *local_path)
    {
        hog_host_module module = {};

        module.path = path;
        module.load_address = address;
        module.local_path = local_path;
        if (known.insert(address).second)
            add_to(context, &module);
    }
};

void add_loaded(lldb::SBTarget &target, FoundModules &list)
{
    for (uint32_t i = 0; i < target.GetNumModules(); i++) {
        lldb::SBModule module = target.GetModuleAtIndex(i);
        std::string local = path_of(module.GetFileSpec()), there = path_of(module.GetPlatformFileSpec());
        lldb::addr_t address = module.GetObjectFileHeaderAddress().GetLoadAddress(target);

        if (there.empty())
            there = local;
        if (!there.empty() && there[0] == '/' && address != LLDB_INVALID_ADDRESS)
            list.add(there.c_str(), address, access(local.c_str(), R_OK) == 0 ? local.c_str() : nullptr);
    }
}

// The files mapped, where the stub tells of memory regions, as lldb-server does: an executable that lldb was
// not given is among them.
bool add_regions(lldb::SBProcess &process, FoundModules &list)
{
    lldb::SBMemoryRegionInfoList regions = process.GetMemoryRegions();
    lldb::SBMemoryRegionInfo region;
    std::set<std::string> seen;

    for (uint32_t i = 0; i < regions.GetSize(); i++) {
        const char *name = regions.GetMemoryRegionAtIndex(i, region) ? region.GetName() : nullptr;

        if (name && name[0] == '/' && seen.insert(name).second)
            list.add(name, region.GetRegionBase(), nullptr);
    }
    return !seen.empty();
}

// The same out of /proc/PID/maps on the target's side, where the stub gives files, as gdbserver does.
void add_mapped(lldb::SBProcess &process, lldb::SBDebugger &debugger, FoundModules &list)
{
    std::string maps = remote_file(debugger, "/proc/" + std::to_string(process.GetProcessID()) + "/maps");
    std::set<std::string> seen;

    for (size_t start = 0, end; start < maps.size(); start = end + 1) {
        end = std::min(maps.find('\n', start), maps.size());
        std::string line = maps.substr(start, end - start);
        size_t path = line.find('/');

        if (path != std::string::npos && seen.insert(line.substr(path)).second)
            list.add(line.c_str() + path, strtoull(line.c_str(), nullptr, 16), nullptr);
    }
}

} // namespace

void add_modules(lldb::SBTarget &target, lldb::SBProcess &process, lldb::SBDebugger &debugger,
                 void (*add)(void *context, const hog_host_module *module), void *context)
{
    FoundModules list = {add, context, {}};

    add_loaded(target, list);
    if (plugin_of(process) == "gdb-remote" && !add_regions(process, list))
        add_mapped(process, debugger, list);
}

} // namespace hognose
