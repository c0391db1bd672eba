"""Generators and coroutines that nothing runs, and those that something does: suspended.py TRUTH.

The truth is what gc.get_objects() gives: the ids of those that stand and that no other one awaits.
"""

import gc
import json
import os
import sys
import time
import types

KINDS = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)
MANY = 100
kept = []


def numbers(count):
    for number in range(count):
        yield number


def outer():
    yield from numbers(5)


@types.coroutine
def stop(value):
    yield value


async def awaits(value):
    await stop(value)


async def asynchronous():
    yield 1
    await stop(2)
    yield 3


async def iterates():
    async for _ in asynchronous():
        pass


def keep(thing, begin):
    if begin:
        thing.send(None)
    kept.append(thing)


def attribute(thing, *names):
    return next((getattr(thing, name) for name in names if getattr(thing, name, None) is not None), None)


def roots():
    """What it awaits may be behind an asend() of the asynchronous generator, or a wrapper.

    ag_running is true of one that is awaited, too, and stands.
    """
    things = [thing for thing in gc.get_objects() if isinstance(thing, KINDS)]
    standing = [
        thing
        for thing in things
        if attribute(thing, "gi_frame", "cr_frame", "ag_frame") and not attribute(thing, "gi_running", "cr_running")
    ]
    awaited = set()
    for thing in standing:
        inner = attribute(thing, "gi_yieldfrom", "cr_await", "ag_await")
        awaited.add(id(inner))
        if inner is not None and not isinstance(inner, KINDS):
            awaited.update(id(one) for one in gc.get_referents(inner))
    return sorted(id(thing) for thing in standing if id(thing) not in awaited)


def main():
    for _ in range(MANY):
        keep(numbers(10), begin=True)
    keep(numbers(3), begin=False)
    keep(outer(), begin=True)
    keep(awaits(1), begin=True)
    keep(awaits(1), begin=False)
    keep(iterates(), begin=True)
    keep(asynchronous(), begin=False)
    ended = numbers(0)
    list(ended)
    keep(ended, begin=False)
    gc.collect()
    young = numbers(2)  # of the youngest generation
    next(young)
    with open(sys.argv[1] + ".new", "w") as file:
        json.dump({"pid": os.getpid(), "roots": roots()}, file)
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    while young:
        time.sleep(1000)


main()
