"""py-why against what programs say of their own waits: interpreter x debugger x live, core, remote."""

import glob
import json
import os
import signal
import time

import pytest
import why_truth
from test_cli import told

import debugger as debuggers
import discover
from debuggee import Debuggee, Gdbserver, wait_for

PYTHONS = discover.pythons_and_gaps()
FEW_PYTHONS = ("pyenv-3.6.15", "system", "313t", "sid-3.15")
GRAPHS = 12


def few_pythons():
    usable = [python for python in discover.pythons() if python.name in FEW_PYTHONS]
    return usable or discover.pythons()[:1]


def states_of(pid):
    for path in glob.glob("/proc/%d/task/*/stat" % pid):
        with open(path) as file:
            yield file.read().rpartition(")")[2].split()[0]


def assert_none(found):
    assert not found, "\n".join(found)


@pytest.mark.parametrize("python", PYTHONS)
def test_every_primitive(python, gdb):
    with Debuggee(python, "waits") as process:
        why_truth.settle(process)
        document = debuggers.json_of(gdb, debuggers.live(process.pid), "py-why")
        assert_none(why_truth.wait_differences(document, process.truth))


@pytest.mark.parametrize("python", few_pythons())
def test_every_primitive_after_a_stop(python, gdb):
    """The kernel restarts calls that have a limit: what they were, the instruction before tells."""
    with Debuggee(python, "waits") as process:
        why_truth.settle(process)
        os.kill(process.pid, signal.SIGSTOP)
        assert wait_for(lambda: set(states_of(process.pid)) == {"T"}, 10)
        os.kill(process.pid, signal.SIGCONT)
        assert wait_for(lambda: "T" not in set(states_of(process.pid)), 10)
        why_truth.settle(process)
        threads = debuggers.json_of(gdb, debuggers.live(process.pid), "py-dump")["threads"]
        assert "restart_syscall" not in {thread["system_call"] for thread in threads}
        document = debuggers.json_of(gdb, debuggers.live(process.pid), "py-why")
        assert_none(why_truth.wait_differences(document, process.truth))


@pytest.mark.parametrize("python", few_pythons())
def test_since_when(python):
    """Not since before the program was started, and since before it was seen to be at rest."""
    began = time.monotonic()
    with Debuggee(python, "waits") as process:
        why_truth.settle(process)
        at_rest = time.monotonic()
        assert wait_for(lambda: time.monotonic() > at_rest + 1.5, 10)
        least = time.monotonic() - at_rest
        document = json.loads(told("why", "--json", str(process.pid)))
        most = time.monotonic() - began
    seconds = {thread["thread_name"]: thread["blocked_seconds"] for thread in document["threads"]}
    for wait in process.truth["waits"]:
        assert least - 0.1 < seconds[wait["thread"]] < most + 0.1, (wait, seconds)


@pytest.mark.parametrize("python", PYTHONS)
def test_random_graphs(python, gdb):
    seed = sum(map(ord, python.name))
    with Debuggee(python, "wait_graphs", seed, GRAPHS) as process:
        why_truth.settle(process)
        document = debuggers.json_of(gdb, debuggers.live(process.pid), "py-why")
        assert_none(why_truth.graph_differences(document, process.truth))


@pytest.mark.parametrize("twin", ("", "+twin"))
@pytest.mark.parametrize(
    "shape",
    (
        "two-locks",
        "taken-twice",
        "taken-further-out",
        *(pytest.param(shape, marks=pytest.mark.slow) for shape in ("forked", "gil-and-mutex", "loop", "buffer")),
    ),
)
@pytest.mark.parametrize("python", few_pythons())
def test_deadlocks_and_their_twins(python, shape, twin, gdb):
    if "gil" in shape and "free-threaded" in python.flavour:
        pytest.skip("there is no GIL")
    with Debuggee(python, "deadlocks", shape + twin) as process:
        document = why_truth.look_until_still(lambda: debuggers.json_of(gdb, debuggers.live(process.pid), "py-why"))
        names = {thread["thread_id"]: thread["thread_name"] for thread in document["threads"]}
        assert document["verdict"]["kind"] == process.truth["verdict"], document["verdict"]["text"]
        cycles = [sorted(names[one] for one in cycle) for cycle in document["cycles"]]
        assert cycles == ([process.truth["cycle"]] if process.truth["cycle"] else [])


@pytest.mark.parametrize("python", few_pythons())
def test_in_lldb_and_from_a_core(python, gdb, lldb):
    with Debuggee(python, "wait_graphs", 1, GRAPHS) as process:
        why_truth.settle(process)
        documents = [debuggers.json_of(lldb, debuggers.live(process.pid), "py-why")]
        core = process.gcore()
        documents += [debuggers.json_of(one, debuggers.core(core), "py-why") for one in (gdb, lldb)]
        for document in documents:
            assert_none(why_truth.graph_differences(document, process.truth))


@pytest.mark.slow
@pytest.mark.parametrize("python", few_pythons())
def test_remote(python, gdb):
    with Debuggee(python, "wait_graphs", 2, 4) as process:
        why_truth.settle(process)
        with Gdbserver(process.pid) as server:
            document = debuggers.json_of(gdb, debuggers.remote(server.port), "py-why")
        assert_none(why_truth.graph_differences(document, process.truth))


@pytest.mark.parametrize("timeout", ((), ("86400",)), ids=("blocking", "timeout"))
@pytest.mark.parametrize("python", few_pythons())
def test_the_server_of_tls(python, timeout, gdb):
    with Debuggee(python, "tls", *timeout) as process:
        live = debuggers.live(process.pid)
        why_truth.look_until_still(lambda: debuggers.json_of(gdb, live, "py-why"))
        for target in (live, debuggers.core(process.gcore())):
            document = debuggers.json_of(gdb, target, "py-why")
            waits = {thread["os_thread_id"]: thread["waits_for"] for thread in document["threads"]}
            node = next(node for node in document["nodes"] if node["id"] == waits[process.pid])
            assert node["text"].endswith("TLS to " + process.truth["server"])
