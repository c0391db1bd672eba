"""Several interpreters in one process.

# requires: 3.8

Each thread here runs code in an interpreter of its own; from 3.12 on each has its own GIL. A
thread has one state for every interpreter it entered, so the same thread id appears in both,
with different frames: in the main interpreter those that led into the other one, in the other
one what it runs there. sys._current_frames() shows only one of a thread's states (from later
releases of 3.13 on: only the caller's interpreter), so the code in the subinterpreter keeps its
own frame for a helper thread to look at. A second thread, started inside, belongs to the
subinterpreter alone. In this truth every thread carries "interpreter", its number.
"""

import os
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import truth

try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

WAYS = ("first", "second")

INSIDE = """
import _thread, os, sys, threading
sys.path.insert(0, {here!r})
import truth

def hold(name):
    frames[name] = sys._getframe(), _thread.get_ident()
    truth.note_thread()
    gates[name].acquire()

def worker(depth):
    if depth:
        worker(depth - 1)
    else:
        hold("worker")

def write_down():
    truth.wait_until_parked(frames, {out!r}, {number})

frames = {{}}
gates = {{"main": threading.Lock(), "worker": threading.Lock()}}
for gate in gates.values():
    gate.acquire()
threading.Thread(target=worker, args=(5,), name="inside {number}").start()
_thread.start_new_thread(write_down, ())
hold("main")
"""


def create():
    """An interpreter that may start threads; the arguments differ from version to version."""
    if hasattr(interpreters, "new_config"):
        return interpreters.create("isolated", reqrefs=False)
    if sys.version_info >= (3, 9):
        return interpreters.create(isolated=sys.version_info >= (3, 12))
    return interpreters.create()


def run_inside(out):
    # Up to 3.11 code runs on the state of the thread that created the interpreter: so, here.
    interpreter = create()
    code = INSIDE.format(here=HERE, out=out, number=int(interpreter))
    problem = interpreters.run_string(interpreter, code)
    if problem:
        print(problem, file=sys.stderr)


def thread_in_interpreter(out):
    truth.note_thread()
    run_inside(out)


def add_threads_inside(found, outs):
    """The main interpreter's threads as they are, and those that the others wrote down."""
    main_threads = [thread for thread in found["threads"] if thread["thread_id"] in threading._active]
    inside = [truth.read_and_remove(out) for out in outs]
    found["threads"] = [dict(thread, interpreter=0) for thread in main_threads] + [
        dict(thread, interpreter=one["interpreter"]) for one in inside for thread in one["threads"]
    ]


def main():
    report = truth.Report(sys.argv[1])
    outs = ["%s.%s" % (sys.argv[1], way) for way in WAYS]
    for way, out in zip(WAYS, outs):
        threading.Thread(target=thread_in_interpreter, args=(out,), name=way, daemon=True).start()
    gate = threading.Lock()
    gate.acquire()
    report.when_still(
        threads=(1 + len(WAYS), 1 + 2 * len(WAYS)),
        also=lambda: all(map(os.path.exists, outs)),
        finish=lambda found: add_threads_inside(found, outs),
    )
    gate.acquire()


main()
