"""Random graphs of processes that wait for one another, by a seed: process_graphs.py TRUTH SEED COUNT.

Each of COUNT graphs has a handful of processes. Every one reads a pipe that only one other could write to (or polls
it), writes to a full one that only that other could read, reads or polls an eventfd that only it and the other have,
waits for the other's end by a pidfd, or sleeps; some have a second thread that could go on. Who is stuck follows from
the plan, and whether that can be proven. All of them end with the first process.
"""

import ctypes
import json
import os
import random
import select
import signal
import sys
import threading
import time

A_MONTH = 30 * 86400
PR_SET_PDEATHSIG = 1
PIDFD_OPEN = 434
libc = ctypes.CDLL(None)


class Graph:
    def __init__(self, dice):
        self.count = dice.randint(2, 5)
        self.others = [dice.choice([k for k in range(self.count) if k != i]) for i in range(self.count)]
        self.kinds = [self.choose(number, dice) for number in range(self.count)]
        self.threads = [dice.random() < 0.15 for _ in range(self.count)]
        self.pipes = [(libc.eventfd(0, 0),) if "eventfd" in kind else os.pipe() for kind in self.kinds]

    def choose(self, number, dice):
        kind = dice.choice(("read", "read", "write", "write", "poll", "eventfd", "poll-eventfd", "pidfd", "sleep"))
        known = self.others[number] < number  # the others are started later
        return "read" if kind == "pidfd" and not known else kind

    def run(self, number):
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        for owner, pipe in enumerate(self.pipes):
            mine = 0 if self.kinds[owner] in ("read", "poll") else 1
            if len(pipe) == 1 and number not in (owner, self.others[owner]):
                os.close(pipe[0])
            for end in range(len(pipe) if len(pipe) == 2 else 0):
                if number != (owner if end == mine else self.others[owner]):
                    os.close(pipe[end])
        kind, mine = self.kinds[number], self.pipes[number][0]
        if self.threads[number]:
            threading.Thread(target=time.sleep, args=(A_MONTH,), daemon=True).start()
        if kind in ("read", "eventfd"):
            os.read(mine, 8)
        elif kind in ("poll", "poll-eventfd"):
            poller = select.poll()
            poller.register(mine, select.POLLIN)
            poller.poll()
        elif kind == "pidfd":
            process = libc.syscall(PIDFD_OPEN, self.pids[self.others[number]], 0)
            libc.poll((ctypes.c_int * 2)(process, select.POLLIN), 1, -1)
        while kind == "write":  # whoever attaches ends a write that has written something
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

    def is_certain(self, number):
        return self.kinds[number] in ("read", "write")  # who polls may be woken by more than what is seen

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
                    "certain": all(map(self.is_certain, seen)),
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
