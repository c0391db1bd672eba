"""Processes to be looked at: started, waited for, stopped, dumped to a core, served, ended.

A Debuggee runs one of tests/programs with some Python, in a session of its own, and is ready
when its truth file appears. Where the program that runs is not the process that was started
(bundles, servers, a forked child) the truth's pid is the one to attach to. Every process ends
with the test: by its pid and its process group when all is well, by an alarm of its own when
the test run itself died.
"""

import contextlib
import glob
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time

import discover

START_SECONDS = 90
LIFE_SECONDS = 1200


class DebuggeeError(Exception):
    pass


class Debuggee:
    """A running program of tests/programs; a context manager."""

    def __init__(self, python, program, *arguments, options=(), environment=None, core_limit=0):
        self.python = python
        self.program = program
        self.folder = tempfile.mkdtemp(prefix="hognose-test-")
        self.truth_path = os.path.join(self.folder, "truth.json")
        self.log_path = os.path.join(self.folder, "output")
        self.truth = None
        command = [*python.command, *options, discover.program_path(program), self.truth_path]
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen(
                command + [str(argument) for argument in arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=dict(os.environ, **environment or {}),
                preexec_fn=lambda: limit_child(core_limit),
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.end()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *details):
        self.end()

    def _wait_until_ready(self):
        if not wait_for(lambda: os.path.exists(self.truth_path) or self.process.poll() is not None, START_SECONDS):
            raise DebuggeeError("%s told no truth within %d s: %s" % (self, START_SECONDS, self.log()))
        if not os.path.exists(self.truth_path):
            raise DebuggeeError("%s ended by itself: %s" % (self, self.log()))
        with open(self.truth_path, encoding="utf-8") as file:
            self.truth = json.load(file)
        if "error" in self.truth:
            raise DebuggeeError("%s: %s: %s" % (self, self.truth["error"], self.log()))
        self.pid = outer_pid(self.process.pid, self.truth["pid"])

    def __str__(self):
        return "%s with %s" % (self.program, self.python.name)

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()[-2000:].strip() or "(no output)"

    def stop(self):
        """SIGSTOP, and wait until every thread of it is stopped."""
        os.kill(self.pid, signal.SIGSTOP)
        if not wait_for(lambda: set(self.task_states()) == {"T"}, 10):
            raise DebuggeeError("%s does not stop: %s" % (self, self.task_states()))

    def go_on(self):
        os.kill(self.pid, signal.SIGCONT)

    def task_states(self):
        return task_states(self.pid)

    def gcore(self):
        """A core file of the running process, made by the newest gdb there is; returns its path.

        The newest, since before 18 gdb leaves out every stack whose guard page is of the new kind
        that glibc 2.42 makes (MADV_GUARD_INSTALL).
        """
        path = os.path.join(self.folder, "core.%d" % self.pid)
        if not os.path.exists(path):
            gdb = [debugger for debugger in discover.debuggers() if debugger.kind == "gdb"][-1]
            run_tool([gdb.path, *gdb.args, "-batch", "-nx", "-p", str(self.pid), "-ex", "gcore " + path])
        return path

    def kernel_core(self):
        """Kill the process so that the kernel writes its core; None where this machine has other ideas."""
        with open("/proc/sys/kernel/core_pattern") as file:
            if re.search(r"[/|]", file.read()):
                return None
        os.kill(self.pid, signal.SIGABRT)
        self.process.wait()
        return next(iter(glob.glob(os.path.join(self.folder, "core*"))), None)

    def executable(self):
        return os.path.realpath("/proc/%d/exe" % self.pid)

    def end(self):
        """End it and whatever it started, and remove its files."""
        if self.process.poll() is None or self.truth:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def limit_child(core_limit):
    signal.alarm(LIFE_SECONDS)
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (core_limit, hard))


def run_tool(command):
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120
    )
    if done.returncode:
        raise DebuggeeError("%s: %s" % (" ".join(command), done.stdout.decode(errors="replace")))


def wait_for(condition, seconds):
    """Polls until the condition holds; says whether it ever did."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


#: epoll_wait, epoll_pwait, epoll_pwait2 and pause of x86-64, as the kernel writes their numbers.
POLLING, PAUSE = ("232", "281", "441"), "34"


def system_calls(pid):
    """{LWP: the number of the system call that the kernel has the thread in, "running": in none} of a process."""
    found = {}
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/syscall" % (pid, task)) as file:
            found[int(task)] = file.read().split()[0]
    return found


def status_of(path):
    with open(path, errors="replace") as file:
        return {key: value.strip() for key, value in (line.split(":", 1) for line in file if ":" in line)}


@contextlib.contextmanager
def started(*command):
    """A process that has executed its program, ended afterwards."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        own = os.path.realpath("/proc/self/exe")
        wait_for(lambda: os.path.realpath("/proc/%d/exe" % process.pid) != own, 10)
        wait_for(lambda: status_of("/proc/%d/status" % process.pid)["State"][0] == "S", 10)
        yield process
    finally:
        process.kill()
        process.wait()


def task_states(pid):
    """One letter a thread, as in /proc: S sleeps, T is stopped, t is held by a debugger."""
    return [status_of(path)["State"][0] for path in glob.glob("/proc/%d/task/*/status" % pid)]


def outer_pid(started, told):
    """Our number of the process that calls itself `told`; they differ in a container."""
    for path in glob.glob("/proc/[0-9]*/status"):
        with contextlib.suppress(OSError):
            status = status_of(path)
            if status.get("NSpid", status["Pid"]).split()[-1] == str(told) and in_session(path, started):
                return int(status["Pid"])
    return told


def in_session(status_path, leader):
    with open(os.path.join(os.path.dirname(status_path), "stat")) as file:
        return int(file.read().rpartition(")")[2].split()[3]) == leader


# ---- gdbserver ----


class Gdbserver:
    """gdbserver attached to a process, on a port of its own choice on the loopback interface."""

    def __init__(self, pid):
        self.process = subprocess.Popen(
            ["gdbserver", "--once", "--attach", "127.0.0.1:0", str(pid)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )
        self.port = None
        for line in self.process.stderr:
            match = re.match(r"Listening on port (\d+)", line)
            if match:
                self.port = int(match.group(1))
                break
        if self.port is None:
            raise DebuggeeError("gdbserver does not listen on %d: %s" % (pid, line))

    def __enter__(self):
        return self

    def __exit__(self, *details):
        """Ends by itself when the debugger detaches, which lets the process go on."""
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait()
        self.process.stderr.close()
