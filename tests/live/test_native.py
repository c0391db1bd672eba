"""C frames between Python frames: the debugger's own backtrace and the program's own word.

The program says which Python frames there are and which functions of C called some of them
(tests/programs/mixed.py). The debugger, asked in the same session by its own command, says in
which order the functions of C lie. What py-dump --native shows must be both at once.
"""

import json
import re

import pytest

import compare
import debugger as debuggers
import discover
from debuggee import Debuggee, Gdbserver

#: All ways to tell which function of C runs which frame: counting (to 3.11) and marks, with symbols and without.
PYTHONS = (
    "pyenv-3.6.15",
    "pyenv-3.8.18",
    "pyenv-3.10.13",
    "system",
    "pyenv-3.11.7",
    "pyenv-3.12.1",
    "pyenv-3.13.0",
    "313t",
    "sid-3.14",
    "pbs-3.14",
    "sid-3.15",
)
#: lldb's own unwinder ends too early in these builds (and not in the same ones in each version).
LLDB_MAY_END_EARLY = ("pyenv-3.11.7", "pyenv-3.12.1", "pyenv-3.10.13", "pyenv-3.8.18")
#: Called by Python itself: nothing may stand between the two.
PYTHON_CALLS = [
    ("take_gate", "__init__"),
    ("make", "compare_in_c"),
    ("sub", "by_sub"),
    ("by_qsort", "generate"),
    ("plain_call", "python_calls_python"),
    ("main", "<module>"),
]

OWN_BACKTRACE = {
    "gdb": ["echo OWN\\n", "thread apply all -q bt"],
    "lldb": ['settings set frame-format "OWN ${frame.pc}\\n"', "thread backtrace all"],
}


def chosen(names):
    found = [python for python in discover.pythons_and_gaps() if python.name in names]
    return found or discover.pythons_and_gaps()[-1:]


def look(debugger, target, path, *options):
    """(py-dump's document, the debugger's own frames: names in gdb, addresses in lldb), of all threads."""
    outcome = debuggers.run(
        debugger,
        target,
        "py-dump --native --json -o %s" % path,
        *OWN_BACKTRACE[debugger.kind],
        *debuggers.last_words(debugger, target),
        options=options,
    )
    assert path.exists(), outcome.stdout[-2000:] + outcome.stderr
    own = outcome.stdout[outcome.stdout.index("OWN") :]
    if debugger.kind == "gdb":
        own = [
            re.sub("^[?]+$", "?", name)
            for name in re.findall(r"^#\d+ +(?:0x[0-9a-f]+ in )?(\S+) \(", own, re.MULTILINE)
        ]
    else:
        own = re.findall(r"OWN (0x[0-9a-f]+)", own)
    return json.loads(path.read_text()), own


def natives(thread):
    return [frame for frame in thread["frames"] if frame["kind"] == "native"]


def is_within(part, whole):
    """In the same order, without the others."""
    rest = iter(whole)
    return all(one in rest for one in part)


def is_part_of(thread, own, kind):
    """`own` has all threads one after the other."""
    if kind == "gdb":
        label = "_Py_trampoline_func_end"  # of zero size: gdb takes it for the function behind it
        return is_within([frame["name"] for frame in natives(thread)], ["?" if name == label else name for name in own])
    return is_within([int(frame["address"], 16) for frame in natives(thread)], [int(one, 16) for one in own])


def between(thread, callee, caller):
    """The C frames between the two, which are neighbours in Python; None when they are not there."""
    frames = [frame for frame in thread["frames"] if not frame["incomplete"]]
    for start, frame in enumerate(frames):
        if frame["kind"] != "python" or frame["name"] != callee:
            continue
        end = next((i for i in range(start + 1, len(frames)) if frames[i]["kind"] == "python"), len(frames))
        if caller is None or (end < len(frames) and frames[end]["name"] == caller):
            return [one["name"] for one in frames[start + 1 : end]]
    return None


