// See target.h.
#include "target.h"
#include "compat.h"
#include "packets.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <elf.h>
#include <set>
#include <unistd.h>
#include <vector>

namespace hognose
{

namespace
{

// A field of /proc/PID/status; "" when it is not to be had.
std::string status_field(long pid, const char *name)
{
    char line[256];
    std::string value;
    FILE *file;

    snprintf(line, sizeof line, "/proc/%ld/status", pid);
    file = fopen(line, "re");
    while (file && fgets(line, sizeof line, file)) {
        size_t length = strlen(name);

        if (strncmp(line, name, length) == 0 && line[length] == ':')
            value = line + length + 1 + strspn(line + length + 1, " \t");
    }
    if (file)
        fclose(file);
    return value;
}

// lldb talks to its own lldb-server as it does to a distant one, and the
// platform is "host" after `gdb-remote` too. What tells is who traces the
// process: a child of ours only when we attached to it or started it here.
bool traced_by_our_child(long pid)
{
    long tracer = atol(status_field(pid, "TracerPid").c_str());

    for (int generation = 0; tracer > 1 && generation < 4; generation++) {
        tracer = atol(status_field(tracer, "PPid").c_str());
        if (tracer == getpid())
            return true;
    }
    return false;
}

// Running, sleeping or in the kernel: not held. lldb 14 says "stopped" for a moment after an asynchronous
// continue.
bool runs(long pid)
{
    std::string state = status_field(pid, "State");

    return !state.empty() && strchr("RSDI", state[0]);
}

std::vector<std::string> own_arguments()
{
    std::vector<std::string> words;
    FILE *file = fopen("/proc/self/cmdline", "re");
    std::string word;
    int byte;

    while (file && (byte = getc(file)) != EOF) {
        if (byte) {
            word += static_cast<char>(byte);
        } else {
            words.push_back(word);
            word.clear();
        }
    }
    if (file)
        fclose(file);
    return words;
}

bool is_core(const std::string &path)
{
    Elf64_Ehdr header;
    FILE *file = fopen(path.c_str(), "re");
    size_t got = file ? fread(&header, sizeof header, 1, file) : 0;

    if (file)
        fclose(file);
    return got && memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_type == ET_CORE;
}

// lldb maps the core files that it reads. Only when there is just one is it the one.
std::string mapped_core()
{
    std::set<std::string> seen, cores;
    char line[8192];
    FILE *file = fopen("/proc/self/maps", "re");

    while (file && fgets(line, sizeof line, file)) {
        char *path = strchr(line, '/');

        line[strcspn(line, "\n")] = '\0';
        if (path && seen.insert(path).second && is_core(path))
            cores.insert(path);
    }
    if (file)
        fclose(file);
    return cores.size() == 1 ? *cores.begin() : std::string();
}

} // namespace

std::string plugin_of(lldb::SBProcess &process)
{
    const char *name = process.GetPluginName();

    return name ? name : "";
}

hog_target_kind kind_of(lldb::SBTarget &target, lldb::SBProcess &process)
{
    if (!target.IsValid() || !process.IsValid())
        return HOG_TARGET_NOTHING;
    switch (process.GetState()) {
    case lldb::eStateRunning:
    case lldb::eStateStepping:
        return HOG_TARGET_RUNNING;
    case lldb::eStateStopped:
    case lldb::eStateCrashed:
    case lldb::eStateSuspended:
        break;
    default:
        return HOG_TARGET_NOTHING;
    }
    std::string plugin = plugin_of(process);

    if (plugin == "elf-core" || plugin == "minidump")
        return HOG_TARGET_CORE;
    if (plugin != "gdb-remote" || !traced_by_our_child(static_cast<long>(process.GetProcessID())))
        return HOG_TARGET_REMOTE;
    return runs(static_cast<long>(process.GetProcessID())) ? HOG_TARGET_RUNNING : HOG_TARGET_LIVE;
}

std::string core_path_of(lldb::SBProcess &process)
{
    std::string path = core_file(process);

    if (path.empty())
        return mapped_core();
    return is_core(path) ? path : std::string(); // moved or replaced since: lldb still has it, we would not
}

// lldb makes a process of what it could not attach to: one that has exited with its reason. One that was let go of is
// detached, one that came to an end by itself has a status, and a stub that was lost had a process.
int64_t attach_request(lldb::SBProcess &process)
{
    const char *reason = process.IsValid() ? process.GetExitDescription() : nullptr;
    bool failed = reason && *reason && process.GetState() == lldb::eStateExited &&
                  process.GetExitStatus() == -1 && strcmp(reason, "lost connection") != 0;

    return failed ? static_cast<int64_t>(process.GetProcessID()) : 0;
}

bool is_batch()
{
    bool batch = false;

    for (const std::string &word : own_arguments()) {
        if (word == "--")
            break;
        if (word == "-X" || word == "--no-use-colors")
            return false;
        batch = batch || word == "-b" || word == "--batch";
    }
    return batch;
}

// ---- threads ----

namespace
{

struct Registers {
    const char *thread_pointer, *system_call, *result;
    const char *arguments[6];
};

Registers registers_for(const char *triple)
{
    if (strncmp(triple, "x86_64", 6) == 0)
        return {"fs_base", "orig_rax", "rax", {"rdi", "rsi", "rdx", "r10", "r8", "r9"}};
    // x8 says nothing of whether the thread is in a system call.
    if (strncmp(triple, "aarch64", 7) == 0 || strncmp(triple, "arm64", 5) == 0)
        return {"tpidr", nullptr, nullptr, {}};
    return {nullptr, nullptr, nullptr, {}};
}

bool read_register(lldb::SBFrame &frame, const char *name, uint64_t *ret_value)
{
    lldb::SBError error;
    lldb::SBValue value = name ? frame.FindRegister(name) : lldb::SBValue();

    if (!value.IsValid())
        return false;
    *ret_value = value.GetValueAsUnsigned(error, 0);
    return error.Success();
}

// lldb-server does not give orig_rax. It gives files, and /proc tells the same: "202 0x7f... ...", "-1 ...",
// "running".
bool read_system_call_file(lldb::SBProcess &process, lldb::SBDebugger &debugger, hog_host_thread &thread)
{
    std::string text = remote_file(debugger, "/proc/" + std::to_string(process.GetProcessID()) + "/task/" +
                                                 std::to_string(thread.lwp) + "/syscall");
    char *end = nullptr;

    if (text.empty() || text == "running\n")
        return !text.empty();
    thread.system_call = strtoll(text.c_str(), &end, 10);
    thread.has_system_call = end != text.c_str();
    thread.from_registers = false;
    while (thread.has_system_call && thread.argument_count < 6) {
        const char *begin = end;

        thread.arguments[thread.argument_count] = strtoull(begin, &end, 16);
        if (end == begin)
            break;
        thread.argument_count++;
    }
    return true;
}

void read_registers(lldb::SBThread &thread, const Registers &names, hog_host_thread &found)
{
    lldb::SBFrame frame = thread.GetFrameAtIndex(0);
    uint64_t system_call = 0;

    found.name = thread.GetName();
    found.has_thread_pointer = read_register(frame, names.thread_pointer, &found.thread_pointer);
    found.has_system_call = read_register(frame, names.system_call, &system_call);
    while (
        found.has_system_call && found.argument_count < 6 &&
        read_register(frame, names.arguments[found.argument_count], &found.arguments[found.argument_count]))
        found.argument_count++;
    found.has_system_call = found.argument_count > 0;
    found.system_call = static_cast<int64_t>(system_call);
    found.from_registers = true;
    found.program_counter = frame.GetPC();
    found.stack_pointer = frame.GetSP();
    read_register(frame, names.result, &found.result);
}

} // namespace

namespace
{

uint64_t member(lldb::SBValue value, const char *name)
{
    return value.GetChildMemberWithName(name).GetValueAsUnsigned(0);
}

} // namespace

void stop_signal(lldb::SBProcess &process, hog_host_signal &signal)
{
    for (uint32_t i = 0; i < process.GetNumThreads() && !signal.number; i++) {
        lldb::SBThread thread = process.GetThreadAtIndex(i);
        int number = thread.GetStopReason() == lldb::eStopReasonSignal
                         ? static_cast<int>(thread.GetStopReasonDataAtIndex(0))
                         : 0;

        if (!number || number == SIGSTOP || number == SIGTRAP || number == SIGINT)
            continue;
        lldb::SBValue info = siginfo_of(thread);
        lldb::SBValue fields = info.GetChildMemberWithName("_sifields");

        signal.number = number;
        signal.lwp = static_cast<int64_t>(thread.GetThreadID());
        signal.has_code = member(info, "si_signo") == static_cast<uint64_t>(number);
        signal.code = static_cast<int32_t>(info.GetChildMemberWithName("si_code").GetValueAsSigned(0));
        signal.address = member(fields.GetChildMemberWithName("_sigfault"), "si_addr");
        signal.sender = static_cast<int64_t>(member(fields.GetChildMemberWithName("_kill"), "si_pid"));
        signal.sender_uid = static_cast<uint32_t>(member(fields.GetChildMemberWithName("_kill"), "si_uid"));
    }
}

double thread_seconds(lldb::SBProcess &process, lldb::SBDebugger &debugger, int64_t lwp)
{
    std::string text = remote_file(debugger, "/proc/" + std::to_string(process.GetProcessID()) + "/task/" +
                                                 std::to_string(lwp) + "/schedstat");
    char *end = nullptr;
    unsigned long long nanoseconds = strtoull(text.c_str(), &end, 10);

    return end != text.c_str() ? static_cast<double>(nanoseconds) / 1e9 : -1;
}

void add_threads(lldb::SBProcess &process, lldb::SBDebugger &debugger, bool in_full,
                 void (*add)(void *context, const hog_host_thread *thread), void *context)
{
    const char *triple = process.GetTarget().GetTriple();
    Registers names = registers_for(triple ? triple : "");
    bool gives_files = plugin_of(process) == "gdb-remote";

    for (uint32_t i = 0; i < process.GetNumThreads(); i++) {
        lldb::SBThread thread = process.GetThreadAtIndex(i);
        hog_host_thread found = {};

        found.lwp = static_cast<int64_t>(thread.GetThreadID());
        found.number = thread.GetIndexID();
        if (in_full)
            read_registers(thread, names, found);
        if (in_full && !found.has_system_call && gives_files)
            gives_files = read_system_call_file(process, debugger, found);
        add(context, &found);
    }
}

} // namespace hognose
