"""Ctrl-C ends what takes long, wherever it is, and what it leaves behind is whole or marked.

The moments are random; each is a time that the command had run for on a CPU, so that a loaded machine presses at the
same places. What is looked at takes 70 ms and more: the kernel counts a CPU's time in ticks of up to 10 ms. Allowed is
what a loaded machine takes; it is on a CPU that a command may not go on.
"""

import json
import os
import random
import signal
import subprocess

import pytest
from test_cli import PROGRAM, few_pythons

from debuggee import Debuggee, wait_for

PRESSES = 4
CPU_SECONDS = 0.3  # after the signal; a tenth of it is usual
WALL_SECONDS = 20
NODES = 100000


def make_profile(path, seed):
    """hognose.profile/1 with a hundred thousand nodes, few of them alike."""
    chance = random.Random(seed)
    functions = [
        {
            "name": "f%d" % i,
            "qualname": "Class%d.f%d" % (i % 977, i),
            "filename": "/srv/app/module_%d.py" % (i % 3000),
            "module": "m",
            "first_line": i % 3000 + 1,
            "kind": "python",
        }
        for i in range(NODES // 5)
    ]
    nodes = {"parent": [-1], "function": [0], "line": [1], "self": [1]}
    for i in range(1, NODES):
        nodes["parent"].append(i - 1 if i % 40 and chance.random() < 0.6 else chance.randrange(max(0, i - 500), i))
        nodes["function"].append(chance.randrange(len(functions)))
        nodes["line"].append(chance.randrange(1, 3000))
        nodes["self"].append(1)
    counts = {"attempts": NODES, "kept": NODES}
    whole = {
        "schema": "hognose.profile/1",
        "sampling": {"mode": "cpu", "has_lines": True, "interval": 0.01, "duration": 60.0, "counts": counts},
        "functions": functions,
        "threads": [{"thread_name": "MainThread", "os_thread_id": 100, "counts": counts, "nodes": nodes}],
    }
    path.write_text(json.dumps(whole))
    return path


def make_dumps(path):
    """Many processes of many threads whose stacks differ, as `hognose group` gets them of a cluster."""
    with open(path, "w") as file:
        for pid in range(1, 161):
            threads = [
                {
                    "os_thread_id": 1000 * pid + thread,
                    "thread_name": "T",
                    "state": "idle",
                    "frames": [
                        {"name": "f%d" % (pid * thread % 1999 + depth), "filename": "/srv/x.py", "line": depth + 1}
                        for depth in range(12)
                    ],
                }
                for thread in range(200)
            ]
            json.dump({"target": {"pid": pid, "host": "h%d" % pid}, "threads": threads}, file)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ctrl-c")
    make_profile(folder / "old.json", 1)
    make_profile(folder / "new.json", 2)
    make_dumps(folder / "dumps.json")
    return folder


def seconds_on_cpu(pid):
    with open("/proc/%d/schedstat" % pid) as file:
        return int(file.read().split()[0]) / 1e9


def run_to_the_end(words, folder):
    process = subprocess.Popen([PROGRAM, *words], cwd=str(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    assert process.returncode == 0, output
    return used.ru_utime + used.ru_stime


def has_ended(process):
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def press_at(words, folder, moment):
    """Runs the command, presses after `moment` seconds on a CPU. (status, what it said, seconds on a CPU after that);
    None: it had ended by then."""
    process = subprocess.Popen([PROGRAM, *words], cwd=str(folder), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    with process.stderr:
        assert wait_for(lambda: has_ended(process) or seconds_on_cpu(process.pid) >= moment, WALL_SECONDS)
        before = seconds_on_cpu(process.pid)
        os.kill(process.pid, signal.SIGINT)  # send_signal would collect one that has ended
        in_time = wait_for(lambda: has_ended(process), WALL_SECONDS)
        if not in_time:
            os.kill(process.pid, signal.SIGKILL)
        said = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert in_time, "%s went on after Ctrl-C at %.3f s" % (words, moment)
    return process.returncode, said, used.ru_utime + used.ru_stime - before


def check(words, folder, result=None):
    """`result`: the file that the command makes. It is whole, or it is not there."""
    whole = run_to_the_end(words, folder)
    content = (folder / result).stat().st_size if result else 0
    chance = random.Random(" ".join(words))
    interrupted = 0
    for press in range(PRESSES):
        if result:
            (folder / result).unlink()
        moment = whole * (press + chance.random()) / PRESSES
        status, said, after = press_at(words, folder, moment)
        assert after < CPU_SECONDS, "%s at %.3f of %.3f s: %s" % (words, moment, whole, said)
        assert status == 0 or "interrupted" in said or status == -signal.SIGINT, said  # that is: before it listened
        interrupted += status != 0
        if result and status == 0:
            assert (folder / result).stat().st_size == content
        elif result:
            assert not (folder / result).exists()
            assert not [name for name in os.listdir(folder) if name.startswith("." + result)]
            (folder / result).touch()
    assert interrupted, "%s ended before any Ctrl-C" % words


@pytest.mark.parametrize("ending", ["html", "prof", "pb.gz", "callgrind"])
def test_writing_a_profile(files, ending):
    check(["stats", "convert", "--force", "--no-source", "old.json", "out." + ending], files, "out." + ending)


def test_reading_and_adding_profiles(files):
    check(["stats", "merge", "--force", "sum.json", "old.json", "new.json"], files, "sum.json")


def test_comparing_profiles(files):
    check(["stats", "diff", "old.json", "new.json", "--rows", "unlimited"], files)


def test_the_table_of_a_profile(files):
    check(["stats", "top", "--rows", "unlimited", "--line", "old.json"], files)


def test_grouping(files):
    check(["group", "dumps.json", "--output", "groups.json", "--json"], files, "groups.json")


@pytest.fixture(scope="module")
def with_tasks():
    with Debuggee(few_pythons()[-1], "many_tasks", 40000) as process:
        yield process


@pytest.fixture(scope="module")
def with_threads():
    with Debuggee(few_pythons()[-1], "manythreads", 1000) as process:
        yield process


def test_dumping(with_threads, tmp_path):
    """What was read until then is shown, and said not to be all."""
    check(["dump", "--locals", str(with_threads.process.pid)], tmp_path)


@pytest.mark.parametrize("command", ["tasks", "core"])
def test_looking_at_tasks(with_tasks, tmp_path, command):
    """The same; a file is not begun."""
    words = [command, str(with_tasks.process.pid)]
    result = "made" if command == "core" else None
    check(words + (["--output", result] if result else []), tmp_path, result)
