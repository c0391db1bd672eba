"""The .pb.gz file in google's pprof."""

import collections
import re
import subprocess

import model


def run(pprof, *arguments):
    return subprocess.run(
        [pprof, *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60
    ).stdout.decode("utf-8")


def without_place(name):
    """Names that two functions share have their place behind them."""
    return re.sub(r" \([^()]*(:\d+)?\)( #\d+)?$", "", name)


def test_top(each, reader):
    text = run(
        reader("pprof"), "-top", "-nodecount=1000", "-nodefraction=0", "-sample_index=samples", each.path(".pb.gz")
    )
    assert "Total samples = %d" % each.kept in text
    selves, totals = collections.Counter(), collections.Counter()
    for line in text.split("cum%\n", 1)[1].splitlines():
        found = re.match(r" *(\d+) +[\d.]+% +[\d.]+% +(\d+) +[\d.]+%  (.*)", line)
        if not found:  # nothing of it, as "0 0% 100%"
            found = re.match(r" *(\d+) +\S+ +\S+ +(\d+) +\S+  (.*)", line)
        name = found.group(3).rstrip(" ")
        selves[without_place(name)] += int(found.group(1))
        totals[without_place(name)] += int(found.group(2))
    shown = lambda function: without_place(function.shown())  # noqa: E731
    assert +selves == +each.self_by(shown)
    if each.kind != "hostile":  # it has two functions of one name in one stack
        assert +totals == +each.total_by(shown)


def test_raw(each, reader):
    text = run(reader("pprof"), "-raw", each.path(".pb.gz"))
    period = round(each.interval * 1e9)
    assert "Period: %d" % period in text
    assert "samples/count cpu/nanoseconds" in text
    assert "Comment: samples: " in text
    values = [tuple(map(int, pair)) for pair in re.findall(r"^ +(\d+) +(\d+): ", text, re.M)]
    assert sum(count for count, _ in values) == each.kept
    assert all(nanoseconds == count * period for count, nanoseconds in values)
    assert sorted(count for count, _ in values) == sorted(samples for _, _, samples in each.stacks)


def test_leaf_comes_first(written, reader):
    text = run(reader("pprof"), "-raw", written("worker").path(".pb.gz"))
    names = dict(re.findall(r"^ +(\d+): 0x0 M=1 (\S+) ", text, re.M))
    for leaf, *_, outermost in (ids.split() for ids in re.findall(r"^ +\d+ +\d+: ([\d ]+) $", text, re.M)):
        assert names[outermost] in ("<module>", "Thread._bootstrap")
        assert names[leaf] not in ("<module>", "Thread._bootstrap")


def test_drawn(written, reader):
    reader("dot")
    text = run(reader("pprof"), "-svg", "-output=/dev/stdout", written("worker").path(".pb.gz"))
    assert "Part.walk" in text and "</svg>" in text


def test_names_stay_apart(written, reader):
    """pprof adds up what has one name; ours have their places then."""
    text = run(reader("pprof"), "-top", "-nodecount=1000", written("hostile").path(".pb.gz"))
    assert "A.same (one/x.py:5)" in text and "A.same (two/x.py:5)" in text
    assert '<script>alert("1")</script>;' in text
    assert model.printable("tab\tcr") in text
