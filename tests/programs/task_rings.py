"""Tasks of asyncio that wait for one another at random, and their own truth: task_rings.py TRUTH SEED [GRAPHS].

Each graph is drawn: of each task what it waits for, and of whom. Every task first takes a lock of its own, in most with
`async with`; when all have theirs, each begins to wait. What the truth says of each task:

    kind     await, gather, wait ALL_COMPLETED, …, shield, lock, group; sleep, future, done: these wait for no task
    enders   the tasks that it waits for, by id()
    limit    its wait ends by itself
    told     is who has the lock that it waits for to be seen in memory? Only after an `async with`

A seed that is odd has tasks of Python's own Task.
"""

import asyncio
import functools
import json
import os
import random
import sys

A_MONTH = 30 * 86400
VERSION = sys.version_info[:2]
KINDS = ("await", "await", "await", "gather", "all", "first", "exception", "shield", "lock", "lock", "again", "group")
#: From 3.14 on tasks of Python do not go with what asks for the task that runs.
GROUPS = (3, 11) <= VERSION and (VERSION < (3, 14) or int(sys.argv[2]) % 2 == 0)
FREE = ("sleep", "sleep", "future", "done")


class Graph:
    def __init__(self, draw, number):
        self.number = number
        self.size = draw.randint(2, 9)
        self.tasks = [None] * self.size
        self.locks = [asyncio.Lock() for _ in range(self.size)]
        self.nodes = [self.node(draw, i, draw.random() * 0.5) for i in range(self.size)]
        for i, node in enumerate(self.nodes):
            if node["kind"] == "group":
                self.fill_group(draw, i, node)
            if node["kind"] == "lock" and self.nodes[node["of"][0]]["kind"] == "done":
                node["kind"], node["of"] = "sleep", []
        self.go = asyncio.Event()

    def node(self, draw, i, idle):
        kind = draw.choice(KINDS) if draw.random() > idle else draw.choice(FREE)
        if kind == "group" and not GROUPS:
            kind = "gather"
        others = [k for k in range(self.size) if k != i]
        if kind in ("gather", "all", "first", "exception"):
            of = draw.sample(range(self.size), draw.randint(1, min(3, self.size)))
        elif kind == "shield":
            of = [draw.randrange(self.size)]
        elif kind == "again":
            of = [i]
        else:
            of = [draw.choice(others)] if kind in ("await", "lock") else []
        limit = draw.choice(("", "", "", "", "", "timer", "wait_for")) if of else ""
        if limit == "wait_for" and (kind != "await" or (VERSION >= (3, 14) and not GROUPS)):
            limit = "timer"
        return {"kind": kind, "of": of, "limit": limit, "plain": draw.random() < 0.2, "parent": None}

    def fill_group(self, draw, i, node):
        """Its children are other tasks that have no group yet, and no such children themselves."""
        free = [
            k
            for k, one in enumerate(self.nodes)
            if k != i and one["kind"] not in ("group", "done") and one["parent"] is None
        ]
        node["of"] = draw.sample(free, min(2, len(free)))
        for k in node["of"]:
            self.nodes[k]["parent"] = i
        if not node["of"]:
            node["kind"] = "sleep"

    def start(self, i, create):
        self.tasks[i] = create(self.run(i))
        if VERSION >= (3, 8):
            self.tasks[i].set_name("g%d.%d" % (self.number, i))

    async def run(self, i):
        if self.nodes[i]["plain"]:
            await self.locks[i].acquire()
            await self.wait(i)
        else:
            async with self.locks[i]:
                await self.wait(i)

    async def wait(self, i):
        node = self.nodes[i]
        kind = node["kind"]
        if kind == "group":
            async with asyncio.TaskGroup() as group:
                for k in node["of"]:
                    self.start(k, group.create_task)
                await self.go.wait()
            return
        await self.go.wait()
        of = [self.tasks[k] for k in node["of"]]
        if node["limit"] == "wait_for":
            await asyncio.wait_for(of[0], A_MONTH)
        elif kind == "await":
            await of[0]
        elif kind == "gather":
            await asyncio.gather(*of)
        elif kind in ("all", "first", "exception"):
            await asyncio.wait(
                set(of),
                return_when={"all": "ALL_COMPLETED", "first": "FIRST_COMPLETED", "exception": "FIRST_EXCEPTION"}[kind],
            )
        elif kind == "shield":
            await asyncio.shield(of[0])
        elif kind in ("lock", "again"):
            async with self.locks[node["of"][0]]:
                pass
        elif kind == "sleep":
            await asyncio.sleep(A_MONTH)
        elif kind == "future":
            await asyncio.get_event_loop().create_future()

    def truth(self):
        kinds = {"again": "lock"}
        return {
            str(id(self.tasks[i])): {
                "name": "g%d.%d" % (self.number, i),
                "kind": kinds.get(node["kind"], node["kind"]),
                "enders": [id(self.tasks[k]) for k in node["of"]],
                "limit": bool(node["limit"]),
                "told": node["kind"] not in kinds.keys() | {"lock"} or not self.nodes[node["of"][0]]["plain"],
                "done": self.tasks[i].done(),
            }
            for i, node in enumerate(self.nodes)
        }


async def settle():
    """Every wait is a few turns of the loop away, and none of them needs anything from outside."""
    for _ in range(100):
        await asyncio.sleep(0)


async def main(seed, count):
    loop = asyncio.get_event_loop()
    if seed % 2:
        own = getattr(asyncio.tasks, "_PyTask", asyncio.Task)
        loop.set_task_factory(lambda loop, coroutine, **more: own(coroutine, loop=loop, **more))
    draw = random.Random(seed)
    graphs = [Graph(draw, number) for number in range(count)]
    for graph in graphs:
        for i, node in enumerate(graph.nodes):
            if node["parent"] is None:
                graph.start(i, loop.create_task)
    await settle()
    for graph in graphs:
        for i, node in enumerate(graph.nodes):
            if node["limit"] == "timer":
                loop.call_later(A_MONTH, draw.choice((graph.tasks[i].cancel, functools.partial(graph.tasks[i].cancel))))
        graph.go.set()
    await settle()
    tasks = {}
    for graph in graphs:
        tasks.update(graph.truth())
    with open(sys.argv[1] + ".new", "w") as file:
        json.dump({"pid": os.getpid(), "seed": seed, "tasks": tasks}, file)
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    await asyncio.sleep(A_MONTH)


if __name__ == "__main__":
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(main(int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1))
