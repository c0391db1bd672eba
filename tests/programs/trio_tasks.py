"""Tasks of trio in nurseries, and what is true of each: trio_tasks.py TRUTH. Needs trio.

The truth is trio's own tree, from the root task down: Nursery.child_tasks of Task.child_nurseries; the frames that
Task.iter_await_frames() gives; and what each function below waits for, and who has the lock.
"""

import json
import os
import sys

import trio
import trio.testing

lock, event = trio.Lock(), trio.Event()
send, receive = trio.open_memory_channel(0)


async def holds():
    async with lock:
        await trio.sleep(100000)


async def wants():
    async with lock:
        pass


async def waits():
    await event.wait()


async def receives():
    await receive.receive()


async def nests(depth):
    if not depth:
        await trio.sleep_forever()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(nests, depth - 1)
        nursery.start_soon(waits)


#: What the functions above wait for in the end; the others are trio's.
KINDS = {"holds": "sleep", "wants": "lock", "waits": "event", "receives": "queue", "nests": "task_group"}


def tree(task, parent, told):
    function = task.coro.__name__
    frames = [[frame.f_code.co_name, line] for frame, line in task.iter_await_frames()]
    told[str(id(task))] = {
        "name": task.name,
        "parent": parent and id(parent),
        "kind": "sleep" if function == "nests" and not task.child_nurseries else KINDS.get(function),
        "frames": None if task is trio.lowlevel.current_task() else frames[::-1],
        "held_by": id(lock.statistics().owner) if function == "wants" else None,
    }
    for nursery in task.child_nurseries:
        for child in nursery.child_tasks:
            tree(child, task, told)
    return told


async def main():
    async with trio.open_nursery() as nursery:
        for function in (holds, wants, wants, waits, receives):
            nursery.start_soon(function)
        nursery.start_soon(nests, 3, name="a name of its own")
        await trio.testing.wait_all_tasks_blocked(0.05)
        with open(sys.argv[1] + ".new", "w") as file:
            json.dump({"pid": os.getpid(), "tasks": tree(trio.lowlevel.current_root_task(), None, {})}, file)
        os.rename(sys.argv[1] + ".new", sys.argv[1])


trio.run(main)
