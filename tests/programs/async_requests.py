"""Two tasks of asyncio that ask for the same work, three times as much the one as the other: async_requests.py ACCOUNT.

ACCOUNT is a file of two doubles: seconds of CPU that the work has taken so far which "alpha" asked for, and
"beta". Each asks in ways of its own: alpha awaits a task that "bystander" awaits too, but later; beta goes through an
asynchronous generator, gather(), wait_for() and shield().
"""

import asyncio
import mmap
import os
import struct
import sys
import time

ALPHA, BETA = 0, 1
account = None
spent = [0.0, 0.0]
asked = None


def clock():
    return time.clock_gettime(time.CLOCK_THREAD_CPUTIME_ID)


def work(whose, seconds):
    start = clock()
    while clock() - start < seconds:
        pass
    spent[whose] += clock() - start
    account[:] = struct.pack("2d", *spent)


async def helper(whose, seconds):
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    work(whose, seconds)


async def alpha():
    global asked
    while True:
        asked = asyncio.ensure_future(helper(ALPHA, 0.003))
        await asked


async def bystander():
    while True:
        await asyncio.sleep(0)
        if asked and not asked.done():
            await asked


async def middle():
    await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(helper(BETA, 0.001))), 1000)


async def numbers():
    while True:
        yield await asyncio.gather(middle(), asyncio.sleep(0))


async def beta():
    async for _ in numbers():
        pass


async def main():
    tasks = []
    for function in (alpha, bystander, beta):
        tasks.append(asyncio.ensure_future(function()))
        if hasattr(tasks[-1], "set_name"):
            tasks[-1].set_name(function.__name__)
    await asyncio.wait(tasks)


with open(sys.argv[1] + ".new", "w+b") as file:
    file.write(struct.pack("2d", *spent))
    file.flush()
    account = mmap.mmap(file.fileno(), 16)
os.rename(sys.argv[1] + ".new", sys.argv[1])
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(main())
