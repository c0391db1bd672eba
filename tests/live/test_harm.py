"""What a hostile process, core or file gets out of a debugger that root runs: nothing.

Each case builds what an attacker would build and looks at what comes out, in both debuggers.
"""

import json
import os
import pathlib
import re
import struct
import subprocess
import tempfile

import pytest

import compare
import debugger as debuggers
import discover
from debuggee import Debuggee, DebuggeeError

SECRET = "the_secret_of_root"
OWN = "what_it_may_read"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root reads what others may not")


def put(path, words, mode):
    path.write_text("".join("%s_%d\n" % (words, line) for line in range(1, 40)))
    path.chmod(mode)
    return str(path)


@pytest.fixture
def open_folder():
    """A folder that every user may search."""
    with tempfile.TemporaryDirectory(prefix="hognose-harm-") as folder:
        os.chmod(folder, 0o755)
        yield pathlib.Path(folder)


# --- source text in .html ---


@needs_root
def test_source_is_only_what_its_user_may_read(debugger, any_python, open_folder):
    """Links, files and devices of root: none of them comes out; its own source does."""
    secret = put(open_folder / "secret.py", SECRET, 0o600)
    own = put(open_folder / "own.py", OWN, 0o644)
    link = open_folder / "link.py"
    link.symlink_to(secret)
    device = open_folder / "device.py"
    device.symlink_to("/dev/zero")
    with Debuggee(any_python, "foreign_files", secret, link, device, own) as process:
        outcome = debuggers.run(
            debugger,
            debuggers.live(process.pid),
            "py-sample -d 0.5 -r 50 --idle -o %s" % (open_folder / "out.html"),
            "py-stats write %s" % (open_folder / "again.html"),
            "py-stats write --no-source %s" % (open_folder / "without.html"),
        )
    assert outcome.status == 0, outcome.stderr
    for name in ("out.html", "again.html", "without.html"):
        text = (open_folder / name).read_text()
        assert SECRET not in text and "link.py" in text
        assert (OWN in text) == (name != "without.html")
    # The program's own file is one more where the clone lies in a folder that its user may not search
    left_out = re.findall(r"the source of (\d) files was left out", outcome.stdout)
    assert left_out in (["3", "3"], ["4", "4"])
    assert "the user of the process may not read it" in outcome.stdout or "not a regular file" in outcome.stdout


@needs_root
def test_lines_are_only_what_its_user_may_read(debugger, any_python, open_folder):
    """The same of py-list and of py-dump --source."""
    secret = put(open_folder / "secret.py", SECRET, 0o600)
    own = put(open_folder / "own.py", OWN, 0o644)
    link = open_folder / "link.py"
    link.symlink_to(secret)
    device = open_folder / "device.py"
    device.symlink_to("/dev/zero")
    with Debuggee(any_python, "foreign_files", secret, link, device, own) as process:
        names = [secret, str(link), str(device), own]
        target = debuggers.live(process.pid)
        asked = ["py-dump --source --json", *("py-list %s:3 -t MainThread" % name for name in names)]
        outcomes = [debuggers.run(debugger, target, command) for command in asked]
    told = "".join(outcome.stdout + outcome.stderr for outcome in outcomes)
    assert SECRET not in told and OWN + "_3" in told
    assert told.count("there is no source of ") == 3
    assert "the user of the process may not read it" in told and "it is not a regular file" in told


# --- memory that nobody provides ---


def test_pages_that_nobody_provides(debugger, any_python):
    """py-dump and py-sample end, show the rest, and say that something is missing."""
    try:
        process = Debuggee(any_python, "unprovided")
    except DebuggeeError as problem:
        pytest.skip("no userfaultfd: %s" % problem)
    with process:
        outcome = debuggers.run(
            debugger, debuggers.live(process.pid), "py-dump", "py-sample --idle -d 0.3 -r 20", "py-threads"
        )
    assert "unprovided.py" in outcome.stdout, outcome.stderr
    assert "<module>" in outcome.stdout and "main " in outcome.stdout


# --- cores ---


def test_a_core_without_its_notes(any_python, waiting, waiting_core, tmp_path):
    """Neither files nor threads are listed: Python's own are found by searching, with their stacks."""
    bare = tmp_path / "core"
    subprocess.run(["cp", "--sparse=always", waiting_core, bare], check=True)
    with open(bare, "r+b") as file:
        header = file.read(64)
        headers, count = struct.unpack_from("<Q", header, 32)[0], struct.unpack_from("<H", header, 56)[0]
        for at in range(headers, headers + 56 * count, 56):
            file.seek(at)
            if struct.unpack("<I", file.read(4))[0] == 4:  # PT_NOTE
                file.seek(at)
                file.write(struct.pack("<I", 0))
    program = os.path.join(discover.build_folder(), "tests", "run_command")
    done = subprocess.run(
        [program, str(bare), "--", "py-dump", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert not compare.thread_differences(json.loads(done.stdout), waiting.truth, native_ids=False)
