"""A loop of asyncio, and a call that waits in one of its tasks, or beside it: loop_blocked.py TRUTH SHAPE"""

import asyncio
import json
import os
import sys
import threading
import time

BLOCKED = ("sleeps", "lock", "computes")
LONG = 900


def tell(shape):
    with open(sys.argv[1] + ".new", "w") as file:
        json.dump({"pid": os.getpid(), "blocked": shape in BLOCKED, "others": 2}, file)
    os.rename(file.name, sys.argv[1])


async def ticks():
    while True:
        await asyncio.sleep(0.3)


def compute(shape):
    """The loop has not run for two seconds when it is told."""
    end = time.monotonic() + 2
    while time.monotonic() < end:
        pass
    tell(shape)
    while True:
        pass


async def works(shape, loop):
    await asyncio.sleep(0.05)
    if shape == "computes":
        compute(shape)
    tell(shape)
    if shape in ("sleeps", "alone"):
        time.sleep(LONG)
    elif shape == "lock":
        lock = threading.Lock()
        threading.Thread(target=lambda: lock.acquire() and time.sleep(LONG), daemon=True).start()
        while not lock.locked():
            pass
        lock.acquire()
    elif shape == "thread":
        await loop.run_in_executor(None, time.sleep, LONG)
    else:
        await asyncio.sleep(LONG)


async def main(shape):
    loop = asyncio.get_event_loop()
    others = [] if shape == "alone" else [asyncio.ensure_future(ticks()) for _ in range(2)]
    await asyncio.gather(works(shape, loop), *others)


asyncio.new_event_loop().run_until_complete(main(sys.argv[2]))
