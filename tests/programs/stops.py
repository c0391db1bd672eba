"""Never rests: threads whose stacks change all the time, to be stopped anywhere.

argv: TRUTH STACKS SEED. SIGUSR2 makes CPython's faulthandler, which is C and looks at nothing but the thread states,
write the stack of every thread to the file STACKS. Threads go through recursion, generators, callbacks out of C,
comprehensions, exceptions, weak references, finalizers, collections, locks, threads that are begun and end, and
children that fork and work on for a moment.
"""

import faulthandler
import functools
import gc
import json
import os
import random
import re
import signal
import sys
import threading
import weakref

DEPTH = 14


class Finalized:
    def __init__(self, work):
        self.work = work
        self.me = self if random.random() < 0.3 else None

    def __del__(self):
        leaf(self.work)


class Odd:
    """Each operator is a call out of C."""

    def __init__(self, value):
        self.value = value

    def __getattr__(self, name):
        return leaf(len(name))

    def __add__(self, other):
        return Odd(leaf(self.value) + other)

    def __lt__(self, other):
        return leaf(self.value) % 7 < other.value % 7

    def __hash__(self):
        return leaf(self.value)

    def __eq__(self, other):
        return self is other

    def __call__(self, n):
        return choose(n - 1)

    def __iter__(self):
        yield leaf(1)
        yield from counting(3)

    def __enter__(self):
        return leaf(2)

    def __exit__(self, *details):
        leaf(3)


def leaf(n):
    total = 0
    for i in range(n % 30):
        total += i * n
    return total


def counting(n):
    for i in range(n):
        yield leaf(i)


def plain(n):
    return choose(n - 1) + leaf(n)


def by_key(n):
    return len(sorted(range(3), key=lambda value: choose(n - 1) + value))


def by_map(n):
    return sum(map(functools.partial(more, n), (1, 2)))


def more(n, value):
    return choose(n - 1) + value


def generators(n):
    return sum(choose(n - 1) for _ in range(2)) + sum(counting(4))


def comprehension(n):
    return sum([choose(n - 1) for _ in range(2)]) + len({i: leaf(i) for i in range(5)})


def raising(n):
    try:
        if n % 2:
            raise ValueError(n)
        return choose(n - 1) + {}[n]
    except (ValueError, KeyError):
        return choose(n - 1)
    finally:
        leaf(n)


def objects(n):
    odd = Odd(n)
    with odd:
        odd.anything_at_all
        odd + 5
        sorted([Odd(3), Odd(2), odd])
        {odd: 1}
        sum(odd)
    return odd(n)


def finalizing(n):
    Finalized(n)
    reference = weakref.ref(Finalized(n), lambda _: leaf(n))
    return choose(n - 1) + (reference() is None)


def collecting(n):
    gc.collect(0)
    return choose(n - 1)


def substituting(n):
    return len(re.sub("[ab]", lambda match: str(choose(n - 1)), "abc"))


def evaluating(n):
    return eval("choose(n - 1)", {"choose": choose, "n": n})


def locking(n):
    with LOCK:
        leaf(n)
    return choose(n - 1)


def starting(n):
    thread = threading.Thread(target=choose, args=(3,))
    thread.start()
    leaf(n)
    thread.join()
    return 0


def awaiting(n):
    async def inner():
        return choose(n - 1)

    async def outer():
        return await inner()

    try:
        outer().send(None)
    except StopIteration as end:
        return end.value


WAYS = [plain, plain, by_key, by_map, generators, comprehension, raising, objects, finalizing]
WAYS += [collecting, substituting, evaluating, locking, awaiting]
LOCK = threading.Lock()


def choose(n):
    if n <= 0 or random.random() < 0.3:
        return leaf(n + 20)
    return random.choice(WAYS)(n)


def work():
    while True:
        choose(DEPTH)


def begin_threads():
    while True:
        starting(5)
        for _ in range(3):
            choose(DEPTH)


def fork():
    """One child after the other, each of which works for a moment with what it has inherited."""
    global LOCK
    while True:
        child = os.fork()
        if child == 0:
            LOCK = threading.Lock()  # whoever held it is not here
            for _ in range(3000):
                choose(DEPTH)
            os._exit(0)
        os.waitpid(child, 0)


def main():
    truth, stacks, seed = sys.argv[1:4]
    random.seed(int(seed))
    sys.setrecursionlimit(5000)
    if hasattr(sys, "setswitchinterval"):
        sys.setswitchinterval(0.0005)
    file = open(stacks, "a")
    faulthandler.register(signal.SIGUSR2, file=file, all_threads=True)
    for target in (work, work, begin_threads) + ((fork,) if "fork" in sys.argv[4:] else ()):
        threading.Thread(target=target, daemon=True).start()
    with open(truth + ".new", "w") as out:
        json.dump({"pid": os.getpid(), "version": sys.version_info[:3]}, out)
    os.rename(truth + ".new", truth)
    work()


main()
