"""What gdb knows of its target, out of its Python API where that tells, else out of what its commands print.

gdb versions differ: 12 brought Inferior.connection, 18 Inferior.corefile.
Nothing is compared by version; each thing is asked for where it is there.
"""

import contextlib
import os
import re
import signal

import _hognose
import gdb

from . import strings

# Process targets; others (sim, tfile, ...) can be read through gdb only.
KINDS = {
    None: _hognose.NOTHING,
    "exec": _hognose.NOTHING,
    "native": _hognose.LIVE,
    "core": _hognose.CORE,
}
# On top of a process target, or no process target at all.
NOT_PROCESSES = ("None", "exec", "multi-thread", "ravenscar")

# architecture: thread pointer, number of the interrupted system call, its result, its arguments
REGISTERS = {
    "i386:x86-64": ("fs_base", "orig_rax", "rax", ("rdi", "rsi", "rdx", "r10", "r8", "r9")),
    "i386:x86-64:intel": ("fs_base", "orig_rax", "rax", ("rdi", "rsi", "rdx", "r10", "r8", "r9")),
    "aarch64": ("tpidr", None, None, ()),  # x8 says nothing unless the thread is in a call
}

# By which gdb itself stops a process.
OWN_SIGNALS = (signal.SIGSTOP, signal.SIGTRAP, signal.SIGINT)
THREADS_ASKED = 64

MAPPING = re.compile(
    r"^\s*0x([0-9a-f]+)\s+0x[0-9a-f]+\s+0x[0-9a-f]+\s+0x([0-9a-f]+)\s+(?:[-rwxsp]{4,5}\s+)?(/.*?)\s*$", re.MULTILINE
)
AUXV = re.compile(r"^(\d+)\s.*?(0x[0-9a-f]+|\d+)(?:\s+\".*\")?\s*$", re.MULTILINE)
CORE_FILE = re.compile(r"^\s+[`‘'](.+)['’],", re.MULTILINE)
ET_CORE = 4


def told(command):
    """What a command of gdb's prints; "" when it fails."""
    try:
        return strings.text(gdb.execute, command, False, True)
    except RuntimeError:  # as gdb.error is
        return ""


def without_prefix(path):
    """gdb's "target:/lib/x" and "target:" as the path alone; bytes."""
    return path[len(b"target:") :] if path and path.startswith(b"target:") else path


def path(text):
    """Of what `told` has told."""
    return text.encode("utf-8", "surrogateescape") if text is not None else None


def file_name(file):
    """Of an objfile, a progspace, a symtab; None where it has none, bytes else."""
    return strings.raw(getattr, file, "filename")


def lwp(thread):
    _, number, other = thread.ptid
    return number or other


# ---- the process ----


def kind(inferior):
    if hasattr(inferior, "connection"):
        name = inferior.connection.type if inferior.connection is not None else None
    else:
        name = process_target(told("maint print target-stack"))
    found = KINDS.get(name, _hognose.REMOTE)
    if found in (_hognose.NOTHING, _hognose.CORE):
        return found
    if not inferior.pid:
        return _hognose.NOTHING
    return _hognose.RUNNING if runs(inferior) else found


def runs(inferior):
    try:
        threads = inferior.threads()
    except RuntimeError:  # a remote stub cannot be asked for them while the process runs
        return True
    return bool(threads) and all(thread.is_running() for thread in threads) and not has_frames()


def has_frames():
    """In gdb.Breakpoint.stop() a thread counts as running still, though it stands."""
    try:
        return gdb.newest_frame().is_valid()
    except RuntimeError:
        return False


def pid(inferior, kind):
    """0: the stub has not told, and gdb uses a number of its own."""
    if kind == _hognose.REMOTE and re.search(r"^\*\s+\d+\s+Remote target\b", told("info inferiors"), re.MULTILINE):
        return 0
    return inferior.pid


def process_target(stack):
    for name in re.findall(r"^\s+- (\S+)", stack, re.MULTILINE):
        if name not in NOT_PROCESSES and not name.startswith("record"):
            return name
    return None


def is_core(file):
    try:
        with open(file, "rb") as core:
            header = core.read(18)
    except (OSError, ValueError):
        return False
    order = "big" if header[5:6] == b"\2" else "little"
    return header[:4] == b"\x7fELF" and int.from_bytes(header[16:18], order) == ET_CORE


def core_path(inferior):
    """None also when the file has been moved or replaced since gdb opened it: gdb still has it, we would not."""
    core = getattr(inferior, "corefile", None)
    names = [file_name(core)] if core is not None else map(path, CORE_FILE.findall(told("info target")))
    return next((name for name in names if name and is_core(name)), None)


# ---- threads ----

#: "F3", "F15;97531 8642 17\n": the number of a file or of bytes, and these.
FILE_ANSWER = re.compile(rb"F([0-9a-f]+)(?:;(.*))?$", re.DOTALL)


