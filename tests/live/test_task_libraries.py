"""py-tasks against the own word of trio, anyio and curio: live, from a core, in both debuggers."""

import pytest
import tasks_truth

import debugger as debuggers
import discover
from debuggee import POLLING, Debuggee, system_calls, wait_for

#: What the text says of tests/programs/LIBRARY_tasks.py; the numbers are the program's own.
SAYS = {
    "trio": (
        "__main__.waits  waits for trio's Event.wait (0x",
        "__main__.holds  waits for trio's sleep",
        "waits for the tasks of its nursery",
    ),
    "anyio": (
        "wait for anyio.Lock, 2 wait for it, held by __main__.holds (0x",
        "waits for anyio.CapacityLimiter, %(borrowed)d of 1 tokens are taken (0x",
        "waits for send() of a memory object stream, it is full: %(buffered)d of 1 (0x",
        "waits for receive() of a memory object stream, 0 are in it (0x",
        "waits for blocks, in a thread of anyio",
        "waits for anyio.Semaphore, its value is 0 (0x",
    ),
    "curio": (
        "wait for curio's RLock.__aenter__, held by holds (0x",
        "waits for curio's Lock.__aenter__, held by locks (0x",
        "waits for the tasks of a TaskGroup (0x",
    ),
}


def library_of(python):
    return python.name.partition("-")[0]


@pytest.mark.parametrize("python", [one for one in discover.flavours() if library_of(one) in SAYS])
def test_the_tasks_are_those_of_the_library(python, gdb, lldb):
    library = library_of(python)
    differences = getattr(tasks_truth, library + "_differences")
    with Debuggee(python, library + "_tasks") as process:
        assert wait_for(lambda: system_calls(process.pid)[process.pid] in POLLING, 30)
        for target in (debuggers.live(process.pid), debuggers.core(process.gcore())):
            for which in (gdb, lldb):
                document = debuggers.json_of(which, target, "py-tasks")
                (loop,) = document["loops"]
                assert loop["kind"] == {"anyio": "asyncio"}.get(library, library)
                assert loop["running"] and loop["os_thread_id"] == process.pid
                assert not differences(document, process.truth)
        told = debuggers.run(gdb, debuggers.live(process.pid), "py-tasks").stdout
    for words in SAYS[library]:
        assert words % process.truth in told, told
