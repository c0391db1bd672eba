"""py-tasks against what programs say of their own tasks: interpreter x debugger x live, core, remote, hognose."""

import json
import re
import subprocess

import pytest
import tasks_truth

import debugger as debuggers
import discover
from debuggee import Debuggee, Gdbserver

PYTHONS = discover.pythons_and_gaps()
FEW_PYTHONS = ("pyenv-3.6.15", "system", "313t", "sid-3.14", "sid-3.15")


def few_pythons():
    usable = [python for python in discover.pythons() if python.name in FEW_PYTHONS]
    return usable or discover.pythons()[:1]


def assert_none(found):
    assert not found, "\n".join(found)


def hognose_json(*words):
    done = subprocess.run(
        [discover.build_folder() + "/hognose", "tasks", "--json", *words], stdout=subprocess.PIPE, timeout=60
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("python", PYTHONS)
def test_every_kind_of_task(python, gdb):
    with Debuggee(python, "tasks") as process:
        document = debuggers.json_of(gdb, debuggers.live(process.pid), "py-tasks")
        assert_none(tasks_truth.differences(document, process.truth))


@pytest.mark.parametrize("python", [one for one in PYTHONS if not one.version.startswith("3.6.")])
def test_a_loop_without_frames_runs(python):
    """uvloop's are of C; asyncio has noted in the thread which one runs."""
    with Debuggee(python, "loop_without_frames") as process:
        loops = hognose_json(str(process.pid))["loops"]
    assert {int(loop["id"], 16): loop["running"] for loop in loops} == {
        process.truth["running"]: True,
        process.truth["idle"]: False,
    }
    assert [loop["thread_id"] is not None for loop in loops] == [loop["running"] for loop in loops]


@pytest.mark.parametrize("python", PYTHONS)
def test_without_a_debugger_and_from_a_core(python):
    with Debuggee(python, "tasks") as process:
        assert_none(tasks_truth.differences(hognose_json(str(process.pid)), process.truth))
        assert_none(tasks_truth.differences(hognose_json(process.gcore()), process.truth))


@pytest.mark.parametrize("python", few_pythons())
def test_in_lldb_and_from_a_core(python, gdb, lldb):
    with Debuggee(python, "tasks") as process:
        documents = [debuggers.json_of(lldb, debuggers.live(process.pid), "py-tasks")]
        core = process.gcore()
        documents += [debuggers.json_of(one, debuggers.core(core), "py-tasks") for one in (gdb, lldb)]
        for document in documents:
            assert_none(tasks_truth.differences(document, process.truth))


@pytest.mark.parametrize("python", [python for python in few_pythons() if python.name != "pyenv-3.6.15"])
def test_remote(python, gdb):
    with Debuggee(python, "tasks") as process:
        with Gdbserver(process.pid) as server:
            document = debuggers.json_of(gdb, debuggers.remote(server.port), "py-tasks")
        assert_none(tasks_truth.differences(document, process.truth))


@pytest.mark.parametrize("python", few_pythons())
def test_many_alike_are_one_line(python, gdb):
    with Debuggee(python, "many_tasks", 2000) as process:
        shown = debuggers.run(gdb, debuggers.live(process.pid), "py-tasks").stdout
        document = debuggers.json_of(gdb, debuggers.live(process.pid), "py-dump", "--tasks")
    assert "2,000 tasks alike" in shown
    assert shown.count("worker") == 1
    assert sorted(int(task["id"], 16) for task in document["loops"][0]["tasks"]) == process.truth["tasks"]


@pytest.mark.parametrize("python", [python for python in few_pythons() if "3.14" in python.name])
def test_beside_pstree(python):
    """python3.14 -m asyncio pstree names the same tasks: those that are not the roots of nothing."""
    with Debuggee(python, "many_tasks", 20) as process:
        told = subprocess.run(
            [*python.command, "-m", "asyncio", "ps", str(process.pid)], stdout=subprocess.PIPE, universal_newlines=True
        ).stdout
        shown = hognose_json(str(process.pid))
    names = {task["name"] for loop in shown["loops"] for task in loop["tasks"]}
    assert names == set(re.findall(r"\bTask-\d+\b", told))


def test_a_small_core_has_them(any_python, tmp_path):
    with Debuggee(any_python, "tasks") as process:
        core = str(tmp_path / "small.core")
        subprocess.run([discover.build_folder() + "/hognose", "core", str(process.pid), "-o", core], check=True)
        assert_none(tasks_truth.differences(hognose_json(core), process.truth))


@pytest.mark.parametrize("python", PYTHONS)
def test_generators_that_nothing_runs(python, gdb):
    """Beside gc.get_objects() of the program itself, live and from a core."""
    with Debuggee(python, "suspended") as process:
        documents = [hognose_json("--generators", str(process.pid)), hognose_json("-g", process.gcore())]
        shown = debuggers.run(gdb, debuggers.live(process.pid), "py-tasks --generators").stdout
    if "free-threaded" in python.flavour:
        assert "are not shown: free-threaded Python keeps no list of its objects" in shown
        assert [document["suspended"] for document in documents] == [None, None]
        return
    for document in documents:
        assert sorted(int(one["id"], 16) for one in document["suspended"]) == process.truth["roots"]
        assert document["complete"]
    assert "101 alike: generator numbers  suspended" in shown
    assert re.search(r"coroutine iterates  suspended\n.*stop .*\n.*asynchronous .*\n.*iterates ", shown)
