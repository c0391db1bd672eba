"""The sampler's stacks are stacks that were: without a debugger, against a process that runs on.

sample_process samples tests/programs/pairs.py, which changes its stack as fast as it can and whose
pairs of caller and callee are known. A stack put together from two moments has a pair that cannot
be. How much is kept, and how fast, scripts/bench-sampler measures; here is what must never fail.
"""

import json
import os
import subprocess
import sys

import pytest
import sampled
from sampled import walker

import discover

#: A release build of each minor version, and what is laid out otherwise.
PYTHONS = (
    "pyenv-3.6.15",
    "pyenv-3.7.16",
    "pyenv-3.8.18",
    "pyenv-3.9.18",
    "pyenv-3.10.13",
    "system",
    "pyenv-3.11.7",
    "pyenv-3.12.1",
    "pyenv-3.13.0",
    "sid-3.13",
    "sid-3.14",
    "sid-3.15",
    "313t",
    "sid-3.14-dbg",
)
ENOUGH = 100  # samples


def chosen(names=PYTHONS):
    found = [python for python in discover.pythons_and_gaps() if python.name in names]
    return found or discover.pythons_and_gaps()[-1:]


def one(name="pyenv-3.12.1"):
    """The interpreter of tests that need just one."""
    return chosen((name,)) if any(python.name == name for python in discover.pythons()) else discover.pythons()[-1:]


def tool():
    try:
        return sampled.sample_process_path()
    except sampled.NotHere as missing:
        pytest.skip(str(missing))


def sample(target, *options, seconds=1.5, rate=1000, pairs=True):
    """What sample_process found. On a machine that gives neither of the two much time: once more, for longer."""
    found = sample_once(target, *options, seconds=seconds, rate=rate, pairs=pairs)
    while pairs and found["kept"] <= ENOUGH and seconds < 20:
        seconds *= 3
        found = sample_once(target, *options, seconds=seconds, rate=rate, pairs=pairs)
    return found


def sample_once(target, *options, seconds, rate, pairs):
    process, ready = target
    command = [tool(), str(process.pid), "-d", str(seconds), "-r", str(rate), "-e", "5"] + list(options)
    if pairs:
        command += ["--pairs", ready]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    found["words"] = done.stderr
    return found


def share_error(share, *samples):
    """Standard error of a share, or of the difference of two: of samples that were read, not seen again."""
    return sum(share * (1 - share) / (found["kept"] - found["repeated"]) for found in samples) ** 0.5


def check_true(found, kept=0.97):
    assert found["wrong"] == 0, found["words"]
    assert found["kept"] > ENOUGH
    assert found["kept"] >= kept * (found["kept"] + found["drops"]), found["dropped"]


@pytest.mark.parametrize("kind", ["plain", "mixed"])
@pytest.mark.parametrize("python", chosen())
def test_no_stack_that_never_was(python, kind):
    with walker(python, kind=kind, depth=200) as target:
        check_true(sample(target))


@pytest.mark.parametrize("python", chosen())
def test_four_busy_threads(python):
    with walker(python, depth=20, threads=4) as target:
        found = sample(target)
    check_true(found)
    walkers = [thread for thread in found["threads"] if thread["name"].startswith("walker")]
    assert len(walkers) == 4, found["threads"]
    assert all(thread["kept"] for thread in walkers)


@pytest.mark.parametrize("python", chosen(("pyenv-3.8.18", "pyenv-3.12.1", "sid-3.15", "313t")))
def test_stacks_of_several_chunks(python):
    with walker(python, depth=1000) as target:
        found = sample(target)
    check_true(found)
    assert found["deepest"] > 1000


@pytest.mark.parametrize("python", chosen(("pyenv-3.8.18", "pyenv-3.12.1", "sid-3.15")))
def test_proved_by_schedstat(python):
    """Where perf events are forbidden, and the sampler may not have a high priority."""
    with walker(python, kind="mixed", depth=50, threads=2) as target:
        found = sample(target, "--no-records", "--no-priority")
    check_true(found, kept=0.9)
    assert "schedstat" in found["way"] and "normal priority" in found["way"]


