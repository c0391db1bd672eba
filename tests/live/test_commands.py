"""The commands as a person uses them: help, text, settings, exit status, output to a file.

What a dump holds is the matrix's business; here it is how it is asked for and how it looks.
Both debuggers are given the same words.
"""

import json
import re

import pytest

import debugger as debuggers
import discover
from debuggee import Debuggee

COMMANDS = ["py-dump", "py-threads", "py-info"]


def live_text(debugger, process, *commands):
    """What the commands printed, without what the debugger itself said before them."""
    outcome = debuggers.run(debugger, debuggers.live(process.pid), *commands)
    assert outcome.status == 0, outcome.stderr
    return outcome.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each(debugger, command):
    outcome = debuggers.run(debugger, debuggers.NOTHING, command + " --help")
    assert outcome.status == 0
    text = outcome.stdout[outcome.stdout.index("Usage: ") :]
    assert text.startswith("Usage: %s [OPTION]..." % command)
    examples = text[text.index("Examples:") :].splitlines()[1:]
    assert len([line for line in examples if line.strip().startswith(command)]) == 2
    assert max(map(len, text.splitlines())) <= 80
    own_help = debuggers.run(debugger, debuggers.NOTHING, "help " + command)
    assert "Usage: %s [OPTION]..." % command in own_help.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_help_has_a_letter(debugger, command):
    text = debuggers.run(debugger, debuggers.NOTHING, command + " --help").stdout
    options = re.findall(r"^  (-\w, )?--([a-z-]+)", text, re.MULTILINE)
    assert {"json", "output", "help"} <= {name for _letter, name in options}
    assert all(letter for letter, _name in options)


def test_plugin_loads_silently(debugger):
    loaded = debuggers.run(debugger, debuggers.NOTHING)
    bare = debuggers.run(debugger, debuggers.NOTHING, load=False)
    ours = [line for line in loaded.stdout.splitlines() if "plugin load" not in line]
    assert ours == bare.stdout.splitlines()
    assert loaded.stderr == bare.stderr


def test_dump_as_text(debugger, waiting):
    text = live_text(debugger, waiting, "py-dump")
    assert re.search(
        r"^Process %d  .*threads\.py.* CPython %s, live$" % (waiting.pid, re.escape(waiting.python.version)),
        text,
        re.MULTILINE,
    )
    for thread in waiting.truth["threads"]:
        if (
            thread["name"]
            and thread["name"].isprintable()
            and len(thread["name"]) < 50
            and not re.search(r'[\\"]', thread["name"])
        ):
            assert re.search(
                r'^Thread \d+ +LWP %d +"%s" ' % (thread["native_id"], re.escape(thread["name"])), text, re.MULTILINE
            ), thread["name"]
    assert re.search(r"^[ *] #0  want_lock_in_with +threads\.py:\d+$", text, re.MULTILINE)


def test_no_control_character_reaches_the_terminal(debugger, any_python):
    """Names are printed escaped: none can move the cursor or begin a line of its own."""
    with Debuggee(any_python, "names") as process:
        outcome = debuggers.run(debugger, debuggers.live(process.pid), "py-dump", "py-threads")
    ours = outcome.stdout[outcome.stdout.index("Process %d" % process.pid) :]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]", ours)
    assert "\\x1b[31m" in ours


def test_threads_as_text(debugger, waiting):
    text = live_text(debugger, waiting, "py-threads")
    lines = text[text.index("Thread  LWP") :].splitlines()
    assert lines[0].split() == ["Thread", "LWP", "Name", "State", "GIL", "Innermost", "frame"]
    rows = [line for line in lines if re.match(r"[* ]*\d+ +\d+ ", line)]
    assert len(rows) == len(waiting.truth["threads"])
    sleeper = re.compile(r'"sleeper" +(idle, in clock_nanosleep|sleeps.*) +.*sleep_long +threads\.py:')
    assert any(sleeper.search(row) for row in rows)


def test_info_as_text(debugger, waiting):
    text = live_text(debugger, waiting, "py-info --verbose")
    for words in (
        r"Process +%d, live" % waiting.pid,
        r"Python +CPython %s" % waiting.python.version,
        r"Found by +\S",
        r"Memory from +\S",
        r"Steps tried",
        r"Settings",
    ):
        assert re.search("^" + words, text, re.MULTILINE), words


@pytest.mark.parametrize(
    "command, schema",
    [("py-dump", "hognose.dump/1"), ("py-threads", "hognose.threads/1"), ("py-info", "hognose.info/1")],
)
def test_json_on_standard_output(debugger, waiting_core, command, schema):
    outcome = debuggers.run(debugger, debuggers.NOTHING, "%s --json --core %s" % (command, waiting_core))
    text = outcome.stdout[outcome.stdout.index('{"schema"') :]
    document = json.loads(text)
    assert document["schema"] == schema
    assert text.isascii()


