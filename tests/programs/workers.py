"""A parent and three forked workers, two of which wait for work and one of which does not.

argv: TRUTH-FILE. The truth has the pids. Runs on 3.6 - 3.15.
"""

import json
import os
import signal
import sys
import time


def wait_for_work(pipe):
    os.read(pipe, 1)


def stuck_elsewhere():
    signal.pause()


def worker(number, pipe):
    if number == 1:
        stuck_elsewhere()
    wait_for_work(pipe)


def parent(children):
    os.waitpid(children[0], 0)


def main():
    receiving, _sending = os.pipe()
    children = []
    for number in range(3):
        child = os.fork()
        if child == 0:
            signal.alarm(1200)
            worker(number, receiving)
            os._exit(0)
        children.append(child)
    time.sleep(0)
    signal.alarm(1200)
    with open(sys.argv[1] + ".new", "w") as file:
        json.dump({"pid": os.getpid(), "children": children}, file)
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    parent(children)


# requires: 3.6
if __name__ == "__main__":
    main()
