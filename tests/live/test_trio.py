"""py-tasks against trio's own tree of nurseries: live, from a core, in both debuggers."""

import pytest
import tasks_truth

import debugger as debuggers
import discover
from debuggee import POLLING, Debuggee, system_calls, wait_for


def trios():
    return [one for one in discover.flavours() if one.name.startswith("trio")]


@pytest.mark.parametrize("python", trios(), ids=lambda python: python.name)
def test_the_tree_is_that_of_trio(python, gdb, lldb):
    with Debuggee(python, "trio_tasks") as process:
        assert wait_for(lambda: system_calls(process.pid)[process.pid] in POLLING, 30)
        core = process.gcore()
        for which in (gdb, lldb):
            for target in (debuggers.live(process.pid), debuggers.core(core)):
                document = debuggers.json_of(which, target, "py-tasks")
                (loop,) = document["loops"]
                assert loop["kind"] == "trio" and loop["running"] and loop["os_thread_id"] == process.pid
                assert not tasks_truth.trio_differences(document, process.truth)
        told = debuggers.run(gdb, debuggers.live(process.pid), "py-tasks").stdout
    assert "__main__.waits  waits for trio's Event.wait (0x" in told
    assert "__main__.holds  waits for trio's sleep" in told
    assert "waits for the tasks of its nursery" in told
