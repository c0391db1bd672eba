// See compat.h.
#include "compat.h"

#include <dlfcn.h>
#include <limits.h>

namespace hognose
{

bool interrupt_requested(lldb::SBDebugger &debugger)
{
    // A member function takes `this` as a function takes its first argument.
    using Call = bool (*)(lldb::SBDebugger *);
    auto call = reinterpret_cast<Call>(dlsym(RTLD_DEFAULT, "_ZN4lldb10SBDebugger18InterruptRequestedEv"));

    return call && call(&debugger);
}

bool is_interactive(lldb::SBDebugger &debugger, bool without)
{
    using Call = bool (*)(lldb::SBCommandInterpreter *);
    auto call =
        reinterpret_cast<Call>(dlsym(RTLD_DEFAULT, "_ZN4lldb20SBCommandInterpreter13IsInteractiveEv"));
    lldb::SBCommandInterpreter interpreter = debugger.GetCommandInterpreter();

    return call ? call(&interpreter) : without;
}

std::string core_file(lldb::SBProcess &process)
{
    using Call = lldb::SBFileSpec (*)(lldb::SBProcess *);
    auto call = reinterpret_cast<Call>(dlsym(RTLD_DEFAULT, "_ZN4lldb9SBProcess11GetCoreFileEv"));

    return call ? path_of(call(&process)) : std::string();
}

lldb::SBValue siginfo_of(lldb::SBThread &thread)
{
    using Call = lldb::SBValue (*)(lldb::SBThread *);
    auto call = reinterpret_cast<Call>(dlsym(RTLD_DEFAULT, "_ZN4lldb8SBThread10GetSiginfoEv"));

    return call ? call(&thread) : lldb::SBValue();
}

std::string path_of(const lldb::SBFileSpec &file)
{
    char path[PATH_MAX];

    if (!file.IsValid() || !file.GetPath(path, sizeof path))
        return {};
    return path;
}

} // namespace hognose
