"""py-why of the GIL: who waits for it and who keeps it, also of a 3.6 without symbols."""

import os
import shutil
import subprocess
import time

import pytest

import debugger as debuggers
import discover
from debuggee import Debuggee, Gdbserver

FEW_PYTHONS = ("pyenv-3.6.15", "pyenv-3.8.18", "system", "pyenv-3.12.1", "sid-3.15")
WAITERS = 3


def few_pythons():
    usable = [python for python in discover.pythons() if python.name in FEW_PYTHONS]
    return usable or discover.pythons()[:1]


@pytest.fixture(scope="module")
def stripped_3_6(tmp_path_factory):
    """The pyenv one with a library that names no variable of its own: there is none of that kind to be had."""
    folder = tmp_path_factory.mktemp("stripped")
    python = next((one for one in discover.pythons() if one.name == "pyenv-3.6.15"), None)
    strip = shutil.which("strip")
    if not python or not strip:
        pytest.skip("no Python 3.6 of pyenv, or no strip")
    prefix = os.path.dirname(os.path.dirname(os.path.realpath(python.command[0])))
    name = "libpython3.6m.so.1.0"
    subprocess.run([strip, "-o", str(folder / name), os.path.join(prefix, "lib", name)], check=True)
    return python._replace(name="stripped-3.6", command=["env", "LD_LIBRARY_PATH=%s" % folder, *python.command])


def look_until_all_wait(look, truth, seconds=30):
    """One that wants it wakes each few milliseconds, to look: seldom is it seen awake."""
    deadline = time.monotonic() + seconds
    while True:
        document = look()
        threads = {thread["thread_name"]: thread for thread in document["threads"]}
        gil = [node for node in document["nodes"] if node["kind"] == "gil"]
        waiting = [name for name in truth["waiters"] if gil and threads[name]["waits_for"] == gil[0]["id"]]
        if waiting == truth["waiters"] or time.monotonic() > deadline:
            return document, gil, waiting


def check(truth, look):
    document, gil, waiting = look_until_all_wait(look, truth)
    assert waiting == truth["waiters"]
    assert len(gil) == 1
    assert (gil[0]["grade"], gil[0]["held_by"]["thread_name"]) == ("held", truth["holder"])
    assert gil[0]["address"] in gil[0]["evidence"]
    assert document["verdict"]["kind"] == "gil"
    assert document["cycles"] == []


def check_remote(gdb, process):
    """Who waits for the GIL does so for 5 ms at a time: a stop may find all of them between two of these."""
    for _ in range(5):
        with Gdbserver(process.pid) as server:
            document = debuggers.json_of(gdb, debuggers.remote(server.port), "py-why")
        if any(node["kind"] == "gil" for node in document["nodes"]):
            break
    kinds = {node["id"]: node["kind"] for node in document["nodes"]}
    assert [node["held_by"]["os_thread_id"] for node in document["nodes"] if node["kind"] == "gil"] == [process.pid]
    waits = {thread["os_thread_id"]: thread["waits_for"] for thread in document["threads"]}
    assert kinds[waits[process.pid]] == "sleep"


def check_everywhere(python, gdb, lldb):
    with Debuggee(python, "gil_held", WAITERS) as process:
        for debugger in (gdb, lldb):
            check(process.truth, lambda d=debugger: debuggers.json_of(d, debuggers.live(process.pid), "py-why"))
        if gdb.kind != "none":
            check_remote(gdb, process)
        core = debuggers.core(process.gcore())
        for debugger in (gdb, lldb):
            document = debuggers.json_of(debugger, core, "py-why")
            gil = [node for node in document["nodes"] if node["kind"] == "gil"]
            assert [node["held_by"]["thread_name"] for node in gil] == ["MainThread"]


@pytest.mark.parametrize("python", few_pythons())
def test_held_in_c(python, gdb, lldb):
    check_everywhere(python, gdb, lldb)


def test_held_in_c_without_symbols(stripped_3_6, gdb, lldb):
    check_everywhere(stripped_3_6, gdb, lldb)


def test_nobody_waits_who_sleeps(stripped_3_6, gdb):
    """Of locks, conditions and queues that have a limit none is taken for the GIL."""
    with Debuggee(stripped_3_6, "waits") as process:
        document = debuggers.json_of(gdb, debuggers.live(process.pid), "py-why")
        assert not [node for node in document["nodes"] if node["kind"] == "gil"]
