"""py-bt, py-frame, py-up, py-down, py-locals and py-print in a session, in both debuggers."""

import json
import re

import pytest

import debugger as debuggers
import discover
from debuggee import Debuggee

FEW = ("pyenv-3.6.15", "pyenv-3.10.13", "system", "313t", "sid-3.15")


def few_pythons():
    usable = [python for python in discover.pythons() if python.name in FEW]
    return usable or discover.pythons()[:1]


@pytest.fixture(scope="module", params=few_pythons(), ids=lambda python: python.name)
def process(request):
    with Debuggee(request.param, "look") as started:
        yield started


def session(debugger, process, *commands):
    """What the commands print, one after the other."""
    return debuggers.run(debugger, debuggers.live(process.pid), *commands).stdout


def number_of(process, debugger, function):
    """The frame of that name, as py-bt numbers it."""
    document = debuggers.dump(debugger, debuggers.live(process.pid), "--thread", "MainThread")
    return [frame["name"] for frame in document["threads"][0]["frames"]].index(function)


def test_moving(process, debugger):
    there = number_of(process, debugger, "deliver")
    told = session(debugger, process, "py-frame %d" % there, "py-up", "py-down 1000", "py-up %d" % there, "py-bt")
    lines = told.splitlines()
    assert any(line.startswith("#%d  " % there) and "deliver" in line for line in lines), told
    assert any(line.startswith("#%d  " % (there + 1)) and "<module>" in line for line in lines), told
    assert any(line.startswith("#0  ") for line in lines), told
    marked = [line for line in lines if line.startswith("* #")]
    assert len(marked) == 1 and marked[0].startswith("* #%d " % there), told


#: What the debugger says of the C frame that is selected.
OWN_FRAME = {"gdb": ("frame", "thread 1"), "lldb": ("frame info", "thread select 1")}


def test_moving_selects_the_frame_of_c(process, debugger):
    """The one whose function runs Python: its own name says so where it has one."""
    own, switch = OWN_FRAME[debugger.kind]
    there = number_of(process, debugger, "deliver")
    told = session(debugger, process, switch, "py-frame %d" % there, own, "py-down 1", own)
    runs = re.findall(r"    %s's frame (\d+) runs (it|#(\d+) to #(\d+)), and is selected\n" % debugger.kind, told)
    if debugger.kind == "lldb" and len(runs) < 2:
        assert told.count("lldb's own frame stays: which one runs this is not sure") == 2
        return
    assert len(runs) == 2, told
    for number, (level, words, first, last) in zip((there, there - 1), runs):
        assert words == "it" or int(first) <= number <= int(last)
        frame = re.search(r"(?:#|frame #)%s(?::| ).*" % level, told.replace("frame %s runs" % level, ""))
        assert frame and re.search(r"PyEval_EvalFrame|TAIL_CALL|unnamed|python|\?\?", frame[0]), (level, told)
    one_for_each = process.truth["version"] < [3, 11]
    assert all((words == "it") == one_for_each for _, words, _, _ in runs), told


def test_moving_elsewhere_leaves_the_frame_of_c_alone(process, debugger):
    told = session(debugger, process, "py-frame 1 --thread MainThread", "py-frame")
    assert told.count("and is selected") <= 1


def test_dumps_mark_the_selected_frame(process, debugger):
    """Of the selected thread alone, with C frames between too."""
    there = number_of(process, debugger, "deliver")
    told = session(debugger, process, "py-frame %d" % there, "py-dump", "py-dump --native")
    marked = [line for line in told.splitlines() if line.startswith("* #")]
    assert len(marked) == 2 and all(" deliver " in line for line in marked), told


def test_line_of_the_frame_that_is_selected(process, debugger):
    there = number_of(process, debugger, "deliver")
    told = session(debugger, process, "py-frame %d" % there).splitlines()
    at = next(number for number, line in enumerate(told) if line.startswith("#%d  " % there))
    assert told[at + 1] == "    inner()"


def test_each_thread_once(any_python, gdb):
    """gdb selects one thread after the other, and each time it is that one's stack."""
    with Debuggee(any_python, "threads") as process:
        told = debuggers.run(gdb, debuggers.live(process.pid), "thread apply all -q py-bt").stdout
        shown = re.findall(r"^Thread \d+ +LWP (\d+) ", told, re.MULTILINE)
        assert len(set(shown)) == len(shown) == len(process.truth["threads"])
        assert len(re.findall(r"^\* #", told, re.MULTILINE)) == len(shown)


def test_locals_of_the_selected_frame(process, debugger):
    there = number_of(process, debugger, "deliver")
    told = session(debugger, process, "py-frame %d" % there, "py-locals")
    assert "    password = 'hunter2'\n" in told
    assert "    table = {'hosts': ['a', 'b', 'c'], 1: 'one', 'with space': 2, 'token': 't0p'}\n" in told
    assert "(not its repr)" in told and "..." in told


