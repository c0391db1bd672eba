"""What a user sees at a real terminal, also in batch mode: colours, progress, keys, widths, marks."""

import re
import time

import pytest

import debugger as debuggers
from debuggee import Debuggee, Gdbserver
from terminal import PROMPT, Terminal, plain

SELECT = {"gdb": "thread %d", "lldb": "thread select %d"}


@pytest.fixture(scope="module")
def busy(any_python):
    with Debuggee(any_python, "busy") as process:
        yield process


def test_colour_in_batch_on_a_terminal(debugger, waiting):
    with Terminal(debugger, waiting, "py-threads", batch=True) as terminal:
        seen, status = terminal.rest()
    assert status == 0
    assert "\x1b[1mThread" in seen and "\x1b[0m" in seen


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
def test_no_colour_where_none_is_wanted(debugger, waiting, variables):
    with Terminal(debugger, waiting, "py-threads", batch=True, cells=120, variables=variables) as terminal:
        seen, _ = terminal.rest()
    assert "\x1b[1mThread" not in seen and "MainThread" in seen


def test_no_colour_in_what_a_script_takes(gdb, waiting):
    take = "python print(repr(gdb.execute('py-threads', to_string=True)))"
    with Terminal(gdb, waiting, take, "py-info", batch=True, cells=200) as terminal:
        seen, _ = terminal.rest()
    assert re.search(r"'Thread +LWP", seen), seen


def test_top_in_batch_on_a_terminal(debugger, busy):
    """It shows screens at once, its keys do what they say, and it ends with q."""
    with Terminal(debugger, busy, "py-top", batch=True) as terminal:
        first = plain(terminal.until(r"Keys:.*\n"))
        assert "? help" in first and "self*" in first
        terminal.until("Self %")
        terminal.type("n")
        terminal.until(r"name\*")
        terminal.type("?")
        terminal.until("freeze the screen")
        terminal.type("?")
        terminal.until("Self %")
        terminal.type("l")
        terminal.until(r"l function[^~]*busy\.py:(24|28|32)\b")
        terminal.type("h")
        terminal.until(r"Thread: spinner-\d, \d+")
        terminal.type("hhhhhl")
        terminal.until(r"l line")
        terminal.type("/nothing has this name\n")
        terminal.until("no function that was sampled passes the filter")
        terminal.type("r")
        terminal.until("Self %")
        terminal.type(" ")
        terminal.until("Frozen")
        terminal.type("q")
        seen, status = terminal.rest()
    assert status == 0 and "q was pressed" in seen


@pytest.mark.parametrize("cells", [80, 40])
def test_top_fits(debugger, busy, cells):
    """Function and file keep their room, and no line is longer than the terminal."""
    with Terminal(debugger, busy, "py-top -n 1", batch=True, cells=cells) as terminal:
        seen = plain(terminal.rest()[0])
    table = seen[seen.index("Self %") - 2 :].split("\n\n")[0].splitlines()
    assert "Function" in table[0] and "File" in table[0]
    assert len(table) > 1 and all(len(line) <= cells for line in table)
    assert all(re.search(r"\.py:\d+", line) for line in table[1:] if "native" not in line and "Ended" not in line)


def test_top_in_gdbs_tui(gdb, busy):
    """Which is left for the run, and there again afterwards, without a word of the stops that were ours."""
    with Terminal(gdb, busy, options=["-q", "-tui", "-iex", "set pagination off"]) as terminal:
        terminal.type("py-top\n")
        for words in ("Self %", r"busy\.py:\d+", "Self %"):
            screen = terminal.until(words)
        assert re.search(r"\n *[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +\S+ +busy.py:\d+", plain(screen))
        terminal.type("?")
        terminal.until("freeze the screen")
        terminal.type("q")
        seen = terminal.until("q was pressed")
        terminal.type("py-info\n")
        seen += terminal.until(r"Debugger[^\r\n]*gdb")
        assert "received signal" not in plain(seen)


def test_progress_in_batch_on_a_terminal(debugger, busy):
    with Terminal(debugger, busy, "py-sample -d 2.5", batch=True) as terminal:
        terminal.until(r"\r[12] s of 2.5 +\d+ samples")
        assert terminal.rest()[1] == 0


@pytest.mark.parametrize("cells", [100, 80])
def test_threads_fit(debugger, waiting, cells):
    with Terminal(debugger, waiting, "py-threads", batch=True, cells=cells) as terminal:
        seen = plain(terminal.rest()[0])
    table = [line for line in seen[seen.index("Thread  LWP") :].splitlines() if re.match(r"[* ] \d+ ", line)]
    assert table and all(len(line) < cells for line in table)
    assert all(re.search(r":\d+$", line) for line in table)


