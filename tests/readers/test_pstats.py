"""The .prof file in pstats of every interpreter, and cProfile's own files read by hognose."""

import json
import os
import pstats
import subprocess

import pytest

import discover
import model

# Prints what pstats knows, after doing to a copy all that people do to one.
SHOW = r"""
import io, json, pstats, sys
stats = pstats.Stats(sys.argv[1])
rows = [[list(key), list(row[:4]), [[list(caller), list(cost)] for caller, cost in row[4].items()]]
        for key, row in stats.stats.items()]
out = io.StringIO()
copy = pstats.Stats(sys.argv[1], stream=out)
copy.add(sys.argv[1])
copy.strip_dirs().sort_stats("cumulative", "tottime", "name").print_stats()
copy.print_callers()
copy.print_callees()
doubled = sum(row[2] for row in copy.stats.values())
json.dump({"rows": rows, "total": stats.total_tt, "doubled": doubled, "text": out.getvalue()}, sys.stdout)
"""

# A program under cProfile: recursion, a builtin, names that are not ASCII.
PROFILED = r"""
import cProfile, sys
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
def größe(x): return len(str(x)) + sum(sorted([3, 1, 2]))
def main():
    for i in range(200): größe(i)
    fib(14)
profile = cProfile.Profile()
profile.runcall(main)
profile.dump_stats(sys.argv[1])
"""

ALL = "<all threads>"


def run(python, script, *arguments):
    return subprocess.run(
        [*python.command, "-c", script, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=120,
        env=dict(os.environ, PYTHONIOENCODING="utf-8", LC_ALL="C.UTF-8"),
    ).stdout.decode("utf-8")


def need(python):
    if isinstance(python, discover.Missing):
        pytest.skip("%s is not here; %s" % (python.what, python.remedy))


def every_python():
    return pytest.mark.parametrize("python", discover.pythons(), ids=lambda python: getattr(python, "name", None))


@every_python()
@pytest.mark.parametrize("kind", ["worker", "hostile", "empty", "one"])
def test_pstats_agrees(python, kind, written):
    need(python)
    files = written(kind)
    known = json.loads(run(python, SHOW, files.path(".prof")))
    rows = {tuple(key): (counts, callers) for key, counts, callers in known["rows"]}
    samples = lambda seconds: round(seconds / files.interval)  # noqa: E731
    selves, totals = files.self_by(model.Function.key), files.total_by(model.Function.key)
    edges = files.edges_by(model.Function.key)
    for key, total in totals.items():
        (cc, nc, tt, ct), callers = rows[key]
        assert (cc, nc, samples(tt), samples(ct)) == (total, total, selves[key], total)
        for caller, cost in callers:
            assert tuple(caller) in rows, "a caller that is no key"
            pair = (None if caller[2] == ALL else tuple(caller), key)
            assert len(cost) == 4
            assert (cost[0], cost[1], samples(cost[2]), samples(cost[3])) == (edges[pair][1],) * 2 + edges[pair]
        assert len(callers) == sum(1 for _, callee in edges if callee == key)
    assert set(rows) - set(totals) <= {("~", 0, ALL), ("~", 0, "<no samples>")}
    assert samples(known["total"]) == files.kept
    assert samples(known["doubled"]) == 2 * files.kept


def test_counts_beyond_32_bits(written, tmp_path):
    """marshal has another form for them."""
    times = 3_000_000_019
    whole = json.loads(json.dumps(written("worker").json))
    for counts in [whole["sampling"]["counts"]] + [thread["counts"] for thread in whole["threads"]]:
        counts.update({key: number * times for key, number in counts.items()})
    for drop in whole["sampling"]["drops"]:
        drop["count"] *= times
    for thread in whole["threads"]:
        thread["nodes"]["self"] = [samples * times for samples in thread["nodes"]["self"]]
    path = tmp_path / "many.json"
    path.write_text(json.dumps(whole))
    stats = pstats.Stats(written(str(path)).path(".prof")).stats
    few = pstats.Stats(written("worker").path(".prof")).stats
    assert {key: row[:2] for key, row in stats.items()} == {
        key: (row[0] * times, row[1] * times) for key, row in few.items()
    }
    again = written(written(str(path)).path(".prof")).json
    assert sorted(row[0] for row in again["table"]["functions"]) == sorted(
        row[1] for key, row in stats.items() if key[2] != ALL
    )


@every_python()
def test_cprofile_is_read(python, written, tmp_path):
    need(python)
    path = str(tmp_path / "by_cprofile.prof")
    run(python, PROFILED, path)
    known = {tuple(key): (counts, callers) for key, counts, callers in json.loads(run(python, SHOW, path))["rows"]}
    read = written(path).json
    names = [
        (f["filename"] if f["filename"] is not None else "~", f["first_line"], f["name"]) for f in read["functions"]
    ]
    assert set(names) == set(known)
    for name, (calls, primitive, own, total) in zip(names, read["table"]["functions"]):
        assert [primitive, calls, own, total] == known[name][0]
    edges = {(names[e[0]], names[e[1]]): e[2:] for e in read["table"]["edges"]}
    assert edges == {(tuple(caller), key): cost for key, (_, callers) in known.items() for caller, cost in callers}
    # and written again, it is the same to pstats
    again = json.loads(run(python, SHOW, written(path).path(".prof")))["rows"]
    assert sorted((key, counts) for key, counts, _ in again) == sorted(
        (list(key), counts) for key, (counts, _) in known.items()
    )
