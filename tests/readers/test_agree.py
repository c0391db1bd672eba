"""All files of one profile agree to the sample, and writing them is fast."""

import collections
import gzip
import json
import os
import pstats
import re

import pytest


def of_picture(text, _):
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S).group(1))
    nodes = data["nodes"]
    return sum(nodes["self"]) + sum(rest for _, rest in nodes.get("rest", []))


#: By ending: how many samples the text of such a file holds, counted by its own means; of intervals of so many seconds.
TEXTS = {
    ".json": lambda text, _: sum(sum(thread["nodes"]["self"]) for thread in json.loads(text)["threads"]),
    ".collapsed": lambda text, _: sum(int(line.rsplit(" ", 1)[1]) for line in text.splitlines()),
    ".callgrind": lambda text, _: int(re.search(r"^totals: (\d+)", text, re.M).group(1)),
    ".speedscope.json": lambda text, interval: sum(
        round(weight / interval) for one in json.loads(text)["profiles"] for weight in one["weights"]
    ),
    ".gecko.json": lambda text, _: sum(
        weight for thread in json.loads(text)["threads"] for weight in thread["samples"]["weight"]
    ),
    ".svg": of_picture,
    ".html": of_picture,
}


def sum_of(files, ending):
    """The samples that a file holds."""
    path = files.path(ending)
    if ending == ".pb.gz":
        with gzip.open(path) as file:
            return samples_of_pprof(file.read())
    if ending == ".prof":
        return pstats.Stats(path).stats["~", 0, "<all threads>"][0]
    with open(path, encoding="utf-8") as file:
        return TEXTS[ending](file.read(), files.interval)


