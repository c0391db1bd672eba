"""pytest --hognose-after: a test that hangs is shown, past pytest's own capture, and goes on."""

import os
import re
import subprocess
import sys

import discover

TESTS = """
import subprocess, sys, threading

def test_that_is_quick():
    pass

def test_that_waits_for_a_child():
    child = "import time\\ndef slow_child():\\n    time.sleep(6)\\nslow_child()"
    subprocess.run([sys.executable, "-c", child], check=True)

def test_that_waits_for_a_lock():
    lock = threading.Lock()
    lock.acquire()
    assert not lock.acquire(timeout=6)
"""


def run_pytest(folder, *options):
    path = folder / "test_hangs.py"
    path.write_text(TESTS)
    environment = dict(
        os.environ,
        PATH=discover.build_folder() + os.pathsep + os.environ["PATH"],
        PYTHONPATH=os.path.join(discover.ROOT, "pytest-plugin"),
    )
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "hognose_pytest", "-p", "no:cacheprovider", "-q", *options, str(path)],
        env=environment,
        cwd=str(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        timeout=120,
    )


def test_what_hangs_is_shown(tmp_path):
    done = run_pytest(tmp_path, "--hognose-after=2")
    assert done.returncode == 0 and "3 passed" in done.stdout, done.stdout + done.stderr
    named = re.findall(r"^hognose: \S*::(\w+) is not done after 2 seconds$", done.stderr, re.MULTILINE)
    assert named == ["test_that_waits_for_a_child", "test_that_waits_for_a_lock"]
    child, lock = done.stderr.split("is not done after")[1:]
    assert re.search(r"#0 +slow_child ", child) and re.search(
        r"#\d+ +test_that_waits_for_a_child +test_hangs.py:9", child
    )
    assert re.search(r"#0 +test_that_waits_for_a_lock +test_hangs.py:14", lock)
    assert "watcher.py" not in done.stderr


def test_nothing_is_shown_unless_asked(tmp_path):
    done = run_pytest(tmp_path)
    assert done.returncode == 0 and "hognose" not in done.stderr
    wrong = run_pytest(tmp_path, "--hognose-after=0")
    assert wrong.returncode != 0 and "--hognose-after wants a number of seconds" in wrong.stderr