def check_places(dump, truth):
    threads = [thread for thread in dump["threads"] if thread["interpreter"] is not None]
    for name, function in truth["called_from_c"].items():
        if truth["ctypes_missing"] and function == "qsort":
            continue
        found = [names for names in (between(thread, name, None) for thread in threads) if names is not None]
        assert found, name
        assert any(function in one or one == "?" for one in found[0]), (name, found[0])
    for callee, caller in PYTHON_CALLS:
        found = [names for names in (between(thread, callee, caller) for thread in threads) if names is not None]
        assert all(not one for one in found), (callee, caller, found)
    assert all(natives(thread) and thread["frames"][0]["kind"] == "native" for thread in threads)


def check(dump, own, truth, kind, may_end_early=False):
    assert not compare.thread_differences(dump, truth, native_ids=True)
    for thread in dump["threads"]:
        assert is_part_of(thread, own, kind), [frame["name"] for frame in natives(thread)]
    if dump["warnings"] and may_end_early:
        assert all(
            "outer C frames are missing" in one or "could not be put between" in one for one in dump["warnings"]
        ), dump["warnings"]
        assert dump["complete"] is False
        return
    assert not dump["warnings"] and dump["complete"], dump["warnings"]
    check_places(dump, truth)


@pytest.mark.parametrize("python", chosen(PYTHONS))
def test_live(python, debugger, tmp_path):
    with Debuggee(python, "mixed") as process:
        dump, own = look(debugger, debuggers.live(process.pid), tmp_path / "dump.json")
    check(
        dump,
        own,
        process.truth,
        debugger.kind,
        may_end_early=debugger.kind == "lldb" and python.name in LLDB_MAY_END_EARLY,
    )


@pytest.mark.parametrize("any_debugger", discover.debuggers_and_gaps())
def test_every_debugger(any_debugger, any_python, tmp_path):
    """As far as it comes: not every version unwinds every C library."""
    with Debuggee(any_python, "mixed") as process:
        dump, own = look(any_debugger, debuggers.live(process.pid), tmp_path / "dump.json")
    check(dump, own, process.truth, any_debugger.kind, may_end_early=True)
    assert any(natives(thread) for thread in dump["threads"])


def test_core(debugger, any_python, tmp_path):
    with Debuggee(any_python, "mixed") as process:
        target = debuggers.core(process.gcore(), any_python.command[-1])
        dump, own = look(debugger, target, tmp_path / "dump.json")
        check(dump, own, process.truth, debugger.kind)


def test_remote(gdb, any_python, tmp_path):
    with Debuggee(any_python, "mixed") as process, Gdbserver(process.pid) as server:
        dump, own = look(gdb, debuggers.remote(server.port, any_python.command[-1]), tmp_path / "dump.json")
    check(dump, own, process.truth, "gdb")
    assert all(frame["short_filename"] != "?" for thread in dump["threads"] for frame in thread["frames"])


def test_threads_without_python(debugger, any_python, tmp_path):
    with Debuggee(any_python, "native") as process:
        dump, own = look(debugger, debuggers.live(process.pid), tmp_path / "dump.json")
    found = [thread for thread in dump["threads"] if thread["interpreter"] is None]
    assert {thread["os_thread_id"] for thread in found} == set(process.truth["native_threads"])
    for thread in found:
        assert {frame["kind"] for frame in thread["frames"]} == {"native"}
        assert "pause" in thread["frames"][0]["name"]
        assert is_part_of(thread, own, debugger.kind)


#: Those that lie next to each other in the collapsed stacks, outermost first: (caller, called), by a part of each name.
SAMPLED = [
    ("sort", "by_reduce"),
    ("reduce", "by_sub"),
    ("by_sub", "sub"),
    ("map_next", "<lambda>"),
    ("plain_call", "sorted"),
    ("make", "__init__"),
    ("__init__", "take_gate"),
    ("sleep_long", "sleep"),
]


def neighbours(stacks):
    return {pair for stack in stacks for pair in zip(stack, stack[1:])}


