"""The gdb plugin where gdb's Python is at odds with the world around it.

Names that the locale cannot decode, a script that sources another, a Python without its C modules,
commands run from within a stop of gdb's own.
"""

import contextlib
import os
import re
import shutil
import subprocess

import pytest

import debugger as debuggers
import discover
from debuggee import wait_for
from terminal import Terminal

ODD = os.fsdecode("proë".encode())
LATIN = os.fsdecode(b"caf\xe9")


NAPS = """
import os, sys, time
def naps():
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    while True:
        time.sleep(0.05)
open(sys.argv[1] + ".new", "w").close()
naps()
"""


@contextlib.contextmanager
def running(folder, command, text, *arguments):
    """A program that says by a file that it is ready; no truth is needed of it."""
    program, ready = os.path.join(str(folder), "program.py"), os.path.join(str(folder), "ready")
    with open(program, "w") as file:
        file.write(text)
    process = subprocess.Popen([*command, program, ready, *arguments], stdin=subprocess.DEVNULL)
    try:
        assert wait_for(lambda: os.path.exists(ready) or process.poll() is not None, 60) and os.path.exists(ready)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module", params=[ODD, LATIN], ids=["utf8", "latin1"])
def odd_process(request, tmp_path_factory, any_python):
    """A Python in a folder whose name not every locale can decode."""
    base = str(tmp_path_factory.mktemp("odd"))
    folder = os.path.join(base, request.param)
    os.mkdir(folder)
    program = os.path.join(folder, request.param)
    shutil.copy(os.path.realpath(any_python.command[0]), program)
    with running(base, [program], NAPS) as process:
        process.program, process.folder = program, folder
        yield process


def frames_of(outcome):
    return re.findall(r"^[ *] #\d+ .*", outcome.stdout, re.MULTILINE)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_names_that_the_locale_cannot_decode(gdb, odd_process, locale):
    outcome = debuggers.run(
        gdb, debuggers.live(odd_process.pid), "py-dump", "py-dump --native", variables={"LC_ALL": locale}
    )
    assert outcome.status == 0, outcome.stderr
    assert "gdb said" not in outcome.stderr
    assert outcome.stdout.count("Process %d" % odd_process.pid) == 2
    assert any("naps " in frame for frame in frames_of(outcome)), outcome.stdout


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_the_core_of_such_a_process(gdb, odd_process, locale):
    odd_core = os.path.join(odd_process.folder, "core-" + locale)
    debuggers.run(gdb, debuggers.live(odd_process.pid), "gcore " + odd_core, variables={"LC_ALL": "C.UTF-8"})
    outcome = debuggers.run(gdb, debuggers.core(odd_core, odd_process.program), "py-dump", variables={"LC_ALL": locale})
    assert outcome.status == 0, outcome.stderr
    assert "gdb said" not in outcome.stderr and "Incomplete" not in outcome.stdout
    assert any("naps " in frame for frame in frames_of(outcome)), outcome.stdout


LIBRARY = "int call_back(int (*back)(int), int value) { return back(value) + 1; }\n"
CALLER = """
import ctypes, os, sys, time
library = ctypes.CDLL(sys.argv[2])
def waits(value):
    open(sys.argv[1], "w").close()
    time.sleep(600)
    return 0
library.call_back(ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(waits), 1)
"""


def test_frames_of_a_library_with_such_a_name(gdb, tmp_path, any_python):
    """--native names the library and its function, whatever the locale."""
    library = os.path.join(str(tmp_path), "lib" + LATIN + ".so")
    (tmp_path / "library.c").write_text(LIBRARY)
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-g", "-o", os.fsencode(library), str(tmp_path / "library.c")], check=True
    )
    with running(tmp_path, any_python.command, CALLER, library) as process:
        outcome = debuggers.run(gdb, debuggers.live(process.pid), "py-dump --native", variables={"LC_ALL": "C"})
    assert outcome.status == 0, outcome.stderr
    assert re.search(r"C call_back ", outcome.stdout), outcome.stdout + outcome.stderr
    assert "gave no frames" not in outcome.stdout


