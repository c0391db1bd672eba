"""What hognose says when it cannot: word for word, on one line, with a failing exit status.

An error is the part of a tool that people meet when they are already in trouble, so its words
are part of the interface: what, where, why, and what to do next. docs/troubleshooting.md lists
them all; here they are provoked, in both debuggers, whose only difference is that lldb puts
"error: " before the line.
"""

import os
import struct
import subprocess

import pytest

import debugger as debuggers
import discover
from debuggee import Debuggee, Gdbserver, started, status_of, wait_for

NO_PROCESS = (
    "no process: attach to one (attach PID) or open a core file (core FILE), then run it again; "
    "a core file that the debugger refuses: --core FILE"
)
NO_THREAD = 'there is no thread "nobody": give a number, LWP, pthread id 0x..., name or current; py-threads lists them'

#: Command and message, without any target.
WITHOUT_PROCESS = [
    ("py-dump", NO_PROCESS),
    ("py-threads", NO_PROCESS),
    ("py-info", NO_PROCESS),
    ("py-dump --jsno", "unknown option --jsno (did you mean --json?); py-dump --help lists them"),
    ("py-dump --zzz", "unknown option --zzz; py-dump --help lists them"),
    ("py-dump -x", "unknown option -x; py-dump --help lists them"),
    ("py-threads --thread 3", "unknown option --thread; py-threads --help lists them"),
    ("py-dump 3", 'unexpected "3": a thread is chosen with --thread 3; py-dump --help lists the options'),
    (
        "py-dump | grep wait",
        (
            'unexpected "|": no shell reads this line; --output FILE writes to a file, and gdb has '
            "pipe py-dump | grep WORD"
        ),
    ),
    ("py-info 3", 'unexpected "3"; py-info --help lists the options'),
    ("py-dump --thread", "--thread needs a value: --thread T"),
    ("py-dump --json=1", '--json takes no value: leave out "=1"'),
    ("py-dump --max-depth many", '--max-depth cannot be "many": it is a number of frames such as 20, or unlimited'),
    (
        "py-dump --assume-version 2.7",
        '--assume-version cannot be "2.7": it is one of 3.6 to ' + discover.KNOWN_MINORS[-1],
    ),
    ("py-dump --core /nowhere/core", "cannot open core file /nowhere/core: No such file or directory"),
    ("py-dump --core /etc", "/etc is not a core file: it is not a regular file"),
    ("py-dump --core /etc/hostname", "/etc/hostname is not a core file: it does not begin as an ELF file"),
    ("py-dump --core /bin/true", "/bin/true is not a core file: it is an executable or library"),
]

#: Command and message, attached to a Python process.
WITH_PROCESS = [
    ("py-dump --thread nobody", NO_THREAD),
    (
        "py-dump --output /dev/full",
        "cannot write /dev/full: No space left on device; free some space, or choose another FILE",
    ),
    (
        "py-threads --json --output /dev/full",
        "cannot write /dev/full: No space left on device; free some space, or choose another FILE",
    ),
    (
        "py-info --output /nowhere/file",
        "cannot write /nowhere/file: there is no folder /nowhere; make it, or choose another FILE",
    ),
    ("py-dump --output /etc", "cannot write /etc: Is a directory; choose the name of a file in it"),
]


def check(outcome, command, message):
    """The error is the last line of standard error, the only one of ours, and the exit status tells."""
    name = command.split()[0]
    ours = [line for line in outcome.stderr.splitlines() if line.startswith((name + ":", "error: " + name))]
    assert [line.replace("error: ", "", 1) for line in ours] == [name + ": " + message], outcome.stderr
    assert outcome.stderr.splitlines()[-1] == ours[0]
    assert outcome.status == 1
    assert "Traceback" not in outcome.stdout + outcome.stderr


@pytest.mark.parametrize("command, message", WITHOUT_PROCESS, ids=[case[0] for case in WITHOUT_PROCESS])
def test_without_process(debugger, command, message):
    check(debuggers.run(debugger, debuggers.NOTHING, command), command, message)


