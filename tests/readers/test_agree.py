"""All files of one profile agree to the sample, and writing them is fast."""

import gzip
import json
import re

import pytest


def sum_of(files, ending):
    """The samples that a file holds, counted by its own means."""
    path = files.path(ending)
    if ending == ".pb.gz":
        with gzip.open(path) as file:
            return samples_of_pprof(file.read())
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if ending == ".collapsed":
        return sum(int(line.rsplit(" ", 1)[1]) for line in text.splitlines())
    if ending == ".callgrind":
        return int(re.search(r"^totals: (\d+)", text, re.M).group(1))
    if ending == ".speedscope.json":
        return sum(round(w / files.interval) for one in json.loads(text)["profiles"] for w in one["weights"])
    if ending == ".gecko.json":
        return sum(w for thread in json.loads(text)["threads"] for w in thread["samples"]["weight"])
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S).group(1))
    nodes = data["nodes"]
    return sum(nodes["self"]) + sum(rest for _, rest in nodes.get("rest", []))


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


@pytest.mark.parametrize(
    "ending", [".collapsed", ".callgrind", ".speedscope.json", ".gecko.json", ".pb.gz", ".svg", ".html"]
)
@pytest.mark.parametrize("kind", ["worker", "hostile", "empty", "one", "wide", "big"])
def test_agree(kind, ending, written):
    files = written(kind)
    assert sum_of(files, ending) == files.kept


@pytest.mark.parametrize("words", [("by_line",), ("by_thread",), ("by_line", "by_thread")])
def test_agree_whatever_is_told_apart(words, written):
    files = written("worker", *words)
    for ending in (".collapsed", ".callgrind", ".speedscope.json", ".gecko.json", ".pb.gz", ".svg", ".html"):
        assert sum_of(files, ending) == files.kept == 2000


def test_speed(written):
    """A million samples of 50,000 stacks in every format: 2 s of CPU time at the most, in all."""
    said = written("big").said
    assert len(said) == 9
    assert sum(float(milliseconds) for _, milliseconds in said.values()) < 2000
