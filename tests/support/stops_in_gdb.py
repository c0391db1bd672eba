"""stops_inside.py for gdb; sourced by it."""

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import stops_inside

CRASHES = ("SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL")


class Gdb:
    def __init__(self):
        self.signal = None
        gdb.events.stop.connect(self.stopped)

    def stopped(self, event):
        self.signal = getattr(event, "stop_signal", None)

    def execute(self, words):
        return gdb.execute(words, to_string=True)

    def prepare(self):
        for words in (
            "set pagination off",
            "set confirm off",
            "set breakpoint pending on",
            "set print thread-events off",
            "handle SIGINT stop print nopass",
            "handle SIGUSR2 nostop noprint pass",
        ):
            self.execute(words)

    def pid(self):
        return gdb.selected_inferior().pid

    def is_crashed(self):
        return self.signal in CRASHES

    def current_thread(self):
        return gdb.selected_thread().ptid[1]

    def place(self):
        frame = gdb.newest_frame()
        return "%#x %s" % (frame.pc(), frame.name())

    def go_on(self):
        self.signal = None
        self.execute("continue")

    def run_to(self, function, ignored):
        place = gdb.Breakpoint("*&" + function, temporary=True)
        place.silent = True
        place.ignore_count = ignored
        self.go_on()
        if place.is_valid():
            place.delete()

    def step(self, count):
        self.signal = None
        self.execute("stepi %d" % count)

    def command(self, words):
        return self.execute(words)

    def follow(self):
        """On until a child has been forked, and with it from there."""
        self.execute("set follow-fork-mode child")
        self.execute("tcatch fork")
        first = self.pid()
        while self.pid() == first:
            self.go_on()
            if self.pid() == first:  # at the fork, which is followed when the process goes on
                self.execute("stepi")
        self.execute("set follow-fork-mode parent")

    def go_on_alone(self, tid, addresses):
        """Until that thread is at one of the addresses; no other thread runs."""
        for thread in gdb.selected_inferior().threads():
            if thread.ptid[1] == tid:
                thread.switch()
        self.execute("set scheduler-locking on")
        ends = [gdb.Breakpoint("*%#x" % one, internal=True) for one in addresses]
        try:
            for _ in range(5):
                self.go_on()
                if not self.pid() or self.is_crashed() or gdb.newest_frame().pc() in addresses:
                    return
        finally:
            for one in ends:
                one.delete()
            if self.pid():
                self.execute("set scheduler-locking replay")

    def end(self):
        if self.pid():
            self.execute("kill")


stops_inside.run_with(Gdb())