@pytest.mark.parametrize("python", chosen(("pyenv-3.8.18", "system", "pyenv-3.13.0", "sid-3.14")))
def test_samples(python, debugger, tmp_path):
    path = tmp_path / "waiting.collapsed"
    with Debuggee(python, "mixed") as process:
        outcome = debuggers.run(
            debugger, debuggers.live(process.pid), "py-sample --native --idle -d 0.5 -r 20 -o %s" % path
        )
    assert outcome.status == 0 and "C frames from the debugger's unwinder" in outcome.stdout, outcome.stderr
    stacks = [
        [frame.split(" (")[0] for frame in line.rpartition(" ")[0].split(";")] for line in path.read_text().splitlines()
    ]
    assert len(stacks) == 3
    if "Note: C frames are missing" in outcome.stdout:
        assert debugger.kind == "lldb" and python.name in LLDB_MAY_END_EARLY
        return
    pairs = neighbours(stacks)
    for caller, called in SAMPLED:
        assert any(
            (caller in one and (called in other or other == "?")) or (one == "?" and called in other)
            for one, other in pairs
        ), (caller, called, stacks)


def links(stack, functions):
    """(caller, called, names of C between) of each pair of Python frames, outermost first."""
    places = [i for i, name in enumerate(stack) if name in functions]
    return [(stack[one], stack[other], stack[one + 1 : other]) for one, other in zip(places, places[1:])]


def wrong_links(stack, calls):
    """Nothing of C where Python calls, and nowhere a function of C that stands elsewhere."""
    functions = {name for call in calls for name in call[:2]}
    between = {(caller, called): name for caller, called, name in calls}
    words = {name for name in between.values() if name}
    found = []
    for caller, called, natives_there in links(stack, functions):
        if (caller, called) not in between:
            found.append((caller, called))
            continue
        own = between[caller, called]
        if (own is None and natives_there) or any(
            other in name for name in natives_there for other in words if other != own
        ):
            found.append((caller, called, natives_there))
    return found


@pytest.mark.parametrize("python", chosen(("pyenv-3.8.18", "system", "pyenv-3.12.1", "sid-3.14")))
def test_no_function_of_c_is_misplaced(python, debugger, tmp_path):
    """In samples of a process that runs, some of which meet functions as they are entered or left."""
    path = tmp_path / "busy.collapsed"
    with Debuggee(python, "busy_mixed") as process:
        for seconds in (2, 20):  # on a busy machine it may hardly run in 2
            outcome = debuggers.run(
                debugger,
                debuggers.live(process.pid),
                "py-sample --native --function -d %d -r 200 -o %s" % (seconds, path),
            )
            assert outcome.status == 0, outcome.stderr
            lines = path.read_text().splitlines()
            if sum(int(line.rpartition(" ")[2]) for line in lines) > 20:
                break
        calls = process.truth["calls"]
    note = re.search(r"Note: C frames are missing in ([\d,]+) of ([\d,]+) samples", outcome.stdout)
    missing = int(note.group(1).replace(",", "")) if note else 0
    total = lacking = 0
    for line in lines:
        frames, _, count = line.rpartition(" ")
        stack = [frame.split(" (")[0] for frame in frames.split(";")]
        assert stack[0] == "<module>" and not wrong_links(stack, calls), stack
        total += int(count)
        found = {
            (caller, called): natives_there
            for caller, called, natives_there in links(stack, {name for call in calls for name in call[:2]})
        }
        lacking += int(count) * any(
            name and (caller, called) in found and not any(name in one or one == "?" for one in found[caller, called])
            for caller, called, name in calls
        )
    assert total > 20
    assert lacking <= missing
    if not (debugger.kind == "lldb" and python.name in LLDB_MAY_END_EARLY):
        assert missing <= 0.1 * total


def test_sampling_a_core_file_is_refused(debugger, waiting_core):
    outcome = debuggers.run(debugger, debuggers.core(waiting_core), "py-sample --native -d 1")
    assert outcome.status != 0
    assert "a core file cannot run" in outcome.stderr + outcome.stdout


def test_selection_is_kept(gdb, any_python):
    with Debuggee(any_python, "mixed") as process:
        outcome = debuggers.run(
            gdb,
            debuggers.live(process.pid),
            "thread 2",
            "frame 1",
            "py-dump --native",
            "echo NOW\\n",
            "thread",
            "frame",
        )
    before, after = outcome.stdout.split("Process %d" % process.pid)[0], outcome.stdout.split("NOW")[1]
    assert re.search(r"Current thread is 2 ", after)
    frame = re.search(r"^#1 .*$", after, re.MULTILINE)
    assert frame and frame.group(0) in before
