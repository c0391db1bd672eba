"""One run of py-sample on a program that it might harm, and what became of the program.

Shared by scripts/leave-alone, which makes the table of many runs, and tests/live/test_leave_alone.py,
which makes a few. The program (tests/programs/restless.py) keeps account of the signals that it
handled; /proc has the rest. A run that went well gives no complaint.
"""

import glob
import mmap
import os
import random
import re
import signal
import struct
import subprocess
import tempfile
import time

import debugger as debuggers
import discover
from debuggee import Debuggee, status_of, wait_for

ROUNDS, ORDER, ALARMS, GOOD_CHILDREN, BAD_CHILDREN, SIGNALS = range(6)  # as in restless.py
SECONDS = 0.3
LONG_SECONDS = 20  # of what is to end earlier
LIMIT_SECONDS = 60

#: What happens while it is sampled: the program's kind, and the words that say why the profile ended (None: it was
#: time).
SCENARIOS = {
    "Ctrl-C": ("work", "Ctrl-C"),
    "exit": ("exit", "it exited with status 3|the process exited|it ended.*"),
    "exec": (
        "exec",
        "the process runs another program now.*|it runs another program now.*|(nothing to sample: )?Python.*",
    ),
    "fork": ("fork", "None"),
    "alarm": ("alarm", "None"),
    "threads": ("threads", "None"),
    "sigwait": ("sigwait", "None"),
    "breakpoint": ("breakpoint", "breakpoint .*"),
    "crash": ("crash", "signal SIGSEGV.*|a crash.*|.*address.*"),
    "killed": ("work", None),
    "killed, threads": ("threads", None),
    "killed, SIGURG handled": ("work", None),
}
#: Where the debugger is killed just after a SIGSTOP was sent, its own or ours, the process stays stopped.
MAY_STAY_STOPPED = ("killed, threads", "killed, SIGURG handled")
BREAKPOINT = {"gdb": "break getppid", "lldb": "breakpoint set -n getppid"}
#: Of a debugger's own: lldb-server sends SIGCONT when it detaches.
OWN_SIGNALS = {"gdb": (), "lldb": (signal.SIGCONT,)}


class Account:
    def __init__(self, path):
        with open(path, "rb+") as file:
            self.words = mmap.mmap(file.fileno(), 0)

    def __getitem__(self, index):
        return struct.unpack_from("Q", self.words, 8 * index)[0]

    def order(self):
        struct.pack_into("Q", self.words, 8 * ORDER, 1)

    def signals(self):
        return [number for number in range(1, 65) if self[SIGNALS + number]]


