"""Random wait-for graphs: threads that hold locks and then wait, in cycles and without, by a seed.

    wait_graphs.py TRUTH SEED COUNT

Each of COUNT graphs has a handful of threads. Every thread first takes some locks of others and gives them back, in a
frame that stays, whose slots still name them. Then it takes some of its own, in a `with` or by acquire(), then all wait
for each other, then each does one last thing for ever: it takes another's lock (or waits for it with a limit), joins
another thread, waits for an event, a queue and their like, the result of a pool that waits for itself, or sleeps. What
follows from that is worked out from the plan, before anything blocks; memory is not looked at.
"""

import concurrent.futures
import json
import os
import queue
import random
import sys
import threading
import time

A_MONTH = 30 * 86400
KEPT = []
#: What nobody holds: how it is made, and the method that waits for it.
UNHELD = {
    "event": (threading.Event, "wait"),
    "queue": (queue.Queue, "get"),
    "semaphore": (lambda: threading.Semaphore(0), "acquire"),
    "barrier": (lambda: threading.Barrier(2), "wait"),
    "condition": (threading.Condition, "wait"),
}


class Graph:
    def __init__(self, number, dice):
        self.name = "g%d" % number
        self.count = dice.randint(2, 6)
        self.barrier = threading.Barrier(self.count + 1)
        self.visited = threading.Barrier(self.count)
        self.plans = []
        self.locks = []
        self.threads = []
        for thread in range(self.count):
            held = []
            for _ in range(dice.choice((0, 1, 1, 2))):
                kind = dice.choice(("lock", "lock", "rlock"))
                lock = threading.Lock() if kind == "lock" else threading.RLock()
                held.append((len(self.locks), kind, dice.random() < 0.75, lock))
                self.locks.append((kind, lock, thread, held[-1][2]))
            self.plans.append({"held": held, "wait": None})
        for thread, plan in enumerate(self.plans):
            plan["wait"] = self.choose(thread, dice)
            others = [number for number, lock in enumerate(self.locks) if lock[2] != thread]
            plan["visits"] = [
                (dice.choice(others), dice.random() < 0.75) for _ in range(dice.choice((0, 0, 1, 2))) if others
            ]

    def choose(self, thread, dice):
        others = [number for number, lock in enumerate(self.locks) if lock[2] != thread]
        what = dice.choice(("lock",) * 9 + ("limit", "limit", "join", "join", "sleep", "sleep", *sorted(UNHELD)))
        if what in ("lock", "limit") and others:
            return (what, dice.choice(others), dice.random() < 0.5)
        if what == "join" and thread:  # only those that were started before it
            return ("join", dice.randrange(thread), False)
        if what in UNHELD:
            return (what, UNHELD[what][0](), False)
        return ("sleep", None, False)

    def live(self, thread):
        for number, by_with in self.plans[thread]["visits"]:
            lock = self.locks[number][1]
            if by_with:
                with lock:
                    pass
            else:
                lock.acquire()
                lock.release()
        self.visited.wait()
        self.hold(thread, self.plans[thread]["held"])

    def hold(self, thread, left):
        """One level for each lock, so that the locks lie in frames of their own and in one frame too."""
        if not left:
            self.barrier.wait()
            self.wait(thread)
            return
        _, _, by_with, lock = left[0]
        if by_with:
            with lock:
                self.hold(thread, left[1:])
        else:
            lock.acquire()
            try:
                self.hold(thread, left[1:])
            finally:
                lock.release()

    def wait(self, thread):
        what, target, by_with = self.plans[thread]["wait"]
        if what == "lock" and by_with:
            with self.locks[target][1]:
                pass
        elif what == "lock":
            self.locks[target][1].acquire()
        elif what == "limit":
            self.locks[target][1].acquire(timeout=A_MONTH // 1000)
        elif what == "join":
            self.threads[target].join()
        elif what == "condition":
            with target:
                target.wait()
        elif what in UNHELD:
            getattr(target, UNHELD[what][1])()
        time.sleep(A_MONTH)

    def start(self):
        for thread in range(self.count):
            name = "%s-t%d" % (self.name, thread)
            self.threads.append(threading.Thread(target=self.live, args=(thread,), name=name, daemon=True))
            self.threads[-1].start()
        self.barrier.wait()

    def waits_for(self, thread):
        """The thread that alone could end the wait; None: it waits for none, or not for ever."""
        what, target, _ = self.plans[thread]["wait"]
        return self.locks[target][2] if what == "lock" else target if what == "join" else None

    def stuck(self):
        stuck = {}
        for thread in range(self.count):
            seen, at = [], thread
            while at is not None and at not in seen:
                seen.append(at)
                at = self.waits_for(at)
            stuck[thread] = at is not None
        return stuck

    def cycles(self):
        found = set()
        for thread in range(self.count):
            seen, at = [], thread
            while at is not None and at not in seen:
                seen.append(at)
                at = self.waits_for(at)
            if at is not None:
                found.add(frozenset(seen[seen.index(at) :]))
        return [sorted(cycle) for cycle in found]

    def truth(self):
        stuck = self.stuck()
        threads = []
        for thread, plan in enumerate(self.plans):
            what, target, _ = plan["wait"]
            entry = {
                "thread": "%s-t%d" % (self.name, thread),
                "stuck": stuck[thread],
                "kind": what,
                "owner": None,
                "address": None,
                "certain": True,
            }
            if what in ("lock", "limit"):
                kind, lock, owner, by_with = self.locks[target]
                entry.update(
                    kind=kind, address=id(lock), owner="%s-t%d" % (self.name, owner), certain=by_with or kind == "rlock"
                )
            elif what == "join":
                entry.update(owner="%s-t%d" % (self.name, target))
            elif what in UNHELD:
                entry.update(address=id(target))
            threads.append(entry)
        cycles = [["%s-t%d" % (self.name, thread) for thread in cycle] for cycle in self.cycles()]
        return {"threads": threads, "cycles": cycles}


class Pool:
    """Workers that wait for what stands in their own queue; or, its twin, one worker is free."""

    def __init__(self, number, dice):
        self.name = "p%d" % number
        self.count = dice.randint(1, 3)
        self.stuck = dice.random() < 0.5
        self.barrier = threading.Barrier(self.count + 1)

    def outer(self, which):
        self.barrier.wait()
        if which == 0 and not self.stuck:
            time.sleep(A_MONTH)
        self.results[which] = self.executor.submit(time.sleep, 0)
        self.submitted.append(which)
        while len(self.submitted) < self.count - (not self.stuck):
            time.sleep(0.001)
        self.results[which].result()

    def start(self):
        self.results, self.submitted = {}, []
        self.executor = concurrent.futures.ThreadPoolExecutor(self.count)
        KEPT.append([self.executor.submit(self.outer, which) for which in range(self.count)])
        self.barrier.wait()

    def truth(self):
        while len(self.submitted) < self.count - (not self.stuck):
            time.sleep(0.001)
        addresses = {id(future) for future in self.results.values()}
        return {"pool": sorted(addresses), "stuck": self.stuck, "workers": self.count}


def main():
    dice = random.Random(int(sys.argv[2]))
    graphs = [Graph(number, dice) if dice.random() < 0.9 else Pool(number, dice) for number in range(int(sys.argv[3]))]
    for graph in graphs:
        graph.start()
    document = {"pid": os.getpid(), "graphs": [graph.truth() for graph in graphs], "threads": []}
    with open(sys.argv[1] + ".part", "w") as file:
        json.dump(document, file)
    os.rename(sys.argv[1] + ".part", sys.argv[1])
    time.sleep(A_MONTH)


if __name__ == "__main__":
    threading.stack_size(256 * 1024)
    main()
