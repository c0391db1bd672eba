"""Tasks of asyncio in every state and every kind of wait, and what is true of each: tasks.py TRUTH.

Loops: one whose running task blocks it, with what waits in it (main thread); one at rest, with tasks of Python's own
Task (thread "python"); one that nobody runs. Where a task stands is told by its own coroutine (cr_await,
gi_yieldfrom, ag_await), what it waits for and who awaits it by whoever made it. Tasks are told apart by their ids: up
to 3.7 they have no names.
"""

import asyncio
import gc
import os
import sys
import threading
import types

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import truth

A_MONTH = 30 * 86400
VERSION = sys.version_info[:2]
told = []
gate = threading.Lock()
gate.acquire()


def park():
    truth.note_thread()
    gate.acquire()


def start(label, coroutine, kind, state="waiting", awaited_by=(), name=None):
    """A task, and what is true of it once all is still."""
    task = asyncio.get_event_loop().create_task(coroutine)
    if VERSION >= (3, 8) and name:
        task.set_name(name)
    note(label, task, kind, state, awaited_by)
    return task


def note(label, task, kind, state="waiting", awaited_by=()):
    told.append({"label": label, "task": task, "kind": kind, "state": state, "awaited_by": list(awaited_by)})


# ---- what tasks do ----


async def sleeper(seconds=A_MONTH):
    await asyncio.sleep(seconds)


async def nested(depth):
    if depth:
        await nested(depth - 1)
    else:
        await asyncio.sleep(A_MONTH)


async def numbers():
    for number in range(3):
        await asyncio.sleep(A_MONTH)
        yield number


async def for_loop():
    async for _ in numbers():
        pass


async def asend():
    generator = numbers()
    await generator.asend(None)


async def closing():
    async def generator():
        try:
            yield 1
        finally:
            await asyncio.sleep(A_MONTH)

    made = generator()
    await made.asend(None)
    await made.aclose()


class Awaitable:
    def __await__(self):
        yield from sleeper().__await__()


async def awaitable():
    await Awaitable()


@types.coroutine
def old_style():
    yield from sleeper().__await__()


async def generator_based():
    await old_style()


async def locked(lock, event):
    async with lock:
        await event.wait()


async def semaphore_user(semaphore):
    async with semaphore:
        await asyncio.sleep(A_MONTH)


async def condition_user(condition):
    async with condition:
        await condition.wait()


async def wait_for_it(awaitable):
    await awaitable


async def gathering():
    me = len(told)
    children = [start("gathered %d.%d" % (me, i), sleeper(), "sleep", awaited_by=["gathering"]) for i in range(3)]
    await asyncio.gather(*children)


async def waiting_for_two():
    await asyncio.wait([start("waited %d" % i, sleeper(), "sleep", awaited_by=["waiting_for_two"]) for i in range(2)])


async def limited():
    inner = start("limited inner", sleeper(), "sleep", awaited_by=["limited"])
    await asyncio.wait_for(inner, A_MONTH)


async def shielding():
    await asyncio.shield(start("shielded", sleeper(), "sleep", awaited_by=["shielding"]))


async def shield_in_gather():
    inner = start("shielded and gathered", sleeper(), "sleep", awaited_by=["shield_in_gather"])
    await asyncio.gather(asyncio.shield(inner))


async def group():
    async with asyncio.TaskGroup() as tasks:
        for i in range(2):
            note("grouped %d" % i, tasks.create_task(sleeper()), "sleep", awaited_by=["group"])


async def with_timeout():
    async with asyncio.timeout(A_MONTH):
        await asyncio.sleep(A_MONTH)


async def barrier_user(barrier):
    await barrier.wait()


async def in_executor():
    await asyncio.get_event_loop().run_in_executor(None, park)


async def failing():
    raise LookupError("nobody asks")


async def reader(told_port):
    async def serve(_reader, _writer):
        note("server", this_task(), "sleep")
        await asyncio.sleep(A_MONTH)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    told_port.append(server.sockets[0].getsockname()[1])
    stream, writer = await asyncio.open_connection("127.0.0.1", told_port[0])
    await stream.readline()
    return writer, server


async def socket_user():
    import socket

    one, other = socket.socketpair()
    one.setblocking(False)
    await asyncio.get_event_loop().sock_recv(one, 10)
    return other


async def child():
    process = await asyncio.create_subprocess_exec("sleep", str(A_MONTH))
    children.append(process.pid)
    await process.wait()


async def stubborn():
    """Asked to end, it does not."""
    while True:
        try:
            await asyncio.sleep(A_MONTH)
        except asyncio.CancelledError:
            pass


def this_task():
    if VERSION >= (3, 7):
        return asyncio.current_task() or asyncio.tasks._py_current_task()
    return asyncio.Task.current_task() or asyncio.tasks._PyTask.current_task()


children = []


