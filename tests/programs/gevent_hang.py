"""Greenlets that wait for one another for ever, or their twins: gevent_hang.py TRUTH SHAPE. Needs gevent.

"cross": two want the semaphore that the other has, and the main greenlet waits for both. "idle": a server without work.
"cross+twin": one of the two sleeps before it wants the other's. A server keeps the loop of each alive.
"""

import json
import os
import sys

import gevent
import gevent.event
import gevent.lock
import gevent.server

A_MONTH = 30 * 86400


def cross(mine, theirs, both, nap):
    with mine:
        both.append(mine)
        while len(both) < 2:
            gevent.sleep(0.01)
        gevent.sleep(nap)
        with theirs:
            pass


def main():
    shape, _, twin = sys.argv[2].partition("+")
    server = gevent.server.StreamServer(("127.0.0.1", 0), lambda *_: None)
    server.start()
    waits = []
    if shape == "cross":
        one, other, both = gevent.lock.Semaphore(1), gevent.lock.Semaphore(1), []
        waits.append(gevent.spawn(cross, one, other, both, A_MONTH if twin else 0))
        waits.append(gevent.spawn(cross, other, one, both, 0))
        while one.linkcount() + other.linkcount() < (1 if twin else 2):
            gevent.sleep(0.01)
    with open(sys.argv[1] + ".new", "w") as file:
        json.dump({"pid": os.getpid(), "hangs": shape == "cross" and not twin, "threads": []}, file)
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    if waits:
        gevent.joinall(waits)
    else:
        gevent.event.Event().wait()


main()