def fields(message):
    """(number, value) of a protocol buffer's fields."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
        else:
            length = varint()
            yield tag >> 3, message[at : at + length]
            at += length


def samples_of_pprof(message):
    total = 0
    for number, value in fields(message):
        if number == 2:
            values = next(packed for field, packed in fields(value) if field == 2)
            count = shift = 0
            for byte in values:
                count |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
            total += count
    return total


ENDINGS = sorted({".prof", ".pb.gz", *TEXTS})


def test_every_format_is_here(written):
    """What is written has an ending that these tests know, and each of theirs is written."""
    folder = written("one").folder
    assert sorted(name[len("one") :] for name in os.listdir(folder)) == ENDINGS


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", ["worker", "hostile", "empty", "one", "wide", "big"])
def test_agree(kind, ending, written):
    files = written(kind)
    assert sum_of(files, ending) == files.kept


@pytest.mark.parametrize("words", [("by_line",), ("by_thread",), ("by_line", "by_thread")])
def test_agree_whatever_is_told_apart(words, written):
    files = written("worker", *words)
    for ending in ENDINGS:
        assert sum_of(files, ending) == files.kept == 2000


class Paths:
    """Numbers for paths of names, the same for equal ones; 0 is the empty path."""

    def __init__(self):
        self.numbers, self.parents = {}, [0]

    def below(self, path, name):
        if (path, name) not in self.numbers:
            self.numbers[path, name] = len(self.parents)
            self.parents.append(path)
        return self.numbers[path, name]

    def add(self, own, total, path, samples):
        """Own samples of a path are samples of all that leads to it."""
        own[path] += samples
        while path and samples:
            total[path] += samples
            path = self.parents[path]


def tree_of_picture(text, paths):
    """By path: own samples with those of what is not shown, and all samples; and the paths that are shown."""
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S).group(1))
    nodes, rest = data["nodes"], dict(data["nodes"].get("rest", []))
    own, total, stack, shown = collections.Counter(), collections.Counter(), [0], set()
    for i, (depth, function, samples) in enumerate(zip(nodes["depth"], nodes["function"], nodes["self"])):
        assert depth < len(stack)
        stack[depth + 1 :] = [paths.below(stack[depth], data["names"][function])]
        shown.add(stack[-1])
        paths.add(own, total, stack[-1], samples + rest.get(i, 0))
    return +own, +total, shown


def tree_of_stacks(files, paths):
    own, total = collections.Counter(), collections.Counter()
    names = [function.shown() for function in files.functions]
    for _, stack, samples in files.stacks:
        path = 0
        for function, _ in stack:
            path = paths.below(path, names[function])
        paths.add(own, total, path, samples)
    return own, total


def stacks_of_gecko(document):
    """(thread, ((function, line), … outermost first)): samples."""
    found = collections.Counter()
    for number, thread in enumerate(document["threads"]):
        stacks, frames, functions = thread["stackTable"], thread["frameTable"], thread["funcTable"]
        assert all(
            len(table[key]) == table["length"]
            for table in (stacks, frames, functions)
            for key in table
            if key != "length"
        )
        for stack, weight in zip(thread["samples"]["stack"], thread["samples"]["weight"]):
            path = []
            while stack is not None:
                frame = stacks["frame"][stack]
                name = thread["stringArray"][functions["name"][frames["func"][frame]]]
                path.append((name, frames["line"][frame]))
                stack = stacks["prefix"][stack]
            found[number, tuple(reversed(path))] += weight
    return +found


def stacks_of_speedscope(document, interval):
    """The same: name, file and line of each frame."""
    found = collections.Counter()
    names = [(frame["name"], frame.get("file"), frame.get("line")) for frame in document["shared"]["frames"]]
    for number, thread in enumerate(document["profiles"]):
        assert len(thread["samples"]) == len(thread["weights"])
        assert thread["startValue"] == 0 and thread["endValue"] == pytest.approx(sum(thread["weights"]))
        for stack, weight in zip(thread["samples"], thread["weights"]):
            found[number, tuple(names[frame] for frame in stack)] += round(weight / interval)
    return found


def placed(function, line):
    """Where the line is not known it is that of the `def`."""
    known = [number for number in (line, function.first_line) if number > 0]
    return (function.shown(), function.filename, known[0] if known else None)


@pytest.mark.parametrize("words", [(), ("by_line",)], ids=lambda words: " ".join(words) or "by_function")
@pytest.mark.parametrize("kind", ["worker", "hostile", "one", "wide"])
def test_stacks_of_every_thread(kind, words, written):
    files = written(kind, *words)
    lines, names = collections.Counter(), collections.Counter()
    for thread, stack, samples in files.stacks:
        shown = [(files.functions[function].shown(), line if line > 0 else None) for function, line in stack]
        lines[thread, tuple(shown)] += samples
        names[thread, tuple(placed(files.functions[function], line if words else 0) for function, line in stack)] += (
            samples
        )
    with open(files.path(".gecko.json"), encoding="utf-8") as file:
        assert stacks_of_gecko(json.load(file)) == lines
    with open(files.path(".speedscope.json"), encoding="utf-8") as file:
        document = json.load(file)
    assert stacks_of_speedscope(document, files.interval) == names
    by_thread = collections.Counter()
    for thread, _, samples in files.stacks:
        by_thread[thread] += samples
    assert by_thread[document["activeProfileIndex"]] == max(by_thread.values())  # which the viewer opens first


def test_a_thread_without_samples_is_there(written):
    """The importers want a sample of each: it is of no stack and of no weight."""
    files = written("empty")
    with open(files.path(".gecko.json"), encoding="utf-8") as file:
        samples = [thread["samples"] for thread in json.load(file)["threads"]]
    assert [(one["stack"], one["weight"], one["time"], one["length"]) for one in samples] == [([None], [0], [0], 1)]


def boxes_of(text):
    """(x, y, width, height, words of the title) of each box of the picture, as it is without its script."""
    for box in re.findall(r'<g class="(?:box|root)"><title>(.*?)</title>(<rect.*?/>)', text, re.S):
        yield tuple(float(re.search(r' %s="([\d.]+)"' % key, box[1])[1]) for key in ("x", "y", "width", "height")) + (
            box[0],
        )


@pytest.mark.parametrize("kind", ["worker", "one", "wide"])
def test_boxes_stand_on_one_another(kind, written):
    """Each on a wider one, none beside the picture, and as wide as its share of all samples."""
    files = written(kind)
    with open(files.path(".svg"), encoding="utf-8") as file:
        text = file.read()
    boxes = sorted(boxes_of(text), key=lambda box: -box[1])
    rows = sorted({box[1] for box in boxes}, reverse=True)
    root = boxes[0]
    assert [box[1] for box in boxes].count(root[1]) == 1 and root[4].startswith("all\n100.00 %")
    assert all(above - row == pytest.approx(rows[1] - rows[0]) for above, row in zip(rows[1:], rows))
    assert max(box[0] + box[2] for box in boxes) <= root[0] + root[2] + 1
    for box in boxes[1:]:
        below = [one for one in boxes if one[1] == box[1] - (rows[1] - rows[0])]
        assert any(one[0] - 0.1 <= box[0] and box[0] + box[2] <= one[0] + one[2] + 1 for one in below), box
        samples = int(re.search(r"([\d,]+) samples; self", box[4])[1].replace(",", ""))
        assert box[2] == pytest.approx(root[2] * samples / files.kept, abs=1)
    height = float(re.search(r'<svg[^>]* height="([\d.]+)"', text)[1])
    assert all(box[1] > 0 and box[1] + box[3] < height for box in boxes)


@pytest.mark.parametrize("ending", [".svg", ".html"])
@pytest.mark.parametrize("kind", ["worker", "hostile", "one", "wide"])
def test_trees_of_pictures(kind, ending, written):
    """Each box stands where its stack puts it, with that stack's samples."""
    files, paths = written(kind), Paths()
    with open(files.path(ending), encoding="utf-8") as file:
        own, total, _ = tree_of_picture(file.read(), paths)
    assert (own, total) == tree_of_stacks(files, paths)


