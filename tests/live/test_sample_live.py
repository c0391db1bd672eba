"""py-sample and py-top in the debuggers themselves: busy and waiting programs, local and behind a server.

What the samples are worth is measured without a debugger (test_sample_truth.py), what becomes of
the process in test_leave_alone.py. Here: that both debuggers let it run and take samples of what
it does, that files come of it, and that the debugger's own settings are as before.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess

import pytest
from sampled import walker

import debugger as debuggers
import discover
import leave_alone
from debuggee import Debuggee, Gdbserver, status_of, wait_for

SHARES = {"leaf_%d" % percent: percent / 100 for percent in (10, 20, 30, 40)}


@pytest.fixture
def busy(any_python):
    """Leaves that work 10, 20, 30 and 40 % of the time; at a usual priority, so that debuggers get at it."""
    with walker(any_python, kind="split") as (process, _ready):
        os.setpriority(os.PRIO_PROCESS, process.pid, 0)
        with contextlib.suppress(OSError), open("/proc/%d/autogroup" % process.pid, "w") as file:
            file.write("0")
        yield process


def seconds_run(pid):
    """What the kernel ran the threads of a process (Documentation/scheduler/sched-stats.rst: the first number)."""
    total = 0
    for thread in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/schedstat" % (pid, thread)) as file:
            total += int(file.read().split()[0])
    return total / 1e9


def told(debugger, target, *commands):
    outcome = debuggers.run(debugger, target, *commands, *debuggers.last_words(debugger, target))
    assert outcome.status == 0, outcome.stdout + outcome.stderr
    return outcome.stdout


def stacks(path):
    """Of a .collapsed file: (functions, outermost first, and how many samples) each."""
    with open(path) as file:
        lines = [line.rsplit(" ", 1) for line in file]
    return [([frame.split(" ")[0] for frame in stack.split(";")], int(count)) for stack, count in lines]


def sampled(debugger, pid, path, options):
    """Functions, outermost first, and how many samples, of each stack."""
    text = told(debugger, debuggers.live(pid), "py-sample -d 2 -r 300 --function %s -o %s" % (options, path))
    found = stacks(path)
    assert sum(count for _, count in found) > 5, text
    return found


def test_shares_of_a_busy_program(debugger, any_python, tmp_path):
    with walker(any_python, kind="split", first=True) as (process, _ready):
        found = sampled(debugger, process.pid, tmp_path / "p.collapsed", "")
    total = sum(count for _, count in found)
    for name, share in SHARES.items():
        seen = sum(count for functions, count in found if name in functions) / total
        error = (share * (1 - share) / total) ** 0.5
        assert abs(seen - share) < 4 * error + 0.02, (name, seen, found)


def test_stopped_for_each_sample(debugger, busy, tmp_path):
    """How many can be had depends on the machine; each must be one that can be."""
    for functions, _count in sampled(debugger, busy.pid, tmp_path / "p.collapsed", "--stop"):
        assert functions[:3] == ["<module>", "main", "split"]
        assert len(functions) == 3 or functions[3] in SHARES
        assert functions[4:] in ([], ["busy"])


def test_waiting_program(debugger, waiting, tmp_path):
    """Nothing runs, but for a moment after a stop. With --idle every thread is where the program says it is."""
    path = tmp_path / "idle.collapsed"
    ran = seconds_run(waiting.pid)
    text = told(
        debugger,
        debuggers.live(waiting.pid),
        "py-sample -d 0.3 -r 20",
        "py-sample -d 0.3 -r 20 --idle --function -o %s" % path,
    )
    kept, idle = map(int, re.search(r"(\d+) of [\d,]+ samples kept, (\d+) idle, 0 dropped", text).groups())
    assert kept <= 1 + (seconds_run(waiting.pid) - ran) * 20, text
    assert idle >= len(waiting.truth["threads"]), text
    seen = {functions[-1].rpartition(".")[2] for functions, _ in stacks(path)}
    assert seen == {thread["frames"][0]["name"] for thread in waiting.truth["threads"] if thread["frames"]}


def test_top(debugger, busy):
    text = told(debugger, debuggers.live(busy.pid), "py-top -r 200 -n 2")
    assert len(re.findall(r"^ +\d+\.\d .*leaf_40\b", text, re.MULTILINE)) == 2, text


def test_every(debugger, busy, tmp_path):
    told(debugger, debuggers.live(busy.pid), "py-sample -d 0.2 --every 0.02 --count 2 -o %s/%%t-%%p.json" % tmp_path)
    files = sorted(tmp_path.iterdir())
    assert len(files) == 2 and all(file.name.endswith("-%d.json" % busy.pid) for file in files)
    assert all(json.loads(file.read_text())["schema"] == "hognose.profile/1" for file in files)


# ---- the debugger's own state ----

STATE = {
    "gdb": [
        "info signals",
        "show scheduler-locking",
        "show print thread-events",
        "show print inferior-events",
        "show pagination",
        "thread",
        "frame",
    ],
    "lldb": ["process handle SIGUSR1 SIGURG SIGSTOP SIGINT SIGCHLD SIGALRM", "thread info", "frame info"],
}
#: Not the first thread, not its innermost frame, and some settings that are not the usual ones.
BEFORE = {
    "gdb": [
        "handle SIGUSR1 nostop noprint nopass",
        "handle SIGURG stop print nopass",
        "handle SIGSTOP nostop pass",
        "set scheduler-locking step",
        "thread 2",
        "frame 1",
    ],
    "lldb": [
        "process handle -s false -n true -p false SIGUSR1",
        "process handle -s true -p false SIGURG",
        "process handle -s false -p true SIGSTOP",
        "thread select 2",
        "frame select 1",
    ],
}
MARK = {"gdb": "echo ---\\n", "lldb": "script print('---')"}


@pytest.mark.parametrize("options", ["", "--stop"])
def test_settings_and_selection_are_as_before(debugger, waiting, options):
    kind = debugger.kind
    state = [MARK[kind], *STATE[kind], MARK[kind]]
    text = told(
        debugger, debuggers.live(waiting.pid), *BEFORE[kind], *state, "py-sample -d 0.2 -r 50 " + options, *state
    )
    _, before, _, after, _ = re.split(r"^---$", text, flags=re.MULTILINE)
    assert without_registers(after) == without_registers(before)


def without_registers(text):
    """lldb tells of the reason why it stopped, which is another one now, and echoes commands."""
    return re.sub(r", stop reason = .*|\(lldb\).*", "", text)


# ---- behind a server ----


class LldbServer:
    """lldb-server attached to a process; tells its port through a pipe."""

    def __init__(self, pid):
        path = next(filter(None, map(shutil.which, ("lldb-server-19", "lldb-server"))), None)
        if path is None:
            pytest.skip("lldb-server is not here: apt install lldb-19")
        reader, writer = os.pipe()
        self.process = subprocess.Popen(
            [path, "gdbserver", "--pipe", str(writer), "--attach", str(pid), "127.0.0.1:0"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[writer],
        )
        os.close(writer)
        with os.fdopen(reader) as pipe:
            self.port = int(pipe.readline().strip("\0\n "))

    def __enter__(self):
        return self

    def __exit__(self, *details):
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def check_remote_sampling(debugger, server, process):
    account = leave_alone.Account(process.truth_path + ".account")
    with server(process.pid) as running:
        text = told(debugger, debuggers.remote(running.port), "py-sample --stop -d 1 -r 50")
    kept = int(re.search(r"(\d+) of [\d,]+ samples kept", text).group(1))
    assert kept >= 3 and "ended:" not in text, text
    path = "/proc/%d/status" % process.pid
    assert status_of(path)["TracerPid"] == "0"
    assert wait_for(lambda: not leave_alone.pending_of(path), 10), leave_alone.pending_of(path)
    rounds = account[leave_alone.ROUNDS]
    assert wait_for(lambda: account[leave_alone.ROUNDS] > rounds + 5, 10), process.task_states()
    assert not set(account.signals()) - set(leave_alone.OWN_SIGNALS["lldb"])


def check_work_in_calls(debugger, server, python, folder):
    """Sending and receiving to itself: recv() is a call in which threads usually wait, and here it is all work."""
    path = os.path.join(str(folder), "p.collapsed")
    words = [*python.command, discover.program_path("clocks")]
    with (
        walker(python, command=lambda ready: [*words, ready, "calls"]) as (process, _ready),
        server(process.pid) as running,
    ):
        command = "py-sample --stop -d 3 -r 50 --function -o %s" % path
        text = told(debugger, debuggers.remote(running.port), command)
    assert "by the CPU time that the server knows" in text, text
    assert sum(count for functions, count in stacks(path) if "send" in functions) >= 3, text


@pytest.mark.slow
def test_work_in_calls_through_gdbserver(gdb, any_python, tmp_path):
    if discover.version_key(gdb.version) < (12,):
        pytest.skip("gdb's Python sends packets from 12 on")
    check_work_in_calls(gdb, Gdbserver, any_python, tmp_path)


@pytest.mark.slow
def test_work_in_calls_through_lldb_server(lldb, any_python, tmp_path):
    check_work_in_calls(lldb, LldbServer, any_python, tmp_path)


@pytest.mark.parametrize("urgent", [[], ["urgent"]], ids=["urg-free", "urg-handled"])
def test_through_gdbserver(debugger, any_python, urgent):
    with Debuggee(any_python, "restless", "work", *urgent) as process:
        check_remote_sampling(debugger, Gdbserver, process)


def test_through_lldb_server(lldb, any_python):
    with Debuggee(any_python, "restless", "work") as process:
        check_remote_sampling(lldb, LldbServer, process)
