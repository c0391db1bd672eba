"""py-exc against traceback.format_exc(), in both debuggers."""

import json
import re

import exceptions_truth
import pytest

import debugger as debuggers
import discover
from debuggee import Debuggee


@pytest.mark.parametrize("python", discover.pythons_and_gaps())
def test_chain_that_is_handled(python, debugger):
    with Debuggee(python, "exceptions") as process:
        told = debuggers.run(debugger, debuggers.live(process.pid), "py-exc").stdout
        assert not list(exceptions_truth.differences_in_text(told, process.truth))


def document_of(debugger, process):
    told = debuggers.run(debugger, debuggers.live(process.pid), "py-exc --json").stdout
    return json.loads(told[told.index('{"schema"') : told.rindex("]}") + 2])


@pytest.mark.parametrize("python", discover.pythons_and_gaps())
def test_groups_chains_and_what_is_hidden(python, debugger):
    """A handler within a handler: groups within groups, raise from None, what each of them came from."""
    with Debuggee(python, "in_flight") as process:
        document = document_of(debugger, process)
        truth = process.truth
        text = debuggers.run(debugger, debuggers.live(process.pid), "py-exc").stdout
    assert document["schema"] == "hognose.exceptions/1"
    assert not list(exceptions_truth.group_differences(document, truth))
    frames = re.findall(r'File ".*?([^/"]+)", line (\d+), in (.+)\n[ |]+(.*)', truth["told"])
    assert re.findall(r'File ".*?([^/"]+)", line (\d+), in (.+)\n\s+(.*)', text)[: len(frames)] == frames


@pytest.mark.parametrize("python", discover.pythons_and_gaps())
def test_in_flight(python, gdb):
    """As the traceback is made: raised, and nobody has it yet."""
    if not python.command[1:]:
        told = debuggers.run(
            gdb,
            debuggers.NOTHING,
            "file " + python.command[0],
            "run -S -E %s" % discover.program_path("raising"),
            "tbreak PyTraceBack_Here",
            "signal 0",
            "py-exc",
            "py-exc --json",
            "kill",
        ).stdout
        if "Temporary breakpoint 1, " not in told:
            pytest.skip("%s does not stop in PyTraceBack_Here" % python.name)
        assert "  In flight:\n" in told, told
        assert re.search(r"KeyError(\('host'|, not made yet, with .*'host')", told), told
        assert '"state": "in_flight"' in told
