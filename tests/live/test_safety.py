"""The process is left as it was found.

hognose reads, and does nothing else: no call in the debuggee, no byte written, no signal sent.
A stopped process stays stopped, a sleeping one sleeps on in the same system call, signal masks
and every writable page are what they were, and so are the files it has open.
"""

import json
import os
import random
import signal
import subprocess
import sys

import pytest

import compare
import debugger as debuggers
import discover
from debuggee import Debuggee, status_of, wait_for

#: Lines of /proc/PID/status that a look must not change.
STATUS_LINES = (
    "Name",
    "State",
    "Tgid",
    "Ngid",
    "Pid",
    "PPid",
    "TracerPid",
    "Uid",
    "Gid",
    "FDSize",
    "Threads",
    "SigPnd",
    "ShdPnd",
    "SigBlk",
    "SigIgn",
    "SigCgt",
    "CapEff",
    "Seccomp",
)

COMMANDS = ("py-info", "py-threads", "py-dump", "py-dump --json")

#: Interpreters whose memory is compared byte by byte.
FEW_PYTHONS = ("pyenv-3.6.15", "system", "pyenv-3.12.1", "313t", "sid-3.15")

#: How a debugger runs a program of the machine while it holds the process.
SHELL = {"gdb": "shell", "lldb": "platform shell"}


def run_all(debugger, process):
    outcome = debuggers.run(debugger, debuggers.live(process.pid), *COMMANDS)
    assert outcome.status == 0, outcome.stderr


def look_and_wait(debugger, process):
    """Run every command, and wait until the debugger has let go of every thread."""
    states = process.task_states()
    run_all(debugger, process)
    assert wait_for(lambda: process.task_states() == states, 10), process.task_states()


def statuses(pid):
    """What /proc says of each thread."""
    found = {}
    for task in os.listdir("/proc/%d/task" % pid):
        status = status_of("/proc/%d/task/%s/status" % (pid, task))
        found[task] = {key: status[key] for key in STATUS_LINES if key in status}
    return found


def system_calls(pid):
    """The system call each thread is in, with its arguments and its stack pointer."""
    found = {}
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/syscall" % (pid, task)) as file:
            found[task] = file.read()
    return found


def test_stopped_process_stays_stopped(gdb, any_python):
    """In gdb. lldb wakes a stopped process when it detaches, with and without hognose."""
    with Debuggee(any_python, "threads") as process:
        process.stop()
        look_and_wait(gdb, process)
        assert set(process.task_states()) == {"T"}
        assert status_of("/proc/%d/status" % process.pid)["TracerPid"] == "0"


def test_status_and_signal_masks(debugger, any_python):
    with Debuggee(any_python, "threads") as process:
        before = statuses(process.pid)
        look_and_wait(debugger, process)
        assert statuses(process.pid) == before


@pytest.mark.parametrize("python", [one for one in discover.pythons() if one.name in FEW_PYTHONS])
def test_memory_is_not_written(debugger, python, tmp_path):
    """Every page before the first command and after the last, while the debugger holds the process."""
    with Debuggee(python, "threads") as process:
        before, after = tmp_path / "before", tmp_path / "after"
        digest = "%s %s %s/memory_digest.py %d " % (
            SHELL[debugger.kind],
            sys.executable,
            os.path.dirname(compare.__file__),
            process.pid,
        )
        outcome = debuggers.run(
            debugger, debuggers.live(process.pid), digest + str(before), *COMMANDS, digest + str(after)
        )
    pages = set(before.read_text().splitlines())
    assert len(pages) > 100, outcome.stderr
    assert "Process %d" % process.pid in outcome.stdout
    # Reading may make a page resident that was not: more pages, but the same ones.
    assert not pages - set(after.read_text().splitlines())


def test_system_calls_go_on(debugger, any_python):
    """Each thread is in the system call that it was in; a restarted sleep may be another one's end."""
    with Debuggee(any_python, "threads") as process:
        before = system_calls(process.pid)
        look_and_wait(debugger, process)
        after = system_calls(process.pid)
    restarted = {task for task in before if before[task] != after[task]}
    assert len(restarted) <= 4, [(before[task], after[task]) for task in restarted]
    assert set(after) == set(before)