def test_sourced_from_a_script_in_python(gdb, tmp_path, waiting):
    """There __file__ is the outer script's."""
    script = tmp_path / "my.py"
    script.write_text("import gdb\ngdb.execute('source %s')\n" % discover.plugin_path("gdb"))
    outcome = debuggers.run(gdb, debuggers.live(waiting.pid), "source %s" % script, "py-dump", load=False)
    assert outcome.status == 0, outcome.stderr
    assert "Process %d" % waiting.pid in outcome.stdout


def test_no_module_of_c_is_needed(gdb, waiting):
    """With another libpython in LD_LIBRARY_PATH the C modules of gdb's Python are not to be had."""
    block = (
        "python import sys; [sys.modules.__setitem__(name, None) for name in "
        "('_struct', 'struct', '_json', '_ctypes', '_socket', '_datetime')]"
    )
    outcome = debuggers.run(
        gdb,
        debuggers.live(waiting.pid),
        block,
        "source %s" % discover.plugin_path("gdb"),
        "py-dump",
        "py-sample -d 0.2",
        load=False,
    )
    assert outcome.status == 0, outcome.stderr
    assert "cannot be loaded" not in outcome.stderr


IN_A_STOP = """
import gdb
class Here(gdb.Breakpoint):
    def stop(self):
        try:
            gdb.execute('py-dump')
            gdb.execute('py-sample -d 0.1')
        except gdb.error as problem:
            print('REFUSED: %s' % problem)
        except gdb.GdbError as problem:
            print('REFUSED: %s' % problem)
        return True
Here('clock_nanosleep')
"""


def test_within_a_stop_of_gdbs_own(gdb, tmp_path, any_python):
    """In gdb.Breakpoint.stop() threads are still called running, though they stand."""
    script = tmp_path / "stop.py"
    script.write_text(IN_A_STOP)
    with running(tmp_path, any_python.command, NAPS) as process:
        outcome = debuggers.run(gdb, debuggers.live(process.pid), "source %s" % script, "continue")
    assert re.search(r"#\d+ +naps +program.py:", outcome.stdout), outcome.stdout + outcome.stderr
    assert "middle of a stop" in outcome.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["--args", "/bin/true", "5"],
        ["--args", "/usr/bin/python3", "-c", "pass", "3458"],
        ["-ex", "set args 5", "/bin/true"],
    ],
)
def test_an_argument_of_the_program_is_no_process(gdb, words):
    command = [gdb.path, *gdb.args, "-batch", "-nx", "-ex", "source " + discover.plugin_path("gdb"), "-ex", "py-dump"]
    done = subprocess.run(
        command + words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=debuggers.environment(),
        timeout=60,
    )
    assert "no process: attach to one" in done.stderr.decode()


@pytest.mark.parametrize(
    "words, named",
    [
        (["-p", "999999999"], True),
        (["--pid=999999999"], True),
        (["/bin/true", "999999999"], True),
        (["-ex", "attach 999999999"], True),
        (["-ex", "attach 999999999", "-ex", "kill"], False),
    ],
)
def test_a_process_that_was_asked_for_is_explained(gdb, words, named):
    command = [
        gdb.path,
        *gdb.args,
        "-batch",
        "-nx",
        *words,
        "-ex",
        "source " + discover.plugin_path("gdb"),
        "-ex",
        "py-dump",
    ]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=debuggers.environment(),
        timeout=60,
    )
    assert ("999999999" in done.stderr.decode().splitlines()[-1]) == named, done.stderr


def test_a_process_that_was_asked_for_at_the_prompt(gdb, waiting):
    """A failed attach is explained; one that succeeded and was let go of is not."""
    with Terminal(gdb, None, cells=200) as terminal:
        terminal.type("attach 999999999\npy-dump\n")
        terminal.until("py-dump: no process: there is no process 999999999")
        terminal.settle()
        terminal.type("attach %d\n" % waiting.pid)
        terminal.settle()
        terminal.type("detach\npy-dump\n")
        terminal.until("py-dump: no process: attach to one")


def test_the_history_of_another_session_says_nothing(gdb, tmp_path):
    history = tmp_path / "history"
    history.write_text("attach 999999999\n")
    with Terminal(gdb, None, variables={"GDBHISTFILE": str(history)}) as terminal:
        terminal.type("py-dump\n")
        terminal.until("no process: attach to one")
