"""Letting the process run: what run.c has gdb do for it.

    prepare [─▶ prepare_interrupts] ─▶ go ─▶ settle [─▶ collect]     each time that the process is let run
                                                        └──▶ restore, when the command ends

`go` is a foreground `continue`: gdb's event loop must be at work meanwhile,
since a process that makes threads, forks or gets signals stands still until
gdb has answered each of these events. Everything that this changes in gdb is
put back: settings, what is done about signals, the selected thread and frame.
"""

import contextlib
import os
import re
import signal

import _hognose
import gdb

from . import interrupts, strings, target, tui

# These end a run, if gdb stops for them at all: crashes, and stops that the terminal or a user wants. Others are let
# through, as they are when nobody debugs the process: it goes on working with SIGUSR1 or SIGPIPE.
ENDING = {
    "SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGSYS", "SIGTRAP", "SIGEMT", "SIGINT",
    "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU",
}  # fmt: skip

SIGNAL_ROW = re.compile(r"^(SIG\S+)\s+(Yes|No)\s+(Yes|No)\s+(Yes|No)\s", re.MULTILINE)

QUIET = {
    "scheduler-locking": "off",
    "print thread-events": "off",
    "print inferior-events": "off",
    "pagination": "off",
    "suppress-cli-notifications": "on",  # gdb 13
}

RUNNING_STILL = "the process runs on; interrupt it by hand"


