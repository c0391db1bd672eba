"""The commands as typed at a terminal: completion with the tab key, Ctrl-C in the middle of a huge dump.

Batch runs never meet these: readline, the pager, colours, and a debugger that handles SIGINT by
itself. The debugger runs on a pseudo-terminal; nothing is timed but the answer to Ctrl-C.
"""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

import pytest

import debugger as debuggers
from debuggee import Debuggee

PROMPT = {"gdb": r"\(gdb\) ", "lldb": r"\(lldb\) "}
ANSWER_SECONDS = 60
QUESTIONS = 4

#: Ctrl-C must work within 100 ms; the rest is for a machine that has other things to do.
CTRL_C_SECONDS = 2.0


class Silent(AssertionError):
    """What was waited for did not come."""


class Terminal:
    """A debugger that holds a process, on a terminal of its own; a context manager."""

    def __init__(self, debugger, process):
        self.debugger = debugger
        build = {"gdb": debuggers.gdb_command, "lldb": debuggers.lldb_command}[debugger.kind]
        words = build(debugger, debuggers.live(process.pid), (), (), True)
        words = [word for word in words if word not in ("-batch", "--batch")]
        self.seen = ""
        self.pid, self.tty = pty.fork()
        if self.pid == 0:
            os.execvpe(
                debugger.path, [debugger.path, *debugger.args, *words], dict(debuggers.environment(), TERM="xterm")
            )
        fcntl.ioctl(self.tty, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def __enter__(self):
        if self.debugger.kind == "gdb":
            self.type("set pagination off\n")
        self.settle()
        return self

    def settle(self):
        """It answers again. A Ctrl-C that it sees late may take the question away: then it is asked again."""
        for _ in range(QUESTIONS):
            self.type({"gdb": "print 60 + 1\n", "lldb": "script print(60 + 1)\n"}[self.debugger.kind])
            with contextlib.suppress(Silent):
                self.until(r"\b61\b", ANSWER_SECONDS / QUESTIONS)
                self.until(PROMPT[self.debugger.kind])
                return
        raise Silent(self.seen)

    def __exit__(self, *details):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.tty)

    def type(self, keys):
        os.write(self.tty, keys.encode())

    def until(self, pattern, seconds=ANSWER_SECONDS):
        """What comes up to a match of the pattern; that and what was before it is forgotten."""
        deadline = time.monotonic() + seconds
        checked = 0
        while not (match := re.compile(pattern).search(self.seen, max(0, checked - 200))):
            checked = len(self.seen)
            ready = select.select([self.tty], [], [], max(0, deadline - time.monotonic()))[0]
            if not ready:
                raise Silent("no %r in: %s" % (pattern, self.seen[-2000:]))
            self.seen += os.read(self.tty, 65536).decode(errors="replace")
        before, self.seen = self.seen[: match.end()], self.seen[match.end() :]
        return before


@pytest.fixture(scope="module")
def deep(any_python):
    with Debuggee(any_python, "recursion", 100000) as process:
        yield process


@pytest.mark.parametrize("command", ["py-dump --json", "py-dump --full", "py-threads", "py-dump --json -o /dev/null"])
def test_ctrl_c_ends_a_command(debugger, deep, command):
    """At whatever moment it comes; the debugger is there for the next command."""
    with Terminal(debugger, deep) as terminal:
        for delay in (0, 0.01, 0.05):
            terminal.type(command + "\n")
            terminal.until(re.escape(command[-6:]) + r"[^\n]*\n")
            time.sleep(delay)
            start = time.monotonic()
            terminal.type("\x03")
            terminal.until(r"py-(dump|threads): interrupted|" + PROMPT[debugger.kind])
            assert time.monotonic() - start < CTRL_C_SECONDS
            terminal.settle()
        terminal.type("\npy-threads --python-only\n")
        terminal.until("MainThread")


@pytest.mark.parametrize(
    "typed, offered",
    [
        ("py-", ["py-dump", "py-info", "py-sample", "py-stats", "py-threads", "py-top"]),
        ("py-info --", ["assume-version", "core", "help", "json", "output", "verbose"]),
        ("py-dump --thread ", ["1", "2", "3", "4"]),
        ("py-stats ", ["--help", "diff", "merge", "top", "write"]),
        ("set hognose ", ["color", "max-depth", "max-string", "path-style"]),
        ("set hognose color ", ["auto", "off", "on"]),
    ],
)
def test_tab_in_gdb(gdb, deep, typed, offered):
    with Terminal(gdb, deep) as terminal:
        terminal.type(typed + "\t\t")
        terminal.until(re.escape(typed) + r"[^\n]*\n")
        listed = terminal.until(PROMPT["gdb"]).rpartition("\n")[0]
        assert sorted(listed.split()) == offered


@pytest.mark.parametrize(
    "typed, whole",
    [
        ("py-du", "py-dump "),
        ("py-dump --th", "py-dump --thread "),
        ("py-stats top --so", "py-stats top --sort "),
        ("py-sample --format sv", "py-sample --format svg "),
        ("py-dump -o /etc/os-rele", "py-dump -o /etc/os-release "),
        ("py-stats top /etc/os-rele", "py-stats top /etc/os-release "),
    ],
)
def test_tab_completes_in_gdb(gdb, deep, typed, whole):
    with Terminal(gdb, deep) as terminal:
        terminal.type(typed + "\t")
        terminal.until(re.escape(whole))


def test_tab_in_lldb(lldb, deep):
    """lldb completes names of commands; it asks no plugin for more."""
    with Terminal(lldb, deep) as terminal:
        terminal.type("py \t")
        seen = terminal.until(r"top\b")
        assert [name for name in ("dump", "info", "sample", "stats", "threads") if name in seen] == [
            "dump",
            "info",
            "sample",
            "stats",
            "threads",
        ]
