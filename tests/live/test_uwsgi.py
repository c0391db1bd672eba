"""uWSGI with two applications in one worker: it makes all thread states in its main thread, whose ids they bear."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.request

import pytest

import debugger as debuggers
import discover
from debuggee import status_of, system_calls, wait_for

SPINS = """
def spin_here():
    while True:
        pass


def application(environment, start):
    if environment["PATH_INFO"] == "/go":
        spin_here()
    start("200 OK", [])
    return [b"spins"]
"""
SLEEPS = """
import time


def sleep_here():
    time.sleep(600)


def application(environment, start):
    if environment["PATH_INFO"] == "/go":
        sleep_here()
    start("200 OK", [])
    return [b"sleeps"]
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def ask(port, path):
    """Begins a request that is never answered."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(b"GET %s HTTP/1.0\r\n\r\n" % path.encode())
    return connection


def answers(port):
    try:
        return urllib.request.urlopen("http://127.0.0.1:%d/spins/" % port, timeout=5).read() == b"spins"
    except OSError:
        return False


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        return [int(word) for word in file.read().split()]


def threads_in(pid, call):
    """LWPs of the threads that the kernel has in this system call; "running": in none."""
    return [lwp for lwp, found in system_calls(pid).items() if found == call]


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    """(pid of the worker, LWP of the thread that spins, of the one that sleeps)."""
    program = os.path.join(discover.cache_folder(), "tools", "uwsgi", "bin", "uwsgi")
    if not os.path.exists(program) or discover.is_quick():
        pytest.skip("no uwsgi is here; scripts/get-flavours makes one")
    folder = tmp_path_factory.mktemp("uwsgi")
    (folder / "spins.py").write_text(SPINS)
    (folder / "sleeps.py").write_text(SLEEPS)
    port = free_port()
    words = "--http-socket 127.0.0.1:%d --manage-script-name --mount /spins=spins.py --mount /sleeps=sleeps.py" % port
    words += " --enable-threads --threads 4 --master --processes 1 --die-on-term --disable-logging"
    with open(folder / "log", "w") as log:
        server = subprocess.Popen([program, *words.split()], cwd=folder, stdout=log, stderr=log)
    waiting, spins = [], []

    def is_ready():
        spins[:] = spinning(pid)
        return spins and len(threads_in(pid, "230")) == 1

    try:
        assert wait_for(lambda: answers(port), 60), (folder / "log").read_text()
        (pid,) = children(server.pid)
        waiting = [ask(port, "/sleeps/go"), ask(port, "/spins/go")]
        assert wait_for(is_ready, 60)
        yield pid, spins[0]
    finally:
        for one in waiting:
            one.close()
        workers = children(server.pid)
        server.kill()
        server.wait()
        for one in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)


def spinning(pid):
    """The threads that used the CPU for most of a moment, as the kernel counts."""
    before = times(pid)
    time.sleep(0.2)  # a span to measure, nothing is waited for
    return [task for task, used in times(pid).items() if used - before.get(task, used) >= 4]


def times(pid):
    found = {}
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/stat" % (pid, task)) as file:
            found[int(task)] = sum(map(int, file.read().rpartition(")")[2].split()[11:13]))
    return found


def test_each_stack_is_its_threads(debugger, worker):
    pid, spins = worker
    assert status_of("/proc/%d/status" % pid)["Threads"] == "4"
    dump = debuggers.dump(debugger, debuggers.live(pid))
    by_function = {frame["name"]: thread for thread in dump["threads"] for frame in thread["frames"]}
    assert by_function["spin_here"]["os_thread_id"] == spins
    assert by_function["spin_here"]["state"] == "running"
    assert by_function["spin_here"]["owns_gil"] is True
    sleeps = by_function["sleep_here"]["os_thread_id"]
    assert sleeps in threads_in(pid, "230") and sleeps != spins
    assert by_function["sleep_here"]["system_call"] == "clock_nanosleep"
    assert by_function["sleep_here"]["owns_gil"] is not True
