"""Children that C made: their threads are one, whatever states they have from their parent."""

import os
import shutil
import subprocess

import pytest

import debugger as debuggers
import discover
from debuggee import PAUSE, Debuggee, system_calls, wait_for


def children_of(pid):
    found = []
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/children" % (pid, task)) as file:
            found += map(int, file.read().split())
    return found


def pauses(pid):
    return system_calls(pid)[pid] == PAUSE


def check(debugger, python, how, who, environment=None):
    with Debuggee(python, "children", how, who, environment=environment) as process:
        assert wait_for(lambda: any(map(pauses, children_of(process.pid))), 30)
        child = children_of(process.pid)[0]
        dump = debuggers.dump(debugger, debuggers.live(child))
        assert dump["complete"], dump["warnings"]
        living = [one for one in dump["threads"] if one["os_thread_id"] is not None]
        assert [one["os_thread_id"] for one in living] == [child]
        assert living[0]["thread_name"] == process.truth["maker"]
        assert living[0]["system_call"] == "pause"
        assert "make_child" in [frame["name"] for frame in living[0]["frames"]]
        left = [one for one in dump["threads"] if one["os_thread_id"] is None]
        assert left and {one["state"] for one in left} == {"finishing"}


def python_of(minor):
    found = [one for one in discover.pythons() if discover.minor_of(one.version) == minor]
    return found[0] if found else pytest.skip("no Python %s is here" % minor)


@pytest.mark.parametrize("who", ["main", "thread"])
@pytest.mark.parametrize("minor", ["3.8", "3.11", "3.13"])
def test_forked_in_c(debugger, minor, who):
    check(debugger, python_of(minor), "fork", who)


@pytest.mark.parametrize("who", ["main", "thread"])
@pytest.mark.parametrize("minor", ["3.10", "3.11", "3.12", "3.14"])
def test_before_exec(debugger, tmp_path, minor, who):
    """vfork's child has its parent's memory, and runs on the stack of the thread that made it."""
    if not shutil.which("cc"):
        pytest.skip("there is no C compiler")
    library = tmp_path / "hold.so"
    source = os.path.join(discover.PROGRAMS, "hold_exec.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    check(debugger, python_of(minor), "vfork", who, {"LD_PRELOAD": str(library)})
