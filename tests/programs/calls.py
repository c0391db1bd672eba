"""Threads that wait in the kernel for files: a lock that a child holds, a pipe that nobody opens at its other end.

argv: TRUTH. Beside the truth's path: TRUTH.lock, TRUTH.pipe.
"""

import fcntl
import json
import os
import sys
import threading
import time


def hold(path, ready):
    file = open(path, "w")
    fcntl.lockf(file, fcntl.LOCK_EX)
    os.write(ready, b"x")
    time.sleep(1200)


def lock(path):
    with open(path, "w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)


def main():
    truth = sys.argv[1]
    os.mkfifo(truth + ".pipe")
    ends = os.pipe()
    child = os.fork()
    if child == 0:
        hold(truth + ".lock", ends[1])
        os._exit(0)
    os.read(ends[0], 1)
    threading.Thread(target=open, args=(truth + ".pipe",), daemon=True, name="opens").start()
    threading.Thread(target=lock, args=(truth + ".lock",), daemon=True, name="locks").start()
    with open(truth + ".new", "w") as file:
        json.dump({"pid": os.getpid(), "child": child}, file)
    os.rename(truth + ".new", truth)
    threading.Event().wait()


main()
