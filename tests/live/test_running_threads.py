"""Threads that the debugger has not stopped: their frames come and go while they are read.

The kernel knows who stands still. What runs is marked and has no frames, rather than such as never were;
and a thread's number, as `top -H` shows it, is not the process's.
"""

import re
import subprocess
from collections import namedtuple

import pytest

import debugger as debuggers
from debuggee import wait_for
from terminal import Terminal, plain

Process = namedtuple("Process", "pid")

PROGRAM = """
import os, sys, threading, time
def inner(n):
    return n + 1
def spin():
    while True:
        inner(1)
def nap():
    while True:
        time.sleep(0.01)
for target in (spin, nap):
    threading.Thread(target=target, name=target.__name__, daemon=True).start()
with open(sys.argv[1] + ".new", "w") as file:
    file.write(" ".join(str(thread.native_id) for thread in threading.enumerate()))
os.rename(sys.argv[1] + ".new", sys.argv[1])
while True:
    time.sleep(60)
"""


@pytest.fixture
def restless(tmp_path, any_python):
    """(pid, LWP of main, of spin, of nap), as the program itself tells them."""
    (tmp_path / "program.py").write_text(PROGRAM)
    process = subprocess.Popen([*any_python.command, str(tmp_path / "program.py"), str(tmp_path / "ids")])
    try:
        assert wait_for((tmp_path / "ids").exists, 60)
        yield (process.pid, *map(int, (tmp_path / "ids").read_text().split()))
    finally:
        process.kill()
        process.wait()


def threads_of(dump):
    return {thread["os_thread_id"]: thread for thread in dump["threads"]}


def test_a_threads_number_in_gdb(gdb, restless):
    """gdb stops that thread alone."""
    pid, main, spin, nap = restless
    dump = debuggers.dump(gdb, debuggers.live(nap))
    threads = threads_of(dump)
    assert dump["target"]["pid"] == pid
    assert not dump["complete"]
    assert threads[nap]["frames"] and threads[nap]["stopped_because"] is None
    for lwp in (main, spin):
        assert threads[lwp]["frames"] == []
        assert "has not stopped this thread" in threads[lwp]["stopped_because"]
    assert any("2 of 3 threads run" in words and "(%d)" % pid in words for words in dump["warnings"])


def test_a_threads_number_in_lldb(lldb, restless):
    """lldb stops all of them."""
    pid, main, spin, nap = restless
    dump = debuggers.dump(lldb, debuggers.live(nap))
    threads = threads_of(dump)
    assert dump["target"]["pid"] == pid
    assert dump["complete"]
    assert all(threads[lwp]["frames"] for lwp in (main, spin, nap))


def test_such_a_process_is_not_let_run(gdb, restless):
    _, _, _, nap = restless
    outcome = debuggers.run(gdb, debuggers.live(nap), "py-sample -d 0.2")
    assert outcome.status == 1
    assert "has not stopped all threads" in outcome.stderr


def test_non_stop(gdb, restless):
    """One thread goes on, in the background: it is marked, the others are read."""
    pid, main, spin, nap = restless
    select = "python [one.switch() for one in gdb.selected_inferior().threads() if one.ptid[1] == %d]\n"
    with Terminal(gdb, Process(pid), options=("-iex", "set non-stop on"), cells=200) as terminal:
        terminal.type(select % spin + "continue &\n" + select % main + "py-dump\n")
        dump = terminal.until("Incomplete")
    blocks = dict(re.findall(r"^Thread \S+ +LWP (\d+)(.*?)(?=^[^\s*])", plain(dump), re.MULTILINE | re.DOTALL))
    assert "has not stopped this thread" in blocks[str(spin)], dump
    assert "#0" not in blocks[str(spin)]
    assert "#0" in blocks[str(main)] and "#0" in blocks[str(nap)]


def test_all_stopped_is_whole(debugger, restless):
    dump = debuggers.dump(debugger, debuggers.live(restless[0]))
    assert dump["complete"] and not dump["warnings"]
    assert all(thread["frames"] for thread in dump["threads"])