class Run:
    """One scenario, once. `variant` counts: odd ones handle SIGURG, and every other two take --stop."""

    def __init__(self, debugger, python, scenario, variant):
        self.debugger, self.scenario = debugger, scenario
        self.kind, self.ended = SCENARIOS[scenario]
        self.stop = variant // 2 % 2 == 1
        self.random = random.Random(variant)
        self.complaints = []
        self.rounds = None  # when it stood still
        handled = "SIGURG" in scenario or (variant % 2 and not scenario.startswith("killed"))
        urgent = ["urgent"] if handled else []
        with Debuggee(python, "restless", self.kind, *urgent) as self.process:
            self.account = Account(self.process.truth_path + ".account")
            self._sample()
            for _ in range(3):
                if "attach failed" in self.said:  # lldb's own trouble with threads that come and go
                    self._sample()
            self._judge()

    def complain(self, words, *arguments):
        self.complaints.append(words % arguments)

    # ---- what is done ----

    def _sample(self):
        self.profile = os.path.join(self.process.folder, "profile.json")
        seconds = SECONDS if self.ended in ("None", None) else LONG_SECONDS
        command = "py-sample -d %s -r 200 %s -o %s" % (seconds, "--stop" * self.stop, self.profile)
        before = [BREAKPOINT[self.debugger.kind]] if self.scenario == "breakpoint" else []
        build = {"gdb": debuggers.gdb_command, "lldb": debuggers.lldb_command}[self.debugger.kind]
        options = ["--readnever"] if self.debugger.kind == "gdb" else []
        words = build(self.debugger, debuggers.live(self.process.pid), before + [command], options, True)
        with tempfile.TemporaryFile() as output:
            running = subprocess.Popen(
                [self.debugger.path, *self.debugger.args, *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=debuggers.environment(),
                start_new_session=True,
            )
            try:
                self._interfere(running)
                running.wait(LIMIT_SECONDS)
            except subprocess.TimeoutExpired:
                self.complain("the debugger does not end")
                os.killpg(running.pid, signal.SIGKILL)
                running.wait()
            output.seek(0)
            self.said = output.read().decode(errors="replace")

    def _interfere(self, running):
        """At a random moment of the run."""
        if not wait_for(lambda: self._is_let_run() or running.poll() is not None, LIMIT_SECONDS):
            self.complain("it was not let run")
        alarms = self.account[ALARMS]
        time.sleep(self.random.uniform(0.1, 0.9) * SECONDS)  # no synchronisation: any moment will do
        if self.scenario == "Ctrl-C":
            running.send_signal(signal.SIGINT)
        elif self.scenario.startswith("killed"):
            time.sleep(self.random.uniform(0, 0.4) * SECONDS)  # also when it is stopped again
            running.kill()
        elif self.scenario == "alarm":
            if not wait_for(lambda: self.account[ALARMS] > alarms + 10 or running.poll() is not None, LIMIT_SECONDS):
                self.complain("no alarms while it was sampled")
        else:
            self.account.order()

    def _is_let_run(self):
        """Attached, and at work since; it stands still from soon after it is attached to until it is let run."""
        status = status_of("/proc/%d/status" % self.process.pid)
        if status["TracerPid"] == "0":
            return False
        if status["State"][0] == "t" or self.rounds is None:
            self.rounds = self.account[ROUNDS]
        return self.account[ROUNDS] > self.rounds + 2

    # ---- what became of it ----

    def _judge(self):
        if self.ended is not None:
            self._judge_profile()
        if self.scenario in ("exit", "crash"):
            self._judge_end()
        else:
            self._judge_life()
        unasked = [number for number in self.account.signals() if number not in OWN_SIGNALS[self.debugger.kind]]
        if unasked:
            self.complain("it got signals %s", unasked)
        if self.account[BAD_CHILDREN]:
            self.complain("%d children ended badly", self.account[BAD_CHILDREN])

    def _judge_profile(self):
        if not os.path.exists(self.profile):
            self.complain("no profile: %s", self.said[-300:])
        match = re.search(r"^  ended: (.*)$", self.said, re.MULTILINE)
        if not re.fullmatch(self.ended, match[1] if match else "None"):
            self.complain("it ended because: %s", match[1] if match else None)

    def _judge_end(self):
        expected = {"exit": 3, "crash": -signal.SIGSEGV}[self.scenario]
        try:
            status = self.process.process.wait(10)
        except subprocess.TimeoutExpired:
            return self.complain("it has not ended: %s", self.process.task_states())
        if status != expected:
            self.complain("it ended with %d", status)

    def _judge_life(self):
        path = "/proc/%d/status" % self.process.pid
        if not wait_for(lambda: status_of(path)["TracerPid"] == "0", 10):
            return self.complain("it is traced still")
        if self.scenario == "exec":
            return self._judge_new_program()
        rounds, alarms = self.account[ROUNDS], self.account[ALARMS]
        if not wait_for(lambda: self.account[ROUNDS] > rounds + 5, 10):
            self.complain("it works no more: %s", self.process.task_states())
        if self.kind == "alarm" and not wait_for(lambda: self.account[ALARMS] > alarms + 20, 10):
            self.complain("its alarms have stopped")
        if self.kind == "fork":
            self._judge_children()
        self._judge_pending(path)

    def _judge_new_program(self):
        if not wait_for(lambda: status_of("/proc/%d/status" % self.process.pid)["State"][0] == "S", 10):
            self.complain("the new program is not at work: %s", self.process.task_states())
        self._judge_pending("/proc/%d/status" % self.process.pid)

    def _judge_children(self):
        good = self.account[GOOD_CHILDREN]
        if not wait_for(lambda: self.account[GOOD_CHILDREN] > good + 3, 10):
            self.complain("its children do not end")

    def _judge_pending(self, path):
        if self.kind != "alarm" and not wait_for(lambda: not pending_of(path), 10):
            self.complain("pending: %x", pending_of(path))
        for task in glob.glob("/proc/%d/task/*/status" % self.process.pid):
            try:
                if status_of(task)["State"][0] in "Tt":
                    self.complain("stopped: %s", task)
            except OSError:
                continue  # that thread has ended


def pending_of(path):
    """The signals that lie in wait, as bits; one may be on its way just now."""
    status = status_of(path)
    return int(status["SigPnd"], 16) | int(status["ShdPnd"], 16)


def main_debuggers():
    """Those that the machine itself has, one of each kind."""
    return [discover.main_debugger(kind) for kind in ("gdb", "lldb")]


def system_python():
    return next(python for python in discover.pythons() if python.name == "system")
