"""hognose core --redact: what the names hide is not in the file, and what is around it is as it was."""

import json
import struct

import pytest
from test_cli import few_pythons, run, told

import debugger as debuggers
from debuggee import Debuggee

HEADER = struct.Struct("<IIQQQQQQ")
SECRET = "s3cr3t-value"
PIN = struct.pack("<QQ", 8812344411223344 & (2**30 - 1), 0)[:4]
NAMES = "*token*,*password*,api_key"


def forms(text):
    return {name: text.encode(name) for name in ("ascii", "utf-16-le", "utf-32-le")}


def small_core(process, path, *options):
    told("core", process.pid, "-o", path, *options)
    return path.read_bytes()


@pytest.mark.parametrize("python", few_pythons())
def test_nothing_of_a_secret_is_left(python, tmp_path):
    with Debuggee(python, "hidden") as process:
        frames = json.loads(told("dump", process.pid, "--json"))["threads"][0]["frames"]
        open_core = small_core(process, tmp_path / "open.core")
        closed = small_core(process, tmp_path / "closed.core", "--redact", NAMES)
    found = {form: open_core.count(letters) for form, letters in forms(SECRET).items()}
    assert found["ascii"] >= 8 and found["utf-16-le"] >= 1, found  # else the test would show nothing
    assert {form: closed.count(letters) for form, letters in forms(SECRET).items()} == dict.fromkeys(forms(""), 0)
    assert open_core.count(PIN) and not closed.count(PIN)
    for visible in (b"visible-user", b"visible-host", b"visible-label", b"visible-text"):
        assert closed.count(visible) == open_core.count(visible) > 0
    again = json.loads(told("dump", tmp_path / "closed.core", "--json", "--locals"))
    assert again["complete"], again["warnings"]
    shown = again["threads"][0]["frames"]
    assert [(f["name"], f["line"]) for f in shown] == [(f["name"], f["line"]) for f in frames]
    values = {local["name"]: local["repr"] for frame in shown for local in frame["locals"]}
    assert values["visible"] == "'visible-text'"
    assert set(values["password"]) == set("'*")
    assert values["innocent"] == "'prefix %s suffix'" % ("*" * len("attribute-s3cr3t-value"))


def test_the_command_line_is_blanked(any_python, tmp_path):
    """Of the process as well as in its memory."""
    with Debuggee(any_python, "hidden", "local-%s,other" % SECRET) as process:
        core = small_core(process, tmp_path / "one.core", "--redact", NAMES)
    assert SECRET.encode() not in core


def test_what_no_name_hides_stays(any_python, tmp_path):
    with Debuggee(any_python, "hidden") as process:
        done = run("core", process.pid, "-o", tmp_path / "a.core", "--redact", "nothing_like_it")
        assert SECRET.encode() in (tmp_path / "a.core").read_bytes()
    assert "blanked: 0" in done.stdout


def test_the_setting_counts_too(any_python, gdb, tmp_path):
    with Debuggee(any_python, "hidden") as process:
        commands = ["set hognose redact " + NAMES, "py-core -o %s" % (tmp_path / "b.core")]
        debuggers.run(gdb, debuggers.live(process.pid), *commands)
    assert SECRET.encode() not in (tmp_path / "b.core").read_bytes()