def test_a_profile_fits(debugger, busy):
    with Terminal(debugger, busy, "py-sample -d 1", "py-stats top --sort cumtime", batch=True) as terminal:
        seen = plain(terminal.rest()[0]).replace("HzProcess", "Hz\nProcess")
    lines = [line for line in seen[seen.index("Process ") :].splitlines() if "(lldb)" not in line]
    assert any("busy.py:" in line for line in lines)
    assert [line for line in lines if len(line) > 80] == []


def test_ctrl_c_leaves_no_half_of_a_sequence_in_lldb(lldb, any_python):
    """The ^C that the terminal shows ends a sequence that is half there, the prompt what was coloured."""
    with Debuggee(any_python, "recursion", 100000) as deep, Terminal(lldb, deep) as terminal:
        terminal.type("py-dump --full\n")
        terminal.until(r"#1\d\d ")
        terminal.type("\x03")
        seen = terminal.until(PROMPT["lldb"])
        terminal.type("script print(60 + 1)\n")
        seen += terminal.until(r"\b61\b")
    halves = re.findall(r"\x1b(?!\[[0-9;?]*[@-~]|[78=>]|\(B)[^\r\n]*", seen)
    assert halves == []
    coloured = seen.rpartition("\x1b[36m")[2]
    assert re.search(r"\x1b\[0?m", coloured)


def test_ctrl_c_leaves_no_half_of_a_sequence(gdb, any_python):
    """The terminal drops what is on its way: what comes next begins with a sequence of its own."""
    with Debuggee(any_python, "recursion", 100000) as deep, Terminal(gdb, deep) as terminal:
        terminal.type("py-dump --full\n")
        terminal.until("#100 ")
        terminal.type("\x03")
        seen = terminal.until("py-dump: interrupted")
        before = seen.rpartition("py-dump: interrupted")[0]
        last = before.rpartition("\x1b")[2]
        assert last.startswith("[0m") or re.match(r"\[[0-9;?]*[a-zA-Z]", last), repr(before[-80:])
        assert "\x1b[0m" in before[-60:]


def test_the_selected_thread(debugger, waiting):
    listed = debuggers.json_of(debugger, debuggers.live(waiting.pid), "py-threads")["threads"]
    lwps = {thread["debugger_thread"]: thread["os_thread_id"] for thread in listed}
    number = sorted(lwps)[1]
    outcome = debuggers.run(debugger, debuggers.live(waiting.pid), SELECT[debugger.kind] % number, "py-threads",
                            "py-dump --thread current")  # fmt: skip
    marked = re.findall(r"^\* (\d+) +(\d+) ", outcome.stdout, re.MULTILINE)
    mine = [row for row in marked if int(row[1]) == lwps[number]]
    assert mine == [(str(number), str(lwps[number]))]
    assert re.findall(r"^Thread (\d+) +LWP", outcome.stdout, re.MULTILINE) == [str(number)]


def test_an_attach_that_failed_in_lldb(lldb, any_python):
    """It is explained, also when typed; what was attached to, let go of, and is of no interest any more, is not."""
    with Debuggee(any_python, "threads") as first, Debuggee(any_python, "threads") as second:
        with Terminal(lldb, None, cells=200) as terminal:
            terminal.type("process attach -p 999999999\npy-dump\n")
            terminal.until("py-dump: no process: there is no process 999999999")
            terminal.settle()
            for process in (first, second):
                terminal.type("attach %d\n" % process.pid)
                terminal.until("stopped")
                terminal.settle()
                terminal.type("detach\n")
                terminal.until("detached")
                terminal.settle()
            terminal.type("py-dump\n")
            terminal.until("py-dump: no process: attach to one")
            terminal.settle()
            terminal.type("process attach -p 999999999\n")
            terminal.until("attach failed")
            terminal.settle()
            terminal.type("py-dump\n")
            terminal.until("py-dump: no process: there is no process 999999999")
        with Terminal(lldb, None, options=["-p", str(first.pid)], cells=200) as terminal:
            terminal.type("detach\n")
            terminal.until("detached")
            terminal.settle()
            terminal.type("py-dump\n")
            terminal.until("py-dump: no process: attach to one")


GO_ON = {"gdb": "continue &", "lldb": "continue"}


def test_a_remote_process_that_runs(debugger, any_python):
    with Debuggee(any_python, "threads") as process, Gdbserver(process.pid) as server:
        connect = {"gdb": "target remote 127.0.0.1:%d", "lldb": "gdb-remote 127.0.0.1:%d"}[debugger.kind] % server.port
        with Terminal(debugger, None, cells=200) as terminal:
            terminal.type(connect + "\n")
            terminal.settle()
            terminal.type(GO_ON[debugger.kind] + "\n")
            terminal.until("ontinuing|resuming")
            terminal.type("py-dump\n")
            terminal.until(r"py-dump: process %d is running: stop it first" % process.pid)


