"""gevent: greenlets share a C stack, and threading's table of threads has greenlets for keys."""

import pytest
import tasks_truth

import debugger as debuggers
import discover
from debuggee import PAUSE, POLLING, Debuggee, system_calls, wait_for


@pytest.fixture(scope="module")
def patched():
    python = next((one for one in discover.flavours() if one.name == "gevent"), None)
    if not python:
        pytest.skip("no Python with gevent is here; scripts/get-flavours makes one")
    with Debuggee(python, "gevent_patched") as process:
        assert wait_for(lambda: system_calls(process.pid)[process.pid] == PAUSE, 30)
        yield process


PYTHON = ["stand", "key", "work", "run", "_bootstrap_inner", "_bootstrap"]


def test_frames_of_python(debugger, patched):
    (thread,) = debuggers.dump(debugger, debuggers.live(patched.pid))["threads"]
    assert [frame["name"] for frame in thread["frames"]] == PYTHON
    assert thread["thread_name"] == "MainThread"


@pytest.mark.parametrize("python", discover.pythons())
def test_names_that_are_in_no_dict(gdb, python):
    with Debuggee(python, "slots") as process:
        threads = debuggers.dump(gdb, debuggers.live(process.pid))["threads"]
    names = {one["thread_name"] for one in threads}
    assert names == {"MainThread", "in a slot", "in a slot of a subclass", "under the property", "taken out"}


def test_thread_by_name(debugger, patched):
    dump = debuggers.dump(debugger, debuggers.live(patched.pid), "--thread MainThread")
    assert [one["os_thread_id"] for one in dump["threads"]] == [patched.pid]


def test_frames_of_c_are_in_their_places(gdb, patched):
    """Up to the greenlet's start: what lies beyond on the C stack is the hub's and the main greenlet's."""
    dump = debuggers.dump(gdb, debuggers.live(patched.pid), "--native")
    (thread,) = dump["threads"]
    assert dump["complete"], dump["warnings"]
    frames = [(frame["kind"], frame["name"]) for frame in thread["frames"]]
    assert [name for kind, name in frames if kind == "python"] == PYTHON
    at = {name: index for index, (_, name) in enumerate(frames)}
    assert frames[0][0] == "native" and "pause" in frames[0][1]
    assert at["key"] < at["list_sort"] < at["work"]
    beyond = [frame["filename"] for frame in thread["frames"][at["_bootstrap"] + 1 :]]
    assert "_greenlet." in beyond[-1]
    assert not [path for path in beyond if "corecext" in path]


GEVENTS = [one for one in discover.flavours() if one.name.startswith("gevent")]


@pytest.mark.parametrize("python", GEVENTS, ids=lambda python: python.name)
def test_every_greenlet(python, gdb, lldb):
    """Beside what greenlet itself says of each: live, and from a core; nothing else is there."""
    with Debuggee(python, "greenlets") as process:
        assert wait_for(lambda: system_calls(process.pid)[process.pid] in POLLING, 30)
        core = process.gcore()
        for which in (gdb, lldb):
            for target in (debuggers.live(process.pid), debuggers.core(core)):
                document = debuggers.json_of(which, target, "py-tasks")
                assert not tasks_truth.greenlet_differences(document, process.truth)
        shown = debuggers.run(gdb, debuggers.live(process.pid), "py-tasks").stdout
    assert "main greenlet  waits for gevent's Event" in shown
    assert "waits for Greenlet deeper to end" in shown
    assert "12 waiting, 1 not begun" in shown


@pytest.mark.parametrize("shape", ("cross", "cross+twin", "idle"))
@pytest.mark.parametrize("python", GEVENTS, ids=lambda python: python.name)
def test_greenlets_that_wait_for_one_another(python, shape, gdb):
    with Debuggee(python, "gevent_hang", shape) as process:
        assert wait_for(lambda: system_calls(process.pid)[process.pid] in POLLING, 30)
        for target in (debuggers.live(process.pid), debuggers.core(process.gcore())):
            verdict = debuggers.json_of(gdb, target, "py-why")["verdict"]
            assert ("gevent hang" in verdict["text"]) == process.truth["hangs"], verdict
            assert (verdict["kind"] == "likely_deadlock") == process.truth["hangs"]
            if process.truth["hangs"]:
                assert verdict["text"].count("cross waits for gevent's Semaphore") == 2
