"""One thread for each file of the kernel's own that a thread can wait for; the truth is that of expected.py.

event_waits.py TRUTH. Through ctypes, as old Pythons have none of them.
"""

import ctypes
import json
import os
import select
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from expected import STARTED, TRUTH, expect, start

A_MONTH = 30 * 86400
PIDFD_OPEN, P_PIDFD, WEXITED, IN_DELETE_SELF = 434, 3, 4, 0x400
SIGTERM, SIGCHLD = 15, 17
libc = ctypes.CDLL(None, use_errno=True)
words = {}


def made(descriptor):
    assert descriptor >= 0, os.strerror(ctypes.get_errno())
    return descriptor


def timer(seconds, interval):
    descriptor = made(libc.timerfd_create(time.CLOCK_MONOTONIC, 0))
    if seconds:
        assert libc.timerfd_settime(descriptor, 0, (ctypes.c_long * 4)(interval, 0, seconds, 0), None) == 0
    return descriptor


def signals(*numbers):
    return made(libc.signalfd(-1, (ctypes.c_ulong * 16)(sum(1 << (number - 1) for number in numbers)), 0))


def changes(*paths):
    descriptor = made(libc.inotify_init())
    for path in paths:
        assert libc.inotify_add_watch(descriptor, path.encode(), IN_DELETE_SELF) >= 0
    return descriptor


def child():
    pid = os.fork()
    if not pid:
        time.sleep(A_MONTH)
        os._exit(0)
    STARTED.append(pid)
    return pid


def poll(*descriptors):
    poller = select.poll()
    for descriptor in descriptors:
        poller.register(descriptor, select.POLLIN)
    start(poll_name(descriptors), poller.poll)
    return poll_name(descriptors)


def poll_name(descriptors):
    return "polls-" + "-".join(map(str, descriptors))


def says(name, text):
    words[name] = text


def main():
    counter = made(libc.eventfd(0, 0))
    for name, descriptor, kind, text in (
        ("eventfd", counter, "eventfd", "its count is 0, read"),
        ("timer", timer(A_MONTH, 0), "timer", "it fires in 720.0 hours, read"),
        ("ticks", timer(A_MONTH, 5), "timer", ", and each 5.0 s"),
        ("unset", timer(0, 0), "timer", "it is not set"),
        ("signalfd", signals(SIGTERM, SIGCHLD), "signal", "SIGTERM or SIGCHLD"),
        ("inotify", changes("/", "/tmp"), "inotify", "2 watched, read"),
    ):
        start(name, os.read, descriptor, 128)
        expect(name, kind)
        says(name, text)
    start("sigwait", signal.sigwait, [signal.SIGUSR1])
    expect("sigwait", "signal")
    says("sigwait", "SIGUSR1")
    one, other = child(), child()
    for_one = made(libc.syscall(PIDFD_OPEN, one, 0))
    name = poll(for_one)
    expect(name, "process", grade="held", pid=one)
    for_other = made(libc.syscall(PIDFD_OPEN, other, 0))
    start("waitid", libc.waitid, P_PIDFD, for_other, (ctypes.c_char * 128)(), WEXITED)
    expect("waitid", "process", grade="held", pid=other)
    several = poll(for_one, counter)
    expect(several, "select")
    says(several, "2 files: %d (the end of process %d), %d (eventfd, its count is 0)" % (for_one, one, counter))
    outer, inner = select.epoll(), select.epoll()
    inner.register(counter, select.EPOLLIN)
    outer.register(inner.fileno(), select.EPOLLIN)
    STARTED.append(inner)
    start("epoll", outer.poll)
    expect("epoll", "select")
    says("epoll", "which watches 1: %d (epoll set, which watches 1)" % inner.fileno())
    document = {"pid": os.getpid(), "threads": [], "waits": TRUTH, "words": words}
    with open(sys.argv[1] + ".part", "w") as file:
        json.dump(document, file)
    os.rename(sys.argv[1] + ".part", sys.argv[1])
    time.sleep(A_MONTH)


main()
