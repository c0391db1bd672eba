"""Coroutines: stacks that grow through await, and tasks that are nobody's stack.

One thread for each act, each with an event loop of its own. In most of them a task runs and,
some awaits deep, blocks the whole loop with an ordinary blocking call: the commonest bug in
asyncio programs and the reason to attach a debugger. The other tasks of that loop are suspended
and belong to no stack. asyncio.run() is not used: 3.6 has none.
"""

import asyncio
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage
from stage import act, park


def run_loop(coroutine):
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(coroutine)


def asynchronous(function):
    """An act whose coroutine function runs in a loop of its own."""

    def run():
        run_loop(function())

    run.__name__ = function.__name__
    act(run)
    return function


async def block_after(awaits):
    if awaits:
        await block_after(awaits - 1)
    else:
        park()


async def step():
    await asyncio.sleep(0)


async def suspended_for_good():
    await asyncio.sleep(30 * 86400)


async def count_to(number, park_at=None):
    for value in range(number):
        if value == park_at:
            park()
        yield value
        await asyncio.sleep(0)


class Resource:
    def __init__(self, on_enter, on_exit):
        self.on_enter, self.on_exit = on_enter, on_exit

    async def __aenter__(self):
        return self.on_enter()

    async def __aexit__(self, *details):
        return self.on_exit()


class Countdown:
    """An asynchronous iterator, and an awaitable, made of special methods."""

    def __init__(self):
        self.left = 3

    def __aiter__(self):
        return self

    async def __anext__(self):
        self.left -= 1
        return self.left or park()

    def __await__(self):
        yield from step().__await__()
        park()


@asynchronous
async def blocked_deep_in_awaits():
    await block_after(20)


@asynchronous
async def blocked_task_beside_suspended_ones():
    loop = asyncio.get_event_loop()
    tasks = [loop.create_task(suspended_for_good()) for _ in range(3)]
    await asyncio.sleep(0)
    await asyncio.gather(*tasks, block_after(2))


@asynchronous
async def blocked_after_suspension():
    """The coroutine is resumed by the loop rather than called: its caller is the loop."""
    await asyncio.sleep(0)
    await asyncio.wait_for(block_after(3), timeout=1000)


@asynchronous
async def blocked_in_async_for():
    async for _ in count_to(5, park_at=2):
        pass


@asynchronous
async def blocked_in_async_comprehension():
    return [value async for value in count_to(5, park_at=3)]


@asynchronous
async def await_in_comprehension():
    return {await block_after(n) for n in (1, 2)}


@asynchronous
async def async_generator_expression():
    async for _ in (await block_after(value) async for value in count_to(3)):
        pass


@asynchronous
async def blocked_in_async_with_enter():
    async with Resource(int, int), Resource(park, int):
        pass


@asynchronous
async def blocked_in_async_with_exit():
    async with Resource(int, park):
        raise ValueError("in the block")


@asynchronous
async def blocked_in_anext():
    async for _ in Countdown():
        pass


@asynchronous
async def blocked_in_await_method():
    await Countdown()


@asynchronous
async def async_generator_closed():
    async def generator():
        try:
            yield 1
        finally:
            park()

    closing = generator()
    await closing.__anext__()
    await closing.aclose()


@asynchronous
async def async_generator_sent_to():
    async def generator():
        while True:
            park((yield))

    receiving = generator()
    await receiving.asend(None)
    await receiving.asend("something")


@asynchronous
async def coroutine_sent_by_hand():
    block_after(4).send(None)


@asynchronous
async def callback_of_the_loop():
    asyncio.get_event_loop().call_soon(park, "called by the loop")
    await suspended_for_good()


@asynchronous
async def done_callback():
    future = asyncio.get_event_loop().create_future()
    future.add_done_callback(park)
    future.set_result(None)
    await suspended_for_good()


@asynchronous
async def loop_at_rest():
    """Nothing blocks here but the selector, as it should be."""
    await asyncio.gather(suspended_for_good(), suspended_for_good())


@act
def coroutine_suspended_beside():
    """A coroutine that is suspended and awaits: it hangs on this frame, but is not in its stack."""

    async def outer():
        await Countdown()

    suspended = outer()
    suspended.send(None)
    park()
    return suspended


def main():
    run_loop(block_after(3))


stage.perform(main)
