"""py-list and py-dump --source against what the process itself would print of its lines, in both debuggers."""

import json
import os
import re
import time
import unicodedata

import pytest

import debugger as debuggers
import discover
from debuggee import Debuggee

FEW = ("pyenv-3.6.15", "pyenv-3.10.13", "system", "musl313", "sid-3.14", "313t", "sid-3.15")

#: lldb marks instructions in much the same way.
MARKED = re.compile(r"^->  +\d+  ", re.MULTILINE)

#: Thread: where its source is, and words of what is said of it.
PLACES = {
    "zip": ("archive", "changed after the process was started"),
    "memory": ("memory", None),
    "nowhere": (None, "the process's linecache does not have it"),
    "newer": ("file", "changed after the process was started"),
    "latin": ("file", None),
    "gone": ("memory", None),
    "changed": ("memory", "the file was changed later"),
    "relative": ("file", None),
    "tabs": ("file", None),
    "typed": ("memory", None),
}


def few_pythons():
    usable = [python for python in discover.pythons() if python.name in FEW]
    return usable or discover.pythons()[:1]


@pytest.fixture(scope="module", params=few_pythons(), ids=lambda python: python.name)
def process(request):
    with Debuggee(request.param, "sources") as started:
        yield started


def session(debugger, process, *commands):
    """What the commands print, and what they complain of."""
    outcome = debuggers.run(debugger, debuggers.live(process.pid), *commands)
    return outcome.stdout + outcome.stderr


def standing(document):
    """By thread: the frame that stands in the source of that kind."""
    frames = {thread["thread_name"]: thread["frames"][0] for thread in document["threads"] if thread["frames"]}
    return {name: frame for name, frame in frames.items() if frame["name"] == "stand"}


def cells(text):
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text.expandtabs(8))


def test_line_of_every_kind(process, debugger):
    found = standing(debuggers.dump(debugger, debuggers.live(process.pid), "--source"))
    assert set(found) == set(process.truth["sources"]) >= set(PLACES) - {"typed"}
    for name, frame in found.items():
        place, remark = PLACES[name]
        assert (frame["source"] or "").strip() == process.truth["sources"][name]["line"], name
        assert frame["source_place"] == place, name
        assert (remark in frame["source_remark"]) if remark else frame["source_remark"] is None, name


def test_line_under_each_frame(process, debugger):
    """Of frames whose file anybody has: the test's own program."""
    lines = session(debugger, process, "py-dump --thread MainThread --source").splitlines()
    at = next(number for number, line in enumerate(lines) if "<module>" in line)
    assert lines[at + 1] == "        lock.acquire()"


def test_mark_and_underline(process, debugger):
    asked = [name for name in process.truth["sources"] if name != "nowhere"]
    told = session(debugger, process, *("py-list --thread %s" % name for name in asked))
    marked = [line for line in told.splitlines() if MARKED.match(line)]
    assert len(marked) == len(asked), told
    for name, mark in zip(asked, marked):
        truth = process.truth["sources"][name]
        number, source = mark[4:].split("  ", 1)
        line, _end, start, stop = truth["place"]
        assert int(number) == line and source.strip() == truth["line"], name
        if start is None:
            continue
        below = told[told.index(mark) + len(mark) :].splitlines()[1]
        raw = next(text for text in (source, "\t" + source.lstrip()) if cells(text) == cells(source))
        before = raw.encode()[:start].decode() if name != "tabs" else "\t'\u4e2d', ("
        carets = mark.index(source) + cells(before)
        assert below == " " * carets + "^" * (stop - start), name


def test_goes_on_as_gdb_does(process, debugger):
    """Repeated, backwards, then around a line; another frame begins anew."""
    told = session(
        debugger,
        process,
        "py-list 20 -t MainThread",
        *["py-list -t MainThread"] * 2,
        "py-list - -t MainThread",
        "py-list -t memory",
        "py-list -t MainThread",
    )
    with open(discover.program_path("sources"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    for first in (15, 25, 35, 25):
        for number in range(first, first + 10):
            assert "    %d  %s\n" % (number, lines[number - 1]) in told, (number, told)
    assert len(MARKED.findall(told)) == 2 and "#0  stand  <generated>:4\n" in told


def test_there_is_nothing_before_the_first_line(process, debugger):
    told = session(debugger, process, "py-list 7 -t MainThread", "py-list - -t MainThread", "py-list - -t MainThread")
    shown = [int(number) for number in re.findall(r"^ +(\d+)  ", told, re.MULTILINE)]
    assert shown[:10] == list(range(2, 12)) and shown[10] == 1
    assert told.count("py-list: line 1 was shown already: there is nothing before it") == 1


def line_of(text):
    with open(discover.program_path("sources"), encoding="utf-8") as file:
        return next(number for number, line in enumerate(file, 1) if line.startswith(text))


@pytest.mark.parametrize(
    "word, first",
    [
        ("write", "def write("),
        ("start_in_zip", "def start_in_zip("),
        ("sources.py:30", None),
        ("truth.Report", None),
        ("add_lines", "def add_lines("),
    ],
)
def test_functions_and_files(process, gdb, word, first):
    told = session(gdb, process, "py-list %s -t MainThread" % word)
    numbers = [
        int(line.split()[0]) for line in told.splitlines() if line[:4] == "    " and line.split()[:1][0].isdigit()
    ]
    wanted = line_of(first) if first else None
    if word == "truth.Report":
        assert "class Report:" in told and "truth.py\n" in told
    else:
        assert numbers == list(range((wanted or 30) - 5, (wanted or 30) + 5)), told


#: What is asked for: words of the error.
REFUSED = {
    "nope": 'there is no "nope" here',
    "100000": "lines: there is no line 100000",
    "0": "there is no line 0",
    "len": "len is not a function, class or module written in Python",
    "nope.py:3": "there is no source of nope.py: the source file is not on this machine",
    "1 2": "give one line, function or FILE:LINE",
    "sources.py:0": 'there is no "sources"',
    "sources.py:9999": "lines: there is no line 9999",
    ":3": "expected a name",
}


@pytest.mark.parametrize("word", REFUSED)
def test_what_is_not_there(process, gdb, word):
    assert "py-list: " in session(gdb, process, "py-list %s -t MainThread" % word)
    assert REFUSED[word] in session(gdb, process, "py-list %s -t MainThread" % word)


def test_json(process, debugger):
    told = session(debugger, process, "py-list -t memory --json")
    document = json.loads(told[told.index('{"schema"') : told.rindex("]}") + 2])
    assert document["schema"] == "hognose.list/1" and document["filename"] == "<generated>"
    assert document["source_place"] == "memory" and document["source_remark"] is None
    assert document["line"] == 4
    assert [line["source"] for line in document["lines"]][3].strip() == process.truth["sources"]["memory"]["line"]


def test_of_a_core(any_python, debugger):
    """From the disk of this machine, said where it was changed later; and out of the core's memory."""
    with Debuggee(any_python, "sources") as process:
        core = process.gcore()
        os.chmod(process.folder, 0o755)  # of a core of root's only what anybody may read is read
        later = time.time() + 100
        os.utime(os.path.join(process.folder, "tabs.py"), (later, later))
        found = standing(debuggers.dump(debugger, debuggers.core(core), "--source"))
        for name in ("memory", "gone", "latin", "zip", "tabs"):
            assert found[name]["source"].strip() == process.truth["sources"][name]["line"], name
        assert "changed after the core was written" in found["tabs"]["source_remark"]
        assert found["zip"]["source_remark"] is None