def one_of_each(of_c=True):
    """In the loop that is set. Returns what must be kept."""
    lock, event, queue, full = asyncio.Lock(), asyncio.Event(), asyncio.Queue(), asyncio.Queue(1)
    semaphore, condition = asyncio.Semaphore(1), asyncio.Condition()
    full.put_nowait(1)
    future = asyncio.get_event_loop().create_future()
    first = start("sleeper", sleeper(), "sleep", name="sleeper", awaited_by=["awaiter", "other awaiter"])
    start("nested", nested(20), "sleep", name="nested éλ")
    start("for_loop", for_loop(), "sleep")
    start("asend", asend(), "sleep")
    start("closing", closing(), "sleep")
    start("awaitable", awaitable(), "sleep")
    start("generator_based", generator_based(), "sleep")
    start("holder of the lock", locked(lock, event), "event")
    start("waiter for the lock", locked(lock, event), "lock")
    start("getter", wait_for_it(queue.get()), "queue")
    start("putter", wait_for_it(full.put(2)), "queue")
    start("joiner", wait_for_it(full.join()), "queue")
    start("semaphore 1", semaphore_user(semaphore), "sleep")
    start("semaphore 2", semaphore_user(semaphore), "semaphore")
    start("condition", condition_user(condition), "condition")
    start("future", wait_for_it(future), "future")
    start("awaiter", wait_for_it(first), "task")
    start("other awaiter", wait_for_it(first), "task")
    start("gathering", gathering(), "gather")
    start("waiting_for_two", waiting_for_two(), "wait")
    if of_c or VERSION < (3, 14):  # then timeout() and TaskGroup ask for the current task of C
        start("limited", limited(), "task" if VERSION >= (3, 12) else "wait_for")
        if VERSION >= (3, 11):
            start("group", group(), "task_group")
            start("with_timeout", with_timeout(), "sleep")
    start("shielding", shielding(), "shield" if VERSION >= (3, 7) else "future")
    start("shield_in_gather", shield_in_gather(), "gather")
    start("socket_user", socket_user(), "socket" if VERSION >= (3, 7) else "future")
    if VERSION >= (3, 11):
        barrier = asyncio.Barrier(2)
        start("barrier", barrier_user(barrier), "barrier")
    return lock, event, queue, full, semaphore, condition, future


# ---- the truth of a task ----


def frame_of(awaitable):
    """(frame, what it awaits), or what is in its way has none."""
    for frame, inner in (("cr_frame", "cr_await"), ("gi_frame", "gi_yieldfrom"), ("ag_frame", "ag_await")):
        if hasattr(awaitable, frame):
            return getattr(awaitable, frame), getattr(awaitable, inner)
    behind = [one for one in gc.get_referents(awaitable) if hasattr(one, "cr_frame") or hasattr(one, "ag_frame")]
    return None, (behind[0] if behind and type(awaitable).__module__ == "builtins" else None)


def frames_of(awaitable):
    frames = []
    while awaitable is not None:
        frame, awaitable = frame_of(awaitable)
        if frame is not None:
            frames.insert(0, truth.describe_frame(frame, {}))
    return frames


def running_frames(awaitable, idents):
    """Of one that runs in a thread: all of its stack down to it."""
    for ident, frame in sys._current_frames().items():
        found = []
        while frame is not None and ident in idents:
            found.append(truth.describe_frame(frame, {}))
            if frame is awaitable.cr_frame:
                return found
            frame = frame.f_back
    return []


def describe(one):
    task = one["task"]
    loop = task.get_loop() if VERSION >= (3, 7) else task._loop
    coroutine = task._coro
    document = {key: one[key] for key in ("label", "kind", "state", "awaited_by")}
    document.update(id=id(task), loop=id(loop), name=task.get_name() if VERSION >= (3, 8) else None, done=task.done())
    if one["state"] == "running":
        document["frames"] = running_frames(coroutine, sys._current_frames())
    elif not task.done():
        document["frames"] = frames_of(coroutine)
        document["waiter"] = task._fut_waiter and id(task._fut_waiter)
        document["recorded"] = sorted(id(other) for other in getattr(task, "_asyncio_awaited_by", None) or ())
    return document


def finish(document):
    document["tasks"] = [describe(one) for one in told]
    document["loops"] = [{"id": id(loop), "running": loop.is_running(), "thread": thread} for loop, thread in loops]


loops = []
keep = []


def python_loop():
    """Tasks of Python's own Task and Future, in a loop of another thread."""
    loop = asyncio.new_event_loop()
    loops.append((loop, "python"))
    asyncio.set_event_loop(loop)
    loop.create_future = lambda: asyncio.futures._PyFuture(loop=loop)
    loop.set_task_factory(lambda loop, coroutine, **more: asyncio.tasks._PyTask(coroutine, loop=loop, **more))

    async def make():
        prefix = len(told)
        keep.append(one_of_each(of_c=False))
        await asyncio.sleep(0.1)
        for one in told[prefix:]:
            one["label"] = "python " + one["label"]
            one["awaited_by"] = ["python " + other for other in one["awaited_by"]]
        ready.set()
        note("python main", this_task(), "sleep")
        await asyncio.sleep(A_MONTH)

    truth.note_thread()
    loop.run_until_complete(make())


def dead_loop():
    """A loop that nobody runs, whose task has not even begun."""
    loop = asyncio.new_event_loop()
    loops.append((loop, None))
    asyncio.set_event_loop(loop)
    start("never begun", sleeper(), None, state="ready")


ready = threading.Event()


async def main():
    report = keep[0]
    port = []
    keep.append(one_of_each())
    start("in_executor", in_executor(), "executor")
    start("reader", reader(port), "stream", name="reader")
    start("failing", failing(), None, state="done")
    ending = start("stubborn", stubborn(), "sleep", state="cancelling" if VERSION >= (3, 11) else "waiting")
    if VERSION >= (3, 8):
        start("child", child(), "process")
    while not port or told[-1]["label"] != "server" or (VERSION >= (3, 8) and not children):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    ending.cancel()
    await asyncio.sleep(0.1)
    note("main", this_task(), None, state="running")
    start("ready", sleeper(), None, state="ready")
    report.when_still(threads=(3, 4), finish=finish)
    park()


def run():
    keep.append(truth.Report(sys.argv[1]))
    dead_loop()
    threading.Thread(target=python_loop, name="python", daemon=True).start()
    ready.wait()
    loop = asyncio.new_event_loop()
    loops.append((loop, "MainThread"))
    asyncio.set_event_loop(loop)
    loop.run_until_complete(main())


run()
