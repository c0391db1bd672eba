"""Processes that wait for one another, and their twins that do not.

    process_waits.py TRUTH SHAPE

"full-pipe": the parent waits for its child's end, and the child for room in a pipe that the parent does not read.
"two-readers": each reads what only the other could write. "sockets": the same over a pair of sockets. "file-locks":
each holds a file that the other wants; "locks": the same with locks of multiprocessing. "polls", "epolls": each polls
what only the other could write. "eventfds", "polled-eventfds": the same with eventfds. "pidfd": the parent waits for
the child's end by a file that stands for it, and the child for what only the parent could write. "dead": both want a
lock of multiprocessing that a third had when it was killed.
"+twin": one of the two has a thread more, which could go on.
"""

import ctypes
import fcntl
import json
import multiprocessing
import os
import select
import socket
import sys
import threading
import time

A_MONTH = 30 * 86400
PIDFD_OPEN, P_PIDFD, WEXITED = 434, 3, 4
libc = ctypes.CDLL(None)


def tell(child, cycle):
    document = {"pid": os.getpid(), "child": child, "cycle": cycle, "threads": []}
    with open(sys.argv[1] + ".part", "w") as file:
        json.dump(document, file)
    os.rename(sys.argv[1] + ".part", sys.argv[1])


def full_pipe():
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        os.write(writer, b"x" * (1 << 20))
        os._exit(0)
    os.close(writer)
    return child, lambda: os.waitpid(child, 0)


def each_reads(wait):
    """Each waits in its own way for what only the other could write."""

    def shape():
        there, back = os.pipe(), os.pipe()
        child = os.fork()
        mine, theirs = (there, back) if child else (back, there)
        os.close(mine[0])
        os.close(theirs[1])
        if not child:
            wait(theirs[0])
            os._exit(0)
        return child, lambda: wait(theirs[0])

    return shape


def sockets():
    one, other = socket.socketpair()
    child = os.fork()
    (one if child else other).close()
    mine = other if child else one
    if not child:
        mine.recv(1)
        os._exit(0)
    return child, lambda: mine.recv(1)


def file_locks():
    files = [open(sys.argv[1] + ".lock%d" % number, "w") for number in range(2)]
    told = os.pipe()
    fcntl.flock(files[0], fcntl.LOCK_EX)
    child = os.fork()
    if not child:
        files = [open(file.name, "w") for file in files]
        fcntl.flock(files[1], fcntl.LOCK_EX)
        os.write(told[1], b"x")
        fcntl.flock(files[0], fcntl.LOCK_EX)
        os._exit(0)
    os.read(told[0], 1)
    return child, lambda: fcntl.flock(files[1], fcntl.LOCK_EX)


def locks():
    one, other = (multiprocessing.get_context("fork").Lock() for _ in range(2))
    told, asked = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        other.acquire()
        os.write(told[1], b"x")
        os.read(asked[0], 1)
        one.acquire()
        os._exit(0)
    os.read(told[0], 1)
    one.acquire()
    os.write(asked[1], b"x")
    return child, lambda: (other.acquire(), one)


def dead():
    lock = multiprocessing.get_context("fork").Lock()
    told = os.pipe()
    third = os.fork()
    if not third:
        lock.acquire()
        os.write(told[1], b"x")
        time.sleep(A_MONTH)
    os.read(told[0], 1)
    os.kill(third, 9)
    os.waitpid(third, 0)
    child = os.fork()
    if not child:
        lock.acquire()
        os._exit(0)
    return child, lock.acquire


def wait_in_read(descriptor):
    os.read(descriptor, 1)


def wait_in_poll(descriptor):
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    poller.poll()


def wait_in_epoll(descriptor):
    poller = select.epoll()
    poller.register(descriptor, select.EPOLLIN)
    poller.poll()


def eventfds(wait):
    def shape():
        there, back = libc.eventfd(0, 0), libc.eventfd(0, 0)
        child = os.fork()
        if not child:
            wait(there, 8)
            os._exit(0)
        return child, lambda: wait(back, 8)

    return shape


def pidfd():
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    descriptor = libc.syscall(PIDFD_OPEN, child, 0)
    return child, lambda: libc.waitid(P_PIDFD, descriptor, (ctypes.c_char * 128)(), WEXITED)


def main():
    shape, _, twin = sys.argv[2].partition("+")
    shapes = {
        "full-pipe": full_pipe,
        "two-readers": each_reads(wait_in_read),
        "sockets": sockets,
        "file-locks": file_locks,
        "locks": locks,
        "dead": dead,
        "polls": each_reads(wait_in_poll),
        "epolls": each_reads(wait_in_epoll),
        "eventfds": eventfds(os.read),
        "polled-eventfds": eventfds(lambda descriptor, _: wait_in_poll(descriptor)),
        "pidfd": pidfd,
    }
    child, wait = shapes[shape]()
    if twin:
        threading.Thread(target=time.sleep, args=(A_MONTH,), daemon=True).start()
    tell(child, not twin and shape != "dead")
    try:
        wait()
    finally:
        os.kill(child, 9)


main()
