"""Arrays of numpy, tables of pandas and tensors of torch, against what these say of them."""

import arrays_truth
import pytest

import debugger as debuggers
import discover
from debuggee import Debuggee


def holder_of(library):
    python = next((one for one in discover.flavours() if one.name == library), None)
    if not python:
        pytest.skip("no Python with %s is here; scripts/get-flavours --only %s makes one" % (library, library))
    return Debuggee(python, library + "_values")


@pytest.fixture(scope="module")
def process():
    with holder_of("numpy") as started:
        yield started


@pytest.fixture(scope="module")
def tables():
    with holder_of("pandas") as started:
        yield started


def printer(debugger, process):
    """What py-print shows of each path, from the frame that holds them."""
    target = debuggers.live(process.pid)
    frames = debuggers.dump(debugger, target, "--thread", "MainThread")["threads"][0]["frames"]
    there = [frame["name"] for frame in frames].index("hold")

    def printed(paths):
        commands = ["py-frame %d" % there, *("py-print " + path for path in paths)]
        return arrays_truth.values_printed(debuggers.run(debugger, target, *commands).stdout)

    return printed


@pytest.mark.parametrize("check", arrays_truth.OF_NUMPY, ids=lambda check: check.__name__)
def test_numpy(process, debugger, check):
    check(process.truth, printer(debugger, process))


@pytest.mark.parametrize("check", arrays_truth.OF_PANDAS, ids=lambda check: check.__name__)
def test_pandas(tables, debugger, check):
    check(tables.truth, printer(debugger, tables))


def test_tensors(debugger):
    with holder_of("torch") as process:
        arrays_truth.check_tensors(process.truth, printer(debugger, process))
