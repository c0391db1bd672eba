"""Tasks of asyncio that wait for one another, or only seem to: asyncio_rings.py TRUTH SHAPE.

    reacquires  one was notified and wants the lock of its Condition again; who has that awaits it
    notified    the same, but nobody has notified it: whoever can may do so
    timeout     a ring, in which one waits within asyncio.timeout() (3.11+)
    no-timeout  the same within asyncio.timeout(None): no limit (3.11+)
    outer       a ring that somebody awaits for a time
    watched     a ring, and a timer that has one of its tasks
    own-loop    a ring in a loop of a class that is not asyncio's
    thread      a ring in the loop of another thread, named "loop"
    stopped     a ring in a loop that nobody runs any more

The truth: ids of those in the ring, and how sure it is: "proven", "likely", "" none.
"""

import asyncio
import json
import os
import sys
import threading
import time

A_MONTH = 30 * 86400
SHAPE = sys.argv[2]
KINDS = {"notified": "", "timeout": "", "outer": "likely", "watched": "likely", "own-loop": "likely", "stopped": ""}
tasks = {}


class OwnLoop(asyncio.SelectorEventLoop):
    pass


def tell():
    ring = [id(tasks[name]) for name in ("one", "two")]
    truth = {"pid": os.getpid(), "ring": ring, "kind": KINDS.get(SHAPE, "proven")}
    truth["thread"] = "loop" if SHAPE == "thread" else "MainThread"
    with open(sys.argv[1] + ".new", "w") as file:
        json.dump(truth, file)
    os.rename(sys.argv[1] + ".new", sys.argv[1])


async def turns():
    for _ in range(50):
        await asyncio.sleep(0)


async def follows(name):
    await asyncio.sleep(0)
    await tasks[name]


async def follows_for(name, seconds):
    await asyncio.sleep(0)
    async with asyncio.timeout(seconds):
        await tasks[name]


async def waits(condition):
    async with condition._lock:
        await condition.wait()


async def has_lock(condition, notifies):
    await asyncio.sleep(0)
    async with condition._lock:
        if notifies:
            condition.notify()
        await tasks["one"]


async def awaits_for_a_time():
    await asyncio.wait_for(asyncio.gather(*tasks.values()), A_MONTH)


def begin(loop):
    if SHAPE in ("reacquires", "notified"):
        condition = asyncio.Condition()
        tasks["one"] = loop.create_task(waits(condition))
        tasks["two"] = loop.create_task(has_lock(condition, SHAPE == "reacquires"))
        loop.create_task(waits(condition))
        return
    tasks["one"] = loop.create_task(follows("two"))
    if "timeout" in SHAPE:
        tasks["two"] = loop.create_task(follows_for("one", A_MONTH if SHAPE == "timeout" else None))
    else:
        tasks["two"] = loop.create_task(follows("one"))
    if SHAPE == "outer":
        tasks["outer"] = loop.create_task(awaits_for_a_time())
    if SHAPE == "watched":
        one = tasks["one"]
        loop.call_later(A_MONTH, lambda: one.cancel())


async def main():
    begin(asyncio.get_event_loop())
    await turns()
    if SHAPE != "stopped":
        tell()
        await asyncio.sleep(A_MONTH)


def run():
    loop = OwnLoop() if SHAPE == "own-loop" else asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(main())
    tell()
    time.sleep(A_MONTH)


if SHAPE == "thread":
    threading.Thread(target=run, name="loop").start()
else:
    run()