def test_json_agrees_with_its_schema(debugger, waiting):
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed: apt install python3-jsonschema")
    with open(discover.ROOT + "/docs/schema/hognose.dump-1.schema.json", encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.validate(debuggers.dump(debugger, debuggers.live(waiting.pid)), schema)


# ---- options ----


def test_one_thread(debugger, waiting):
    thread = next(thread for thread in waiting.truth["threads"] if thread["name"] == "sleeper")
    for way in ("sleeper", str(thread["native_id"]), hex(thread["thread_id"])):
        dump = debuggers.dump(debugger, debuggers.live(waiting.pid), "--thread", way)
        assert [one["thread_name"] for one in dump["threads"]] == ["sleeper"], way


def test_threads_of_a_list(debugger, waiting):
    dump = debuggers.dump(debugger, debuggers.live(waiting.pid), "--thread sleeper,holder", "-t MainThread")
    assert sorted(one["thread_name"] for one in dump["threads"]) == ["MainThread", "holder", "sleeper"]


def test_max_depth(debugger, waiting):
    dump = debuggers.dump(debugger, debuggers.live(waiting.pid), "--max-depth 2")
    assert max(len(thread["frames"]) for thread in dump["threads"]) == 2
    assert dump["complete"] is False
    assert all(
        re.match(r"--max-depth: 2 of \d+ frames are shown", thread["stopped_because"])
        for thread in dump["threads"]
        if thread["stopped_because"]
    )


def test_python_only(debugger, any_python):
    with Debuggee(any_python, "native") as process:
        target = debuggers.live(process.pid)
        everything = debuggers.dump(debugger, target)
        python_only = debuggers.dump(debugger, target, "--python-only")
    native = process.truth["native_threads"]
    assert {one["os_thread_id"] for one in everything["threads"] if one["interpreter"] is None} == set(native)
    assert [one for one in everything["threads"] if one["interpreter"] is not None] == python_only["threads"]


def test_recursion_is_shortened_in_text_only(debugger, any_python):
    with Debuggee(any_python, "recursion", 2000) as process:
        target = debuggers.live(process.pid)
        short = debuggers.run(debugger, target, "py-dump").stdout
        full = debuggers.run(debugger, target, "py-dump --full").stdout
        dump = debuggers.dump(debugger, target)
    assert len(short.splitlines()) < 400
    assert re.search(r"the frame above repeats .* times more", short)
    assert len(re.findall(r"^[ *] #\d+ +single ", full, re.MULTILINE)) == 2001
    assert max(len(thread["frames"]) for thread in dump["threads"]) == 2004


# ---- batch ----


def test_exit_status_of_success(debugger, waiting):
    assert debuggers.run(debugger, debuggers.live(waiting.pid), "py-dump").status == 0


def test_output_replaces_the_file(debugger, waiting, tmp_path):
    path = tmp_path / "stacks with blanks.txt"
    path.write_text("old")
    outcome = debuggers.run(debugger, debuggers.live(waiting.pid), 'py-dump -o "%s"' % path)
    assert outcome.status == 0, outcome.stderr
    assert path.read_text().startswith("Process %d" % waiting.pid)
    assert "want_lock_in_with" not in outcome.stdout
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_settings_in_gdb(gdb, waiting):
    shown = debuggers.run(gdb, debuggers.NOTHING, "set hognose max-depth 3", "show hognose").stdout
    assert re.search(r"^max-depth +3 ", shown, re.MULTILINE)
    assert {line.split()[0] for line in shown.splitlines()} == {
        "backtrace",
        "color",
        "max-depth",
        "max-string",
        "path-style",
        "redact",
    }
    text = live_text(gdb, waiting, "set hognose max-depth 1", "set hognose path-style full", "py-dump")
    assert re.search(r"^[ *] #0 +\S+ +/\S+/threads\.py:\d+$", text, re.MULTILINE)
    assert "  #1 " not in text


def test_backtrace_is_of_gdb(lldb, waiting):
    """A setting that would do nothing is refused, and stays off."""
    outcome = debuggers.run(lldb, debuggers.live(waiting.pid), "py-set backtrace off", "py-set backtrace on")
    assert outcome.status != 0
    assert "py-set: backtrace is for gdb: here py-dump --native shows the same" in outcome.stdout + outcome.stderr
    outcome = debuggers.run(lldb, debuggers.live(waiting.pid), "py-set backtrace")
    assert "backtrace: off\n" in outcome.stdout


def test_settings_in_lldb(lldb, waiting):
    shown = debuggers.run(lldb, debuggers.NOTHING, "py-set max-depth 3", "py-set").stdout
    assert re.search(r"^max-depth +3 ", shown, re.MULTILINE)
    text = live_text(lldb, waiting, "py-set max-depth 1", "py-set path-style full", "py dump")
    assert re.search(r"^[ *] #0 +\S+ +/\S+/threads\.py:\d+$", text, re.MULTILINE)
    assert "  #1 " not in text


def test_remote_executable_is_named(debugger, waiting):
    """Neither debugger was given one; the stub knows."""
    dump = debuggers.dump_remote(debugger, waiting.pid)
    assert dump["target"]["executable"] == waiting.executable()
