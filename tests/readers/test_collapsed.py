"""The .collapsed file in flamegraph.pl."""

import collections
import re
import subprocess
import xml.dom.minidom


def flamegraph(program, path):
    """{title: samples} of all boxes of the same title, from the picture."""
    svg = subprocess.run(
        ["perl", program, "--minwidth=0", path], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60
    ).stdout.decode("utf-8")
    boxes = collections.Counter()
    picture = xml.dom.minidom.parseString(svg)
    for title in picture.getElementsByTagName("title"):
        found = re.match(r"(.*) \(([\d,]+) samples?, ", title.firstChild.data, re.S)
        if found:
            boxes[found.group(1)] += int(found.group(2).replace(",", ""))
    return boxes


def test_flamegraph(written, reader):
    files = written("worker")
    boxes = flamegraph(reader("flamegraph"), files.path(".collapsed"))
    assert boxes["all"] == files.kept
    names = collections.Counter()
    for _, stack, samples in files.stacks:
        for function, _ in stack:  # a box for each, recursion too
            names[files.functions[function].shown()] += samples
    shown = collections.Counter()
    for title, samples in boxes.items():
        shown[re.sub(r" \([^()]*\)$", "", title).replace("(module)", "<module>")] += samples
    del shown["all"]
    # the old flamegraph.pl shows < and > as brackets
    assert {n.replace("<", "(").replace(">", ")"): s for n, s in names.items()} == {
        n.replace("<", "(").replace(">", ")"): s for n, s in shown.items()
    }


def test_flamegraph_hostile(written, reader):
    files = written("hostile")
    boxes = flamegraph(reader("flamegraph"), files.path(".collapsed"))
    assert boxes["all"] == files.kept


def test_lines_are_stacks(each):
    """Each line: frames and one count; the counts are all the samples there are."""
    with open(each.path(".collapsed"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    assert sum(int(line.rsplit(" ", 1)[1]) for line in lines) == each.kept
    assert not any(re.search(r" [\d.]+$", line.rsplit(" ", 1)[0]) for line in lines)
    depths = sorted(line.count(";") + 1 for line in lines)
    merged = {tuple(function for function, _ in stack) for _, stack, _ in each.stacks}
    assert depths == sorted(map(len, merged))


def test_by_thread(written):
    with open(written("worker", "by_thread").path(".collapsed"), encoding="utf-8") as file:
        first = collections.Counter()
        for line in file:
            first[line.split(";")[0]] += int(line.rsplit(" ", 1)[1])
    assert first == {"<thread MainThread, 48291>": 1300, "<thread sender-3, 48304>": 450, "<thread 48305>": 250}
