"""Tasks that wait for one another's locks, and twins that do not: library_rings.py TRUTH LIBRARY SHAPE.

LIBRARY is trio, anyio, curio, gevent, or threading, which is gevent in the place of threads. What SHAPE is:

    ring     three tasks have a lock each, and want that of the next
    limited  the same, but one of them wants it for a time
    sleeps   the same, but one of them sleeps before
    group    one has a lock, and waits at the end of a nursery for one that wants it
    failing  the same, beside one in the nursery that may yet fail
    join     two wait for the end of each other

Beside them a task sleeps. The truth: ids of those in the ring, and of the one who is sure to be in none.
"""

import json
import os
import sys

A_WEEK = 7 * 86400  # a month is too long for curio
LIBRARY, SHAPE = sys.argv[2:4]
SIZE = 3
ids, ready, tasks = {}, [], {}


def tell():
    kinds = {"limited": "", "sleeps": "", "failing": "likely"}
    with open(sys.argv[1] + ".new", "w") as file:
        json.dump({"pid": os.getpid(), "ring": list(ids.values()), "kind": kinds.get(SHAPE, "proven")}, file)
    os.rename(sys.argv[1] + ".new", sys.argv[1])


# ---- trio, anyio, curio: the words are the same ----


async def current():
    if LIBRARY == "trio":
        return trio.lowlevel.current_task()
    return asyncio.current_task() if LIBRARY == "anyio" else await curio.current_task()


async def turns(count=100):
    for _ in range(count):
        await library.sleep(0)


async def wants(lock):
    async with lock:
        pass


async def works(number, locks):
    ids[number] = id(await current())
    async with locks[number]:
        ready.append(number)
        while len(ready) < SIZE:
            await library.sleep(0)
        last = number == SIZE - 1
        if last and SHAPE == "sleeps":
            await library.sleep(A_WEEK)
        if last and SHAPE == "limited" and LIBRARY == "curio":
            async with curio.timeout_after(A_WEEK):
                await wants(locks[0])
        elif last and SHAPE == "limited":
            with library.fail_after(A_WEEK):
                await wants(locks[0])
        else:
            await wants(locks[(number + 1) % SIZE])


async def wants_of_parent(lock):
    ids["child"] = id(await current())
    await wants(lock)


async def parent(lock, group):
    ids["parent"] = id(await current())
    async with lock:
        async with group() as nursery:
            nursery.start_soon(wants_of_parent, lock)
            if SHAPE == "failing":
                nursery.start_soon(library.sleep, A_WEEK)


async def joins(name, other):
    ids[name] = id(await current())
    while other not in tasks:
        await curio.sleep(0)
    await tasks[other].join()


def lock_of(number):
    """curio's RLock knows who has it; of a Lock the owner's stack tells."""
    return library.RLock() if LIBRARY == "curio" and number % 2 else library.Lock()


async def begin(start):
    await start(library.sleep, A_WEEK)
    if SHAPE in ("group", "failing"):
        await start(parent, library.Lock(), trio.open_nursery if LIBRARY == "trio" else anyio.create_task_group)
    elif SHAPE == "join":
        tasks["one"] = await start(joins, "one", "two")
        tasks["two"] = await start(joins, "two", "one")
    else:
        locks = [lock_of(number) for number in range(SIZE)]
        for number in range(SIZE):
            await start(works, number, locks)
    await turns()
    tell()


async def in_nursery():
    async with trio.open_nursery() if LIBRARY == "trio" else anyio.create_task_group() as nursery:

        async def start(function, *arguments):
            nursery.start_soon(function, *arguments)

        await begin(start)


async def in_curio():
    await begin(curio.spawn)
    await curio.sleep(A_WEEK)


# ---- gevent ----


def greenlet_works(number, locks):
    ids[number] = id(gevent.getcurrent())
    with locks[number]:
        ready.append(number)
        while len(ready) < SIZE:
            gevent.sleep(0)
        last = number == SIZE - 1
        if last and SHAPE == "sleeps":
            gevent.sleep(A_WEEK)
        if last and SHAPE == "limited":
            with gevent.Timeout(A_WEEK):
                with locks[0]:
                    pass
        with locks[(number + 1) % SIZE]:
            pass


def greenlet_joins(name, other):
    ids[name] = id(gevent.getcurrent())
    while other not in tasks:
        gevent.sleep(0)
    tasks[other].join()


def in_gevent():
    gevent.spawn(gevent.sleep, A_WEEK)
    if SHAPE == "join":
        tasks["one"] = gevent.spawn(greenlet_joins, "one", "two")
        tasks["two"] = gevent.spawn(greenlet_joins, "two", "one")
    else:
        kind = __import__("threading").RLock if LIBRARY == "threading" else gevent.lock.RLock
        locks = [kind() for _ in range(SIZE)]
        for number in range(SIZE):
            gevent.spawn(greenlet_works, number, locks)
    for _ in range(100):
        gevent.sleep(0)
    tell()
    gevent.sleep(A_WEEK)


if LIBRARY in ("gevent", "threading"):
    import gevent.lock
    import gevent.monkey

    if LIBRARY == "threading":
        gevent.monkey.patch_all()
    in_gevent()
elif LIBRARY == "trio":
    import trio as library

    trio = library
    trio.run(in_nursery)
elif LIBRARY == "anyio":
    import asyncio

    import anyio as library

    anyio = library
    anyio.run(in_nursery)
else:
    import curio as library

    curio = library
    curio.run(in_curio)
