"""threading.py as it stands while it is imported: it has its list of threads, and is not yet in it itself.

argv: TRUTH.
"""

import importlib.util
import json
import os
import sys
import types

MAIN = "_main_thread = _MainThread()\n"


def wait_here():
    with open(sys.argv[1] + ".new", "w") as file:
        json.dump({"pid": os.getpid()}, file)
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    import time

    time.sleep(1200)


def main():
    path = importlib.util.find_spec("threading").origin
    with open(path) as file:
        before, after = file.read().split(MAIN)
    module = types.ModuleType("threading")
    module.wait_here = wait_here
    sys.modules["threading"] = module
    exec(compile(before + "wait_here(); " + MAIN + after, path, "exec"), module.__dict__)


main()