def test_locals_of_a_module_in_a_stack(process, debugger):
    """What it holds, and not what it is made of: its functions, classes, modules and names with underscores."""
    told = session(debugger, process, "py-bt --locals")
    of_module = told[told.index("<module>") :]
    assert re.findall(r"^ +([^\W\d]\w*) = ", of_module, re.MULTILINE) == ["report"], told
    assert " report = <truth.Report object at 0x" in of_module
    told = session(debugger, process, "py-frame %d" % number_of(process, debugger, "<module>"), "py-locals")
    assert {"__name__", "sys", "Job", "deliver", "report"} <= set(re.findall(r"^ +(\w+) = ", told, re.MULTILINE))


def test_source_of_a_function_on_the_stack(process, debugger):
    """By the name that only its frame knows: from the innermost one no variable leads to it."""
    told = session(debugger, process, "py-frame 0", "py-list inner")
    assert re.search(r"^    \d+      def inner\(\):$", told, re.MULTILINE), told


#: Expression: what is printed for it.
PATHS = {
    "job.name": "'job-7'",
    "job.kind": "'a job'",
    "jobs[-1].args[1][k][1:]": "[2, 3]",
    "table[hosts][0]": "'a'",
    "table[1]": "'one'",
    "text[3:9]": "'lo wor'",
    "text[0]": "'h'",
    "own.x": "1",
    "größe_À": "7",
    "len": "<built-in function len>",
    "threading._active_limbo_lock": "<unlocked _thread.lock object at 0x",
    "Job": "<class '__main__.Job'>",
    "big": "{0: None, 1: None, 2: None, ",
    "table[with space]": "2",
    'table["hosts"][-1]': "'c'",
    "table['hosts'][0:2]": "['a', 'b']",
    "text[-2:]": "'ld'",
    "text[10998]": "'l'",
    "job.args[-1][k][0]": "1",
    "big[999999]": "None",
    " jobs [ 2 ] . name ": "'job-2'",
    "$1": "'job-7'",
    "$": "'job-7'",
    "Job.kind": "'a job'",
}


def test_paths(process, debugger):
    there = number_of(process, debugger, "deliver")
    printed = session(debugger, process, "py-frame %d" % there, *("py-print " + path for path in PATHS))
    for number, (path, expected) in enumerate(PATHS.items(), 1):
        if path.startswith("threading._active") and "RLock" in printed:
            continue
        assert "$%d = %s" % (number, expected) in printed, "%s: %s" % (path, printed)
    assert "(1,000,000 items; --full shows all)" in printed


#: Expression: words of the error.
REFUSED = {
    "job.total": "total of __main__.Job is a property: its value cannot be known without running code",
    "job.zz": "__main__.Job has no attribute zz in memory; its __getattr__ may compute one",
    "own.y": "__main__.Own has no attribute y in memory",
    "boxed[0]": "__main__.Boxed has a __getitem__ of its own",
    "nope": 'there is no "nope" here',
    "jobs[9]": "there is no item 9: there are 5",
    "table[none]": "there is no key 'none'",
    "0x10": "there is no object at 0x10",
    "$9": "there is no $9",
    "job.": "expected the name of an attribute",
    "jobs[-6]": "there is no item -6: there are 5",
    "text[11000]": "there is no item 11000: there are 11000",
    "table[7]": "there is no key 7",
    "own[0]": "__main__.Own has no items that lie in memory",
    "jobs[k]": "list has no keys: give a number",
    "jobs[1": "expected ]",
    "jobs[": "expected an index, a 'key' or a slice",
    "jobs]": "expected ., [ or the end",
    "": "print what? py-print --help has examples",
}


def test_what_cannot_be_known(process, gdb):
    there = number_of(process, gdb, "deliver")
    outcome = debuggers.run(
        gdb, debuggers.live(process.pid), "py-frame %d" % there, *("py-print " + path for path in REFUSED)
    )
    told = [line for line in (outcome.stdout + outcome.stderr).splitlines() if line.startswith("py-print: ")]
    assert len(told) == len(REFUSED)
    for line, (path, words) in zip(told, REFUSED.items()):
        assert line.startswith("py-print: " + words), path


def test_redacted(process, gdb):
    there = number_of(process, gdb, "deliver")
    told = session(
        gdb,
        process,
        "set hognose redact *pass*,token",
        "py-frame %d" % there,
        "py-locals",
        "py-print job",
        "py-print job.token",
        "py-bt --locals --json",
        "py-dump -ll",
    )
    assert "<redacted>" in told
    for secret in ("hunter2", "s3cr3t", "t0p"):
        assert secret not in told


def test_json_of_a_value(process, debugger):
    there = number_of(process, debugger, "deliver")
    told = session(debugger, process, "py-frame %d" % there, "py-print own --json")
    document = json.loads(told[told.index('{"schema"') : told.rindex("]}") + 2])
    assert document["type"] == "__main__.Own" and document["is_repr"] is False
    assert [(one["name"], one["repr"]) for one in document["attributes"]] == [("x", "1")]
