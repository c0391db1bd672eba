"""What a test program says about itself.

hognose decodes stacks out of another process's memory. To know whether it decoded them
rightly, somebody has to say what they really were, and the only trustworthy witness is Python
itself: sys._current_frames() in the very process. Every program in this folder brings itself
into a state in which nothing moves any more, lets a short-lived thread write down what Python
sees (the "truth", one JSON file), and then stays as it is for ever, to be looked at.

The order matters. The truth must be taken after every thread has reached the place where it
stays, and the file must appear only once the thread that took it is gone, since otherwise a
debugger would find a thread that no truth mentions. So:

    program                          watcher thread               publisher process
      Report(path)  ---------------------------------------------->  forked, waits
      starts its threads
      report.when_still(threads=5) ->  polls until 5 threads sleep
      blocks for good                  and none has moved for 5 readings
                                       writes path.tmp, tells -->   waits until the watcher's
                                       ends                         thread is gone, then renames
                                                                     path.tmp to path and exits

The file's appearance is the ready signal. If anything goes wrong the file holds an "error".

Runs unchanged on Python 3.6 to 3.15, imports as little as it can, and leaves no trace in the
threading module. Strings are written as hognose shows them: lone surrogates and NUL as a literal
backslash escape ("\\udc80", "\\x00").
"""

import _thread
import json
import os
import sys
import time
from itertools import islice

STEADY_READINGS = 5
READING_INTERVAL = 0.01
DEADLINE_SECONDS = 60

#: ident -> kernel thread id, of threads that said so themselves (see note_thread)
native_ids = {}


class Report:
    """One truth file in the making; create it before any thread is started."""

    def __init__(self, path):
        self.path = path
        self.temporary = path + ".tmp"
        self.publisher = fork_publisher(self.temporary, path)

    def when_still(self, threads, also=None, finish=None, **facts):
        """Take the truth once `threads` Python threads (main included) are blocked for good.

        `threads` may be a tuple of numbers where versions count differently.
        `also` is a function without arguments: more conditions, called by the watcher.
        `finish` is given the truth, to change it. `facts` go into the file as they are.
        """
        _thread.start_new_thread(self._watch, (threads, also, finish, facts))

    def _watch(self, threads, also, finish, facts):
        try:
            wait_until_still(threads, also)
            truth = take(_thread.get_ident())
            truth.update(facts)
            if finish:
                finish(truth)
        except BaseException as problem:
            truth = {"error": "%s: %s" % (type(problem).__name__, problem)}
        self._hand_over(truth)

    def at_once(self, truth):
        """Publish `truth` as it is, from a thread that ends: for programs that never rest."""
        _thread.start_new_thread(self._hand_over, (truth,))

    def _hand_over(self, truth):
        with open(self.temporary, "w") as out:
            json.dump(truth, out)
        os.write(self.publisher, b"%d" % own_native_id())
        os.close(self.publisher)


def fork_publisher(temporary, path):
    """A process, no child of ours once we return, that renames the file after the watcher's end."""
    target = os.getpid()
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.fork() == 0:
                os.close(write_end)
                publish(target, os.read(read_end, 64), temporary, path)
        finally:
            os._exit(0)
    os.close(read_end)
    os.waitpid(child, 0)
    return write_end


def publish(target, watcher, temporary, path):
    if not watcher:
        return
    task = "/proc/%d/task/%d" % (target, int(watcher))
    while os.path.exists(task):
        time.sleep(0.001)
    if os.path.exists("/proc/%d" % target):
        os.rename(temporary, path)


def own_native_id():
    """The kernel's id of the calling thread, on any Python and without ctypes."""
    return int(os.readlink("/proc/thread-self").rsplit("/", 1)[1])


def note_thread():
    """Called by a thread: remember its kernel id, which threading knows only from 3.8 on."""
    native_ids[_thread.get_ident()] = own_native_id()


def wait_until_still(threads, also=None):
    deadline = time.monotonic() + DEADLINE_SECONDS
    steady, last, now = 0, None, None
    while steady < STEADY_READINGS:
        if time.monotonic() > deadline:
            raise TimeoutError(
                "not still after %d s: wanted %s threads, have %s" % (DEADLINE_SECONDS, threads, whereabouts())
            )
        time.sleep(READING_INTERVAL)
        now = reading(threads) if also is None or also() else None
        steady = steady + 1 if now is not None and now == last else 0
        last = now


