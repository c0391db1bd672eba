"""The tests' own witnesses, examined without hognose: the programs, and the comparison.

A program that moves after it has told its truth, or a comparison that overlooks a difference,
would let everything pass. So each program is run with one Python and watched for stillness, and
a dump made out of a truth is falsified in one place at a time, each of which must be noticed.
"""

import copy
import os
import time

import pytest
from test_dump_matrix import PROGRAMS

import compare
import discover
from debuggee import Debuggee, status_of

WATCHED_SECONDS = 0.2


def switches(pid):
    """How often each thread was switched; of a thread that sleeps on, never again."""
    found = {}
    for task in os.listdir("/proc/%d/task" % pid):
        status = status_of("/proc/%d/task/%s/status" % (pid, task))
        found[int(task)] = status["voluntary_ctxt_switches"], status["nonvoluntary_ctxt_switches"]
    return found


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: "-".join(map(str, program)))
def test_program_is_still(program, any_python):
    if not discover.can_run(any_python, program[0]):
        pytest.skip(
            "%s requires %s, %s is %s"
            % (program[0], discover.program_requires(program[0]), any_python.name, any_python.version)
        )
    with Debuggee(any_python, *program) as process:
        before = switches(process.pid)
        time.sleep(WATCHED_SECONDS)
        assert switches(process.pid) == before
        threads = process.truth["threads"]
        known = {thread["native_id"] for thread in threads} | set(process.truth.get("native_threads", []))
        assert None in known or known == set(before)
        assert all(thread["frames"] for thread in threads)
        assert process.pid in before


def test_main_thread_is_where_it_stays(any_python):
    """The truth was taken after the main thread had blocked, not before."""
    with Debuggee(any_python, "threads") as process:
        main = next(one for one in process.truth["threads"] if one["name"] == "MainThread")
        assert [frame["name"] for frame in main["frames"]][-2:] == ["main", "<module>"]
        assert main["frames"][0]["name"] in ("_wait_for_tstate_lock", "join")


# ---- the comparison ----


def dump_of(truth):
    """The dump that a flawless hognose would make of this truth."""
    threads = [
        {
            "thread_id": hex(one["thread_id"]),
            "os_thread_id": one["native_id"],
            "interpreter": 0,
            "thread_name": one["name"],
            "owns_gil": False,
            "stopped_because": None,
            "frames": [dict(frame, kind="python", incomplete=False) for frame in one["frames"]],
        }
        for one in truth["threads"]
    ]
    return {
        "schema": "hognose.dump/1",
        "complete": True,
        "warnings": [],
        "target": {"pid": truth["pid"]},
        "python": {
            "implementation": "cpython",
            "version": compare.version_text(truth["version"]),
            "free_threaded": truth["free_threaded"],
            "debug_build": truth["debug_build"],
        },
        "interpreters": [{"id": 0, "gil_holder": None, "gc_collecting": False}],
        "threads": threads,
    }


@pytest.fixture(scope="module")
def truth(waiting):
    return waiting.truth


def test_comparison_of_equals(truth):
    assert compare.differences(dump_of(truth), truth, pid=truth["pid"]) == []


def falsify_frame(field, value):
    def falsify(dump):
        dump["threads"][3]["frames"][1][field] = value

    return falsify


FALSIFICATIONS = {
    "a thread less": lambda dump: dump["threads"].pop(),
    "a thread more": lambda dump: dump["threads"].append(dict(dump["threads"][0], thread_id="0x1")),
    "a thread renamed": lambda dump: dump["threads"][2].update(thread_name="nobody"),
    "another LWP": lambda dump: dump["threads"][2].update(os_thread_id=1),
    "a frame less": lambda dump: dump["threads"][1]["frames"].pop(),
    "a frame more": lambda dump: dump["threads"][1]["frames"].append(dump["threads"][1]["frames"][0]),
    "frames swapped": lambda dump: dump["threads"][1]["frames"].reverse(),
    "a frame flagged": falsify_frame("incomplete", True),
    "a GIL held": lambda dump: dump["threads"][0].update(owns_gil=True),
    "a GIL held by somebody": lambda dump: dump["interpreters"][0].update(gil_holder=1),
    "a collection": lambda dump: dump["interpreters"][0].update(gc_collecting=True),
    "a broken chain": lambda dump: dump["threads"][0].update(stopped_because="the frame at 0x1"),
    "an incomplete dump": lambda dump: dump.update(complete=False),
    "another version": lambda dump: dump["python"].update(version="3.99.0"),
    "another flavour": lambda dump: dump["python"].update(free_threaded="perhaps"),
    "another process": lambda dump: dump["target"].update(pid=1),
}
FALSIFICATIONS.update(("another " + field, falsify_frame(field, 12345)) for field in compare.FRAME_FIELDS)


@pytest.mark.parametrize("falsify", FALSIFICATIONS.values(), ids=FALSIFICATIONS.keys())
def test_comparison_notices(falsify, truth):
    dump = copy.deepcopy(dump_of(truth))
    falsify(dump)
    assert len(compare.differences(dump, truth, pid=truth["pid"])) >= 1
