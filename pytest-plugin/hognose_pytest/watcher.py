"""watcher.py PID SECONDS: what pytest's plugin runs beside the tests; see __init__.py.

Reads "+TEST" as a test begins and "-" as it ends. When a test is not done in time, shows the Pythons among PID and its
descendants on standard error, once. Goes into the background, says there who it is, and ends with its input.
"""

import os
import select
import shutil
import subprocess
import sys


def program():
    """The hognose that was installed beside this Python, else that of PATH."""
    beside = os.path.join(os.path.dirname(sys.executable), "hognose")
    return beside if os.access(beside, os.X_OK) else shutil.which("hognose")


def show(pid, test, after):
    hognose = program()
    print("\nhognose: %s is not done after %g seconds" % (test, after), file=sys.stderr)
    if not hognose:
        print("hognose: the command is not on PATH", file=sys.stderr)
    sys.stderr.flush()
    if hognose:
        subprocess.call([hognose, "dump", "--children", pid], stdout=2)


def go_into_the_background():
    watcher = os.fork()
    if watcher:
        print(watcher, flush=True)
        os._exit(0)
    os.dup2(2, 1)


def main():
    pid, after = sys.argv[1], float(sys.argv[2])
    go_into_the_background()
    rest, test = b"", None
    while True:
        if not select.select([0], [], [], after if test else None)[0]:
            show(pid, test, after)
            test = None
            continue
        got = os.read(0, 65536)
        if not got:
            return
        *lines, rest = (rest + got).split(b"\n")
        for line in lines:
            test = line[1:].decode("utf-8", "replace") if line.startswith(b"+") else None


main()