def test_quote_not_closed(gdb):
    """lldb takes quotes away before a command sees them."""
    check(debuggers.run(gdb, debuggers.NOTHING, "py-dump 'a"), "py-dump", "a quote is not closed: 'a")


@pytest.mark.parametrize("command, message", WITH_PROCESS, ids=[case[0] for case in WITH_PROCESS])
def test_with_process(debugger, waiting, command, message):
    check(debuggers.run(debugger, debuggers.live(waiting.pid), command), command, message)


def test_no_python(debugger):
    with started("sleep", "1000") as process:
        check(
            debuggers.run(debugger, debuggers.live(process.pid), "py-dump"),
            "py-dump",
            "no Python in process %d: neither a symbol nor a trace in memory in any of its 3 modules "
            "(sleep, libc.so.6, ld-linux-x86-64.so.2); is it the right process? "
            "py-info lists the steps tried" % process.pid,
        )


def test_steps_of_info_when_there_is_no_python(debugger):
    with started("sleep", "1000") as process:
        outcome = debuggers.run(debugger, debuggers.live(process.pid), "py-info")
    assert outcome.status == 1
    assert "Steps tried" in outcome.stdout
    assert "looked for Python's symbols in /usr/bin/sleep: none" in outcome.stdout


def test_python_in_a_child(debugger):
    """The wrong process of two: the child that may be the right one is named."""
    with started("sh", "-c", "sleep 1000; exit") as process:
        children = "/proc/%d/task/%d/children" % (process.pid, process.pid)
        wait_for(lambda: open(children).read().strip(), 10)
        child = open(children).read().strip()
        outcome = debuggers.run(debugger, debuggers.live(process.pid), "py-dump")
        subprocess.run(["kill", child], check=True)
    assert "is it the right process (it has child processes: %s)?" % child in outcome.stderr
    assert outcome.status == 1


def test_python_2(debugger):
    path = os.path.expanduser("~/.pyenv/versions/2.7.18/bin/python2.7")
    if not os.path.exists(path):
        pytest.skip("Python 2.7 is not here; pyenv installs it")
    with started(path, "-c", "import time; time.sleep(1000)") as process:
        library = os.path.realpath(path + "/../../lib/libpython2.7.so.1.0")
        wait_for(lambda: "time.so" in open("/proc/%d/maps" % process.pid).read(), 10)
        check(
            debuggers.run(debugger, debuggers.live(process.pid), "py-dump"),
            "py-dump",
            "process %d runs Python 2.7.18 (%s): hognose reads CPython 3.6 and later" % (process.pid, library),
        )


def test_not_initialised_yet(gdb, any_python):
    """Stopped at its very first instruction."""
    target = debuggers.NOTHING._replace(executable=any_python.command[0])
    outcome = debuggers.run(gdb, target, "starti", "py-dump")
    assert outcome.status == 1
    assert "not initialised yet" in outcome.stderr or "no CPython is initialised" in outcome.stderr
    assert len([line for line in outcome.stderr.splitlines() if line.startswith("py-dump: ")]) == 1


def test_finalised(gdb, any_python):
    """Stopped in its last system call."""
    target = debuggers.NOTHING._replace(executable=any_python.command[0])
    outcome = debuggers.run(gdb, target, "catch syscall exit_group", "run -c pass", "py-dump")
    assert outcome.status == 1
    assert "finalised" in outcome.stderr.splitlines()[-1]


# ---- processes that a debugger cannot have; lldb ends its batch at the attach itself ----


def test_zombie(gdb):
    process = subprocess.Popen(["true"])
    wait_for(lambda: status_of("/proc/%d/status" % process.pid)["State"][0] == "Z", 10)
    outcome = debuggers.run(gdb, debuggers.live(process.pid), "py-dump")
    process.wait()
    parent = status_of("/proc/self/status")["Name"]
    check(
        outcome,
        "py-dump",
        "no process: process %d (true) is a zombie: it has exited and its parent %d (%s) has not "
        "collected it; there is no memory to read" % (process.pid, os.getpid(), parent),
    )


