"""gdb and lldb say the same of the same process, field by field and byte by byte.

A process that was stopped by SIGSTOP and a core file are looked at by both. Their JSON may
differ in the debugger's name and in its own thread numbers, in nothing else; their text in the
thread numbers, in the file a page was read through, and in py-info's line about the debugger.
"""

import json
import re

import pytest

import debugger as debuggers
import discover
from debuggee import Debuggee

#: With these also the programs that have other shapes of stacks and threads.
FEW_PYTHONS = ("pyenv-3.6.15", "system", "313t", "sid-3.15")


def leave_out_differences(document):
    """A copy without what may differ."""
    document = json.loads(json.dumps(document))
    document.pop("debugger", None)
    for thread in document.get("threads", []):
        thread["debugger_thread"] = None
        if thread.get("waits_for"):
            thread["waits_for"]["text"] = leave_out_time(thread["waits_for"]["text"])
    return document


def leave_out_time(text):
    """Since when a thread waits: for longer when the second debugger looks."""
    return re.sub(r"; for [\d.]+ \w+", "", text)


def compare_documents(first, second, path=""):
    """Every path at which the two differ."""
    if isinstance(first, dict) and isinstance(second, dict):
        keys = sorted(set(first) | set(second))
        pairs = [(path + "." + key, first.get(key, "(absent)"), second.get(key, "(absent)")) for key in keys]
    elif isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        pairs = [("%s[%d]" % (path, i), a, b) for i, (a, b) in enumerate(zip(first, second))]
    else:
        return [] if first == second else ["%s: gdb has %.200r, lldb %.200r" % (path, first, second)]
    return [difference for one in pairs for difference in compare_documents(one[1], one[2], one[0])]


def assert_parity(gdb, lldb, target, *command):
    first, second = (debuggers.json_of(debugger, target, *command) for debugger in (gdb, lldb))
    found = compare_documents(leave_out_differences(first), leave_out_differences(second))
    assert not found, "\n".join(found[:40])


def text_of(debugger, target, command, folder):
    path = folder / ("%s.txt" % debugger.name)
    outcome = debuggers.run(debugger, target, "%s -o %s" % (command, path))
    assert outcome.status == 0, outcome.stderr
    return path.read_text()


def leave_out_numbers(text):
    """The debugger's own thread numbers, and the blanks that line them up."""
    text = re.sub(r"^Thread (\d+|-) ", "Thread N ", leave_out_time(text), flags=re.MULTILINE)
    return re.sub(r"^(\d+|-) +", "N ", text, flags=re.MULTILINE)


def cases():
    for python in discover.pythons_and_gaps():
        for program in ("threads", "shapes", "native") if python.name in FEW_PYTHONS else ("threads",):
            yield pytest.param(python, program, id="%s-%s" % (python.name, program))


@pytest.mark.parametrize("python, program", cases())
@pytest.mark.slow
def test_json(python, program, gdb, lldb):
    with Debuggee(python, program) as process:
        process.stop()
        target = debuggers.live(process.pid)
        assert_parity(gdb, lldb, target, "py-dump")
        if python.name in FEW_PYTHONS:
            assert_parity(gdb, lldb, target, "py-threads")
        core = process.gcore()
        assert_parity(gdb, lldb, debuggers.core(core), "py-dump")


@pytest.mark.parametrize("command", ["py-dump", "py-dump --full --python-only", "py-threads"])
@pytest.mark.parametrize("program", ["threads", "names", "recursion", "native"])
def test_text(any_python, program, command, gdb, lldb, tmp_path):
    with Debuggee(any_python, program) as process:
        process.stop()
        target = debuggers.live(process.pid)
        first, second = (text_of(debugger, target, command, tmp_path) for debugger in (gdb, lldb))
    assert leave_out_numbers(first).splitlines() == leave_out_numbers(second).splitlines()


def test_info(waiting, waiting_core, gdb, lldb, tmp_path):
    for target in (debuggers.live(waiting.pid), debuggers.core(waiting_core)):
        first, second = (text_of(debugger, target, "py-info", tmp_path).splitlines() for debugger in (gdb, lldb))
        assert [line for line in first if not line.startswith("Debugger ")] == [
            line for line in second if not line.startswith("Debugger ")
        ]


@pytest.mark.parametrize("command", ["py-dump", "py-threads", "py-info"])
def test_help(command, gdb, lldb):
    first, second = (debuggers.run(debugger, debuggers.NOTHING, command + " --help").stdout for debugger in (gdb, lldb))
    assert first.startswith("Usage: " + command)
    assert second.endswith(first)
