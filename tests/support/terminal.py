"""A debugger on a pseudo-terminal, as a user has it: readline, the pager, colours, keys, Ctrl-C."""

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

import debugger as debuggers
from debuggee import status_of, task_states, wait_for

PROMPT = {"gdb": r"\(gdb\) ", "lldb": r"\(lldb\) "}
ANSWER_SECONDS = 60
QUESTIONS = 4


def plain(text):
    """Without colours and the terminal's line ends."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", text)


class Silent(AssertionError):
    """What was waited for did not come."""


class Terminal:
    """A debugger that holds a process, on a terminal of its own; a context manager."""

    def __init__(self, debugger, process, *commands, options=(), batch=False, lines=24, cells=80, variables=None):
        self.debugger = debugger
        build = {"gdb": debuggers.gdb_command, "lldb": debuggers.lldb_command}[debugger.kind]
        target = debuggers.live(process.pid) if process else debuggers.NOTHING
        words = build(debugger, target, commands, options, True)
        self.batch = batch
        if not batch:
            words = [word for word in words if word not in ("-batch", "--batch")]
        self.seen = ""
        self.before = ""  # what came before the last settle
        self.pid, self.tty = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, cells, 0, 0))
            try:
                environment = {**debuggers.environment(), "TERM": "xterm", **(variables or {})}
                os.execvpe(debugger.path, [debugger.path, *debugger.args, *words], environment)
            finally:
                os._exit(127)
        self.resize(lines, cells)

    def resize(self, lines, cells):
        fcntl.ioctl(self.tty, termios.TIOCSWINSZ, struct.pack("HHHH", lines, cells, 0, 0))

    def __enter__(self):
        if self.batch:
            return self
        if self.debugger.kind == "gdb":
            self.type("set pagination off\n")
        self.settle()
        return self

    def settle(self):
        """It answers again. A Ctrl-C that it sees late may take the question away: then it is asked again."""
        for _ in range(QUESTIONS):
            self.type({"gdb": "print 60 + 1\n", "lldb": "script print(60 + 1)\n"}[self.debugger.kind])
            with contextlib.suppress(Silent):
                self.before = self.until(r"\b61\b", ANSWER_SECONDS / QUESTIONS)
                self.until(PROMPT[self.debugger.kind])
                return
        raise Silent(self.seen)

    def __exit__(self, *details):
        if self.pid is not None:
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
            try:
                self.seen += os.read(self.tty, 65536).decode(errors="replace")
            except OSError:  # it has ended
                raise Silent("no %r before the end of: %s" % (pattern, self.seen[-2000:])) from None
        before, self.seen = self.seen[: match.end()], self.seen[match.end() :]
        return before

    def interrupt(self):
        """Ctrl-C, once all of the debugger waits for something; it has taken it then. Two in a row stay two."""
        status = "/proc/%d/status" % self.pid
        wait_for(lambda: all(state == "S" for state in task_states(self.pid)), ANSWER_SECONDS)
        self.type("\x03")
        pending = 1 << (signal.SIGINT - 1)
        wait_for(lambda: not int(status_of(status)["ShdPnd"], 16) & pending, ANSWER_SECONDS)

    def rest(self):
        """All that comes until it ends by itself, and its exit status."""
        while True:
            if not select.select([self.tty], [], [], ANSWER_SECONDS)[0]:
                raise Silent("no end of: %s" % self.seen[-2000:])
            try:
                self.seen += os.read(self.tty, 65536).decode(errors="replace")
            except OSError:  # it has ended
                break
        _, status = os.waitpid(self.pid, 0)
        self.pid = None
        return self.seen, os.waitstatus_to_exitcode(status)
