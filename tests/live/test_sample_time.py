"""What py-sample counts is what the kernel and the program's own clocks say.

tests/programs/clocks.py adds up the CPU time of each of its functions by time.thread_time(). Samples are
taken without a debugger, beside others who want the same CPU, and must give the same shares and seconds.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest
import sampled
import time_truth
from sampled import others, walker
from test_sample_truth import chosen, one, sample, tool

import discover
from debuggee import wait_for

PYTHONS = ("pyenv-3.6.15", "pyenv-3.9.18", "pyenv-3.12.1", "sid-3.15", "313t")


@contextlib.contextmanager
def clocks(python, kind, *prefix, times=1):
    """clocks.py at work; `prefix` is the command that it is started with, `times` how many turns a function does."""
    with walker(
        python,
        program=None,
        command=lambda ready: [*prefix, *python.command, discover.program_path("clocks"), ready, kind, str(times)],
    ) as target:
        yield target


def spent(target):
    with open(target[1] + ".clocks") as file:
        return json.load(file)


def ran(pid):
    """Seconds that the kernel ran the process: all its threads, those that ended too."""
    with open("/proc/%d/stat" % pid) as file:
        utime, stime = file.read().rpartition(")")[2].split()[11:13]
    return (int(utime) + int(stime)) / os.sysconf("SC_CLK_TCK")


def measure(target, *options, seconds=4, rate=500):
    """What was found, and by how much each clock went on meanwhile."""
    before = dict(spent(target), kernel=ran(target[0].pid))
    found = sample(target, *options, seconds=seconds, rate=rate, pairs=False)
    end = time.time()
    assert wait_for(lambda: os.stat(target[1] + ".clocks").st_mtime > end, 60), "the clocks stand still"
    after = dict(spent(target), kernel=ran(target[0].pid))
    return found, {name: after[name] - before.get(name, 0) for name in after}


def check_shares(found, clock, names, slack=0.03):
    """Within three standard errors of as many independent samples; `slack` for what the clocks themselves cost."""
    sampled = sum(found["functions"].get(name, [0, 0, 0])[1] for name in names)
    timed = sum(clock[name] for name in names)
    assert found["kept"] > 10 and timed > 0, found
    for name in names:
        share, seen = clock[name] / timed, found["functions"].get(name, [0, 0, 0])[1] / sampled
        error = 3 * (share * (1 - share) / found["kept"]) ** 0.5
        assert abs(seen - share) < error + slack, (name, seen, share, found["functions"])


def check_seconds(found, clock):
    """Samples, with those that are of no Python, stand for the seconds that the kernel ran the process."""
    counted = (found["kept"] + found["drops"] + found["no_python"]) * found["interval"]
    assert abs(counted - found["ran_seconds"]) <= 0.05 * found["ran_seconds"], found
    assert found["ran_seconds"] <= clock["kernel"] + 0.02, (found, clock)


def check_ticks(found, seconds_apart):
    """The same without calibration: each tick that hit it is one interval of its time."""
    counted, real = found["ran"] / found["ticks"] * found["seconds"], found["ran_seconds"]
    assert abs(counted - real) <= 3 * (real / seconds_apart) ** 0.5 * seconds_apart + 0.25 * real, found


CASES = [
    ("napping", ("nap", "work")),
    ("two", ("light", "heavy")),
    ("calls", ("send", "loop")),
    ("fighting", ("inside", "progress")),
    pytest.param("many", ("light", "heavy"), marks=pytest.mark.slow),
]
KINDS = ["napping", "two", "calls", "fighting", "many"]


@pytest.mark.parametrize("kind, names", CASES, ids=KINDS)
@pytest.mark.parametrize("python", chosen(PYTHONS))
def test_beside_others(python, kind, names):
    """Two others on the CPU that it is held to: what waits for it is not counted."""
    with others({0}), clocks(python, kind, "taskset", "-c", "0") as target:
        found, clock = measure(target, seconds=8 if kind == "napping" else 4)  # which runs for little of its time
    check_shares(found, clock, names)
    check_seconds(found, clock)
    check_ticks(found, 1 / 500)
    assert found["waited_seconds"] > 0.5, "it had half of the CPU at most"


@pytest.mark.parametrize("kind, names, times", [(*CASES[1], 1), (*CASES[2], 100)], ids=KINDS[1:3])
@pytest.mark.parametrize("python", chosen(("pyenv-3.8.18", "pyenv-3.12.1", "sid-3.15")))
def test_stopped_for_each_sample(python, kind, names, times):
    """Who is asked to stop runs on until its CPU hears of it, 5 to 50 µs, and then system calls end before it does."""
    with clocks(python, kind, times=times) as target:
        found, clock = measure(target, "--stop", rate=200)
    check_shares(found, clock, names)


@pytest.mark.parametrize("python", chosen(("pyenv-3.8.18", "pyenv-3.12.1", "sid-3.15")))
def test_who_waits_is_not_counted_when_all_are_stopped(python):
    """Of eight threads that fight for a lock one runs, if any; all are woken to be stopped."""
    with clocks(python, "fighting", times=20) as target:
        before = spent(target)
        found = sampled.sample_by_hognose(target[0].pid, 4, 200, "--stop")
        end = time.time()
        assert wait_for(lambda: os.stat(target[1] + ".clocks").st_mtime > end, 60), "the clocks stand still"
        after = spent(target)
    counts = {name: sum(samples for path, samples in found.stacks if name in path) for name in ("inside", "progress")}
    working = sum(counts.values())
    share = (after["inside"] - before["inside"]) / sum(after[name] - before[name] for name in counts)
    assert working > 0.7 * found.kept, (counts, found.kept)
    assert abs(counts["inside"] / working - share) < 0.2, (counts, share)


@pytest.mark.parametrize("options", [[], ["--stop"]], ids=["running", "stopped"])
@pytest.mark.parametrize("python", one())
def test_work_in_a_system_call_is_work(python, options):
    with clocks(python, "random") as target:
        found, clock = measure(target, *options, rate=200)
    assert found["functions"]["urandom"][1] > 0.7, found["functions"]  # the rest is what writes the clocks down
    assert found["ran"] > 0.6 * clock["kernel"] / found["seconds"] * found["ticks"], (found, clock)


@pytest.mark.parametrize("python", one())
def test_where_waiting_counts_so_does_waiting_for_a_cpu(python):
    with others({0}), clocks(python, "two", "taskset", "-c", "0") as target:
        found = sample(target, "-m", "idle", pairs=False, seconds=3, rate=200)
    main = found["threads"][-1] if found["threads"][0]["name"] == "teller" else found["threads"][0]
    assert main["kept"] > 0.9 * found["ticks"], found
    assert main["waiting_for_cpu"] > 0.2 * main["kept"], found


@pytest.mark.parametrize("python", one())
def test_of_the_holder_of_the_gil(python):
    """Mode "gil": it holds the GIL also while it waits for a CPU, which is not counted."""
    with others({0}), clocks(python, "two", "taskset", "-c", "0") as target:
        found, clock = measure(target, "-m", "gil", rate=200)
    check_shares(found, clock, ("light", "heavy"))
    assert abs(found["kept"] * found["interval"] - clock["kernel"]) < 0.35 * clock["kernel"] + 0.1, (found, clock)


@contextlib.contextmanager
def quota(percent):
    """A control group that may have so much of one CPU; named skip where there are none to be had."""
    with contextlib.ExitStack() as stack:
        try:
            procs = stack.enter_context(sampled.quota(percent))
        except sampled.NotHere as missing:
            pytest.skip(str(missing))
        yield procs


@pytest.mark.parametrize("python", one())
def test_under_a_quota(python):
    with quota(20) as procs:
        with clocks(python, "napping") as target:
            sampled.write(procs, str(target[0].pid))
            found, clock = measure(target, seconds=5)
        check_shares(found, clock, ("nap", "work"))
        check_seconds(found, clock)
        assert found["ran_seconds"] < 0.3 * found["seconds"]


@pytest.mark.parametrize("python", chosen(("pyenv-3.6.15", "pyenv-3.8.18", "pyenv-3.11.7", "pyenv-3.12.1", "sid-3.15")))
def test_threads_that_live_for_a_moment(python):
    """Each burns 30 ms. Their stacks are their own, and next to nothing of them is missed."""
    with clocks(python, "short") as target:
        found, clock = measure(target)
    assert found["functions"]["burn"][1] > 0.75, found["functions"]
    assert found["no_python"] < 0.1 * found["ran"], found
    main = sum(thread["kept"] for thread in found["threads"] if thread["lwp"] == target[0].pid)
    assert main < 0.1 * found["kept"], found["threads"]
    check_seconds(found, clock)


FORKS = """
import ctypes, os, sys, time
def busy():
    while True: pass
