"""One way for a process to be stuck for good, or the twin that only looks like it: deadlocks.py TRUTH SHAPE.

The truth says which kind of verdict is right, and names the threads of the cycle, if there is one.
"""

import asyncio
import ctypes
import json
import os
import sys
import threading
import time

A_MONTH = 30 * 86400
HELD = threading.Event()


def tell(path, verdict, cycle=()):
    document = {"pid": os.getpid(), "verdict": verdict, "cycle": sorted(cycle), "threads": []}
    with open(path + ".part", "w") as file:
        json.dump(document, file)
    os.rename(path + ".part", path)


def start(name, target):
    threading.Thread(target=target, name=name, daemon=True).start()


def two_locks(path, twin):
    one, other, both = threading.Lock(), threading.Lock(), threading.Barrier(2)

    def first():
        with one:
            both.wait()
            with other:
                pass

    def second():
        with other:
            both.wait()
            if twin:
                time.sleep(A_MONTH)
            with one:
                pass

    start("first", first)
    start("second", second)
    tell(path, "waiting" if twin else "deadlock", () if twin else ("first", "second"))
    time.sleep(A_MONTH)


def forked(path, twin):
    """The child is the one that is looked at; its twin waits for a lock that nobody had at the fork."""
    lock = threading.RLock()

    def hold():
        with threading.RLock() if twin else lock:
            HELD.set()
            time.sleep(A_MONTH)

    start("holder", hold)
    HELD.wait()
    if os.fork():
        os.wait()
    tell(path, "idle" if twin else "deadlock")
    with lock:
        time.sleep(A_MONTH)


def gil_and_mutex(path, twin):
    """The GIL's holder waits in C for a mutex, whose owner waits for the GIL. The twin gives the GIL back first."""
    memory = ctypes.create_string_buffer(64)
    mutex = ctypes.c_void_p(ctypes.addressof(memory))

    def own():
        ctypes.CDLL(None).pthread_mutex_lock(mutex)
        HELD.set()
        while not twin:
            pass
        time.sleep(A_MONTH)

    start("owner", own)
    HELD.wait()
    tell(path, "waiting" if twin else "deadlock", () if twin else ("MainThread", "owner"))
    (ctypes.CDLL if twin else ctypes.PyDLL)(None).pthread_mutex_lock(mutex)


def loop_of_its_own(path, twin):
    """A coroutine that blocks its loop, for what only this loop could do. The twin asks a loop of another thread."""
    other = asyncio.new_event_loop()
    start("loop", other.run_forever)

    async def inner():
        await asyncio.sleep(A_MONTH)

    async def outer(loop):
        tell(path, "waiting" if twin else "deadlock", () if twin else ("MainThread",))
        asyncio.run_coroutine_threadsafe(inner(), other if twin else loop).result()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(outer(loop))


def buffer_lost_in_a_fork(path, twin):
    _, write_end = os.pipe()
    file = os.fdopen(write_end, "wb", 1 << 16)

    def fill():
        HELD.set()
        file.write(b"x" * 10000000)

    start("writer", fill)
    HELD.wait()
    time.sleep(1)
    if not twin and os.fork():
        os.wait()
    tell(path, "waiting" if twin else "deadlock")
    file.write(b"y")


def taken_twice(path, twin):
    """By the only thread, in one function; of the twin another thread could give the lock back."""
    lock = threading.Lock()
    if twin:
        start("other", lambda: time.sleep(A_MONTH))
    lock.acquire()
    tell(path, "idle" if twin else "likely_deadlock")
    lock.acquire()


def taken_further_out(path, twin):
    """By a function that the waiting one is called by; the twin waits for a limited time."""
    lock = threading.Lock()

    def inner():
        lock.acquire(timeout=A_MONTH if twin else -1)
        lock.release()

    def outer():
        lock.acquire()
        try:
            tell(path, "waiting" if twin else "likely_deadlock", () if twin else ("MainThread",))
            inner()
        finally:
            lock.release()

    outer()


SHAPES = {
    "two-locks": two_locks,
    "forked": forked,
    "gil-and-mutex": gil_and_mutex,
    "loop": loop_of_its_own,
    "buffer": buffer_lost_in_a_fork,
    "taken-twice": taken_twice,
    "taken-further-out": taken_further_out,
}

shape, _, twin = sys.argv[2].partition("+")
sys.setswitchinterval(0.0005)
SHAPES[shape](sys.argv[1], bool(twin))