@pytest.mark.parametrize("python", chosen(("pyenv-3.8.18", "pyenv-3.11.7", "pyenv-3.13.0")))
def test_code_objects_that_change_hands(python):
    """Functions are made and thrown away all the time: an address is soon another function."""
    with walker(python, kind="churn") as target:
        found = sample(target, seconds=2, rate=3000)
    check_true(found, kept=0.9)
    assert len([name for name in found["functions"] if name.startswith("inner_")]) > 5


@pytest.mark.parametrize("python", chosen(("pyenv-3.8.18", "pyenv-3.12.1", "sid-3.15")))
def test_deep_recursion_counts_as_much_as_it_takes(python):
    with walker(python, kind="half", depth=400, first=True) as target:
        found = sample(target, seconds=3)
    check_true(found)
    assert abs(found["functions"]["deep"][1] - 0.5) < 0.04, found["functions"]


@pytest.mark.parametrize("python", one())
def test_shares_are_those_of_the_work(python):
    """Leaves that work 10, 20, 30 and 40 %: within three standard errors."""
    with walker(python, kind="split", first=True) as target:
        found = sample(target, seconds=4)
    for share in (0.1, 0.2, 0.3, 0.4):
        seen = found["functions"]["leaf_%d" % round(100 * share)][1]
        assert abs(seen - share) < 3 * share_error(share, found) + 0.01, found["functions"]


CPROFILE = """
import cProfile, json, pstats, sys, time
sys.path.insert(0, sys.argv[1])
import pairs
profile = cProfile.Profile(time.process_time)
profile.enable()
for _ in range(1500):
    pairs.leaf_10(); pairs.leaf_20(); pairs.leaf_30(); pairs.leaf_40()
profile.disable()
stats = pstats.Stats(profile).stats
total = sum(row[2] for row in stats.values())
print(json.dumps({key[2]: row[3] / total for key, row in stats.items()}))
"""


@pytest.mark.parametrize("python", chosen(("pyenv-3.8.18", "pyenv-3.12.1", "sid-3.15")))
@pytest.mark.slow
def test_shares_are_those_of_cprofile(python):
    """Cumulative shares of the same work, counted by the interpreter itself."""
    folder = os.path.dirname(discover.program_path("pairs"))
    counted = json.loads(subprocess.check_output(python.command + ["-c", CPROFILE, folder], universal_newlines=True))
    with walker(python, kind="split", first=True) as target:
        found = sample(target, seconds=4)
    for share in (10, 20, 30, 40):
        name = "leaf_%d" % share
        error = 3 * share_error(counted[name], found) + 0.01
        assert abs(found["functions"][name][1] - counted[name]) < error, (counted, found["functions"])


@pytest.mark.parametrize("python", one())
def test_ticks_do_not_beat_with_the_target(python):
    """It works 5 ms and sleeps 5 ms; at 100 and 200 Hz evenly spaced samples would see all of it, or nothing."""
    with walker(python, kind="duty", first=True) as target:
        for rate in (100, 200):
            found = sample(target, seconds=4, rate=rate)
            share = found["kept"] / (found["kept"] + found["idle"])
            assert 0.2 < share < 0.85, (rate, share)  # half, and what it waits for a CPU on a busy machine


@pytest.mark.parametrize("python", chosen(("pyenv-3.8.18", "pyenv-3.12.1", "sid-3.15", "313t")))
def test_exact_samples_agree(python):
    with walker(python, kind="split") as target:
        free = sample(target, seconds=3)
        exact = sample(target, "--stop", seconds=3, rate=500)
    check_true(exact)
    for name, (_self, total, _samples) in exact["functions"].items():
        error = 4 * share_error(0.5, free, exact) + 0.05
        assert abs(free["functions"].get(name, [0, 0])[1] - total) < error, name


