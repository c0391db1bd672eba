"""Python in what an editor shows: gdb's DAP server, driven as VS Code drives it.

The program says which frames there are (tests/programs/look.py, mixed.py).
"""

import dap
import pytest

import debugger as debuggers
import discover
from debuggee import Debuggee

FROM = (14,)  # the first gdb that has a DAP server worth the name


def gdbs():
    return [
        one
        for one in discover.debuggers_and_gaps()
        if one.name.startswith("gdb") and (not one.kind or discover.version_key(one.version) >= FROM)
    ]


def client(gdb, *commands):
    words = ["set debuginfod enabled off", "source " + discover.plugin_path("gdb"), "set hognose backtrace on"]
    options = [option for word in words + list(commands) for option in ("-iex", word)]
    return dap.Client([gdb.path, *gdb.args, "-nx", "-i=dap", *options], debuggers.environment())


def attach(session, pid):
    session.request("initialize", adapterID="hognose", linesStartAt1=True, supportsVariableType=True)
    attaching = session.send("attach", pid=pid)
    session.request("configurationDone")
    session.answer_to(attaching)


def stack(session, thread, **arguments):
    return session.request("stackTrace", threadId=thread, **arguments)["stackFrames"]


def python_frames(frames):
    return [frame for frame in frames if frame.get("source", {}).get("path", "").endswith(".py")]


def variables(session, frame, scope):
    for one in session.request("scopes", frameId=frame["id"])["scopes"]:
        if one["name"] == scope:
            found = session.request("variables", variablesReference=one["variablesReference"])["variables"]
            return {variable["name"]: variable for variable in found}
    return {}


@pytest.fixture(scope="module")
def looked_at(any_python):
    with Debuggee(any_python, "look") as process:
        yield process


@pytest.mark.parametrize("one_gdb", gdbs())
def test_frames_and_variables(one_gdb, looked_at):
    with client(one_gdb) as session:
        attach(session, looked_at.pid)
        thread = session.request("threads")["threads"][0]["id"]
        shown = stack(session, thread)
        frames = python_frames(shown)
        wanted = looked_at.truth["threads"][0]["frames"]
        assert [(frame["name"], frame["line"], frame["source"]["path"]) for frame in frames] == [
            (frame.get("qualname") or frame["name"], frame["line"], frame["filename"]) for frame in wanted
        ]
        assert len({frame["id"] for frame in shown}) == len(shown)
        assert not any("_PyEval" in frame["name"] for frame in shown)
        deliver = next(frame for frame in frames if frame["name"] == "deliver")
        arguments = variables(session, deliver, "Arguments")
        assert list(arguments) == ["job", "password"]
        assert (arguments["password"]["value"], arguments["password"]["type"]) == ("'hunter2'", "str")
        assert arguments["job"]["type"] == "__main__.Job"
        found = variables(session, deliver, "Locals")
        assert found["table"]["value"] == "{'hosts': ['a', 'b', 'c'], 1: 'one', 'with space': 2, 'token': 't0p'}"
        assert found["table"]["type"] == "dict" and found["table"]["variablesReference"] == 0
        # The editor asks for a few frames at a time, and again.
        assert stack(session, thread, startFrame=2, levels=3) == shown[2:5]
        assert variables(session, deliver, "Arguments") == arguments
        session.request("disconnect", terminateDebuggee=False)


@pytest.mark.parametrize("one_gdb", gdbs()[-1:])
def test_every_thread(one_gdb, any_python):
    with Debuggee(any_python, "mixed") as process, client(one_gdb) as session:
        attach(session, process.pid)
        found = [
            [(frame["name"], frame["line"]) for frame in python_frames(stack(session, thread["id"]))]
            for thread in session.request("threads")["threads"]
        ]
        session.request("disconnect", terminateDebuggee=False)
    assert sorted(found) == sorted(
        [(frame.get("qualname") or frame["name"], frame["line"]) for frame in thread["frames"]]
        for thread in process.truth["threads"]
    )


@pytest.mark.parametrize("one_gdb", gdbs()[-1:])
def test_stop_after_stop(one_gdb, any_python, tmp_path):
    """A program that is launched, and stopped at each call of a function of C: the frames are those of that stop."""
    program = tmp_path / "steps.py"
    program.write_text("import os\nnumber = 1\nos.getppid()\nnumber = 2\nos.getppid()\n")
    with client(one_gdb) as session:
        session.request("initialize", adapterID="hognose", linesStartAt1=True)
        launching = session.send("launch", program=any_python.command[-1], args=[str(program)])
        session.request("setFunctionBreakpoints", breakpoints=[{"name": "getppid"}])
        session.request("configurationDone")
        session.answer_to(launching)
        for line, number in ((3, "1"), (5, "2")):
            thread = session.wait_for("stopped")["threadId"]
            (frame,) = python_frames(stack(session, thread))
            assert (frame["name"], frame["line"]) == ("<module>", line)
            assert variables(session, frame, "Locals")["number"]["value"] == number
            session.request("continue", threadId=thread)
        session.wait_for("exited")


@pytest.mark.parametrize("one_gdb", gdbs()[-1:])
def test_off_it_is_gdbs_own(one_gdb, looked_at):
    with client(one_gdb, "set hognose backtrace off") as session:
        attach(session, looked_at.pid)
        assert not python_frames(stack(session, session.request("threads")["threads"][0]["id"]))
        session.request("disconnect", terminateDebuggee=False)
