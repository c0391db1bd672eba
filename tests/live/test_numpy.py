"""Arrays and numbers of numpy against what numpy says of them."""

import re

import pytest

import debugger as debuggers
import discover
from debuggee import Debuggee


@pytest.fixture(scope="module")
def process():
    python = next((one for one in discover.flavours() if one.name == "numpy"), None)
    if not python:
        pytest.skip("no Python with numpy is here; scripts/get-flavours makes one")
    with Debuggee(python, "numpy_values") as started:
        yield started


def printed(debugger, process, *paths):
    """What py-print shows of each path, from the frame that holds them."""
    target = debuggers.live(process.pid)
    frames = debuggers.dump(debugger, target, "--thread", "MainThread")["threads"][0]["frames"]
    there = [frame["name"] for frame in frames].index("hold")
    commands = ["py-frame %d" % there, *("py-print " + path for path in paths)]
    told = debuggers.run(debugger, target, *commands).stdout
    return re.findall(r"^\$\d+ = (.*)$", told, re.MULTILINE)


def test_arrays(process, debugger):
    """Type, shape, dtype and the items, whatever the strides are."""
    truth = process.truth["arrays"]
    for name, text in zip(truth, printed(debugger, process, *("arrays[%s]" % name for name in truth))):
        shape, dtype, items = re.match(r"<numpy.ndarray shape=(\(.*?\)) dtype=(\w+)(?: \[(.*)\])?>$", text).groups()
        assert eval(shape) == tuple(truth[name]["shape"]), text
        if name == "text":
            assert dtype == "str" and items is None
            continue
        assert dtype == {"objects": "object", "empty": "float64"}.get(
            name, name if name in process.truth["scalars"] else "int32"
        )
        assert items == ", ".join(truth[name]["items"]), name


def test_numbers(process, debugger):
    truth = process.truth["scalars"]
    for name, text in zip(truth, printed(debugger, process, *("scalars[%s]" % name for name in truth))):
        assert re.sub(r"^<numpy\.\w+ (.*)>$", r"\1", text) == truth[name], (name, text)