@contextlib.contextmanager
def selection_kept():
    """The selected thread and frame are selected again afterwards, if others were: gdb then unwinds everything anew."""
    selected, frame = gdb.selected_thread(), None
    with contextlib.suppress(RuntimeError):
        frame = gdb.selected_frame()
    try:
        yield
    finally:
        if selected is not None and selected.is_valid() and gdb.selected_thread() != selected:
            selected.switch()
            if frame is not None and frame.is_valid():
                frame.select()


def threads_in_full(threads):
    """With names and registers."""
    with selection_kept():
        return [(lwp(thread), thread.num, name_of(thread)) + registers_of(thread) for thread in threads]


def thread_seconds(inferior, lwp):
    """CPU time of a remote thread out of its server's /proc, by Host I/O packets (gdb 12); -1.0 where there is none."""
    connection = getattr(inferior, "connection", None)
    if not hasattr(connection, "send_packet"):
        return -1.0
    path = "/proc/%d/task/%d/schedstat" % (inferior.pid, lwp)
    try:
        opened = FILE_ANSWER.match(connection.send_packet("vFile:open:%s,0,0" % path.encode().hex()) or b"")
        if not opened:
            return -1.0
        answer = FILE_ANSWER.match(connection.send_packet(b"vFile:pread:%s,100,0" % opened.group(1)) or b"")
        connection.send_packet(b"vFile:close:" + opened.group(1))
        return int(answer.group(2).split()[0]) / 1e9 if answer else -1.0
    except (gdb.error, ValueError, IndexError):
        return -1.0


def name_of(thread):
    return strings.raw(getattr, thread, "name")


def registers_of(thread):
    """Thread pointer, system call, its arguments, program counter, stack pointer, result of the call."""
    pointer = handle_of(thread)
    try:
        thread.switch()
        frame = gdb.newest_frame()
        names = REGISTERS.get(frame.architecture().name(), (None, None, None, ()))
    except RuntimeError:
        return pointer, None, (), 0, 0, 0
    register, call, result = (register_of(frame, name) for name in names[:3])
    arguments = tuple(register_of(frame, name) for name in names[3])
    known = () if None in arguments else arguments
    return (
        (register if pointer is None else pointer),
        call,
        known,
        frame.pc(),
        register_of(frame, "sp") or 0,
        result or 0,
    )


def stop_signal():
    """(number, LWP, si_code, si_addr, si_pid, si_uid) of the signal that the process is stopped for; None."""
    selected = gdb.selected_thread()
    threads = sorted(gdb.selected_inferior().threads(), key=lambda thread: thread != selected)
    with selection_kept():
        for thread in threads[:THREADS_ASKED]:
            try:
                if thread != gdb.selected_thread():
                    thread.switch()
                info = gdb.parse_and_eval("$_siginfo")
                number = int(info["si_signo"])
                if number in OWN_SIGNALS or not number:
                    continue
                fields = info["_sifields"]
                address = int(fields["_sigfault"]["si_addr"]) & 0xFFFFFFFFFFFFFFFF
                sender = fields["_kill"]
                return number, lwp(thread), int(info["si_code"]), address, int(sender["si_pid"]), int(sender["si_uid"])
            except RuntimeError:  # there is none, or the stub does not tell
                continue
    return None


def handle_of(thread):
    """pthread_self() as libthread_db on the target's side gives it."""
    try:
        handle = thread.handle()
    except (RuntimeError, AttributeError):
        return None
    return int.from_bytes(handle, "little") if len(handle) == 8 else None


def register_of(frame, name):
    try:
        return int(frame.read_register(name)) if name else None
    except (RuntimeError, ValueError):
        return None


# ---- modules ----


def modules():
    """(path on the target, load address, local copy) of each file mapped; address 0 where gdb does not tell."""
    copies = local_copies()
    found = {}
    for start, offset, name in MAPPING.findall(told("info proc mappings")):
        found.setdefault(path(name), int(start, 16) - int(offset, 16))
    if not found:
        found = dict.fromkeys(loaded_names(), 0)
    return [(name, address, copies.get(os.path.basename(name))) for name, address in found.items()]


def known_files():
    return [name for name in map(file_name, gdb.objfiles()) if name and not name.endswith(b".debug")]


def loaded_names():
    return [name for name in map(without_prefix, known_files()) if name.startswith(b"/")]


def local_copies():
    """By name alone: the files that gdb itself reads on this machine, as the user gave them or sysroot has them."""
    return {os.path.basename(name): name for name in known_files() if name.startswith(b"/")}


def auxv():
    pairs = [(int(key), int(value, 0)) for key, value in AUXV.findall(told("info auxv"))]
    return b"".join(word.to_bytes(8, "little") for pair in pairs for word in pair)
