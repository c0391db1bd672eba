"""py-exc against traceback.format_exc(), in both debuggers."""

import json
import re

import pytest

import debugger as debuggers
import discover
from debuggee import Debuggee


def frames_and_words(told):
    """The frames of a traceback, and the lines that are no frame and no source."""
    frames = re.findall(r'^ *File ".*?([^/"]+)", line (\d+), in (.+)$', told, re.MULTILINE)
    words = re.findall(r"^ *(The above .*|During handling .*|see the manual)$", told, re.MULTILINE)
    return frames, words


@pytest.mark.parametrize("python", discover.pythons_and_gaps())
def test_chain_that_is_handled(python, debugger):
    with Debuggee(python, "exceptions") as process:
        told = debuggers.run(debugger, debuggers.live(process.pid), "py-exc").stdout
        assert frames_and_words(told) == frames_and_words(process.truth["told"])
        comma = "," if discover.minor_of(python.version) == "3.6" else ""  # as repr() had it to 3.6
        assert "KeyError('host'%s)" % comma in told and "RuntimeError('no host'%s)" % comma in told
        assert "Being handled:" in told


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
    assert document["schema"] == "hognose.exceptions/1" and document["complete"]
    handled = document["threads"][0]["exceptions"][0]
    assert handled["state"] == "handled" and handled["repr"] == truth["handled"]
    assert handled["context"]["repr"] == truth["context"]
    assert handled["context"]["suppress_context"] is truth["hidden"] is True
    assert [one["repr"] for one in handled["exceptions"] or []] == truth["inside"]
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
