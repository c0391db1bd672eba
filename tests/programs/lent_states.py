"""Threads that run with states which the main thread has made, and whose ids they bear.

argv[2] is lent_states.c as a library. One thread spins, one sleeps, one waits for a lock; which kernel thread each is,
it says itself. The main thread waits.
"""

import ctypes
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import truth

gate = threading.Lock()
kernel_threads = {}


def spin_here():
    kernel_threads["spin_here"] = truth.own_native_id()
    while True:
        pass


def sleep_here():
    kernel_threads["sleep_here"] = truth.own_native_id()
    time.sleep(100000)


def wait_here():
    kernel_threads["wait_here"] = truth.own_native_id()
    gate.acquire()


def main_waits_here():
    while True:
        time.sleep(100000)


def main():
    report = truth.Report(sys.argv[1])
    gate.acquire()
    library = ctypes.PyDLL(sys.argv[2])
    names = (b"sleep_here()", b"wait_here()", b"spin_here()")
    main.kept = (ctypes.c_char_p * len(names))(*names)
    create = ctypes.cast(ctypes.CDLL(None).pthread_create, ctypes.c_void_p)
    if library.lend(create, main.kept, len(names)):
        raise OSError("no threads to be had")
    while len(kernel_threads) < len(names):
        time.sleep(0.001)
    report.at_once({"pid": os.getpid(), "threads": kernel_threads})
    main_waits_here()


main()
