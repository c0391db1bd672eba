"""The stage on which shapes.py, lines.py and operators.py perform.

Each of those programs is a collection of small acts: functions that end up, by a way of their
own, in park(), where they stay. The stage gives every act a thread named after it, and takes
the truth once all of them are parked.
"""

import sys
import threading

import truth

acts = []
_gate = threading.Lock()
_gate.acquire()


def park(*_anything):
    """Where every act ends up; accepts whatever a caller in C hands over."""
    truth.note_thread()
    _gate.acquire()


def act(function):
    """Marks a function as an act."""
    acts.append(function)
    return function


def perform(main_act, **facts):
    """Start all acts, take the truth, and let the main thread perform `main_act` itself."""
    report = truth.Report(sys.argv[1])
    for function in acts:
        threading.Thread(target=function, name=function.__name__, daemon=True).start()
    report.when_still(threads=len(acts) + 1, **facts)
    main_act()
