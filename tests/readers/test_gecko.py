"""The .gecko.json file in Mozilla's own importer (profiler-cli)."""

import json
import os
import re
import subprocess

import pytest

TRIES = 20  # its daemon has half a second to start, which a busy machine may not give it


@pytest.fixture
def profiler(reader, tmp_path):
    """profiler("thread", "list"): its words. Its daemon is ended when the test is."""
    program = reader("profiler-cli")
    environment = dict(
        os.environ,
        HOME=str(tmp_path),
        XDG_STATE_HOME=str(tmp_path),
        XDG_RUNTIME_DIR=str(tmp_path),
        XDG_CACHE_HOME=str(tmp_path / "cache"),
    )

    def run(*arguments):
        for _ in range(TRIES):
            done = subprocess.run(
                [program, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120
            )
            if done.returncode == 0 or b"did not become ready" not in done.stdout:
                break
        assert done.returncode == 0, done.stdout.decode()
        return done.stdout.decode("utf-8")

    yield run
    run("stop", "--all")


def functions(text):
    """{name: (self, total)}, lists for names that occur more than once."""
    found = re.findall(r"^  f-\d+\. (.*?) - self: ([\d,]+) .*?total: ([\d,]+) ", text, re.M)
    result = {}
    for name, own, total in found:
        result.setdefault(name, []).append((int(own.replace(",", "")), int(total.replace(",", ""))))
    return result


@pytest.mark.slow
def test_importer(each, profiler):
    profiler("load", each.path(".gecko.json"))
    info = profiler("profile", "info")
    assert "assert" not in info
    for number in range(len(each.json["threads"])):
        assert "t-%d" % number in info
        profiler("thread", "select", "t-%d" % number)
        seen = functions(profiler("thread", "functions", "--limit", "0", "--include-idle"))
        expected = {}
        for f, function in enumerate(each.functions):
            total = sum(n for t, stack, n in each.stacks if t == number and f in {g for g, _ in stack})
            own = sum(n for t, stack, n in each.stacks if t == number and stack[-1][0] == f)
            if total:
                expected.setdefault(function.shown(), []).append((own, total))
        assert {name: sorted(counts) for name, counts in seen.items()} == {
            name: sorted(counts) for name, counts in expected.items()
        }


def test_profile_is_counted_in_samples(written):
    """By hand, what the importer would swallow without a word."""
    with open(written("worker").path(".gecko.json"), encoding="utf-8") as file:
        threads = json.load(file)["threads"]
    assert len(threads) == 3
    for thread in threads:
        table, samples = thread["stackTable"], thread["samples"]
        assert len(table["frame"]) == len(table["prefix"]) == table["length"]
        assert all(prefix is None or prefix < i for i, prefix in enumerate(table["prefix"]))
        assert len(samples["stack"]) == len(samples["weight"]) == len(samples["time"]) == samples["length"]
        assert all(0 <= stack < table["length"] for stack in samples["stack"])
        assert samples["time"] == sorted(samples["time"])