SESSION = [
    ("py-dump", r"#0 +\S+[^~]*deliver"),
    ("py-bt", r"#\d+ +(?:deliver\.<locals>\.)?inner"),
    ("py-frame {deliver}", r"deliver"),
    ("py-locals", r"hunter2"),
    ("py-print job.name", r"'job-7'"),
    ("py-print $1", r"'job-7'"),
    ("py-up", r"<module>"),
    ("py-down", r"deliver"),
    ("py-list", r"inner\(\)"),
    ("py-threads", r"MainThread"),
]


def test_a_session(debugger, any_python):
    """What is typed one after the other, on a terminal: attach, look around, let go; then there is no process."""
    with Debuggee(any_python, "look") as process, Terminal(debugger, None, cells=160) as terminal:
        terminal.type("attach %d\n" % process.pid)
        terminal.settle()
        shown = ""
        for command, wanted in SESSION:
            number = re.search(r"#(\d+) +deliver +", plain(shown))
            terminal.type(command.format(deliver=number.group(1) if number else "") + "\n")
            shown = terminal.until(wanted)
            terminal.settle()
            shown += terminal.before
        terminal.type("detach\n")
        terminal.until("detached")
        terminal.settle()
        terminal.type("py-bt\n")
        terminal.until("no process: attach to one")


def test_help_of_one_command(debugger, waiting):
    """At the prompt and by --help the same options."""
    with Terminal(debugger, waiting, cells=100) as terminal:
        for command in ("help py-locals", "py-locals --help"):
            terminal.type(command + "\n")
            seen = terminal.until(r"--if-alive|--help +this text|-h, --help")
            assert "Usage: py-locals" in plain(seen) or "py-locals [OPTION]" in plain(seen)
            terminal.settle()


def test_help_finds_the_commands(debugger):
    outcome = debuggers.run(debugger, debuggers.NOTHING, "help hognose", "apropos hognose")
    # lldb's apropos names the group of commands, and "hognose", which lists them
    times = {"gdb": 2, "lldb": 1}[debugger.kind]
    for name in ("py-dump", "py-threads", "py-sample", "py-stats"):
        assert len(re.findall(r"^ *%s\b" % name, outcome.stdout, re.MULTILINE)) >= times, outcome.stdout
    assert re.search(r"hognose", outcome.stdout.rpartition("apropos")[2] or outcome.stdout)


def test_if_alive(debugger):
    """A program that has ended by itself is no failure."""
    run = {"gdb": ["file /bin/true", "run"], "lldb": ["target create /bin/true", "process launch"]}[debugger.kind]
    outcome = debuggers.run(debugger, debuggers.NOTHING, *run, "py-dump --if-alive")
    assert outcome.status == 0, outcome.stderr
    assert "py-dump:" not in outcome.stdout + outcome.stderr
    assert debuggers.run(debugger, debuggers.NOTHING, *run, "py-dump").status == 1


def test_a_file_that_was_written_is_named(debugger, waiting, tmp_path):
    outcome = debuggers.run(debugger, debuggers.live(waiting.pid), "py-dump -o %s/dump.txt" % tmp_path,
                            "py-dump -o /dev/null")  # fmt: skip
    assert outcome.stdout.count("Wrote ") == 1 and "Wrote %s/dump.txt\n" % tmp_path in outcome.stdout


PACKAGE = """
import os, sys, time
sys.path.insert(0, os.path.dirname(sys.argv[1]))
from shop.workers import base
base.serve(sys.argv[1])
"""
BASE = """
import time
def serve(ready):
    open(ready, "w").close()
    time.sleep(600)
"""


def test_files_are_told_apart_by_their_package(debugger, tmp_path, any_python):
    import subprocess

    from debuggee import wait_for

    (tmp_path / "shop" / "workers").mkdir(parents=True)
    for name in ("shop/__init__.py", "shop/workers/__init__.py"):
        (tmp_path / name).write_text("")
    (tmp_path / "shop" / "workers" / "base.py").write_text(BASE)
    (tmp_path / "main.py").write_text(PACKAGE)
    process = subprocess.Popen([*any_python.command, str(tmp_path / "main.py"), str(tmp_path / "ready")])
    try:
        assert wait_for((tmp_path / "ready").exists, 60)
        time.sleep(0.1)
        outcome = debuggers.run(debugger, debuggers.live(process.pid), "py-dump")
    finally:
        process.kill()
        process.wait()
    assert re.search(r"serve +shop/workers/base.py:5$", outcome.stdout, re.MULTILINE), outcome.stdout
    assert re.search(r"<module> +main.py:5$", outcome.stdout, re.MULTILINE)
