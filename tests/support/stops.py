"""Stops of tests/programs/stops.py and what CPython itself says of them, compared with py-dump.

The truth is the text of CPython's _Py_DumpTracebackThreads in the very stop (stops_inside.py).
"""

import contextlib
import json
import os
import re
import subprocess

import debugger as debuggers
from debuggee import Debuggee

SUPPORT = os.path.dirname(os.path.abspath(__file__))

#: Functions that all of 3.6 to 3.15 export.
FUNCTIONS = """
    PyObject_Call PyObject_GetAttr PyObject_RichCompare PyObject_Hash PyObject_GetIter PyIter_Next PyEval_SaveThread
    PyEval_RestoreThread PyEval_EvalCode PyErr_SetObject PyErr_Fetch PyErr_NormalizeException PyTraceBack_Here
    PyThreadState_New PyThreadState_Clear PyThreadState_Get PyObject_CallFinalizerFromDealloc PyObject_GC_Del
    PyDict_New PyGC_Collect PyThread_start_new_thread PyImport_ImportModuleLevelObject PyFunction_New
    PyCell_New PyObject_CallFunctionObjArgs PyMem_Malloc PyNumber_Add PySequence_List
""".split()
HEAD = re.compile(r"(Thread|Current thread) 0x([0-9a-f]+)(?: \[.*\])? \(most recent call first\):$")
FRAME = re.compile(r'  File (?:"(.*)"|\?\?\?), line (\d+|\?\?\?) in (.*)$')
NAME_MAX = 500  # faulthandler's MAX_STRING_LENGTH


class NoTruth(Exception):
    """What CPython wrote is no list of stacks."""


def stacks_of(text):
    """[(thread id, [(file, line, name)], complete)], and whether the list of threads was given to its end."""
    stacks, ended = [], True
    for line in text.splitlines():
        head, frame = HEAD.match(line), FRAME.match(line)
        if head:
            stacks.append([int(head.group(2), 16), [], True])
        elif frame and frame.group(3) == "<interpreter trampoline>":
            pass  # of 3.12, a frame that no code of Python's has
        elif frame:
            stacks[-1][1].append((frame.group(1), number(frame.group(2)), frame.group(3)))
        elif line == "  ...":
            stacks[-1][2] = False
        elif line in ("...", "<freed thread state>"):
            ended = False
        elif line.strip() in ("", "<no Python frame>", "Garbage-collecting"):
            pass
        elif re.match(r"  <(tstate is freed|freed \w+|truncated.*|invalid .*)>$", line):
            stacks[-1][2] = None
        else:
            raise NoTruth(line)
    return stacks, ended


def number(text):
    """0 is where compilers put what is of no line of the source; a dump has null."""
    return None if text in ("???", "0") else int(text)


def shown(text):
    """As faulthandler writes a string."""
    if text is None:
        return None
    cut = text[:NAME_MAX] + ("..." if len(text) > NAME_MAX else "")
    return cut.encode("ascii", "backslashreplace").decode()


def stacks_in(dump):
    """The same of a dump: threads with a thread state, incomplete frames as well, which CPython's has too."""
    for thread in dump["threads"]:
        if thread["interpreter"] is not None:
            frames = [
                (shown(frame["filename"]), frame["line"], shown(frame["name"]))
                for frame in thread["frames"]
                if frame["kind"] == "python"
            ]
            yield int(thread["thread_id"] or "0", 16), frames, thread


def differences(state):
    """What differs at one stop, in words; raises NoTruth where there is nothing to compare with.

    To 3.11 a thread state bears the ids of its creator until its own thread runs; a dump says `not_started`.
    """
    try:
        dump = json.loads(state["dump"])
    except ValueError:
        return ["no dump: " + state["dump"][:300].strip()]
    if state["truth"] is None:
        raise NoTruth("every thread blocks the signal")
    truth, ended = stacks_of(state["truth"])
    if not truth:
        raise NoTruth("no stack in %r" % state["truth"][:100])
    left = list(stacks_in(dump))
    found = []
    for thread_id, frames, complete in truth:
        if complete is None:
            ended = False
            continue
        equal = [one for one in left if one[0] == thread_id and same_frames(one[1], frames, complete)]
        equal += [one for one in left if not frames and one[2]["state"] == "not_started"]
        if equal:
            left.remove(equal[0])
        else:
            found.append("thread %#x: %s" % (thread_id, mismatch([x for x in left if x[0] == thread_id], frames)))
    if ended and not found:
        found += ["thread %#x is not in CPython's list" % one[0] for one in left]
    marked = bool(found) and not dump["complete"]
    return [("(marked) " if marked else "") + words for words in found]


def same_frames(ours, theirs, complete):
    return ours == theirs if complete else ours[: len(theirs)] == theirs


def mismatch(candidates, frames):
    if not candidates:
        return "not in the dump; CPython has %s" % (frames[:3],)
    ours, thread = candidates[0][1:]
    at = next((i for i, pair in enumerate(zip(ours, frames)) if pair[0] != pair[1]), min(len(ours), len(frames)))
    return "%d frames, CPython has %d; #%d is %s, CPython has %s; %s, %s" % (
        len(ours), len(frames), at, ours[at : at + 1], frames[at : at + 1], thread["state"], thread["stopped_because"]
    )  # fmt: skip


def stop(debugger, python, seed, stops, steps=40, follow=False, functions=FUNCTIONS):
    """The states of so many stops of one process, an element a stop; fewer if it ended before."""
    extra = ["fork"] if follow else []
    stacks = os.path.join("stacks")
    with Debuggee(python, "stops", stacks, seed, *extra) as process:
        task = os.path.join(process.folder, "task.json")
        out = os.path.join(process.folder, "out")
        with open(task, "w") as file:
            json.dump(
                {
                    "pid": process.pid,
                    "seed": seed,
                    "stops": stops,
                    "stacks": os.path.join(process.folder, stacks),
                    "out": out,
                    "functions": functions,
                    "steps": steps,
                    "follow": follow,
                },
                file,
            )
        script = os.path.join(SUPPORT, "stops_in_%s.py" % debugger.kind)
        load = {"gdb": "source ", "lldb": "command script import "}[debugger.kind] + script
        words = ""
        try:
            outcome = debuggers.run(debugger, debuggers.live(process.pid), load, variables={"HOGNOSE_STOPS": task})
            words = outcome.stdout[-800:] + outcome.stderr[-800:]
        except subprocess.TimeoutExpired:
            words = "the debugger did not end"
        lines = []
        if os.path.exists(out):
            with open(out) as file, contextlib.suppress(ValueError):
                lines = [json.loads(line) for line in file]
        if not lines:
            raise debuggers.DebuggerError("no stop was made: " + words)
        return lines
