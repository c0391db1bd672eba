"""py-why of tasks that wait for one another: random ones that know of themselves; live and from a core."""

import json
import subprocess

import pytest
import rings_truth
import why_truth
from test_docs import closed, read, validate

import debugger as debuggers
import discover
from debuggee import POLLING, Debuggee, Gdbserver, system_calls, wait_for

PYTHONS = discover.pythons_and_gaps()
FEW_PYTHONS = ("pyenv-3.6.15", "313t", "sid-3.15")
GRAPHS = 8


def few_pythons():
    usable = [python for python in discover.pythons() if python.name in FEW_PYTHONS]
    return usable or discover.pythons()[:1]


def assert_none(found):
    assert not found, "\n".join(found)


def hognose_json(word):
    done = subprocess.run([discover.build_folder() + "/hognose", "why", "--json", str(word)], stdout=subprocess.PIPE)
    return json.loads(done.stdout)


@pytest.mark.parametrize("seed", (0, 1))
@pytest.mark.parametrize("python", PYTHONS)
def test_random_tasks(python, seed):
    """Of an odd seed they are tasks of Python's own Task."""
    with Debuggee(python, "task_rings", 2 * sum(map(ord, python.name)) + seed, GRAPHS) as process:
        assert_none(rings_truth.differences(hognose_json(process.pid), process.truth))


@pytest.mark.parametrize("python", few_pythons())
def test_in_each_debugger_from_a_core_and_remote(python, gdb, lldb):
    with Debuggee(python, "task_rings", 3, GRAPHS) as process:
        assert wait_for(lambda: system_calls(process.pid)[process.pid] in POLLING, 30)
        documents = [debuggers.json_of(one, debuggers.live(process.pid), "py-why") for one in (gdb, lldb)]
        core = process.gcore()
        documents += [debuggers.json_of(one, debuggers.core(core), "py-why") for one in (gdb, lldb)]
        documents.append(hognose_json(core))
        if python.name != "pyenv-3.6.15":
            with Gdbserver(process.pid) as server:
                documents.append(debuggers.json_of(gdb, debuggers.remote(server.port), "py-why"))
        for document in documents:
            assert_none(rings_truth.differences(document, process.truth))


@pytest.mark.parametrize("python", few_pythons())
def test_as_text(python, gdb):
    """The ring is the verdict, beside a timer and a server; each task is there once, with its proof and its stack."""
    with Debuggee(python, "ring_and_server") as process:
        assert wait_for(lambda: system_calls(process.pid)[process.pid] in POLLING, 30)
        shown = debuggers.run(gdb, debuggers.live(process.pid), "py-why --verbose").stdout
    names = process.truth["names"]
    ring = " → ".join([*names, names[0]])
    assert "Deadlock: %s (asyncio, in MainThread). 1 more waits behind them." % ring in " ".join(shown.split()), shown
    for name, after, address, its in zip(
        names, names[1:] + names[:1], process.truth["ids"], process.truth["ids"][1:] + process.truth["ids"][:1]
    ):
        assert shown.count("\n%s  of " % (name[0].upper() + name[1:])) == 1
        assert "    waits for %s\n" % after in shown
        assert "_fut_waiter of the task at 0x%x is the task at 0x%x" % (address, its) in " ".join(shown.split())
    assert shown.count("\n    at follows  ring_and_server.py:") == 3


#: Which shapes of tests/programs/library_rings.py each library has; "threading" is gevent in the place of threads.
LOCKS = ("ring", "limited", "sleeps")
SHAPES = {
    "trio": (*LOCKS, "group", "failing"),
    "anyio": (*LOCKS, "group", "failing"),
    "curio": (*LOCKS, "join"),
    "gevent": (*LOCKS, "join"),
    "threading": LOCKS,
}


def libraries():
    for python in discover.flavours():
        name = python.name.partition("-")[0]
        for library in ("gevent", "threading") if name == "gevent" else (name,) if name in SHAPES else ():
            for shape in SHAPES[library]:
                yield pytest.param(python, library, shape, id="%s-%s-%s" % (python.name, library, shape))


def assert_ring(document, truth):
    rings = [sorted(int(task["id"], 16) for task in ring["tasks"]) for ring in document["task_cycles"]]
    assert rings == ([sorted(truth["ring"])] if truth["kind"] else []), document["verdict"]
    assert [ring["likely"] for ring in document["task_cycles"]] == [truth["kind"] == "likely"] * len(rings)
    wanted = {"proven": "deadlock", "likely": "likely_deadlock", "": "idle"}[truth["kind"]]
    assert document["verdict"]["kind"] == wanted, document["verdict"]


