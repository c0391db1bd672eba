"""A loop of asyncio whose tasks wait, and what could still wake one: loop_hang.py TRUTH SHAPE

The truth says whether anything could. KeyboardInterrupt aside, which ends any program.
"""

import asyncio
import json
import os
import signal
import sys
import threading
import time

HANGS = ("lost", "workers", "semaphore")
LONG = 900


async def reply(future):
    return await future


async def get(queue):
    return await queue.get()


async def waits(shape, loop):
    future = loop.create_future()
    timer = loop.call_later(LONG, future.set_result, None)
    if shape != "timer":
        timer.cancel()
    if shape == "workers":
        queue = asyncio.Queue()
        await asyncio.gather(*[get(queue) for _ in range(3)])
    elif shape == "semaphore":
        await asyncio.Semaphore(0).acquire()
    elif shape == "limit":
        await asyncio.wait_for(reply(future), LONG)
    elif shape == "server":
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        assert server.sockets
    elif shape == "pipe":
        loop.add_reader(os.pipe()[0], future.set_result, None)
    elif shape == "signal":
        loop.add_signal_handler(signal.SIGUSR1, future.set_result, None)
    elif shape == "thread":
        threading.Thread(target=time.sleep, args=(LONG,), daemon=True).start()
    await asyncio.ensure_future(reply(future), loop=loop)


def tell(shape):
    with open(sys.argv[1] + ".new", "w") as file:
        json.dump({"pid": os.getpid(), "hangs": shape in HANGS}, file)
    os.rename(file.name, sys.argv[1])


async def main(shape):
    loop = asyncio.get_event_loop()
    task = shape != "end" and asyncio.ensure_future(waits(shape, loop))
    for _ in range(20):  # until all have come to where they wait
        await asyncio.sleep(0)
    loop.call_soon(tell, shape)
    await (asyncio.Event().wait() if shape == "end" else task)


asyncio.new_event_loop().run_until_complete(main(sys.argv[2]))
