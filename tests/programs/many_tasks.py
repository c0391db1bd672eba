"""As many tasks as argv[2] says, all at the same await: many_tasks.py TRUTH COUNT."""

import asyncio
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import truth


async def wait_in(queue):
    await queue.get()


async def worker(queue):
    await wait_in(queue)


async def main(loop, report):
    queue = asyncio.Queue()
    tasks = [loop.create_task(worker(queue)) for _ in range(int(sys.argv[2]))]
    await asyncio.sleep(0)
    mine = asyncio.current_task() if hasattr(asyncio, "current_task") else asyncio.Task.current_task()
    report.when_still(threads=1, tasks=sorted(id(task) for task in [mine] + tasks))
    await asyncio.gather(*tasks)


report = truth.Report(sys.argv[1])
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(main(loop, report))
