"""Work whose share is known from the program's own clocks: clocks.py READY KIND [TIMES]

Each function adds up the CPU time that its thread has had in it (time.thread_time), TIMES turns (1) at a time: more of
them make each last so long that it does not matter how long the way to a standstill is. A thread of its own
writes the sums into READY.clocks twenty times a second, with the process's CPU time beside them.
"""

import json
import os
import socket
import sys
import threading
import time

if not hasattr(time, "thread_time"):  # 3.6
    time.thread_time = lambda: time.clock_gettime(3)  # CLOCK_THREAD_CPUTIME_ID

SPENT = {}
TIMES = int(sys.argv[3]) if len(sys.argv) > 3 else 1
NAMES = ("work", "nap", "light", "heavy", "send", "loop", "urandom", "inside", "progress", "burn")


def clocked(function):
    """Call sites stay one frame: the clock is read around the call."""

    def run():
        begun = time.thread_time()
        for _ in range(TIMES):
            function()
        key = (threading.get_ident(), function.__name__)
        SPENT[key] = SPENT.get(key, 0) + time.thread_time() - begun

    run.__name__ = run.__qualname__ = "clock"
    return run


def turn(rounds):
    total = 0
    for i in range(rounds):
        total += i
    return total


@clocked
def work():
    turn(6000)


@clocked
def nap():
    time.sleep(0.002)


@clocked
def light():
    turn(20000)


@clocked
def heavy():
    turn(60000)


FIRST, SECOND = socket.socketpair()
DATA = b"x" * 60000


@clocked
def send():
    FIRST.sendall(DATA)
    left = len(DATA)
    while left:
        left -= len(SECOND.recv(65536))


@clocked
def loop():
    turn(400)


@clocked
def urandom():
    os.urandom(200000)


LOCK = threading.Lock()


@clocked
def inside():
    turn(300)


@clocked
def progress():
    turn(600)


@clocked
def burn():
    begun = time.thread_time()
    while time.thread_time() < begun + 0.03:
        turn(100)


def napping():
    nap()
    work()


def two():
    light()
    heavy()


def calls():
    send()
    loop()


def random_bytes():
    urandom()


def fighting():
    with LOCK:
        inside()
    progress()


def short():
    thread = threading.Thread(target=burn)
    thread.start()
    thread.join()


KINDS = {
    "napping": (napping, 1),
    "two": (two, 1),
    "calls": (calls, 1),
    "random": (random_bytes, 1),
    "fighting": (fighting, 8),
    "many": (two, 40),
    "short": (short, 1),
}


def repeat(function):
    while True:
        function()


def tell(ready):
    while True:
        sums = dict.fromkeys(NAMES, 0.0)
        for (_, name), seconds in list(SPENT.items()):
            sums[name] += seconds
        sums["process"] = time.process_time()
        with open(ready + ".next", "w") as file:
            json.dump(sums, file)
        os.rename(ready + ".next", ready + ".clocks")
        if not os.path.exists(ready):
            open(ready, "w").close()
        time.sleep(0.05)


def main():
    function, threads = KINDS[sys.argv[2]]
    threading.Thread(target=tell, args=(sys.argv[1],), name="teller", daemon=True).start()
    for i in range(1, threads):
        threading.Thread(target=repeat, args=(function,), name="worker-%d" % i, daemon=True).start()
    repeat(function)


if __name__ == "__main__":
    main()
