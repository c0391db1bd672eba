"""One thread for each thing that a thread can wait for, and what it knows of its own wait (expected.py)."""

import concurrent.futures
import logging
import os
import queue
import select
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import truth
from expected import STARTED, TRUTH, expect, start

A_MONTH = 30 * 86400
lock_of_module = threading.Lock()


class Mailbox:
    def __init__(self):
        self._lock = threading.Lock()

    def hold(self, held):
        with self._lock:
            held.set()
            time.sleep(A_MONTH)

    def put(self):
        with self._lock:
            pass


def hold(lock, held):
    with lock:
        held.set()
        time.sleep(A_MONTH)


def hold_bare(lock, held):
    lock.acquire()
    try:
        held.set()
        time.sleep(A_MONTH)
    finally:
        lock.release()


def hold_inside(lock, held):
    """A `with` inside of a loop inside of a try: its slot is not the first of the stack."""
    for _ in range(3):
        try:
            for _ in [1, 2]:
                with lock:
                    held.set()
                    time.sleep(A_MONTH)
        except ValueError:
            pass


def holder(name, how, *arguments):
    held = threading.Event()
    start(name, how, *(arguments + (held,)))
    held.wait()


def want(lock):
    with lock:
        pass


def want_module_lock():
    with lock_of_module:
        pass


def locks():
    holder("holds-module", hold, lock_of_module)
    start("lock-with", want_module_lock)
    expect("lock-with", "lock", lock_of_module, "holds-module", "held", "lock_of_module")
    start("lock-call", lock_of_module.acquire)
    expect("lock-call", "lock", lock_of_module, "holds-module", "held")
    inside = threading.Lock()
    holder("holds-inside", hold_inside, inside)
    start("lock-inside", want, inside)
    expect("lock-inside", "lock", inside, "holds-inside", "held", "lock")
    bare = threading.Lock()
    holder("holds-bare", hold_bare, bare)
    start("lock-bare", want, bare)
    expect("lock-bare", "lock", bare, "holds-bare", "likely")
    mailbox = Mailbox()
    holder("holds-mailbox", mailbox.hold)
    start("lock-mailbox", mailbox.put)
    expect("lock-mailbox", "lock", mailbox._lock, "holds-mailbox", "held", "self._lock of <Mailbox>")
    for how, name in ((hold, "with"), (hold_bare, "bare")):
        again = threading.RLock()
        holder("holds-rlock-" + name, how, again)
        start("rlock-" + name, want, again)
        expect("rlock-" + name, "rlock", again, "holds-rlock-" + name, "held")
    start("lock-limit", lambda: lock_of_module.acquire(timeout=A_MONTH // 1000))
    expect("lock-limit", "lock", lock_of_module, "holds-module", "held")
    handler = logging.StreamHandler()
    holder("holds-handler", lambda held: hold(handler.lock, held))
    start("handler", handler.handle, logging.LogRecord("x", logging.ERROR, "x", 1, "hello", (), None))
    expect("handler", "rlock", handler.lock, "holds-handler", "held", "self.lock of <StreamHandler>")


def conditions():
    condition = threading.Condition()

    def wait():
        with condition:
            condition.wait()

    start("condition", wait)
    expect("condition", "condition", condition, called="condition")
    for name, make, kind, method in (
        ("event", threading.Event, "event", "wait"),
        ("semaphore", lambda: threading.Semaphore(0), "semaphore", "acquire"),
        ("bounded", lambda: threading.BoundedSemaphore(1), "semaphore", "acquire"),
        ("barrier", lambda: threading.Barrier(3), "barrier", "wait"),
        ("queue-get", queue.Queue, "queue", "get"),
        ("lifo-get", queue.LifoQueue, "queue", "get"),
        ("queue-put", lambda: queue.Queue(1), "queue", "put"),
    ):
        thing = make()
        if name == "bounded":
            thing.acquire()
        if name == "queue-put":
            thing.put(0)
            start(name, thing.put, 1)
        else:
            start(name, getattr(thing, method))
        expect(name, kind, thing)
    if hasattr(queue, "SimpleQueue"):
        simple = queue.SimpleQueue()
        start("simple-get", simple.get)
        expect("simple-get", "queue", simple)
    guarded = queue.Queue()
    holder("holds-queue", hold, guarded.not_empty)
    start("queue-lock", guarded.get)
    expect("queue-lock", "lock", guarded.mutex, "holds-queue", "held")


def threads_and_futures():
    sleeper = start("sleeper", time.sleep, A_MONTH)
    expect("sleeper", "sleep")
    start("join", sleeper.join)
    expect("join", "join", None, "sleeper", "held", "sleeper")
    pool = concurrent.futures.ThreadPoolExecutor(1)
    running = pool.submit(time.sleep, A_MONTH)
    while not running.running():
        time.sleep(0.001)
    worker = next(iter(pool._threads)).name
    queued = pool.submit(time.sleep, 0)
    start("future-running", running.result)
    expect("future-running", "future", running, worker, "held")
    start("future-queued", queued.result)
    expect("future-queued", "future", queued, worker, "held")
    never = concurrent.futures.Future()
    start("future-never", never.result)
    expect("future-never", "future", never, None, "not_recorded")


def kernel():
    ours, theirs = socket.socketpair()
    STARTED.append((ours, theirs))
    start("socket", ours.recv, 1)
    expect("socket", "socket")
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    start("accept", listener.accept)
    expect("accept", "socket")
    read_end, write_end = os.pipe()
    start("pipe", os.read, read_end, 1)
    expect("pipe", "pipe")
    poller = select.epoll()
    poller.register(os.dup(read_end))
    start("epoll", poller.poll)
    expect("epoll", "select")
    start("select", select.select, [read_end], [], [])
    expect("select", "select")
    child = subprocess.Popen(["sleep", str(A_MONTH)], stdin=subprocess.DEVNULL)
    STARTED.append((listener, write_end, poller, child))
    start("child", child.wait)
    expect("child", "process", grade="held")


def main():
    report = truth.Report(sys.argv[1])
    locks()
    conditions()
    threads_and_futures()
    kernel()
    report.when_still(threads=len(threading.enumerate()), waits=TRUTH)
    time.sleep(A_MONTH)


main()