def test_files_stay_as_they_are(debugger, any_python):
    with Debuggee(any_python, "threads") as process:
        folder = "/proc/%d/fd" % process.pid
        before = {fd: os.readlink(os.path.join(folder, fd)) for fd in os.listdir(folder)}
        look_and_wait(debugger, process)
        assert {fd: os.readlink(os.path.join(folder, fd)) for fd in os.listdir(folder)} == before


def test_busy_process_goes_on(debugger, any_python):
    """Stopped wherever it is, it shows only what is possible, and runs on afterwards."""
    with Debuggee(any_python, "busy") as process:
        for _ in range(3):
            dump = debuggers.dump(debugger, debuggers.live(process.pid))
            assert not compare.busy_differences(dump, process.truth)
        assert wait_for(lambda: "R" in process.task_states(), 10)
        before = user_time(process.pid)
        assert wait_for(lambda: user_time(process.pid) > before, 10)


def user_time(pid):
    with open("/proc/%d/stat" % pid) as file:
        return int(file.read().rpartition(")")[2].split()[11])


def test_signals_are_not_lost(debugger, any_python):
    """A signal that comes afterwards ends the process as ever."""
    with Debuggee(any_python, "threads") as process:
        look_and_wait(debugger, process)
        os.kill(process.pid, signal.SIGTERM)
        assert process.process.wait(10) == -signal.SIGTERM


@pytest.mark.slow
def test_a_damaged_core_harms_nobody(debugger, any_python, waiting_core, tmp_path):
    """A core whose every 61st page is noise: the debugger lives, and what it says is marked."""
    damaged = tmp_path / "core"
    with open(waiting_core, "rb") as core, open(damaged, "wb") as out:
        out.write(core.read(1 << 20))
        for number, page in enumerate(iter(lambda: core.read(4096), b"")):
            out.write(bytes((i * 7 + number) % 256 for i in range(len(page))) if number % 61 == 0 else page)
    outcome = debuggers.run(debugger, debuggers.NOTHING, "py-dump --core %s" % damaged)
    assert outcome.status in (0, 1)
    if outcome.status == 0:
        assert "Process " in outcome.stdout


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.slow
def test_a_core_with_bad_blocks_does_not_lie(any_python, waiting, waiting_core, tmp_path, seed):
    """Some blocks are zeros, noise, or another block: what then passes for complete is the program's truth."""
    damaged = str(tmp_path / "core")
    spoil(waiting_core, damaged, random.Random(seed), share=(0.002, 0.01, 0.05, 0.2)[seed % 4])
    program = os.path.join(discover.build_folder(), "tests", "run_command")
    done = subprocess.run(
        [program, damaged, "--", "py-dump", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60
    )
    assert done.returncode in (0, 1), done.stderr
    if done.returncode:
        assert done.stderr.startswith(b"py-dump: ") and done.stderr.count(b"\n") == 1
        return
    dump = json.loads(done.stdout)
    said = {(frame["name"], frame["filename"]) for thread in dump["threads"] for frame in thread["frames"]}
    true = {
        (frame["name"], frame["filename"]) for thread in waiting.truth["threads"] for frame in thread["frames"] or []
    }
    assert not dump["complete"] or said == true


def spoil(core, damaged, dice, share):
    """Copies a core, with that share of its 4 KB blocks spoilt; the notes in the first 64 KB seldom."""
    subprocess.run(["cp", "--sparse=always", core, damaged], check=True)
    with open(damaged, "r+b") as file:
        blocks = list(data_blocks(file.fileno()))
        for block in blocks:
            if dice.random() < share * (1 if block > 65536 else 0.1):
                file.seek(dice.choice(blocks))
                other = file.read(4096)
                file.seek(block)
                file.write(dice.choice([bytes(4096), dice.getrandbits(8 * 4096).to_bytes(4096, "little"), other]))


def data_blocks(descriptor):
    size, at = os.fstat(descriptor).st_size, 0
    while at < size:
        try:
            at = os.lseek(descriptor, at, os.SEEK_DATA)
        except OSError:
            return
        end = os.lseek(descriptor, at, os.SEEK_HOLE)
        yield from range(at - at % 4096, end, 4096)
        at = end
