"""py-why --tree against processes that know whom they wait for: tests/programs/process_waits.py."""

import contextlib
import glob
import json
import os
import re
import signal

import pytest
import why_truth
from test_cli import run, told
from test_why import few_pythons

import debugger as debuggers
from debuggee import Debuggee, wait_for

PROVEN = ("full-pipe", "two-readers", "locks", "pidfd")
LIKELY = ("sockets", "file-locks", "polls", "epolls", "eventfds", "polled-eventfds")


def blocked(pid):
    with open("/proc/%d/stat" % pid) as file:
        return file.read().rpartition(")")[2].split()[0] == "S"


class Family:
    """The process and its child, both at rest; both ended."""

    def __init__(self, python, shape):
        self.process = Debuggee(python, "process_waits", shape)

    def __enter__(self):
        process = self.process.__enter__()
        child = process.truth["child"]
        assert wait_for(lambda: blocked(child) and blocked(process.pid), 20)
        why_truth.settle(process)
        return process

    def __exit__(self, *how):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.truth["child"], signal.SIGKILL)
        return self.process.__exit__(*how)


def all_maps_are_open():
    """Who has a lock of multiprocessing is told by the maps of all processes: some may be closed to us."""
    for path in glob.glob("/proc/[0-9]*/maps"):
        try:
            with open(path) as file:
                file.read(1)
        except PermissionError:
            return False
        except OSError:
            continue
    return True


@pytest.mark.parametrize("shape", PROVEN + LIKELY)
def test_who_waits_for_whom(shape, gdb):
    with Family(few_pythons()[0], shape) as process:
        tree = debuggers.json_of(gdb, debuggers.live(process.pid), "py-why --tree")["tree"]
        pids = [process.pid, process.truth["child"]]
        assert sorted(tree["cycle"]) == sorted(pids)
        assert {one["pid"] for one in tree["processes"]} >= set(pids)
        proven = shape in PROVEN and tree["whole"] and (shape != "locks" or all_maps_are_open())
        wanted = "Deadlock between" if proven else "Likely deadlock between"
        assert tree["text"].startswith(wanted)
        assert [one["threads"][0]["waits_for"] for one in tree["processes"][:2]] == [pids[1:], pids[:1]]


@pytest.mark.parametrize("shape", PROVEN + LIKELY)
def test_a_twin_that_could_go_on(shape, gdb):
    with Family(few_pythons()[0], shape + "+twin") as process:
        tree = debuggers.json_of(gdb, debuggers.live(process.pid), "py-why --tree")["tree"]
        assert tree["cycle"] == [] and {one["stuck"] for one in tree["processes"]} == {"no"}


def test_a_lock_whose_owner_was_killed(gdb):
    with Family(few_pythons()[0], "dead") as process:
        tree = debuggers.json_of(gdb, debuggers.live(process.pid), "py-why --tree")["tree"]
        wanted = r"%seadlock between processes: \d+ \(\S+\) waits for a lock that nobody alive holds\."
        assert re.match(wanted % ("D" if all_maps_are_open() else "Likely d"), tree["text"]), tree
        (thread,) = tree["processes"][0]["threads"]
        assert " that nobody " in thread["text"] and thread["waits_for"] == []


@pytest.mark.parametrize("python", few_pythons())
def test_locks_of_every_version(python, gdb):
    with Family(python, "locks") as process:
        tree = debuggers.json_of(gdb, debuggers.live(process.pid), "py-why --tree")["tree"]
        assert sorted(tree["cycle"]) == sorted([process.pid, process.truth["child"]]), tree


def test_as_text(debugger):
    with Family(few_pythons()[0], "full-pipe") as process:
        outcome = debuggers.run(debugger, debuggers.live(process.pid), "py-why --tree")
        words = re.sub(r"\s+", " ", outcome.stdout)
        child = process.truth["child"]
        assert re.search(
            r"eadlock between processes: %d \(\S+\) → %d \(\S+\) → %d" % (process.pid, child, process.pid), words
        )
        assert re.search(r"LWP %d waits for the end of %d " % (process.pid, child), words)
        assert re.search(
            r"LWP %d writes to a pipe \(file descriptor \d+\) that %d \(\S+\) can read" % (child, process.pid), words
        )


def test_the_command(gdb):
    with Family(few_pythons()[0], "two-readers") as process:
        assert "eadlock between processes" in told("why", "--tree", str(process.pid))
        done = run("why", "--tree", process.gcore())
        assert done.returncode == 1 and done.stderr.count("\n") == 1 and "--tree wants a process" in done.stderr


def tree_of(pid):
    return json.loads(told("why", "--tree", "--json", str(pid)))["tree"]


def test_random_graphs():
    with Debuggee(few_pythons()[0], "process_graphs", 1, 6) as process:
        pids = [one["pid"] for graph in process.truth["graphs"] for one in graph]
        assert wait_for(lambda: all(blocked(pid) for pid in pids), 20)
        for pid in pids:
            why_truth.settle(process, pid=pid)
        found = []
        for graph in process.truth["graphs"]:
            for one in graph:
                found += why_truth.look_at_tree(lambda pid=one["pid"]: tree_of(pid), graph)
        assert not found, "\n".join(found)
