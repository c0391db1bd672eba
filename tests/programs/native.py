"""Threads that Python did not make.

A C library's own threads have no Python state and must be listed as native; a C thread that
calls back into Python has a state and frames but no name that threading gave it, or the name
of a dummy. Made with ctypes; where that is missing the truth says so and has none of them.
"""

import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import truth

try:
    import ctypes
except ImportError:
    ctypes = None

gate = threading.Lock()
kept_alive = []


def called_from_c(_argument):
    truth.note_thread()
    gate.acquire()
    return 0


def called_from_c_and_known(_argument):
    truth.note_thread()
    threading.current_thread()  # makes threading invent a "Dummy-…" thread
    gate.acquire()
    return 0


def start_in_c(libc, routine):
    thread = ctypes.c_ulong()
    error = libc.pthread_create(ctypes.byref(thread), None, routine, None)
    if error:
        raise OSError(error, os.strerror(error))


def kernel_threads():
    return {int(task) for task in os.listdir("/proc/self/task")}


def start_native_threads():
    """Returns how many Python threads came of it, and the kernel ids of those that have no Python."""
    if ctypes is None:
        return 0, []
    libc = ctypes.CDLL(None)
    before = kernel_threads()
    for _ in range(2):
        start_in_c(libc, ctypes.cast(libc.pause, ctypes.c_void_p))
    native = sorted(kernel_threads() - before)
    routine_type = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p)
    for function in (called_from_c, called_from_c_and_known):
        kept_alive.append(routine_type(function))
        start_in_c(libc, kept_alive[-1])
    return 2, native


def main():
    report = truth.Report(sys.argv[1])
    gate.acquire()
    callbacks, native = start_native_threads()
    threading.Thread(target=gate.acquire, name="ordinary").start()
    report.when_still(threads=2 + callbacks, native_threads=native, ctypes_missing=ctypes is None)
    gate.acquire()


main()