ASYNCIO_SHAPES = ("reacquires", "notified", "outer", "watched", "own-loop", "thread", "stopped")
SOME_PYTHONS = ("pyenv-3.6.15", "pyenv-3.8.18", "system", "pyenv-3.12.1", "313t", "sid-3.14", "sid-3.15")


def shapes_of_asyncio():
    for python in discover.pythons():
        for shape in ASYNCIO_SHAPES if python.name in SOME_PYTHONS else ():
            yield pytest.param(python, shape, id="%s-%s" % (python.name, shape))
        if python.name in SOME_PYTHONS and discover.version_key(python.version) >= (3, 11):
            for shape in ("timeout", "no-timeout"):
                yield pytest.param(python, shape, id="%s-%s" % (python.name, shape))


@pytest.mark.parametrize(("python", "shape"), list(shapes_of_asyncio()))
def test_shapes_of_asyncio(python, shape):
    with Debuggee(python, "asyncio_rings", shape) as process:
        why_truth.settle(process)
        document = hognose_json(process.pid)
    assert_ring(document, process.truth)
    names = {thread["thread_id"]: thread["thread_name"] for thread in document["threads"]}
    assert [names[ring["thread_id"]] for ring in document["task_cycles"]] in ([], [process.truth["thread"]])
    validate(document, closed(json.loads(read("docs", "schema", "hognose.why-1.schema.json"))))


#: What could wake the loop of tests/programs/loop_hang.py; "end": its program waits for its end.
LEFT = ("lost", "workers", "semaphore", "end", "timer", "limit", "server", "pipe", "signal", "thread")


@pytest.mark.parametrize("shape", LEFT)
@pytest.mark.parametrize("python", [one for one in discover.pythons() if one.name in SOME_PYTHONS])
def test_a_loop_that_nothing_can_wake(python, shape):
    with Debuggee(python, "loop_hang", shape) as process:
        why_truth.settle(process)
        document = hognose_json(process.pid)
    verdict = document["verdict"]
    hangs = verdict["text"].startswith("asyncio hang: nothing is left that could wake the loop")
    assert (hangs, verdict["kind"]) == (process.truth["hangs"], "likely_deadlock" if hangs else "idle"), verdict


@pytest.mark.parametrize("shape", ("sleeps", "lock", "computes", "alone", "thread", "awaits"))
@pytest.mark.parametrize("python", [one for one in discover.pythons() if one.name in SOME_PYTHONS])
def test_a_loop_that_a_call_holds_up(python, shape):
    with Debuggee(python, "loop_blocked", shape) as process:
        if shape in ("sleeps", "lock", "alone"):  # in the others something goes on
            why_truth.settle(process)
        verdict = hognose_json(process.pid)["verdict"]
    assert ("Blocked event loop: " in verdict["text"]) == process.truth["blocked"], verdict
    if process.truth["blocked"]:
        assert (
            "holds up the loop of MainThread (asyncio); %d other tasks cannot run" % process.truth["others"]
            in (verdict["text"])
        )
        assert verdict["kind"] == ("running" if shape == "computes" else "waiting"), verdict


@pytest.mark.parametrize(("python", "library", "shape"), list(libraries()))
def test_locks_of_libraries(python, library, shape):
    with Debuggee(python, "library_rings", library, shape) as process:
        assert wait_for(lambda: system_calls(process.pid)[process.pid] in POLLING, 30)
        assert_ring(hognose_json(process.pid), process.truth)


@pytest.mark.parametrize("library", ("trio", "gevent"))
def test_libraries_in_each_debugger_and_from_a_core(library, gdb, lldb):
    python = next((one for one in discover.flavours() if one.name == library), None)
    if not python:
        pytest.skip("no Python with %s is here; scripts/get-flavours makes one" % library)
    with Debuggee(python, "library_rings", library, "ring") as process:
        assert wait_for(lambda: system_calls(process.pid)[process.pid] in POLLING, 30)
        documents = [debuggers.json_of(one, debuggers.live(process.pid), "py-why") for one in (gdb, lldb)]
        core = process.gcore()
        documents += [debuggers.json_of(one, debuggers.core(core), "py-why") for one in (gdb, lldb)]
    for document in documents:
        assert_ring(document, process.truth)
