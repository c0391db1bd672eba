"""One of two threads makes a child that CPython does not tend afterwards, and which stays as it was made.

argv: TRUTH HOW WHO. HOW: `fork` is C's own; `vfork` is subprocess's (3.10+), held before it becomes another program by
hold_exec.c. WHO makes it: `main`, or a `thread`.
"""

import ctypes
import json
import os
import subprocess
import sys
import threading
import time


def make_child(how):
    if how == "vfork":
        subprocess.Popen(["/bin/true"])
    elif ctypes.PyDLL(None).fork() == 0:  # keeps the GIL: in the child nobody else would give it back
        ctypes.CDLL(None).pause()
    time.sleep(1200)


def main():
    truth, how, who = sys.argv[1:]
    ready = threading.Event()
    other = threading.Thread(target=threading.Event().wait, name="stays", daemon=True)
    other.start()
    with open(truth + ".new", "w") as file:
        json.dump({"pid": os.getpid(), "maker": "MainThread" if who == "main" else "maker"}, file)
    os.rename(truth + ".new", truth)
    if who == "main":
        make_child(how)
    threading.Thread(target=make_child, args=(how,), name="maker", daemon=True).start()
    ready.wait()


main()