@pytest.mark.parametrize("ending", [".svg", ".html"])
@pytest.mark.parametrize("kind", ["worker", "hostile", "wide"])
def test_functions_of_pictures(kind, ending, written):
    """Each has a name, a place, a kind and a module, and the modules' own samples are all there are."""
    files = written(kind)
    with open(files.path(ending), encoding="utf-8") as file:
        text = file.read()
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S).group(1))
    count = len(files.functions)
    assert [len(data[key]) for key in ("names", "places", "kind", "module")] == [count] * 4
    assert data["names"] == [function.shown() for function in files.functions]
    assert all(0 <= module < len(data["modules"]) for module in data["module"])
    assert len(data["module_self"]) == len(data["modules"]) and sum(data["module_self"]) == files.kept
    by_module = collections.Counter()
    for _, stack, samples in files.stacks:
        by_module[data["module"][stack[-1][0]]] += samples
    assert data["module_self"] == [by_module[module] for module in range(len(data["modules"]))]


def test_summaries_of_pictures(written):
    """The line under the title, digits in threes."""
    for kind, words in (("worker", "2,000 samples · 20.4 s · 100 Hz · mode cpu"), ("one", "1 sample · ")):
        with open(written(kind).path(".svg"), encoding="utf-8") as file:
            assert words in file.read()


def test_tree_of_a_cut_picture(written):
    """Of a profile with too many nodes the thinnest are left out; what is shown has all its samples."""
    files, paths = written("big"), Paths()
    with open(files.path(".svg"), encoding="utf-8") as file:
        text = file.read()
    _, total, shown = tree_of_picture(text, paths)
    _, expected = tree_of_stacks(files, paths)
    least = int(re.search(r"fewer than (\d+) samples", text).group(1))
    assert shown == {path for path, samples in expected.items() if samples >= least}
    assert 0 < len(shown) < len(expected)
    assert all(total[path] == expected[path] for path in shown)


def test_speed(written):
    """A million samples of 50,000 stacks in every format: 2 s of CPU time at the most, in all."""
    said = written("big").said
    assert len(said) == len(ENDINGS)
    assert sum(float(milliseconds) for _, milliseconds in said.values()) < 2000
