"""Tasks of curio, spawned and in groups, and what is true of each: curio_tasks.py TRUTH. Needs curio.

The truth is the kernel's own table: name and parentid of every task, and who joins it.
"""

import json
import os
import sys

import curio
from curio.traps import _get_kernel

lock, owned, event = curio.Lock(), curio.RLock(), curio.Event()
queue = curio.Queue()


async def holds():
    async with owned:
        await curio.sleep(100000)


async def wants():
    async with owned:
        pass


async def locks():
    async with lock:
        await event.wait()


async def wants_lock():
    async with lock:
        pass


async def receives():
    await queue.get()


async def joins(task):
    await task.join()


async def nests(depth):
    if not depth:
        await event.wait()
    async with curio.TaskGroup() as group:
        await group.spawn(nests, depth - 1)
        await group.spawn(receives)


def told_of(task, tasks):
    joiners = {id(one) for one in task.joining._tasks}
    if task.taskgroup:
        joiners.update(id(item[0]) for item in task.taskgroup._sema._waiting._queue if item[0])
    parent = tasks.get(task.parentid)
    return {"name": task.name, "parent": parent and id(parent), "awaited_by": sorted(joiners)}


async def main():
    kept = [await curio.spawn(function) for function in (holds, wants, wants, locks, wants_lock, receives)]
    kept += [await curio.spawn(joins, kept[0]), await curio.spawn(joins, kept[0]), await curio.spawn(nests, 3)]
    await curio.sleep(0.1)
    tasks = (await _get_kernel())._tasks
    told = {str(id(task)): told_of(task, tasks) for task in tasks.values()}
    with open(sys.argv[1] + ".new", "w") as file:
        json.dump({"pid": os.getpid(), "tasks": told}, file)
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    await event.wait()


curio.run(main)