child = ctypes.PyDLL(None).fork()
if not child:
    busy()
with open(sys.argv[1] + ".child", "w") as file:
    file.write(str(child))
os.rename(sys.argv[1] + ".child", sys.argv[1])
time.sleep(300)
"""


@pytest.mark.parametrize("python", chosen(("pyenv-3.8.18", "pyenv-3.11.7", "pyenv-3.12.1", "sid-3.15")))
@pytest.mark.parametrize("mode", ["cpu", "gil", "idle"])
def test_child_of_a_fork_in_c(python, mode):
    """From 3.11 on its states have the ids of the parent's threads."""
    with walker(python, program=FORKS) as (_process, ready):
        with open(ready) as file:
            child = int(file.read())
        try:
            command = [tool(), str(child), "-d", "3", "-r", "500", "-m", mode]
            found = json.loads(subprocess.check_output(command, universal_newlines=True))
        finally:
            os.kill(child, signal.SIGKILL)
    assert found["kept"] > 10 and found["drops"] < 0.2 * found["kept"], found  # before it has run at all, nothing tells
    assert found["functions"]["busy"][1] > 0.95, found["functions"]


POOL = """
import sys, time
from concurrent.futures import InterpreterPoolExecutor
def busy(ready):
    import time
    open(ready, "w").close()
    end = time.time() + 300
    while time.time() < end: pass
if __name__ == "__main__":
    with InterpreterPoolExecutor(1) as pool:
        pool.submit(busy, sys.argv[1]).result()
"""