def reading(threads):
    """Something that compares equal as long as nothing moves; None while something does."""
    me = _thread.get_ident()
    tops = sys._current_frames()
    tops.pop(me)
    if len(tops) not in (threads if isinstance(threads, tuple) else (threads,)):
        return None
    places = sorted((ident, id(frame), frame.f_lasti) for ident, frame in tops.items())
    tasks = task_switches(own_native_id())
    return tasks and (places, tasks)


def task_switches(own):
    """How often each other kernel thread was switched; None if one of them is not asleep."""
    seen = []
    for task in sorted(os.listdir("/proc/self/task")):
        if int(task) == own:
            continue
        try:
            with open("/proc/self/task/%s/status" % task) as status:
                lines = dict(line.split(":", 1) for line in status if ":" in line)
        except OSError:
            return None
        if not lines["State"].strip().startswith("S"):
            return None
        seen.append((task, lines["voluntary_ctxt_switches"], lines["nonvoluntary_ctxt_switches"]))
    return seen


def whereabouts():
    frames = sys._current_frames().values()
    return "; ".join("%s:%s" % (shown(f.f_code.co_name), f.f_lineno) for f in frames)


def take(without=None):
    """The truth about this process: every Python thread but the one named, innermost frame first."""
    tops = sys._current_frames()
    tops.pop(without, None)
    return {
        "pid": os.getpid(),
        "version": list(sys.version_info),
        "hexversion": sys.hexversion,
        "executable": shown(sys.executable),
        "free_threaded": "t" in getattr(sys, "abiflags", ""),
        "debug_build": hasattr(sys, "gettotalrefcount"),
        "threads": [describe_thread(ident, tops[ident]) for ident in sorted(tops)],
    }


def describe_thread(ident, frame):
    name, native = known_thread(ident)
    return {
        "thread_id": ident,
        "native_id": native_ids.get(ident, native),
        "name": shown(name),
        "frames": describe_stack(frame),
    }


def known_thread(ident):
    """Name and kernel id as the threading module has them, without waking it up."""
    threading = sys.modules.get("threading")
    thread = threading and threading._active.get(ident)
    if not thread:
        return None, None
    native = getattr(thread, "native_id", None)
    if native is None and isinstance(thread, threading._MainThread):
        native = os.getpid()
    return thread.name, native


def describe_stack(frame):
    """Every frame from this one outwards. Works on a frame of a thread that is blocked in it."""
    positions = {}
    frames = []
    while frame is not None:
        frames.append(describe_frame(frame, positions))
        frame = frame.f_back
    return frames


def describe_frame(frame, positions):
    code = frame.f_code
    key = id(code), frame.f_lasti
    if key not in positions:
        positions[key] = position(code, frame.f_lasti)
    end_line, column, end_column = positions[key]
    return {
        "name": shown(code.co_name),
        "qualname": shown(getattr(code, "co_qualname", None)),
        "filename": shown(code.co_filename),
        "module": module_of(frame),
        "line": frame.f_lineno,
        "end_line": end_line,
        "column": column,
        "end_column": end_column,
    }


def position(code, lasti):
    """(end line, column, end column), columns counted from 1; each None where Python has none."""
    if not hasattr(code, "co_positions") or lasti < 0:
        return None, None, None
    nowhere = None, None, None, None
    _line, end_line, column, end_column = next(islice(code.co_positions(), lasti // 2, None), nowhere)
    return end_line, one_based(column), one_based(end_column)


def one_based(column):
    return None if column is None else column + 1


def module_of(frame):
    name = frame.f_globals.get("__name__")
    return shown(name) if isinstance(name, str) else None


def shown(text):
    """As hognose shows it: UTF-8 without NUL, what cannot be in it as its escape. None stays None."""
    if text is None:
        return None
    return str(text).encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


# ---- for subinterpreters ----


def wait_until_parked(frames, out, number, count=2):
    """Runs in a thread of a subinterpreter: write down the stacks of the frames it was given.

    `frames` fills up with (frame, ident) by name; such a frame shows where it is now, although
    it was taken while it was still moving. The thread must end soon after.
    """
    deadline = time.monotonic() + DEADLINE_SECONDS
    steady, last = 0, None
    while steady < STEADY_READINGS and time.monotonic() < deadline:
        time.sleep(READING_INTERVAL)
        now = sorted((name, frame.f_lasti) for name, (frame, _ident) in list(frames.items()))
        steady = steady + 1 if now == last and len(now) == count else 0
        last = now
    threads = [describe_thread(ident, frame) for frame, ident in frames.values()]
    with open(out + ".tmp", "w") as file:
        json.dump({"interpreter": number, "threads": threads}, file)
    os.rename(out + ".tmp", out)


def read_and_remove(path):
    with open(path) as file:
        content = json.load(file)
    os.unlink(path)
    return content