SLEEPER = """
import sys, threading, time
lock = threading.Lock()
lock.acquire()
def waiter():
    lock.acquire()
threading.Thread(target=waiter, name="waiter", daemon=True).start()
open(sys.argv[1], "w").close()
while True:
    time.sleep(0.01)
"""


@pytest.mark.parametrize("python", chosen(("pyenv-3.6.15", "pyenv-3.12.1", "sid-3.15")))
def test_modes(python):
    """Nobody computes: nothing to sample, unless waiting counts."""
    with walker(python, program=SLEEPER) as target:
        cpu = sample(target, pairs=False)
        idle = sample(target, "-m", "idle", pairs=False)
        gil = sample(target, "-m", "gil", pairs=False)
    assert cpu["kept"] < 0.2 * cpu["idle"]
    assert cpu["empty"] > 0.8 * cpu["ticks"]
    assert gil["kept"] < 0.2 * gil["idle"]
    assert idle["kept"] >= 1.9 * idle["ticks"] and not idle["idle"]
    assert "waiter" in idle["functions"]
    assert idle["repeated"] > 0.5 * idle["kept"], "a thread that has not run need not be read again"


EXITS = """
import sys, threading, time
open(sys.argv[1], "w").close()
while time.process_time() < 2:
    sum(range(100))
"""
EXECS = (
    EXITS
    + """
import os
os.execv("/bin/sleep", ["sleep", "30"])
"""
)
CRASHES = (
    EXITS
    + """
import os
os.kill(os.getpid(), 11)
"""
)


@pytest.mark.parametrize(
    "program, reason", [(EXITS, "exited"), (EXECS, "exec"), (CRASHES, "exited")], ids=["exit", "exec", "crash"]
)
@pytest.mark.parametrize("python", chosen(("pyenv-3.6.15", "pyenv-3.12.1", "sid-3.15")))
def test_the_end_of_the_target_is_the_end(python, program, reason):
    with walker(python, program=program) as target:
        found = sample(target, seconds=20, pairs=False)
    assert reason in found["ended"] or "shutting down" in found["ended"], found["ended"]
    assert found["seconds"] < 15
    assert found["kept"] > 20


COMES_AND_GOES = """
import sys, threading, time
def burst():
    end = time.perf_counter() + 0.02
    while time.perf_counter() < end:
        pass
open(sys.argv[1], "w").close()
while True:
    thread = threading.Thread(target=burst)
    thread.start()
    thread.join()
"""


@pytest.mark.parametrize("python", chosen(("pyenv-3.6.15", "pyenv-3.9.18", "pyenv-3.12.1", "sid-3.15", "313t")))
def test_threads_that_come_and_go(python):
    with walker(python, program=COMES_AND_GOES) as target:
        found = sample(target, seconds=3, pairs=False)
    if "free-threaded" not in python.flavour:  # there the main thread spins while it waits for the other to start
        assert found["functions"]["burst"][1] > 0.5, found["functions"]
    named = [thread for thread in found["threads"] if thread["name"].startswith("Thread-")]
    assert len(named) >= 0.5 * len(found["threads"]), found["threads"]
    assert found["kept"] >= 0.95 * (found["kept"] + found["drops"]), found["dropped"]


@pytest.mark.parametrize("python", one())
def test_the_target_is_left_alone(python):
    """Nothing but time is taken from it: affinity, priority, signals, threads stay."""

    def state(pid):
        with open("/proc/%d/status" % pid) as file:
            lines = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
        wanted = ("State", "TracerPid", "SigPnd", "ShdPnd", "SigBlk", "SigCgt", "Cpus_allowed", "Threads", "FDSize")
        kept = {key: lines[key] for key in wanted}
        kept["nice"], kept["policy"] = os.getpriority(os.PRIO_PROCESS, pid), os.sched_getscheduler(pid)
        kept["State"] = kept["State"] in ("R (running)", "S (sleeping)")
        return kept

    with walker(python) as target:
        before = state(target[0].pid)
        sample(target)
        assert state(target[0].pid) == before


if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))