def has_pool(python):
    return isinstance(python, discover.Missing) or discover.version_key(python.version) >= (3, 14)


@pytest.mark.parametrize("mode", [["-m", "cpu"], ["-m", "idle"], ["-m", "gil"], ["--stop"]], ids=lambda mode: mode[-1])
@pytest.mark.parametrize("python", [one for one in chosen(("pbs-3.14", "sid-3.14", "sid-3.15")) if has_pool(one)])
def test_one_thread_of_two_interpreters_counts_once(python, mode):
    with walker(python, program=POOL) as target:
        found = sample(target, *mode, pairs=False, seconds=3, rate=200)
    busy = found["functions"]["busy"][2]
    assert busy > 10
    if mode[-1] == "idle":  # it, and the main thread that waits for it
        assert abs(found["kept"] - 2 * found["ticks"]) <= 0.1 * found["ticks"], found
        assert busy >= 0.9 * found["ticks"], found
    else:
        assert busy >= 0.9 * found["kept"] and found["kept"] <= 1.1 * found["ticks"], found


@pytest.mark.parametrize("python", one())
def test_target_of_real_time_priority(python):
    if subprocess.run(["chrt", "-f", "2", "true"], stderr=subprocess.DEVNULL).returncode:
        pytest.skip("real-time priority is not allowed here")
    with clocks(python, "napping", "chrt", "-f", "2") as target:
        found, clock = measure(target)
    check_shares(found, clock, ("nap", "work"), slack=0.05)
    check_seconds(found, clock)


