"""py-sample --async: who asked for the work, against what the program itself says of it."""

import contextlib
import re
import struct
import subprocess
import time

import pytest
from test_sample_truth import chosen, one, walker

import debugger as debuggers
import discover

ENOUGH = 100  # samples
#: From the loop in: frames of asyncio's own are left out.
ALPHA = ["main", "<task alpha>", "alpha", "<task>", "helper", "work"]
BETA = ["main", "<task beta>", "beta", "numbers", "<task>", "middle", "<task>", "helper", "work"]


def without_names(stack):
    return [re.sub("<task .*>", "<task>", frame) for frame in stack]


@contextlib.contextmanager
def requests(python):
    with open(discover.program_path("async_requests")) as file, walker(python, program=file.read()) as target:
        yield target


def spent(account):
    with open(account, "rb") as file:
        return struct.unpack("2d", file.read(16))


def stacks_of(path):
    """(names of the frames that are not asyncio's, outermost first; how often) of each stack."""
    found = []
    with open(path) as file:
        for line in file:
            stack, count = line.rsplit(" ", 1)
            frames = [
                re.sub(r" \(.*", "", frame)
                for frame in stack.split(";")
                if "program.py:" in frame or frame.startswith("<task")
            ]
            found.append((frames, int(count)))
    return found


def check(path, before, after, python):
    unnamed = discover.version_key(python.version) < (3, 8)
    told = {"alpha": 0, "beta": 0}
    strange, without = [], 0
    for frames, count in stacks_of(path):
        if frames[-1] == "clock":
            frames = frames[:-1]
        if frames[-1:] != ["work"]:
            continue
        if not any(frame.startswith("<task") for frame in frames):
            without += count  # while it ran, asyncio's own notes may have been read in pieces: py-sample says how many
            continue
        assert frames[:2] == ["<module>", "<task>"], frames
        for name, wanted in (("alpha", ALPHA), ("beta", BETA)):
            if frames[2:] == (without_names(wanted) if unnamed else wanted):
                told[name] += count
                break
        else:
            strange.append((frames, count))
    assert not strange, strange
    sampled = sum(told.values())
    assert sampled >= ENOUGH / 2 and without <= sampled / 20, (told, without)
    share = (after[0] - before[0]) / (sum(after) - sum(before))
    error = 3 * (share * (1 - share) / sampled) ** 0.5
    assert abs(told["alpha"] / sampled - share) < error + 0.05, (told, share)


def sampled(target, path, take):
    """The account before and after enough samples were taken: on a machine with much to do that takes a while."""
    seconds = 1
    while True:
        before = spent(target[1])
        take(seconds)
        after = spent(target[1])
        if sum(count for _, count in stacks_of(path)) >= ENOUGH or seconds > 30:
            return before, after
        seconds *= 3


def hognose_sample(process, path, *options):
    def take(seconds):
        subprocess.run(
            [discover.build_folder() + "/hognose", "sample", str(process.pid), "--async", "-r", "400"]
            + ["-d", str(seconds), "-o", path, *options],
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=120,
        )

    return take


def debugger_sample(which, process, path, options):
    def take(seconds):
        words = "py-sample --async -r 400 -d %d -o %s %s" % (seconds, path, options)
        done = debuggers.run(which, debuggers.live(process.pid), words)
        assert "ran a task of asyncio" in done.stdout, done.stdout + done.stderr

    return take


@pytest.mark.parametrize("python", discover.one_of_each(), ids=lambda python: python.name)
def test_who_asked_for_the_work(python, tmp_path):
    path = str(tmp_path / "out.collapsed")
    with requests(python) as target:
        before, after = sampled(target, path, hognose_sample(target[0], path))
        check(path, before, after, python)


COMPUTES = """
import asyncio, os, sys
async def spin():
    while True:
        left = 20000
        while left:
            left -= 1
        await asyncio.sleep(0)
async def main():
    await asyncio.ensure_future(spin())
with open(sys.argv[1] + ".new", "wb") as file:
    file.write(bytes(16))
os.rename(sys.argv[1] + ".new", sys.argv[1])
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(main())
"""


@pytest.mark.parametrize("python", one(), ids=lambda python: python.name)
def test_a_task_that_computes_itself(python, tmp_path):
    """Its own coroutine is the innermost frame."""
    path = str(tmp_path / "out.collapsed")
    with walker(python, program=COMPUTES) as target:
        hognose_sample(target[0], path)(1)
    own = [(without_names(frames), count) for frames, count in stacks_of(path) if frames[-1] == "spin"]
    told = sum(count for frames, count in own if frames == ["<module>", "<task>", "main", "<task>", "spin"])
    assert told > 10 and told >= 0.95 * sum(count for _, count in own), own


@pytest.mark.parametrize("python", chosen(("pyenv-3.6.15", "sid-3.14")), ids=lambda python: python.name)
def test_stopped_for_each_sample(python, tmp_path):
    path = str(tmp_path / "out.collapsed")
    with requests(python) as target:
        before, after = sampled(target, path, hognose_sample(target[0], path, "--stop"))
        check(path, before, after, python)


@pytest.mark.parametrize("python", one(), ids=lambda python: python.name)
@pytest.mark.parametrize("options", ["", "--stop", "--native"])
def test_in_both_debuggers(python, options, gdb, lldb, tmp_path):
    for which in (gdb, lldb):
        path = str(tmp_path / (which.kind + ".collapsed"))
        with requests(python) as target:
            before, after = sampled(target, path, debugger_sample(which, target[0], path, options))
        if options != "--native":
            check(path, before, after, python)
        else:
            assert any("<task alpha>" in frames for frames, _ in stacks_of(path))


@pytest.mark.parametrize("python", one(), ids=lambda python: python.name)
def test_threads_without_tasks_stay_as_they_are(python, tmp_path):
    path = str(tmp_path / "out.collapsed")
    with walker(python) as target:
        hognose_sample(target[0], path)(1)
    assert not any("<task" in frame for frames, _ in stacks_of(path) for frame in frames)


#: Tasks that await each other in a long chain, and one that burns: what is read of them has a bound.
LONG = """
import asyncio, sys
async def burn():
    while True:
        await asyncio.sleep(0)
        sum(range(20000))
async def link(inner):
    await inner
async def main():
    task = asyncio.ensure_future(burn())
    for _ in range(500):
        task = asyncio.ensure_future(link(task))
    await asyncio.sleep(0.1)
    open(sys.argv[1], "w").close()
    await task
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(main())
"""


@pytest.mark.parametrize("python", one(), ids=lambda python: python.name)
def test_a_long_chain_is_cut_and_said_to_be(python, tmp_path):
    with walker(python, program=LONG) as target:
        end = time.monotonic() + 60
        while True:
            done = subprocess.run(
                [discover.build_folder() + "/hognose", "sample", str(target[0].pid), "--async", "-d", "1"],
                stdout=subprocess.PIPE,
                universal_newlines=True,
                check=True,
                timeout=120,
            )
            if "more tasks await it than were read" in done.stdout:
                break
            assert time.monotonic() < end, done.stdout
