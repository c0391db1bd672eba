"""Programs that Nuitka compiled: no evaluator runs their frames, which Nuitka makes itself."""

import hashlib
import os
import subprocess

import pytest
import sampled

import debugger as debuggers
import discover
from debuggee import Debuggee

NUITKAS = [one for one in discover.flavours() if one.name.startswith("nuitka")]
COMPILE_SECONDS = 300


def compiled(python):
    """compiled.py as a program of its own, kept in the cache."""
    with open(discover.program_path("compiled"), "rb") as file:
        source = file.read()
    folder = os.path.join(discover.cache_folder(), "compiled", python.name, hashlib.sha256(source).hexdigest()[:16])
    program = os.path.join(folder, "compiled.bin")
    if not os.path.exists(program):
        os.makedirs(folder, exist_ok=True)
        made = "made-%d.bin" % os.getpid()
        command = [*python.command, "-m", "nuitka", discover.program_path("compiled"), "--remove-output"]
        command += ["--output-dir=" + folder, "--output-filename=" + made]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(command, check=True, cwd=folder, timeout=COMPILE_SECONDS, **quiet)
        os.rename(os.path.join(folder, made), program)
    return python._replace(command=[program])


@pytest.fixture(scope="module", params=NUITKAS, ids=lambda python: python.name)
def process(request):
    with Debuggee(compiled(request.param), "compiled") as started:
        yield started


def test_stacks_are_whole(process, debugger):
    document = debuggers.dump(debugger, debuggers.live(process.pid))
    assert document["complete"] and not document["warnings"]
    stacks = {thread["thread_name"]: thread["frames"] for thread in document["threads"]}
    assert [[frame["name"], frame["line"]] for frame in stacks.pop("waiter")] == process.truth["waiter"]
    (main,) = stacks.values()
    assert [frame["name"] for frame in main][-2:] == ["main", "<module>"]


def test_it_is_sampled(process):
    """The main thread alone works, three quarters of the time in heavy()."""
    found = sampled.sample_by_hognose(process.pid, 2, 500)
    total = sum(count for _, count in found.stacks)
    heavy = sum(count for stack, count in found.stacks if "heavy" in stack)
    assert found.dropped <= found.kept / 100 and found.kept == total, found
    assert all(stack[:2] == ("<module>", "main") for stack, _ in found.stacks), found
    assert abs(heavy / total - 0.75) < 3 * (0.75 * 0.25 / total) ** 0.5 + 0.02, found
