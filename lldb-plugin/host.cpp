// See host.h.
#include "host.h"
#include "compat.h"
#include "frames.h"
#include "presses.h"
#include "target.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sys/ioctl.h>
#include <unistd.h>

namespace hognose
{

namespace
{

// "lldb version 19.1.7\n..." → "19.1.7"
std::string version_number(const char *text)
{
    const char *start = text ? strpbrk(text, "0123456789") : nullptr;

    return start ? std::string(start, strspn(start, "0123456789.")) : "unknown";
}

Host *host_of(void *self)
{
    return static_cast<Host *>(self);
}

} // namespace

Host::Host() : version_(version_number(lldb::SBDebugger::GetVersionString()))
{
}

hog_host Host::callbacks()
{
    hog_host host = {};

    host.self = this;
    host.debugger_name = "lldb";
    host.debugger_version = version_.c_str();
    host.describe_process = [](void *self, hog_host_process *ret_process) {
        host_of(self)->describe_process(*ret_process);
    };
    host.read_memory = [](void *self, uint64_t address, void *buffer, size_t length) {
        return host_of(self)->read_memory(address, buffer, length);
    };
    host.list_threads = [](void *self, void (*add)(void *, const hog_host_thread *), void *context) {
        host_of(self)->list_threads(add, context);
    };
    host.list_modules = [](void *self, void (*add)(void *, const hog_host_module *), void *context) {
        host_of(self)->list_modules(add, context);
    };
    host.read_auxv = nullptr; // the SB API does not give it
    host.list_native_frames = [](void *self, int64_t lwp, size_t max,
                                 void (*add)(void *, const hog_host_frame *), void *context) {
        host_of(self)->list_native_frames(lwp, max, add, context);
    };
    host.stop_signal = [](void *self, hog_host_signal *ret_signal) {
        *ret_signal = hog_host_signal();
        stop_signal(host_of(self)->process_, *ret_signal);
    };
    host.selected_thread = [](void *self) { return host_of(self)->selected_thread(); };
    host.thread_seconds = [](void *self, int64_t lwp) { return host_of(self)->thread_seconds(lwp); };
    host.select_native_frame = [](void *self, uint32_t level) {
        return host_of(self)->select_native_frame(level);
    };
    host.run_process = [](void *self, hog_run_result *ret_result) {
        host_of(self)->run_process(*ret_result);
    };
    host.request_stop = [](void *self) { host_of(self)->run_.request_stop(); };
    host.write = [](void *self, hog_stream stream, const char *bytes, size_t length) {
        host_of(self)->write(stream, bytes, length);
    };
    host.interrupted = [](void *self) { return host_of(self)->interrupted(); };
    host.wants_colour = [](void *self) { return host_of(self)->wants_colour(); };
    host.terminal_width = [](void *self) { return host_of(self)->terminal_width(); };
    return host;
}

void Host::begin(lldb::SBDebugger &debugger, lldb::SBCommandReturnObject &result)
{
    debugger_ = debugger;
    target_ = debugger.GetSelectedTarget();
    process_ = target_.GetProcess();
    result_ = &result;
    kind_ = HOG_TARGET_NOTHING;
    was_interrupted_ = was_pressed_before(debugger_, process_);
}

void Host::end()
{
    run_.end_command(debugger_);
    forget_presses();
    debugger_ = lldb::SBDebugger();
    target_ = lldb::SBTarget();
    process_ = lldb::SBProcess();
    result_ = nullptr;
}

// ---- letting it run ----

void Host::run_process(hog_run_result &result)
{
    int64_t pid = static_cast<int64_t>(process_.GetProcessID());
    auto read = [](void *self, uint64_t address, void *buffer, size_t length) {
        return host_of(self)->read_memory(address, buffer, length);
    };

    if (kind_of(target_, process_) != HOG_TARGET_LIVE && !hog_stopper_is_safe_behind_server(pid, read, this))
        pid = 0;
    if (!pid && !run_.may_interrupt(debugger_, process_, result))
        return;

    run_.go(
        debugger_, process_, pid, [this] { return interrupted(); }, result);
}

// ---- the process ----

void Host::describe_process(hog_host_process &process)
{
    kind_ = kind_of(target_, process_);
    core_path_ = kind_ == HOG_TARGET_CORE ? core_path_of(process_) : std::string();
    executable_ = executable_of(debugger_, target_, process_, kind_);

    process = hog_host_process();
    process.target = kind_;
    if (kind_ != HOG_TARGET_NOTHING)
        process.pid = static_cast<int64_t>(process_.GetProcessID());
    else
        process.attach_request = attach_request(process_);
    process.core_path = core_path_.empty() ? nullptr : core_path_.c_str();
    process.executable = executable_.empty() ? nullptr : executable_.c_str();
    process.sysroot = nullptr; // the SB API does not give the platform's
}

// Of a core, pages that were not dumped are to be had through the target
// alone, which reads them from the modules' files.
size_t Host::read_memory(uint64_t address, void *buffer, size_t length)
{
    lldb::SBError error;
    size_t got;

    if (kind_ == HOG_TARGET_CORE)
        got = target_.ReadMemory(target_.ResolveLoadAddress(address), buffer, length, error);
    else
        got = process_.ReadMemory(address, buffer, length, error);
    return std::min(got, length);
}

void Host::list_threads(void (*add)(void *context, const hog_host_thread *thread), void *context)
{
    // Where it has the process or the core file, the core finds out faster by itself.
    bool in_full = kind_ == HOG_TARGET_REMOTE || (kind_ == HOG_TARGET_CORE && core_path_.empty());

    if (kind_ != HOG_TARGET_RUNNING && kind_ != HOG_TARGET_NOTHING)
        add_threads(process_, debugger_, in_full, add, context);
}

void Host::list_modules(void (*add)(void *context, const hog_host_module *module), void *context)
{
    add_modules(target_, process_, debugger_, add, context);
}

void Host::list_native_frames(int64_t lwp, size_t max,
                              void (*add)(void *context, const hog_host_frame *frame), void *context)
{
    lldb::SBThread thread = process_.GetThreadByID(static_cast<lldb::tid_t>(lwp));

    if (thread.IsValid())
        add_frames(
            thread, max, [this] { return interrupted(); }, add, context);
}

int64_t Host::selected_thread()
{
    lldb::SBThread thread = process_.GetSelectedThread();

    return thread.IsValid() ? static_cast<int64_t>(thread.GetThreadID()) : 0;
}

double Host::thread_seconds(int64_t lwp)
{
    return hognose::thread_seconds(process_, debugger_, lwp);
}

bool Host::select_native_frame(uint32_t level)
{
    lldb::SBThread thread = process_.GetSelectedThread();

    return thread.IsValid() && thread.SetSelectedFrame(level).IsValid();
}

// ---- the terminal ----

namespace
{

void write_at_once(lldb::SBFile file, const char *bytes, size_t length)
{
    size_t written;

    if (file.IsValid()) {
        file.Write(reinterpret_cast<const uint8_t *>(bytes), length, &written);
        file.Flush();
    }
}

} // namespace

// What a command prints goes into its result, where scripts find it. What it
// says besides goes to the user at once; and so does what it had when Ctrl-C
// was pressed, because lldb cuts off the result of an interrupted command.
void Host::write(hog_stream stream, const char *bytes, size_t length)
{
    if (stream == HOG_STDERR)
        return write_at_once(debugger_.GetErrorFile(), bytes, length);
    if (was_interrupted_)
        return write_at_once(debugger_.GetOutputFile(), bytes, length);
    while (length) {
        size_t part = std::min<size_t>(length, 1 << 20);

        result_->Printf("%.*s", static_cast<int>(part), bytes);
        bytes += part;
        length -= part;
    }
}

bool Host::interrupted()
{
    was_interrupted_ = was_interrupted_ || debugger_.GetCommandInterpreter().WasInterrupted() ||
                       interrupt_requested(debugger_);
    return was_interrupted_;
}

// In batch mode lldb turns colour off by itself, and knows no width: the terminal has them all the same.
bool Host::wants_colour()
{
    const char *kind = getenv("TERM");

    if (!isatty(STDOUT_FILENO))
        return false;
    return debugger_.GetUseColor() || (is_batch() && kind && strcmp(kind, "dumb") != 0);
}

unsigned Host::terminal_width()
{
    struct winsize size = {};

    if (!isatty(STDOUT_FILENO))
        return 0;
    if (is_batch() && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
        return size.ws_col;
    return debugger_.GetTerminalWidth();
}

// At Ctrl-C the terminal drops what is on its way to it: half an escape sequence may have come.
void Host::reset_terminal()
{
    if (was_interrupted_ && wants_colour())
        write_at_once(debugger_.GetOutputFile(), "\x1b[0m", 4);
}

} // namespace hognose
