"""pytest --hognose-after=300: a test that takes longer has the stacks of its processes shown, and goes on.

    pytest ──a line as each test begins and ends──▶ watcher ──when no line came in time──▶ hognose dump --children PID

The watcher is a process of its own (watcher.py), and no child of pytest, so that it is not shown itself: a test that
holds the GIL, or hangs in C, cannot keep it from looking. What it shows goes to the standard error that pytest itself
has, past the capture of output.
"""

import contextlib
import ctypes
import os
import subprocess
import sys

import pytest

PR_SET_PTRACER = 0x59616D61


def pytest_addoption(parser):
    parser.getgroup("hognose").addoption(
        "--hognose-after",
        type=float,
        metavar="SECONDS",
        help="show the stacks of the processes of a test that is not done after so long",
    )


def pytest_configure(config):
    after = config.getoption("--hognose-after")
    if after is None:
        return
    if after <= 0:
        raise pytest.UsageError("--hognose-after wants a number of seconds, such as 300")
    config.pluginmanager.register(Watched(after), "hognose-watched")


class Watched:
    def __init__(self, after):
        starter = subprocess.Popen(
            [sys.executable, os.path.join(os.path.dirname(__file__), "watcher.py"), str(os.getpid()), repr(after)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C ends it through us
        )
        self.lines = starter.stdin
        watcher = int(starter.stdout.readline() or 0)
        starter.stdout.close()
        starter.wait()
        # Yama (kernel.yama.ptrace_scope 1) lets a process look at its descendants alone, and at who allows it this
        ctypes.CDLL(None).prctl(PR_SET_PTRACER, watcher, 0, 0, 0)

    def tell(self, line):
        with contextlib.suppress(OSError, ValueError):  # it has ended: the tests go on without it
            self.lines.write(line.replace("\n", " ").encode("utf-8", "backslashreplace") + b"\n")
            self.lines.flush()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item):
        self.tell("+" + item.nodeid)
        yield
        self.tell("-")

    def pytest_unconfigure(self):
        with contextlib.suppress(OSError):
            self.lines.close()