class Runner:
    """One command's runs."""

    def __init__(self):
        self._undo = contextlib.ExitStack()
        self._ready = False
        self._seen = None  # the event that ended the run
        self._seen_lwp = None  # the thread that it happened to
        self._waiting = False  # in `go`, and nothing has ended it yet
        self._selected = None
        self._tui = tui.Tui()
        self._by_interrupt = False  # only its server can stop the process
        self._interrupt_count = 0  # of this run
        self._may_be_late = False  # one of these, of the run before
        self._pressed = False  # Ctrl-C was heard by gdb, which it is while Python is at work

    # ---- before and after ----

    def prepare(self):
        """Why the process cannot be let run; None if it can."""
        if gdb.parameter("non-stop"):
            return "gdb is in non-stop mode: set non-stop off before attaching"
        thread = gdb.selected_thread()
        if thread is not None and thread.is_running():
            return "gdb is in the middle of a stop, as in gdb.Breakpoint.stop(): do it at the prompt"
        if not self._ready:
            self._ready = True
            for step in (self._select_again_later, self._take_signals, self._take_settings, self._connect):
                self._whole(step)
        return None

    def prepare_interrupts(self):
        """The same, where only its server can stop it."""
        if self._by_interrupt:
            return None
        try:
            interrupts.check()
        except interrupts.Obstacle as obstacle:
            return str(obstacle)
        self._by_interrupt = True
        self._take_signal("SIGINT", "nopass")
        return None

    def speak(self):
        """Something is to be said."""
        self._whole(self._tui.come_back)

    def restore(self):
        self.speak()
        self._undo.close()

    def _later(self, function, *arguments):
        self._undo.callback(self._whole, function, *arguments)

    def _whole(self, function, *arguments):
        """What is not to be left half done: after Ctrl-C it is done again."""
        while True:
            try:
                return function(*arguments)
            except KeyboardInterrupt:
                self._pressed = True

    def _select_again_later(self):
        """The frame, if it is still there. The thread is selected after each run."""
        try:
            frame = gdb.selected_frame()
        except gdb.error:
            return
        if frame != gdb.newest_frame():
            self._later(_select_frame, frame)

    def _take_signals(self):
        rows = SIGNAL_ROW.findall(target.told("info signals"))
        through = " ".join(
            name for name, stop, _, _ in rows if stop == "Yes" and name not in ENDING and name != "SIGURG"
        )
        if through:
            target.told("handle %s nostop noprint" % through)
            self._later(target.told, "handle %s stop print" % through)
        self._take_signal("SIGSTOP", "nopass")
        self._take_signal("SIGURG")  # its own are passed on, if they were before

    def _take_signal(self, name, passed=""):
        """By which the process is stopped."""
        for _, stop, shown, given in SIGNAL_ROW.findall(target.told("info signals " + name)):
            target.told("handle %s stop print %s" % (name, passed))
            self._later(target.told, "handle %s %s %s %s" % (
                name,
                "pass" if given == "Yes" else "nopass",
                "print" if shown == "Yes" else "noprint",
                "stop" if stop == "Yes" else "nostop"))  # fmt: skip

    def _take_settings(self):
        for name, value in QUIET.items():
            try:
                before = gdb.parameter(name)
            except RuntimeError:  # this gdb does not have it
                continue
            word = before if isinstance(before, str) else "on" if before else "off"
            if word != value and word != "replay":
                target.told("set %s %s" % (name, value))
                self._later(target.told, "set %s %s" % (name, word))

    def _connect(self):
        gdb.events.stop.connect(self._on_stop)
        self._later(gdb.events.stop.disconnect, self._on_stop)
        gdb.events.exited.connect(self._on_exit)
        self._later(gdb.events.exited.disconnect, self._on_exit)

    # ---- events: what they hold is copied here, since it does not outlive them ----

    def _on_stop(self, event):
        self._whole(self._note_stop, event)

    def _note_stop(self, event):
        self._waiting = False
        if isinstance(event, gdb.BreakpointEvent):
            self._seen = (_hognose.BREAKPOINT, "", _breakpoint_words(event.breakpoint))
        elif isinstance(event, gdb.SignalEvent):
            self._seen = (_hognose.SIGNAL, event.stop_signal, "signal " + event.stop_signal)
        else:
            self._seen = (_hognose.BREAKPOINT, "", "a stop of gdb's own")

    def _on_exit(self, event):
        self._whole(self._note_exit, event)

    def _note_exit(self, event):
        if event.inferior.num == gdb.selected_inferior().num:
            self._waiting = False
            self._seen = (_hognose.EXITED, "", getattr(event, "exit_code", None))

    # ---- a run ----

    def go(self):
        """(how it ended, name of the signal or "", words)."""
        self._whole(self._tui.leave)
        thread = self._selected = self._whole(gdb.selected_thread)
        self._interrupt_count = 0
        self._seen = None
        while True:
            problem = None if self._pressed else self._continue("continue")
            end, name, words = self._whole(self._outcome, thread, problem)
            if not self._is_late_interrupt(name):
                break
            self._whole(target.told, "queue-signal 0")
        not_run = end == _hognose.FAILED and words != RUNNING_STILL
        if self._pressed and (not_run or name in ("SIGSTOP", "SIGURG", "SIGINT")):
            end = _hognose.INTERRUPTED
        return end, name, words

    def _is_late_interrupt(self, name):
        """One of several that were asked for in the run before comes only now."""
        is_late = self._may_be_late and name == "SIGINT" and not self._interrupt_count and not self._pressed
        self._may_be_late = not is_late and self._interrupt_count > (name == "SIGINT")
        return is_late

    def _outcome(self, thread, problem):
        self._seen_lwp = _selected_lwp()
        if thread is not None and thread.is_valid() and thread.is_running():
            return _hognose.FAILED, "", RUNNING_STILL
        if self._seen is None:
            return (_hognose.INTERRUPTED, "", "") if problem is None else (_hognose.FAILED, "", problem)
        end, name, words = self._seen
        if end == _hognose.EXITED:
            return end, name, _exit_words(words)
        if name == "SIGINT":
            return _hognose.INTERRUPTED, name, ""
        return end, name, words + _thread_words()

    def _continue(self, command):
        """None, or what went wrong. Ctrl-C is no problem: then the process stands still, or has never run."""
        self._seen = None
        self._waiting = True
        try:
            with _hidden_output():
                strings.raw(gdb.execute, command, False, True)
        except KeyboardInterrupt:
            self._pressed = True
            return None
        except gdb.error as error:
            return str(error)
        finally:
            self._waiting = False
        return None if self._seen is not None else "it was not let run"

    def settle(self, forget_signal):
        """After `go`: what the thread that stopped would get when it goes on is none of its own."""
        if forget_signal:
            self._whole(target.told, "queue-signal 0")
        self._whole(_select_thread, self._selected)
        if self._interrupt_count and self._has_stopped() and interrupts.pending():
            self.collect(gdb.selected_inferior().pid)

    def collect(self, lwp):
        """A signal of ours lies in wait for a thread, while all stand still for something else.

        The thread is let go with all others held. It takes the signal before it
        runs any instruction, and stands where it stood.
        """
        thread = next((one for one in gdb.selected_inferior().threads() if target.lwp(one) == lwp), None)
        if thread is None:
            return
        seen = self._seen
        own = seen[1] if seen is not None and seen[0] == _hognose.SIGNAL and lwp == self._seen_lwp else ""
        if own in ("SIGSTOP", "SIGURG", "SIGINT"):
            own = ""
        thread.switch()
        locking = gdb.parameter("scheduler-locking")
        target.told("set scheduler-locking on")
        try:
            # A signal of its own that it has stopped for is kept back, and queued again.
            self._continue("signal 0" if own else "continue")
            self._whole(target.told, "queue-signal %s" % (own or "0"))
        finally:
            self._seen = seen
            self._whole(target.told, "set scheduler-locking %s" % locking)
            self._whole(_select_thread, self._selected)

    def _has_stopped(self):
        return self._seen is not None and self._seen[0] != _hognose.EXITED

    # ---- where only its server can stop it: gdb is asked on its own thread ----

    def post_interrupt(self):
        """On any thread."""
        if self._waiting:
            gdb.post_event(self._interrupt)

    def _interrupt(self):
        if self._waiting:
            self._interrupt_count += 1
            target.told("interrupt")


