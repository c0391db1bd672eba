"""py-tasks against the own word of trio, anyio and curio: live, from a core, in both debuggers."""

import pytest
import tasks_truth

import debugger as debuggers
import discover
from debuggee import POLLING, Debuggee, system_calls, wait_for


def pythons_with(library):
    return [one for one in discover.flavours() if one.name.partition("-")[0] == library]


def documents(process, gdb, lldb):
    """Of the process and of its core, from both; when all its tasks wait."""
    assert wait_for(lambda: system_calls(process.pid)[process.pid] in POLLING, 30)
    for target in (debuggers.live(process.pid), debuggers.core(process.gcore())):
        for which in (gdb, lldb):
            document = debuggers.json_of(which, target, "py-tasks")
            (loop,) = document["loops"]
            assert loop["running"] and loop["os_thread_id"] == process.pid
            yield document


@pytest.mark.parametrize("python", pythons_with("trio"), ids=lambda python: python.name)
def test_the_tree_is_that_of_trio(python, gdb, lldb):
    with Debuggee(python, "trio_tasks") as process:
        for document in documents(process, gdb, lldb):
            assert not tasks_truth.trio_differences(document, process.truth)
        told = debuggers.run(gdb, debuggers.live(process.pid), "py-tasks").stdout
    assert "__main__.waits  waits for trio's Event.wait (0x" in told
    assert "__main__.holds  waits for trio's sleep" in told
    assert "waits for the tasks of its nursery" in told


@pytest.mark.parametrize("python", pythons_with("anyio"), ids=lambda python: python.name)
def test_the_tree_is_that_of_anyio(python, gdb, lldb):
    with Debuggee(python, "anyio_tasks") as process:
        for document in documents(process, gdb, lldb):
            assert not tasks_truth.anyio_differences(document, process.truth)
        told = debuggers.run(gdb, debuggers.live(process.pid), "py-tasks").stdout
        borrowed, buffered = process.truth["borrowed"], process.truth["buffered"]
    assert "wait for anyio.Lock, 2 wait for it, held by __main__.holds (0x" in told
    assert "waits for anyio.CapacityLimiter, %d of 1 tokens are taken (0x" % borrowed in told
    assert "waits for send() of a memory object stream, it is full: %d of 1 (0x" % buffered in told
    assert "waits for receive() of a memory object stream, 0 are in it (0x" in told
    assert "waits for blocks, in a thread of anyio" in told
    assert "waits for anyio.Semaphore" in told and "its value is 0 (0x" in told


@pytest.mark.parametrize("python", pythons_with("curio"), ids=lambda python: python.name)
def test_the_tasks_are_those_of_curio(python, gdb, lldb):
    with Debuggee(python, "curio_tasks") as process:
        for document in documents(process, gdb, lldb):
            assert not tasks_truth.curio_differences(document, process.truth)
        told = debuggers.run(gdb, debuggers.live(process.pid), "py-tasks").stdout
    assert "wait for curio's RLock.__aenter__, held by holds (0x" in told
    assert "waits for curio's Lock.__aenter__, held by locks (0x" in told
    assert "waits for the tasks of a TaskGroup (0x" in told
