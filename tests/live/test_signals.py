"""What killed a process, or what it is stopped for: the signal, its address, its sender.

The truth is what the test itself did: which address the program read, who sent which signal.
"""

import json
import os
import re
import shutil
import signal
import subprocess

import pytest

import debugger as debuggers
from debuggee import Debuggee, limit_child, wait_for

CRASH = """
import ctypes, os, sys, threading, time
def aside():
    time.sleep(600)
def inner():
    if sys.argv[1] == "segv":
        ctypes.string_at(0x1230)
    os.abort()
threading.Thread(target=aside, daemon=True).start()
inner()
"""
ADDRESS = "0x1230"


def kernel_writes_cores():
    with open("/proc/sys/kernel/core_pattern") as file:
        return not re.search(r"[/|]", file.read())


@pytest.fixture(scope="module", params=["segv", "abort"])
def crash(request, tmp_path_factory, any_python):
    """(how, pid, the core that the kernel wrote)."""
    if not kernel_writes_cores():
        pytest.skip("core_pattern here is not that of a plain file")
    folder = tmp_path_factory.mktemp("crash")
    (folder / "crash.py").write_text(CRASH)
    process = subprocess.Popen([*any_python.command, "crash.py", request.param], cwd=str(folder),
                               preexec_fn=lambda: limit_child(-1))  # fmt: skip
    process.wait()
    core = next(folder.glob("core*"), None)
    if core is None:
        pytest.skip("no core was written here")
    return request.param, process.pid, str(core)


def check_crash(dump, how, pid):
    told = dump["target"]["signal"]
    main = next(thread for thread in dump["threads"] if thread["thread_name"] == "MainThread")
    aside = next(thread for thread in dump["threads"] if thread["thread_name"] != "MainThread")
    assert told["os_thread_id"] == main["os_thread_id"] == pid
    if how == "segv":
        assert (told["number"], told["name"], told["code_name"]) == (11, "SIGSEGV", "SEGV_MAPERR")
        assert told["address"] == ADDRESS and told["sender_pid"] is None
    else:
        assert (told["number"], told["name"], told["code_name"]) == (6, "SIGABRT", "SI_TKILL")
        assert told["address"] is None and told["sender_pid"] == pid
    assert main["state"] == "crashed"
    assert aside["state"] != "crashed"
    assert any(frame["name"] == "inner" for frame in main["frames"])


def test_a_core_of_a_crash(debugger, crash):
    how, pid, core = crash
    check_crash(debuggers.dump(debugger, debuggers.core(core)), how, pid)
    first = debuggers.run(debugger, debuggers.NOTHING, "py-dump --core %s" % core)
    words = {"segv": "killed by SIGSEGV at %s (nothing is mapped there), LWP %d" % (ADDRESS, pid),
             "abort": "killed by SIGABRT, sent by itself, LWP %d" % pid}  # fmt: skip
    line = re.search(r"^Process .*", first.stdout, re.MULTILINE)[0]
    assert line.endswith(words[how])


def test_a_crash_under_the_debugger(debugger, tmp_path, any_python):
    (tmp_path / "crash.py").write_text(CRASH)
    out = tmp_path / "out.json"
    command = "py-dump --json --output %s" % out
    program, arguments = any_python.command[0], "%s segv" % (tmp_path / "crash.py")
    if debugger.kind == "gdb":
        debuggers.run(debugger, debuggers.NOTHING, "file " + program, "run " + arguments, command)
    else:
        debuggers.run(debugger, debuggers.NOTHING, "target create " + program, "process launch -- " + arguments,
                      command, options=("-k", command))  # fmt: skip
    dump = json.loads(out.read_text())
    check_crash(dump, "segv", dump["target"]["pid"])


def test_one_that_was_killed_from_outside(debugger, any_python):
    """Its threads did nothing wrong: none has crashed, and the sender is named."""
    with Debuggee(any_python, "threads", core_limit=-1) as process:
        core = process.kernel_core()
        if core is None:
            pytest.skip("no core was written here")
        dump = debuggers.dump(debugger, debuggers.core(core))
        told = dump["target"]["signal"]
        assert (told["name"], told["code_name"]) == ("SIGABRT", "SI_USER")
        assert (told["sender_pid"], told["sender_uid"]) == (os.getpid(), os.getuid())
        assert all(thread["state"] != "crashed" for thread in dump["threads"])


def test_nothing_is_told_of_what_the_debugger_did(debugger, waiting, waiting_core):
    for target in (debuggers.live(waiting.pid), debuggers.core(waiting_core)):
        assert debuggers.dump(debugger, target)["target"]["signal"] is None


LOOP = """
import os, sys
def outer():
    inner()
def inner():
    while True:
        open(sys.argv[1], "w").close()
outer()
"""


def test_what_a_stub_may_have_made_up(gdb, tmp_path, any_python):
    """valgrind's sends 0 for orig_rax, which is the number of read(), and no process number at all."""
    if not shutil.which("valgrind") or not shutil.which("vgdb"):
        pytest.skip("valgrind is not here; apt install valgrind")
    (tmp_path / "loop.py").write_text(LOOP)
    prefix = "--vgdb-prefix=%s/vgdb" % tmp_path
    process = subprocess.Popen(
        ["valgrind", "--tool=none", "-q", "--vgdb=yes", prefix, *any_python.command, str(tmp_path / "loop.py"),
         str(tmp_path / "ready")], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        assert wait_for((tmp_path / "ready").exists, 120)
        out = tmp_path / "out.json"
        debuggers.run(gdb, debuggers.NOTHING, "file " + any_python.command[0],
                      "target remote | vgdb %s --pid=%d" % (prefix, process.pid),
                      "py-dump --json --output %s" % out, "detach")  # fmt: skip
        dump = json.loads(out.read_text())
        assert dump["target"]["kind"] == "remote" and dump["target"]["pid"] is None
        assert [frame["name"] for frame in dump["threads"][0]["frames"]][-3:] == ["inner", "outer", "<module>"]
        assert dump["threads"][0]["state"] is None and dump["threads"][0]["system_call"] is None
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
