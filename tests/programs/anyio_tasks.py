"""Tasks of anyio on asyncio, in groups, and what is true of each: anyio_tasks.py TRUTH. Needs anyio.

The truth is anyio's own: get_running_tasks(), in which a task's parent is the one that has its group, and the
statistics of its locks and streams.
"""

import functools
import json
import os
import sys
import threading

import anyio
import anyio.to_thread

ended = threading.Event()


async def holds(lock):
    async with lock:
        await anyio.sleep(100000)


async def wants(lock):
    async with lock:
        pass


async def waits(event):
    await event.wait()


async def receives(stream):
    await stream.receive()


async def sends(stream):
    await stream.send("one")
    await stream.send("more than there is room for")


async def limited(limiter):
    async with limiter:
        await anyio.sleep_forever()


async def signals(semaphore):
    await semaphore.acquire()


def blocks(event):
    event.wait()


async def asks_a_thread():
    await anyio.to_thread.run_sync(functools.partial(blocks, ended))


async def nests(depth, event):
    if not depth:
        await anyio.sleep_forever()
    async with anyio.create_task_group() as group:
        group.start_soon(nests, depth - 1, event)
        group.start_soon(waits, event)


def told_of(tasks):
    known = {task.id for task in tasks}
    return {
        str(task.id): {"name": task.name, "parent": task.parent_id if task.parent_id in known else None}
        for task in tasks
    }


async def main():
    lock, event, limiter, semaphore = anyio.Lock(), anyio.Event(), anyio.CapacityLimiter(1), anyio.Semaphore(0)
    send, receive = anyio.create_memory_object_stream(1)
    full, other_end = anyio.create_memory_object_stream(1)
    async with anyio.create_task_group() as group:
        for function, value in (
            (holds, lock),
            (wants, lock),
            (wants, lock),
            (waits, event),
            (receives, receive),
            (sends, full),
            (limited, limiter),
            (limited, limiter),
            (signals, semaphore),
        ):
            group.start_soon(function, value)
        group.start_soon(asks_a_thread)
        group.start_soon(nests, 3, event, name="a name of its own")
        await anyio.wait_all_tasks_blocked()
        truth = {"pid": os.getpid(), "tasks": told_of(anyio.get_running_tasks())}
        truth["holder"] = lock.statistics().owner.id
        truth["borrowed"] = limiter.statistics().borrowed_tokens
        truth["buffered"] = full.statistics().current_buffer_used
        with open(sys.argv[1] + ".new", "w") as file:
            json.dump(truth, file)
        os.rename(sys.argv[1] + ".new", sys.argv[1])


anyio.run(main)
