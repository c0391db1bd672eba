"""Greenlets in every wait of gevent, and what is true of each: greenlets.py TRUTH. Needs gevent.

The truth is greenlet's own word: gr_frame, parent, dead; and whoever made one knows what it waits for. At last the main
greenlet waits for an Event that nobody sets.
"""

import gc
import json
import os
import sys

import gevent
import gevent.event
import gevent.lock
import gevent.queue
import gevent.socket
import greenlet

event = gevent.event.Event()
result = gevent.event.AsyncResult()
semaphore = gevent.lock.Semaphore(0)
queue = gevent.queue.Queue()
readable, _ = os.pipe()
first, second = gevent.lock.Semaphore(1), gevent.lock.Semaphore(1)
kinds = {}


def spawn(kind, function, *arguments):
    one = gevent.spawn(function, *arguments)
    kinds[id(one)] = kind
    return one


def deeper(depth):
    return deeper(depth - 1) if depth else event.wait()


def ends():
    pass


def nested():
    inner = greenlet.greenlet(lambda: greenlet.getcurrent().parent.switch())
    inner.switch()
    event.wait()
    inner.switch()


def cross(one, other):
    with one:
        gevent.sleep(0)
        with other:
            pass


def frames_of(frame):
    found = []
    while frame:
        found.append([frame.f_code.co_name, frame.f_lineno])
        frame = frame.f_back
    return found


def account():
    told = {}
    for thing in gc.get_objects():
        if isinstance(thing, greenlet.greenlet) and not thing.dead:
            told[str(id(thing))] = {
                "frames": frames_of(thing.gr_frame),
                "parent": id(thing.parent) if thing.parent else None,
                "begun": bool(thing),
                "waits_for": kinds.get(id(thing)),
            }
    return told


def main():
    waiting = [
        spawn("event", deeper, 10),
        spawn("future", result.get),
        spawn("semaphore", lambda: semaphore.acquire()),
        spawn("queue", lambda: queue.get()),
        spawn("sleep", lambda: gevent.sleep(100000)),
        spawn("socket", lambda: gevent.socket.wait_read(readable)),
        spawn("event", nested),
        spawn("semaphore", cross, first, second),
        spawn("semaphore", cross, second, first),
        gevent.spawn(ends),
    ]
    waiting.append(spawn("task", lambda: waiting[0].join()))
    waiting.append(greenlet.greenlet(ends))
    gevent.sleep(0.2)
    told = account()
    mine = greenlet.getcurrent()
    told[str(id(mine))]["waits_for"] = "event"
    del told[str(id(mine))]["frames"]
    with open(sys.argv[1] + ".new", "w") as file:
        json.dump({"pid": os.getpid(), "main": id(mine), "hub": id(gevent.get_hub()), "greenlets": told}, file)
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    event.wait()


main()