@pytest.mark.parametrize("python", chosen(("313t",)))
def test_four_at_once(python):
    """Free-threaded, on two CPUs at least: the samples of a CPU do not depend on what the others do.

    How many ticks are kept is a matter of the machine: scripts/bench-sampler measures it.
    """
    with walker(python, depth=200, threads=4) as target:
        found = sample(target, seconds=3)
    assert found["wrong"] == 0, found["words"]
    assert found["ticks"] >= 0.25 * found["planned"], found
    assert found["kept"] >= 0.75 * (found["kept"] + found["drops"]), found["dropped"]


#: A few of what scripts/truth does by the hundred. Stopped for each sample are those of one thread: while the last of
#: several is being stopped on a busy machine the others run on (docs/performance.md).
RANDOM = [
    ("direct", "cpu", 1),
    ("hognose", "stop", 20),
    *(
        pytest.param(way, mode, seed, marks=pytest.mark.slow)
        for way, mode, seed in (
            ("direct", "schedstat", 20),
            ("direct", "gil", 3),
            ("gdb", "cpu", 5),
            ("gdb", "stop", 2),
            ("gdb", "native", 18),
            ("lldb", "cpu", 25),
            ("lldb", "stop", 18),
            ("lldb", "native", 20),
            ("lldb", "gil", 12),
            ("hognose", "cpu", 29),
        )
    ),
]


@pytest.mark.parametrize("way, mode, seed", RANDOM)
@pytest.mark.parametrize("python", one())
def test_random_programs(request, python, way, mode, seed):
    """Of three standard errors one in 370 is more by chance: what is wrong must be wrong again."""
    debugger = request.getfixturevalue(way) if way in ("gdb", "lldb") else None
    for _ in range(2):
        program, found, verdict = time_truth.run(python, seed, way, mode, debugger=debugger)
        if not verdict.wrong:
            return
    raise AssertionError((str(program), verdict.wrong, found.way))


@pytest.mark.parametrize("seed", [9, 12])
@pytest.mark.parametrize("python", chosen(("pyenv-3.12.1", "pyenv-3.13.0", "sid-3.15")))
def test_interpreters_with_gils_of_their_own(python, seed):
    """Four threads, each in the main interpreter and in its own. Who holds one GIL and waits for the other waits."""
    for _ in range(2):
        program, found, verdict = time_truth.run(python, seed, "direct", "gil")
        if not verdict.wrong:
            return
    raise AssertionError((str(program), verdict.wrong, found.way))


CROWD = """
import ctypes, sys
api = ctypes.pythonapi
api.PyThreadState_New.restype = ctypes.c_void_p
api.PyThreadState_New.argtypes = [ctypes.c_void_p]
interpreter = getattr(api, "PyInterpreterState_Get", None) or api._PyInterpreterState_Get
interpreter.restype = ctypes.c_void_p
states = [api.PyThreadState_New(interpreter()) for _ in range(60000)]
open(sys.argv[1], "w").close()
while True: pass
"""

BESIDE = """
import os, sys, time
os.sched_setaffinity(0, {0})
end, last, longest = time.time() + float(sys.argv[1]), time.perf_counter(), 0
while time.time() < end:
    now = time.perf_counter()
    longest, last = max(longest, now - last), now
print(longest)
"""


@pytest.mark.parametrize("python", chosen(("pyenv-3.8.18", "pyenv-3.11.7")))
def test_nobody_starves(python):
    """60,000 thread states of one thread: who shares a CPU with the sampler still gets it, and it ends in time."""
    with walker(python, program=CROWD) as (process, _ready):
        beside = subprocess.Popen(
            [sys.executable, "-c", BESIDE, "4"],
            stdout=subprocess.PIPE,
            universal_newlines=True,
            preexec_fn=lambda: os.setpriority(os.PRIO_PROCESS, 0, -20),
        )
        begun = time.monotonic()
        subprocess.run([tool(), str(process.pid), "-d", "3", "-r", "1000"], stdout=subprocess.DEVNULL, timeout=60)
        took = time.monotonic() - begun
        longest = float(beside.communicate()[0])
    assert longest < 0.5, "it had no CPU for %.2f s" % longest
    assert took < 20


if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))
