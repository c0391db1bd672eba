"""C between Python: functions of C that call Python back, on every level of a stack.

Python calls sorted(), which calls a key function, which calls functools.reduce(), and so on
down to a lock, a sleep and (with ctypes) a qsort of the C library's. Each Python frame here is
called either from Python or from a known function of C; `called_from_c` tells which, by name:
the function of C that a debugger's own backtrace must show between the two, where it has names.
"""

import functools
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import truth

try:
    import ctypes
except ImportError:
    ctypes = None

gate = threading.Lock()


class Callable:
    def __call__(self, match):
        return by_generator()


def take_gate():
    gate.acquire()


class Made:
    """Where its __init__ was called often, Python 3.12 and later call it without C."""

    def __init__(self, blocks):
        if blocks:
            take_gate()


def make(blocks):
    return Made(blocks)


def compare_in_c(_one, _other):
    make(True)
    return 0


def by_qsort():
    routine = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(compare_in_c)
    numbers = (ctypes.c_int * 2)(2, 1)
    libc = ctypes.CDLL(None)
    libc.qsort(numbers, ctypes.c_size_t(2), ctypes.c_size_t(ctypes.sizeof(ctypes.c_int)), routine)


def generate():
    if ctypes is None:
        make(True)
    else:
        by_qsort()
    yield 1


def by_generator():
    for _ in generate():
        pass
    return ""


def by_sub(_total, _item):
    return re.sub("x", Callable(), "x")


def by_reduce(_item):
    return functools.reduce(by_sub, [1, 2])


def plain_call():
    return sorted([1], key=by_reduce)


def python_calls_python():
    plain_call()


def sleep_long():
    time.sleep(1000000)


def wait_in_map():
    list(map(lambda _: sleep_long(), [1]))


class Dropped:
    def __del__(self):
        sleep_long()


def end_with_drop(_item):
    """When it returns to C its frame is gone already, but not the function of C that ran it (3.12)."""
    dropped = Dropped()  # noqa: F841


def wait_in_drop():
    list(map(end_with_drop, [1]))


def main():
    for _ in range(2000):
        make(False)
    report = truth.Report(sys.argv[1])
    gate.acquire()
    threading.Thread(target=wait_in_map, name="sleeper").start()
    threading.Thread(target=wait_in_drop, name="dropper").start()
    report.when_still(
        threads=3,
        ctypes_missing=ctypes is None,
        called_from_c={"by_reduce": "sort", "by_sub": "reduce", "compare_in_c": "qsort", "<lambda>": "map_next"},
    )
    python_calls_python()


main()
