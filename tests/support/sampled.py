"""Processes to be sampled, what else wants their CPU, and how to sample them: directly, in a debugger, by `hognose`.

Nothing here judges. Times are seconds; what the kernel says of a process is asked while the samples are taken
(Witness), as a process that a debugger lets go runs on at once.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import namedtuple

import debugger as debuggers
import discover

START_SECONDS = 60
WITNESS_SECONDS = 0.004

#: kept, dropped, of_no_python: looks. stacks: (names of functions, samples) of each, or of each function alone.
Found = namedtuple("Found", "kept dropped of_no_python interval start seconds ran_seconds waited_seconds stacks way")


class NotHere(Exception):
    """What this machine does not have, in words."""


def end_with_parent():
    os.setsid()
    signal.alarm(300)


def go_first():
    """Before the rest of the machine, where that is allowed: who waits for a CPU is seen at the same place again."""
    end_with_parent()
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, -20)
        write("/proc/self/autogroup", "-20")


@contextlib.contextmanager
def walker(python, kind="plain", depth=50, threads=1, program=None, first=False, command=None):
    """pairs.py at work, or `program`, a script of the test's own that makes the file in its first argument.

    `command`: what to run instead, of the path of that file. `first`: it gets a CPU whenever it wants one. For tests of
    shares, with a sampler that has priority over it.
    """
    with tempfile.TemporaryDirectory(prefix="hognose-test-") as folder:
        ready = os.path.join(folder, "pairs")
        script = discover.program_path("pairs")
        if program:
            script = os.path.join(folder, "program.py")
            write(script, program)
        words = command(ready) if command else python.command + [script, ready]
        if not program and not command:
            words += ["--kind", kind, "--depth", str(depth), "--threads", str(threads)]
        process = subprocess.Popen(words, preexec_fn=go_first if first else end_with_parent)
        try:
            end = time.monotonic() + START_SECONDS
            while not os.path.exists(ready):
                assert process.poll() is None and time.monotonic() < end, "the target did not start"
                time.sleep(0.02)
            yield process, ready
        finally:
            process.kill()
            process.wait()


@contextlib.contextmanager
def others(cpus, count=2):
    """So many busy programs on each of the CPUs."""

    def pin():
        end_with_parent()
        os.sched_setaffinity(0, cpus)

    running = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"], preexec_fn=pin) for _ in range(count * len(cpus))
    ]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def all_cpus():
    return os.sched_getaffinity(0)


def hold(pid, cpus):
    """All threads that the process has now, and so those that they start."""
    for task in os.listdir("/proc/%d/task" % pid):
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(task), cpus)


@contextlib.contextmanager
def quota(percent):
    """A control group that may have so much of one CPU: the file that a pid is written into. NotHere without any."""
    for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/cpu"):
        folder = os.path.join(root, "hognose-test-%d" % os.getpid())
        try:
            os.mkdir(folder)
        except OSError:
            continue
        try:
            for name, limit in (("cpu.max", "%d 100000"), ("cpu.cfs_quota_us", "%d")):
                if os.path.exists(os.path.join(folder, name)):
                    write(os.path.join(folder, name), limit % (1000 * percent))
                    yield os.path.join(folder, "cgroup.procs")
                    return
        finally:
            remove_group(folder)
    raise NotHere("no control group with a CPU quota can be made here")


def remove_group(folder):
    """Once the last of its processes is gone: a program's children may end a little later than it."""
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            os.rmdir(folder)
            return
        except OSError:
            if time.monotonic() > end:
                raise
        time.sleep(0.02)


def quotas_are_here():
    """Whether `quota` works."""
    try:
        with quota(50):
            return True
    except NotHere:
        return False


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


# ---- the kernel's account ----


def process_seconds(pid):
    """CPU time of all its threads, those that ended too: clock_getcpuclockid(), which Python does not have."""
    return time.clock_gettime((~pid << 3) | 2)


class Witness:
    """What the clocks of a process said when, as often as there was time to ask. `ask()` gives numbers by name."""

    def __init__(self, ask):
        self.ask, self.told, self.ended = ask, [], False
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self):
        while not self.ended:
            before = time.time()
            said = self.ask()
            self.told.append(((before + time.time()) / 2, said))
            time.sleep(WITNESS_SECONDS)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *details):
        self.ended = True
        self.thread.join()

    def between(self, start, end):
        """By how much each clock went on."""
        first, last = self._at(start), self._at(end)
        return {name: last[name] - first[name] for name in last}

    def _at(self, when):
        after = next((i for i, (at, _) in enumerate(self.told) if at >= when), len(self.told) - 1)
        (early, first), (late, last) = self.told[max(after - 1, 0)], self.told[after]
        part = min(max((when - early) / (late - early), 0), 1) if late > early else 0
        return {name: first[name] + part * (last[name] - first[name]) for name in last}


# ---- ways to sample ----


def sample_process_path():
    return existing(os.path.join(discover.build_folder(), "tests", "sample_process"))


def existing(path):
    if not os.path.exists(path):
        raise NotHere("%s is not built" % path)
    return path


def sample_directly(pid, seconds, rate, *options):
    """tests/tools/sample_process: no debugger takes part."""
    command = [sample_process_path(), str(pid), "-d", str(seconds), "-r", str(rate), *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    counts = (told["kept"], told["drops"], told["no_python"], told["interval"], told["start_time"], told["seconds"])
    totals = [((name,), round(total * told["kept"])) for name, (_, total, _) in told["functions"].items()]
    return Found(*counts, told["ran_seconds"], told["waited_seconds"], totals, told["way"])


def sample_in(debugger, pid, seconds, rate, *options):
    """py-sample in a debugger that attaches for it."""
    with tempfile.TemporaryDirectory(prefix="hognose-test-") as folder:
        path = os.path.join(folder, "p.json")
        words = "py-sample -d %g -r %g --function -o %s %s" % (seconds, rate, path, " ".join(options))
        outcome = debuggers.run(debugger, debuggers.live(pid), words)
        assert outcome.status == 0, outcome.stdout + outcome.stderr
        return read_profile(path)


def sample_by_hognose(pid, seconds, rate, *options):
    """The command, which needs no debugger's prompt."""
    with tempfile.TemporaryDirectory(prefix="hognose-test-") as folder:
        path = os.path.join(folder, "p.json")
        command = [existing(os.path.join(discover.build_folder(), "hognose")), "sample", str(pid), "-d", str(seconds)]
        command += ["-r", str(rate), "--function", "-o", path, *options]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        assert done.returncode == 0, done.stdout.decode(errors="replace")
        return read_profile(path)


def read_profile(path):
    with open(path, encoding="utf-8") as file:
        profile = json.load(file)
    sampling, counts = profile["sampling"], profile["sampling"]["counts"]
    counted = (counts["kept"], counts["dropped"], 0, sampling["interval"], sampling["start_time"], sampling["duration"])
    return Found(*counted, sampling["ran"], sampling["waited"], list(stacks(profile)), sampling["method"])


def stacks(profile):
    """Of a hognose.profile/1: the names of each stack's functions, and how many samples."""
    for thread in profile["threads"]:
        nodes, paths = thread["nodes"], []
        for parent, function, samples in zip(nodes["parent"], nodes["function"], nodes["self"]):
            paths.append((*(paths[parent] if parent >= 0 else ()), profile["functions"][function]["name"]))
            if samples:
                yield paths[-1], samples
