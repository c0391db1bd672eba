"""gdb as the core's host: each method answers one callback of struct hog_host.

Called from host.c, which turns exceptions into the answer "unknown". Strings
that may hold any byte (paths, names) are given as bytes. What is hot, reading
memory, goes past this class: `memory_reader` hands out gdb's own method.
Nothing here calls a function of the debuggee, resumes it or writes to it.

What a dump does without is imported where it is used: gdb's Python keeps no
.pyc, so each module costs a millisecond or two.
"""

import codecs
import os

import _hognose
import gdb

from . import strings, target

CHUNK = 1 << 16  # characters at a time, so that the pager's "quit" and Ctrl-C are heard


class Host:
    debugger_version = gdb.VERSION

    def __init__(self):
        self._kind = _hognose.NOTHING
        self._core_path = None
        self._runner = None
        self._known = set()  # processes that gdb has had
        self.from_python = False  # the command that runs was called by a script, which may have its output
        self._decoders = [codecs.getincrementaldecoder("utf-8")("backslashreplace") for _ in range(2)]

    # ---- the process ----

    def describe_process(self):
        """(kind, pid, core file, executable, sysroot, pid asked for)."""
        inferior = gdb.selected_inferior()
        self._kind = target.kind(inferior)
        self._core_path = target.core_path(inferior) if self._kind == _hognose.CORE else None
        if self._kind != _hognose.NOTHING:
            self._known.add(inferior.pid)
        return (
            self._kind,
            target.pid(inferior, self._kind),
            self._core_path,
            target.without_prefix(target.file_name(gdb.current_progspace())),
            target.without_prefix(strings.raw(gdb.parameter, "sysroot")),
            self._attach_request() if self._kind == _hognose.NOTHING else 0,
        )

    def _attach_request(self):
        from . import asked

        return asked.attach_request(target.told, self._known)

    def memory_reader(self):
        return gdb.selected_inferior().read_memory

    def list_threads(self):
        """(LWP, gdb's number, name, thread pointer, system call, its arguments), in gdb's order.

        The core finds out about threads by itself where it has the process or
        the core file, and faster: gdb reads a file a thread for its name.
        """
        threads = sorted(gdb.selected_inferior().threads(), key=lambda thread: thread.num)
        if self._kind == _hognose.REMOTE or (self._kind == _hognose.CORE and not self._core_path):
            return target.threads_in_full(threads)
        return [(target.lwp(thread), thread.num, None, None, None, (), 0, 0, 0) for thread in threads]

    def list_modules(self):
        return target.modules()

    def read_auxv(self):
        return target.auxv()

    def stop_signal(self):
        return target.stop_signal()

    def selected_thread(self):
        thread = gdb.selected_thread()
        return target.lwp(thread) if thread is not None else 0

    def thread_seconds(self, lwp):
        return target.thread_seconds(gdb.selected_inferior(), lwp)

    def select_native_frame(self, level):
        frame = gdb.newest_frame()
        for _ in range(level):
            if frame is None:
                return False
            frame = frame.older()
        if frame is None:
            return False
        frame.select()
        return True

    def unwinder(self, with_lines=True):
        """Asked for once a command: what it remembers holds for the libraries that are loaded now."""
        from . import frames

        # Where the core has the mappings itself it knows the libraries.
        alone = self._kind == _hognose.LIVE or (self._kind == _hognose.CORE and self._core_path)
        return frames.Unwinder(with_lines, not alone)

    # ---- letting it run: run.c calls these, one after the other ----

    def prepare_run(self):
        """(pid, whether gdb holds it itself, why it cannot be let run or None)."""
        from . import running

        if self._runner is None:
            self._runner = running.Runner()
        inferior = gdb.selected_inferior()
        kind = target.kind(inferior)
        return target.pid(inferior, kind), kind == _hognose.LIVE, self._runner.prepare()

    def prepare_interrupts(self):
        return self._runner.prepare_interrupts()

    def go(self):
        return self._runner.go()

    def settle(self, forget_signal):
        self._runner.settle(forget_signal)

    def collect_stop(self, lwp):
        self._runner.collect(lwp)

    def post_interrupt(self):
        runner = self._runner
        if runner is not None:
            runner.post_interrupt()

    def end_running(self):
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.restore()

    # ---- the terminal ----

    def write(self, to_stderr, data):
        text = self._decoders[to_stderr].decode(data)
        stream = gdb.STDERR if to_stderr else gdb.STDOUT
        if self._runner is not None:
            self._runner.speak()
        if to_stderr:
            gdb.flush(gdb.STDOUT)
        while text:
            # A piece ends with a line: Ctrl-C between two must not cut an escape sequence.
            end = text.rfind("\n", 0, CHUNK) + 1 or CHUNK
            strings.show(text[:end], stream)
            text = text[end:]
        if to_stderr:
            gdb.flush(gdb.STDERR)

    def _is_shown(self):
        """Does what a command prints come to the terminal?

        While it goes into a string or a pipe gdb has no width and no height; nor has it in batch mode, where it
        goes to the terminal all the same when the command stands on gdb's own command line.
        """
        if not os.isatty(1):
            return False
        if gdb.parameter("width") is not None or gdb.parameter("height") is not None:
            return True
        from . import asked

        return asked.is_plain_batch() and not self.from_python

    def wants_colour(self):
        try:
            batch = gdb.parameter("width") is None
            styled = batch or bool(gdb.parameter("style enabled"))  # batch mode turns that off by itself
            return styled and os.environ.get("TERM", "dumb") != "dumb" and self._is_shown()
        except RuntimeError:
            return False  # gdb 8.2 and older know no styles

    def terminal_width(self):
        if not self._is_shown():
            return 0
        try:
            return gdb.parameter("width") or os.get_terminal_size(1).columns
        except OSError:
            return 0

    def reset_terminal(self):
        """After Ctrl-C, with which the terminal drops what is on its way: half an escape sequence may have come."""
        if self.wants_colour():
            gdb.flush(gdb.STDOUT)
            os.write(1, b"\x1b[0m")
