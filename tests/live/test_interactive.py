"""The commands as typed at a terminal: completion with the tab key, Ctrl-C in the middle of a huge dump.

Batch runs never meet these: readline, the pager, colours, and a debugger that handles SIGINT by
itself. The debugger runs on a pseudo-terminal; nothing is timed but the answer to Ctrl-C.
"""

import contextlib
import re
import time

import pytest

from debuggee import Debuggee, wait_for
from terminal import PROMPT, Silent, Terminal, plain

#: Ctrl-C must work within 100 ms; the rest is for a machine that has other things to do.
CTRL_C_SECONDS = 2.0
#: What attaching and letting go take of those that were to be sampled.
ATTACH_SECONDS = 40
PRESSES, PRESS_SECONDS = 4, 10


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


def test_ctrl_c_while_lldb_attaches(lldb, any_python):
    """Of a list of commands it ends the next one of ours too; lldb gives it to the attach alone."""
    with (
        Debuggee(any_python, "busy") as busy,
        Terminal(lldb, busy, "py-sample --duration 50", batch=True) as terminal,
    ):
        terminal.until("process attach")
        start = time.monotonic()
        terminal.type("\x03")
        seen, _ = terminal.rest()
    assert time.monotonic() - start < ATTACH_SECONDS
    assert re.search(r"py-sample: interrupted|\d samples kept", plain(seen)), seen


def test_ctrl_c_that_stops_a_run_ends_no_other_command(lldb, any_python):
    """lldb -o continue -o py-dump: Ctrl-C to see where it hangs. The first is for the command, the second stops it."""
    with (
        Debuggee(any_python, "busy") as busy,
        Terminal(lldb, busy, "continue", "py-dump", batch=True) as terminal,
    ):
        terminal.until(r"\(lldb\) continue")
        assert wait_for(lambda: "t" not in busy.task_states(), ATTACH_SECONDS)
        terminal.interrupt()
        for _ in range(PRESSES):  # lldb forgets one that comes while it has not heard yet that the process runs
            terminal.interrupt()
            with contextlib.suppress(Silent):
                terminal.until("stop reason", PRESS_SECONDS)
                break
        seen, _ = terminal.rest()
    assert "MainThread" in seen and "interrupted" not in plain(seen).rpartition("py-dump")[2], seen


@pytest.mark.parametrize(
    "typed, offered",
    [
        (
            "py-",
            [
                "py-bt",
                "py-core",
                "py-down",
                "py-dump",
                "py-exc",
                "py-frame",
                "py-group",
                "py-info",
                "py-list",
                "py-locals",
                "py-print",
                "py-sample",
                "py-stats",
                "py-tasks",
                "py-threads",
                "py-top",
                "py-up",
                "py-why",
            ],
        ),
        ("py-info --", ["assume-version", "core", "help", "if-alive", "json", "output", "verbose"]),
        ("py-dump --thread ", ["1", "2", "3", "4", "current"]),
        ("py-stats ", ["--help", "convert", "diff", "merge", "top", "write"]),
        ("set hognose ", ["backtrace", "color", "max-depth", "max-string", "path-style", "redact"]),
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
