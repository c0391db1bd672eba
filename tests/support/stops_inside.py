"""Runs inside gdb or lldb: stops one process again and again, each time with the dump and CPython's own word for it.

scripts/stops starts it with a task, a JSON file named by HOGNOSE_STOPS: pid, seed, stops, stacks (the file that the
program's faulthandler writes), out (a line of JSON a stop), functions (of CPython, to break at), steps, follow (a
child), helper (which sends SIGINT when told to, so that it comes while the debugger waits).

CPython's word is had without a call by the debugger: SIGUSR2 is sent to one thread, which alone goes on, into
faulthandler's handler and so into _Py_DumpTracebackThreads, before its next instruction. Where the handler returns to
the kernel a breakpoint ends it. So it works on stripped builds, too, and on machines where gdb's calls fail.
"""

import ctypes
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

TGKILL = 234 if os.uname().machine == "x86_64" else 131
#: mov $15, %eax or %rax; syscall: where a signal handler returns to
RETURN = re.compile(rb"\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05|\xb8\x0f\x00\x00\x00\x0f\x05")
if os.uname().machine == "aarch64":
    RETURN = re.compile(rb"\x68\x11\x80\xd2\x01\x00\x00\xd4")


class Gone(Exception):
    """The process has ended, or runs and cannot be stopped."""


class Helper:
    """A process that sends SIGINT to a thread after a while, and then again and again until it is told to stop."""

    PROGRAM = """
import ctypes, select, sys
def rest(seconds):
    return bool(select.select([0], [], [], seconds)[0])
while True:
    words = sys.stdin.readline().split()
    if len(words) != 3:
        sys.exit()
    pid, tid, delay = int(words[0]), int(words[1]), float(words[2])
    while not rest(delay):
        ctypes.CDLL(None).syscall(TGKILL, pid, tid, 2)
        if delay == 0.3:
            ctypes.CDLL(None).syscall(TGKILL, pid, pid, 2)
        delay = 0.3
    sys.stdin.readline()
"""

    def __init__(self):
        program = self.PROGRAM.replace("TGKILL", str(TGKILL))
        self.process = subprocess.Popen(
            ["/usr/bin/python3", "-u", "-c", program], stdin=subprocess.PIPE, start_new_session=True
        )

    def say(self, words):
        self.process.stdin.write(words)
        self.process.stdin.flush()

    def interrupt(self, pid, tid, delay):
        self.say(b"%d %d %f\n" % (pid, tid, delay))

    def stop(self):
        self.say(b"stopped\n")

    def end(self):
        self.process.kill()
        self.process.wait()


def tasks(pid):
    return sorted(int(name) for name in os.listdir("/proc/%d/task" % pid))


def blocks(pid, tid, number):
    with open("/proc/%d/task/%d/status" % (pid, tid)) as file:
        mask = int(re.search(r"^SigBlk:\s*(\w+)", file.read(), re.MULTILINE).group(1), 16)
    return bool(mask & 1 << (number - 1))


def returns_of_handlers(pid):
    """The addresses at which handlers of this process return to the kernel."""
    found = []
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb") as memory:
        for line in maps:
            span, rights, *_ = line.split()
            if "x" in rights and re.search(r"/(libc[.-]|ld-musl|python)", line):
                start, end = (int(word, 16) for word in span.split("-"))
                memory.seek(start)
                found += [start + match.start() for match in RETURN.finditer(memory.read(end - start))]
    return found


class Stops:
    def __init__(self, debugger, task):
        self.debugger = debugger
        self.task = task
        self.random = random.Random(task["seed"])
        self.pid = task["pid"]
        self.helper = Helper()

    def run(self):
        self.debugger.prepare()
        self.returns = returns_of_handlers(self.pid)
        with open(self.task["out"], "w") as out:
            try:
                for number in range(self.task["stops"]):
                    how = self.go()
                    json.dump(dict(self.look(how), number=number), out)
                    out.write("\n")
                    out.flush()
            except Gone as end:
                json.dump({"gone": str(end), "number": number}, out)
                out.write("\n")
            finally:
                self.helper.end()
        self.debugger.end()

    def go(self):
        """On for a moment; returns how it was stopped."""
        how = self.random.choice(["time", "time", "function", "function", "steps"])
        if self.task["follow"]:
            self.debugger.follow()
            self.pid = self.debugger.pid()
            self.check()
            self.task["follow"] = False
            how = self.random.choice(["here", "function", "steps", "steps", "time"])
        if how == "here":
            return "in a child"
        if how == "function":
            function = self.random.choice(self.task["functions"])
            ignored = self.random.choice([0, 0, 3, 30])
            self.interrupt(0.1)
            self.debugger.run_to(function, ignored)
            how = "at " + function
        else:
            self.interrupt(self.random.random() ** 3 * 0.02)
            self.debugger.go_on()
        self.helper.stop()
        self.check()
        if how == "steps" or self.random.random() < 0.3:
            steps = self.random.randint(1, self.task["steps"])
            self.helper.interrupt(self.pid, self.debugger.current_thread(), 0.3)  # for a step that goes into a wait
            self.debugger.step(steps)
            self.helper.stop()
            how += " and %d steps" % steps
        self.check()
        return how

    def interrupt(self, delay):
        self.helper.interrupt(self.pid, self.random.choice(tasks(self.pid)), delay)

    def check(self):
        if not self.debugger.pid() or not os.path.exists("/proc/%d/task" % self.pid):
            raise Gone("the process has ended")
        if self.debugger.is_crashed():
            raise Gone("the process has crashed")

    def look(self, how):
        state = {"how": how, "pid": self.pid, "place": self.debugger.place()}
        before = time.monotonic()
        state["dump"] = self.debugger.command("py-dump --json")
        state["seconds"] = time.monotonic() - before
        state["truth"] = self.truth()
        return state

    def truth(self):
        os.truncate(self.task["stacks"], 0)
        chosen = self.debugger.current_thread()
        if blocks(self.pid, chosen, signal.SIGUSR2):
            others = [one for one in tasks(self.pid) if not blocks(self.pid, one, signal.SIGUSR2)]
            if not others:
                return None
            chosen = self.random.choice(others)
        ctypes.CDLL(None).syscall(TGKILL, self.pid, chosen, signal.SIGUSR2)
        self.debugger.go_on_alone(chosen, self.returns)
        with open(self.task["stacks"], encoding="ascii", errors="backslashreplace") as file:
            text = file.read()
        self.check_after(text)
        return text

    def check_after(self, text):
        """The handler may have crashed: that is then CPython's own fault, and told as such."""
        if not self.debugger.pid():
            raise Gone("CPython's own dump ended the process")
        if self.debugger.is_crashed():
            raise Gone("CPython's own dump crashed: " + text[-200:])


def run_with(debugger):
    with open(os.environ["HOGNOSE_STOPS"]) as file:
        task = json.load(file)
    try:
        Stops(debugger, task).run()
    except Exception as problem:
        with open(task["out"], "a") as out:
            json.dump({"gone": "%s: %s" % (type(problem).__name__, problem), "number": -1}, out)
            out.write("\n")
        raise
    sys.stdout.flush()
