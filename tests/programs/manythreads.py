"""As many threads as asked for, each ten frames deep: for speed, paging and sheer number.

argv: TRUTH [COUNT, 302 threads in all unless told otherwise [MEGABYTES of memory in use besides]].
"""

import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import truth

# Frames below descend(): _bootstrap, _bootstrap_inner, run; above it: the last one blocks itself.
LEVELS_OF_OUR_OWN = 7

gate = threading.Lock()


def descend(levels):
    if levels > 1:
        return descend(levels - 1)
    truth.note_thread()
    with gate:
        return None


def main():
    report = truth.Report(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 302
    ballast = b"x" * (int(sys.argv[3]) << 20) if len(sys.argv) > 3 else b""
    gate.acquire()
    threading.stack_size(256 * 1024)
    for number in range(count - 1):
        threading.Thread(target=descend, args=(LEVELS_OF_OUR_OWN,), name="worker-%d" % number, daemon=True).start()
    report.when_still(threads=count)
    gate.acquire()
    del ballast


main()