def test_no_such_process(gdb):
    process = subprocess.Popen(["true"])
    process.wait()
    check(
        debuggers.run(gdb, debuggers.live(process.pid), "py-dump"),
        "py-dump",
        "no process: there is no process %d: it has exited, or its number was read in a container or "
        "another pid namespace, where it counts differently" % process.pid,
    )


def test_held_by_another_debugger(gdb):
    with started("sleep", "1000") as process, Gdbserver(process.pid) as server:
        outcome = debuggers.run(gdb, debuggers.live(process.pid), "py-dump")
        server.process.terminate()
    check(
        outcome,
        "py-dump",
        "no process: process %d (sleep) is being traced by %d (gdbserver): detach that debugger first"
        % (process.pid, server.process.pid),
    )


# ---- core files ----


@pytest.mark.parametrize(
    "size, message",
    [
        (0, "{core} is empty: the disk was full or the core limit 0 when it was written"),
        (20, "{core} is cut short within its first header: 20 bytes"),
    ],
)
def test_stump_of_a_core(debugger, waiting_core, tmp_path, size, message):
    core = cut_core(waiting_core, tmp_path, size)
    check(debuggers.run(debugger, debuggers.NOTHING, "py-dump --core %s" % core), "py-dump", message.format(core=core))


def test_truncated_core(debugger, waiting_core, tmp_path):
    """Too little for any Python to be found: whatever else is said, how much is missing is."""
    core = cut_core(waiting_core, tmp_path, 65536)
    outcome = debuggers.run(debugger, debuggers.NOTHING, "py-dump --core %s" % core)
    assert outcome.status == 1
    assert outcome.stderr.splitlines()[-1].endswith(
        "; %s is cut short: it has 65536 of %d bytes (a full disk, or ulimit -c); what was cut cannot be read"
        % (core, end_of_segments(waiting_core))
    )


def cut_core(path, folder, size):
    cut = folder / "core"
    with open(path, "rb") as whole:
        cut.write_bytes(whole.read(size))
    return cut


def end_of_segments(path):
    """How long a core file must be for all of its segments, section headers not counted."""
    with open(path, "rb") as file:
        header = file.read(64)
        file.seek(int.from_bytes(header[32:40], "little"))
        count = int.from_bytes(header[56:58], "little")
        segments = [struct.unpack("<IIQQQQQQ", file.read(56)) for _ in range(count)]
    return max(offset + size for _type, _flags, offset, _v, _p, size, _m, _a in segments)


def test_core_without_private_memory(debugger, any_python):
    """coredump_filter told the kernel to leave out what matters."""
    with Debuggee(any_python, "threads", core_limit=-1) as process:
        with open("/proc/%d/coredump_filter" % process.pid, "w") as file:
            file.write("0x10")
        core = process.kernel_core()
        if core is None:
            pytest.skip("/proc/sys/kernel/core_pattern sends core files elsewhere")
        outcome = debuggers.run(debugger, debuggers.core(core), "py-dump")
    assert outcome.status == 1
    assert "before the next one: echo 0x33 > /proc/PID/coredump_filter" in outcome.stderr.splitlines()[-1]


# ---- files that cannot be written ----


def test_full_disk_keeps_the_old_file(debugger, waiting, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(disk)]).returncode:
        pytest.skip("a file system of 8 kB cannot be mounted (not root?)")
    try:
        old = disk / "dump.json"
        old.write_text("the old content")
        outcome = debuggers.run(debugger, debuggers.live(waiting.pid), "py-dump --json -o %s" % old)
        assert old.read_text() == "the old content"
        assert os.listdir(disk) == ["dump.json"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    check(outcome, "py-dump", "cannot write %s: No space left on device; free some space, or choose another FILE" % old)


def test_every_required_one_is_here():
    """HOGNOSE_REQUIRED_PYTHONS and _DEBUGGERS name what must not be skipped."""
    missing = discover.missing_of(
        discover.required("PYTHONS"), discover.pythons() + discover.flavours()
    ) + discover.missing_of(discover.required("DEBUGGERS"), discover.debuggers())
    assert not missing
