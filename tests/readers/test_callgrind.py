"""The .callgrind file in callgrind_annotate and gprof2dot; .prof in gprof2dot."""

import collections
import cProfile
import json
import pstats
import re
import subprocess

import pytest


def run(*command, **more):
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, **more)
    assert done.stderr == b""
    return done.stdout.decode("utf-8")


def annotate(program, path, inclusive):
    """{function: samples} of callgrind_annotate; and the sum that it says."""
    text = run(program, "--threshold=100", "--auto=no", "--inclusive=" + inclusive, path)
    total = re.search(r"^([\d,]+|0) .*PROGRAM TOTALS", text, re.M)
    counts = collections.Counter()
    for line in text.split("file:function\n", 1)[1].splitlines()[1:]:
        found = re.match(r" *([\d,]+) \([ \d.]+%\)  (.*)", line)
        if found:
            counts[found.group(2)] += int(found.group(1).replace(",", ""))
            assert float(re.search(r"\(([ \d.]+)%\)", line).group(1)) <= 100
    return counts, int(total.group(1).replace(",", "")) if total else 0


def named(counts):
    """By name: the file is what stands before the colon, and a place may stand behind."""
    names = collections.Counter()
    for name, samples in counts.items():
        names[re.sub(r" \([^()]*:\d+\)$", "", name.split(".py:", 1)[-1].split(".so.1:", 1)[-1])] += samples
    return names


def test_annotate(written, reader):
    program, files = reader("callgrind_annotate"), written("worker")
    own, total = annotate(program, files.path(".callgrind"), "no")
    inclusive, _ = annotate(program, files.path(".callgrind"), "yes")
    shown = lambda function: function.shown()  # noqa: E731
    assert total == files.kept == sum(own.values())
    assert named(own) == +files.self_by(shown)
    assert named(inclusive) == +files.total_by(shown)


@pytest.mark.parametrize("kind", ["hostile", "empty", "one"])
def test_annotate_others(kind, written, reader):
    files = written(kind)
    own, total = annotate(reader("callgrind_annotate"), files.path(".callgrind"), "no")
    assert total == files.kept == sum(own.values())
    assert len(own) == len(+files.self_by(id))


@pytest.mark.parametrize("ending, kind_of_file", [(".prof", "pstats"), (".callgrind", "callgrind")])
@pytest.mark.parametrize("kind", ["worker", "hostile", "one"])
def test_gprof2dot(ending, kind_of_file, kind, written, reader, tmp_path):
    files, dot = written(kind), reader("dot")
    graph = run(reader("python"), "-m", "gprof2dot", "-n0", "-e0", "-f", kind_of_file, files.path(ending))
    svg = run(dot, "-Tsvg", input=graph.encode("utf-8"))
    assert "</svg>" in svg
    percents = [float(p) for p in re.findall(r"([\d.]+)%", graph)]
    assert percents and max(percents) <= 100.0
    if kind == "worker":
        walk = re.search(r'label="[^"]*walk\\n([\d.]+)%\\n\(([\d.]+)%\)', graph)
        assert (float(walk.group(1)), float(walk.group(2))) == (30.50, 27.50)


def test_gprof2dot_of_nothing(written, reader):
    run(reader("python"), "-m", "gprof2dot", "-f", "pstats", written("empty").path(".prof"))


def costs_and_calls(text):
    """Own costs, and (how often, cost of all that) of each kind of call; as they are written, in any order."""
    own, calls, made = [], [], None
    for line in text.splitlines():
        found = re.match(r"calls=(\d+) ", line)
        cost = re.match(r"[-+*\d]\S* (\d+)$", line)
        if found:
            made = int(found[1])
        elif cost and made is not None:
            calls.append((made, int(cost[1])))
            made = None
        elif cost:
            own.append(int(cost[1]))
    return sorted(own), sorted(calls)


def test_tables_of_cprofile(written, tmp_path):
    """What cProfile counted exactly: its callgrind has each function's own microseconds, and each kind of call."""
    path = str(tmp_path / "exact.prof")
    profile = cProfile.Profile()
    profile.runcall(lambda: [json.loads(json.dumps({"a": list(range(number))})) for number in range(300)])
    profile.dump_stats(path)
    stats = pstats.Stats(path).stats
    micro = lambda seconds: int(seconds * 1e6 + 0.5)  # noqa: E731
    with open(written(path).path(".callgrind"), encoding="utf-8") as file:
        own, calls = costs_and_calls(file.read())
    assert own == sorted(micro(own_seconds) for _, _, own_seconds, _, _ in stats.values())
    assert calls == sorted(
        (called[1], micro(called[3]))
        for callee, (_, _, _, _, callers) in stats.items()
        for caller, called in callers.items()
        if caller != callee
    )
    assert len(calls) > 5
