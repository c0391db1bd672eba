"""Three tasks in a ring and one behind them; a timer, a server, a task that sleeps: ring_and_server.py TRUTH."""

import asyncio
import json
import os
import sys

A_MONTH = 30 * 86400
NAMES = ("fetch", "parse", "store")
tasks = {}


async def follows(name):
    await asyncio.sleep(0)
    await tasks[name]


def start(name, coroutine):
    tasks[name] = asyncio.get_event_loop().create_task(coroutine)
    if sys.version_info >= (3, 8):
        tasks[name].set_name(name)


async def main():
    loop = asyncio.get_event_loop()
    await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    loop.call_later(A_MONTH, print)
    for name, other in zip(NAMES, NAMES[1:] + NAMES[:1]):
        start(name, follows(other))
    start("behind", follows("fetch"))
    start("sleeper", asyncio.sleep(A_MONTH))
    for _ in range(10):
        await asyncio.sleep(0)
    # in the order of hognose: by name, and where there are none (to 3.7), by address
    ring = list(NAMES)
    while sys.version_info < (3, 8) and id(tasks[ring[0]]) != min(id(tasks[name]) for name in NAMES):
        ring.append(ring.pop(0))
    called = ["task " + name if sys.version_info >= (3, 8) else "task %#x" % id(tasks[name]) for name in ring]
    with open(sys.argv[1] + ".new", "w") as file:
        json.dump({"pid": os.getpid(), "names": called, "ids": [id(tasks[name]) for name in ring]}, file)
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    await asyncio.sleep(A_MONTH)


asyncio.set_event_loop(asyncio.new_event_loop())
asyncio.get_event_loop().run_until_complete(main())
