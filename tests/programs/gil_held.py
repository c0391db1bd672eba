"""The main thread sleeps in C and keeps the GIL; COUNT others want it, and it stays so: gil_held.py TRUTH COUNT."""

import ctypes
import json
import os
import sys
import threading

A_MONTH = 30 * 86400


def want():
    while True:
        pass


path, names = sys.argv[1], ["wants-%d" % number for number in range(int(sys.argv[2]))]
for name in names:
    threading.Thread(target=want, name=name, daemon=True).start()
sleep = ctypes.PyDLL(None).sleep
with open(path + ".part", "w") as file:
    json.dump({"pid": os.getpid(), "holder": "MainThread", "waiters": names, "threads": []}, file)
os.rename(path + ".part", path)
sleep(A_MONTH)
