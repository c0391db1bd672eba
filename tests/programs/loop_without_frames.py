"""Two loops with a task each: one runs without a frame of Python's, as uvloop does: loop_without_frames.py TRUTH"""

import asyncio
import json
import os
import sys
import time


async def waits():
    await asyncio.Event().wait()


def make():
    loop = asyncio.new_event_loop()
    return loop, loop.create_task(waits())


running, task = make()
idle, other = make()
asyncio.events._set_running_loop(idle)
asyncio.events._set_running_loop(None)
asyncio.events._set_running_loop(running)
with open(sys.argv[1] + ".new", "w") as file:
    json.dump({"pid": os.getpid(), "running": id(running), "idle": id(idle)}, file)
os.rename(file.name, sys.argv[1])
time.sleep(900)
