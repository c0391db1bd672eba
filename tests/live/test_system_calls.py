"""System calls by name: the table against the kernel's headers, and threads that wait in some of them."""

import os
import shutil
import subprocess

import pytest

import debugger as debuggers
import discover
from debuggee import Debuggee, system_calls, wait_for


def test_the_table_is_what_the_headers_say():
    """Rows that the headers of this machine do not have are newer than they are."""
    if not shutil.which("cc") or not os.path.exists("/usr/include/asm-generic/unistd.h"):
        pytest.skip("no C compiler, or no headers of the kernel")
    script = os.path.join(discover.ROOT, "scripts", "gen-system-calls")
    done = subprocess.run([script, "--check"], stderr=subprocess.PIPE, universal_newlines=True)
    assert done.returncode == 0, done.stderr


def call_of(pid, name):
    """Does the kernel say that a thread is in the call of this number?"""
    return str(name) in system_calls(pid).values()


def test_waiting_for_files(debugger, any_python):
    with Debuggee(any_python, "calls") as process:
        assert wait_for(lambda: call_of(process.pid, 72) and call_of(process.pid, 257), 30)  # fcntl, openat
        dump = debuggers.dump(debugger, debuggers.live(process.pid))
        calls = {thread["thread_name"]: thread["system_call"] for thread in dump["threads"]}
        assert calls["locks"] == "fcntl" and calls["opens"] == "openat"
        why = debuggers.run(debugger, debuggers.live(process.pid), "py-why").stdout
        assert "lock on file" in why and "process %d" % process.truth["child"] in why
        assert process.truth_path + ".pipe" in why
