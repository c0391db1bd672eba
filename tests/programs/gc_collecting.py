"""Blocked in the middle of a garbage collection.

Code runs while the collector runs: a gc callback, a `__del__` of an object in a cycle, a weak
reference's callback. One that blocks stops the process in a state where the interpreter says
it is collecting. argv[2]: "del" (the default), "callback", "weakref", or "incomplete", which
(on 3.11 only) starts the collection from within a function's prologue, so that the frame of
that function is on the stack but not yet a frame that Python would show.
"""

import gc
import os
import sys
import threading
import weakref

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import truth

gate = threading.Lock()


class Knot:
    def __init__(self):
        self.self = self


class KnotWithDel(Knot):
    def __del__(self):
        gate.acquire()


def by_del():
    KnotWithDel()
    gc.collect()


def by_weakref():
    knot = Knot()
    reference = weakref.ref(knot, lambda _reference: gate.acquire())
    del knot
    gc.collect()
    return reference


def by_callback():
    gc.callbacks.append(lambda phase, _info: gate.acquire())
    gc.collect()


def by_prologue():
    def on_collection(_phase, _info):
        caller = sys._getframe(1)
        if caller.f_code is repeat.__code__:
            gate.acquire()

    def with_a_cell(a, b, c, d):
        return lambda: (a, b, c, d)

    def repeat():
        while True:
            with_a_cell(1, 2, 3, 4)

    gc.callbacks.append(on_collection)
    gc.set_threshold(1)
    repeat()


WAYS = {"del": by_del, "weakref": by_weakref, "callback": by_callback, "incomplete": by_prologue}


def collect(way):
    truth.note_thread()
    WAYS[way]()


def main():
    way = sys.argv[2] if len(sys.argv) > 2 else "del"
    report = truth.Report(sys.argv[1])
    gc.disable()
    gate.acquire()
    threading.Thread(target=collect, args=(way,), name="collector", daemon=True).start()
    if way == "incomplete":
        gc.enable()
    report.when_still(threads=2, gc_collecting=True)
    gate.acquire()


main()