@contextlib.contextmanager
def _hidden_output():
    """What gdb says of stops goes past gdb.execute's string, to the terminal. The process has its own descriptors."""
    saved = []
    gdb.flush(gdb.STDOUT)
    gdb.flush(gdb.STDERR)
    try:
        with open(os.devnull, "wb") as nothing:
            for number in (1, 2):
                saved.append((number, os.dup(number)))
                os.dup2(nothing.fileno(), number)
    except OSError:
        pass  # no descriptor to be had: then it is seen
    try:
        yield
    finally:
        gdb.flush(gdb.STDOUT)
        gdb.flush(gdb.STDERR)
        for number, copy in saved:
            os.dup2(copy, number)
            os.close(copy)


def _selected_lwp():
    thread = gdb.selected_thread()
    return target.lwp(thread) if thread is not None else None


def _select_thread(thread):
    if thread is not None and thread.is_valid() and thread != gdb.selected_thread():
        thread.switch()


def _select_frame(frame):
    with contextlib.suppress(gdb.error):
        if frame.is_valid():
            frame.select()


def _thread_words():
    thread = gdb.selected_thread()
    return " in thread %d" % thread.num if thread is not None else ""


def _breakpoint_words(point):
    kinds = {
        getattr(gdb, name): words
        for name, words in (
            ("BP_WATCHPOINT", "watchpoint"),
            ("BP_HARDWARE_WATCHPOINT", "watchpoint"),
            ("BP_READ_WATCHPOINT", "watchpoint"),
            ("BP_ACCESS_WATCHPOINT", "watchpoint"),
            ("BP_CATCHPOINT", "catchpoint"),
        )
        if hasattr(gdb, name)
    }
    return "%s %d" % (kinds.get(point.type, "breakpoint"), point.number)


def _exit_words(code):
    if code is not None:
        return "it exited with status %d" % code
    try:
        number = int(gdb.parse_and_eval("$_exitsignal"))
        return "it was killed by %s" % signal.Signals(number).name
    except (gdb.error, ValueError):
        return "it ended"
