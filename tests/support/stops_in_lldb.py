"""stops_inside.py for lldb; imported by it (`command script import`)."""

import os
import sys

import lldb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import stops_inside

CRASHES = (4, 6, 7, 11)


class Lldb:
    def __init__(self, debugger):
        self.debugger = debugger
        self.debugger.SetAsync(False)
        self.target = self.debugger.GetSelectedTarget()

    @property
    def process(self):
        return self.target.GetProcess()

    def prepare(self):
        self.command("process handle SIGINT -s true -p false -n false")
        self.command("process handle SIGUSR2 -s false -p true -n false")

    def pid(self):
        return self.process.GetProcessID() if self.process.GetState() == lldb.eStateStopped else 0

    def thread(self):
        return self.process.GetSelectedThread()

    def is_crashed(self):
        return any(
            one.GetStopReason() == lldb.eStopReasonSignal and one.GetStopReasonDataAtIndex(0) in CRASHES
            for one in self.process.threads
        )

    def current_thread(self):
        for one in self.process.threads:
            if one.GetStopReason() not in (lldb.eStopReasonNone, lldb.eStopReasonInvalid):
                self.process.SetSelectedThread(one)
                break
        return self.thread().GetThreadID()

    def place(self):
        frame = self.process.GetThreadByID(self.current_thread()).GetFrameAtIndex(0)
        return "%#x %s" % (frame.GetPC(), frame.GetFunctionName())

    def go_on(self):
        self.process.Continue()

    def run_to(self, function, ignored):
        place = self.target.BreakpointCreateByName(function)
        place.SetOneShot(True)
        place.SetIgnoreCount(ignored)
        self.go_on()
        self.target.BreakpointDelete(place.GetID())

    def step(self, count):
        self.current_thread()
        for _ in range(count):
            self.thread().StepInstruction(False)
            if not self.pid():
                return

    def command(self, words):
        result = lldb.SBCommandReturnObject()
        self.debugger.GetCommandInterpreter().HandleCommand(words, result)
        return result.GetOutput() or result.GetError()

    def follow(self):
        """On until a child has been forked, and with it from there: where CPython calls fork's successor in it."""
        self.command("settings set target.process.follow-fork-mode child")
        first = self.pid()
        self.run_to("PyOS_AfterFork_Child", 0)
        if self.pid() == first:
            raise stops_inside.Gone("no child was followed")
        self.command("settings set target.process.follow-fork-mode parent")

    def go_on_alone(self, tid, addresses):
        for one in self.process.threads:
            if one.GetThreadID() == tid:
                self.process.SetSelectedThread(one)
            else:
                one.Suspend()
        ends = [self.target.BreakpointCreateByAddress(one) for one in addresses]
        for _ in range(5):
            self.go_on()
            if not self.pid() or self.is_crashed() or self.thread().GetFrameAtIndex(0).GetPC() in addresses:
                break
        for one in ends:
            self.target.BreakpointDelete(one.GetID())
        for one in self.process.threads:
            one.Resume()

    def end(self):
        if self.pid():
            self.process.Kill()


def __lldb_init_module(debugger, _names):
    stops_inside.run_with(Lldb(debugger))
