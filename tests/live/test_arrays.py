"""Arrays of numpy, tables of pandas and tensors of torch, against what these say of them."""

import re

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


def test_tables(tables, debugger):
    truth = tables.truth["frames"]
    for name, text in zip(truth, printed(debugger, tables, *("frames[%s]" % name for name in truth))):
        shape, columns = truth[name]
        assert " shape=(%s, %s)" % tuple(shape) in text, text
        shown = re.search(r" columns=(.*)>$", text)[1]
        assert list(map(repr, eval(shown))) == columns, text


def test_columns(tables, debugger):
    truth = tables.truth["columns"]
    for name, text in zip(truth, printed(debugger, tables, *("columns[%s]" % name for name in truth))):
        label, dtype, items = truth[name]
        named = "" if label == "None" else " name=" + label
        assert text.endswith(" shape=(%d,)%s dtype=%s [%s]>" % (len(items), named, dtype, ", ".join(items))), text


def test_what_is_no_plain_array(tables, debugger):
    """Its dtype, and no items: the array within has codes of categories, and times as numbers."""
    truth = tables.truth["others"]
    for name, text in zip(truth, printed(debugger, tables, *("others[%s]" % name for name in truth))):
        length, kind, dtype = truth[name]
        shown = re.search(r" shape=\((\d+),\) dtype=(\w+)>$", text)
        assert int(shown[1]) == length, text
        assert shown[2] in (kind, dtype.partition("[")[0]), text


def test_indexes_and_nothing(tables, debugger):
    truth = tables.truth["indexes"]
    for name, text in zip(truth, printed(debugger, tables, *("indexes[%s]" % name for name in truth))):
        assert " shape=(%d,)" % truth[name] in text, text
    truth = tables.truth["special"]
    assert printed(debugger, tables, *("special[%s]" % name for name in truth)) == list(truth.values())
    (unfinished,) = printed(debugger, tables, "unfinished")
    assert re.fullmatch(r"<pandas\S*\.DataFrame object at 0x[0-9a-f]+>", unfinished)


def test_tensors(debugger):
    with holder_of("torch") as process:
        truth = process.truth["tensors"]
        for name, text in zip(truth, printed(debugger, process, *("tensors[%s]" % name for name in truth))):
            shape, dtype, device = truth[name]
            shown = re.search(r" shape=(\(.*?\)) dtype=(\w+) device=(\w+)>$", text)
            assert shown, text
            assert (list(eval(shown[1])), "torch." + shown[2], shown[3]) == (shape, dtype, device), text
