"""States that the main thread has made run on other threads: which stack is whose, over all versions.

To 3.9 nothing in the process tells, but of the one that holds the GIL: the others have no thread, and it is said.
"""

import os
import subprocess

import pytest

import debugger as debuggers
import discover
from debuggee import Debuggee, system_calls, wait_for


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("lent") / "lent_states.so")
    source = os.path.join(discover.PROGRAMS, "lent_states.c")
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-nostdlib", "-o", path, source], check=True, timeout=120)
    return path


def in_each_debugger():
    """lldb tells the core the same of threads: three versions, one of each kind, will do."""
    alike = [python for python in discover.one_of_each() if python.version.split(".")[1] in ("9", "10", "13")]
    return [("gdb", python) for python in discover.one_of_each()] + [("lldb", python) for python in alike]


def at_rest(process):
    """The two that wait do so, and the kernel has the other in no call."""
    found = system_calls(process.pid)
    calls = {name: found[lwp] for name, lwp in process.truth["threads"].items()}
    waiting = calls["sleep_here"] in ("230", "23", "270") and calls["wait_here"] == "202"
    return waiting and calls["spin_here"] == "running"


@pytest.mark.parametrize("kind, python", in_each_debugger())
def test_each_stack_is_its_threads(request, kind, python, library):
    debugger = request.getfixturevalue(kind)
    with Debuggee(python, "lent_states", library) as process:
        assert wait_for(lambda: at_rest(process), 60)
        dump = debuggers.dump(debugger, debuggers.live(process.pid))
        by_function = {frame["name"]: thread for thread in dump["threads"] for frame in thread["frames"]}
        told = {name: by_function[name]["os_thread_id"] for name in process.truth["threads"]}
        assert by_function["main_waits_here"]["os_thread_id"] == process.pid
        if int(python.version.split(".")[1]) >= 10:
            assert told == process.truth["threads"] and dump["warnings"] == []
            return
        assert told == {"spin_here": process.truth["threads"]["spin_here"], "sleep_here": None, "wait_here": None}
        assert len([words for words in dump["warnings"] if "its ids are those of no thread" in words]) == 2
        assert not dump["complete"]
