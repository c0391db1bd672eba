"""Random graphs of processes that wait for one another through pipes, by a seed: process_graphs.py TRUTH SEED COUNT.

Each of COUNT graphs has a handful of processes. Every one reads a pipe that only one other could write to, or writes to
a full one that only that other could read, or sleeps; some have a second thread that could go on. Who is stuck follows
from the plan. All of them end with the first process.
"""

import ctypes
import json
import os
import random
import signal
import sys
import threading
import time

A_MONTH = 30 * 86400
PR_SET_PDEATHSIG = 1


class Graph:
    def __init__(self, dice):
        self.count = dice.randint(2, 5)
        self.kinds = [dice.choice(("read", "read", "write", "write", "sleep")) for _ in range(self.count)]
        self.others = [dice.choice([k for k in range(self.count) if k != i]) for i in range(self.count)]
        self.threads = [dice.random() < 0.15 for _ in range(self.count)]
        self.pipes = [os.pipe() for _ in range(self.count)]

    def run(self, number):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        for owner, pipe in enumerate(self.pipes):
            mine = 0 if self.kinds[owner] == "read" else 1
            for end in (0, 1):
                if number != (owner if end == mine else self.others[owner]):
                    os.close(pipe[end])
        if self.threads[number]:
            threading.Thread(target=time.sleep, args=(A_MONTH,), daemon=True).start()
        if self.kinds[number] == "read":
            os.read(self.pipes[number][0], 1)
        while self.kinds[number] == "write":  # whoever attaches ends a write that has written something
            os.write(self.pipes[number][1], b"x" * (1 << 20))
        time.sleep(A_MONTH)

    def start(self):
        self.pids = []
        for number in range(self.count):
            pid = os.fork()
            if not pid:
                self.run(number)
            self.pids.append(pid)

    def close(self):
        for pipe in self.pipes:
            for end in pipe:
                os.close(end)

    def next_of(self, number):
        """Whom it waits for; None: for nobody, or it could go on all the same."""
        return None if self.kinds[number] == "sleep" or self.threads[number] else self.others[number]

    def truth(self):
        found = []
        for number in range(self.count):
            seen, at = [], number
            while at is not None and at not in seen:
                seen.append(at)
                at = self.next_of(at)
            waits = self.kinds[number] != "sleep"
            found.append(
                {
                    "pid": self.pids[number],
                    "waits_for": [self.pids[self.others[number]]] if waits else [],
                    "stuck": at is not None,
                    "cycle": sorted(self.pids[one] for one in seen[seen.index(at) :]) if at is not None else [],
                }
            )
        return found


def main():
    dice = random.Random(int(sys.argv[2]))
    graphs = []
    for _ in range(int(sys.argv[3])):
        graph = Graph(dice)
        graph.start()
        graph.close()
        graphs.append(graph)
    document = {"pid": os.getpid(), "graphs": [graph.truth() for graph in graphs], "threads": []}
    with open(sys.argv[1] + ".part", "w") as file:
        json.dump(document, file)
    os.rename(sys.argv[1] + ".part", sys.argv[1])
    time.sleep(A_MONTH)


main()
