"""Deep recursion: the stack that made somebody attach a debugger.

Three threads of their own big C stack: one function calling itself argv[2] times (default
5000), two functions calling each other, and a recursion that goes through C (a sort key) at
every step, which puts an entry marker of the interpreter between any two Python frames.
"""

import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import truth

DEPTH = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
THROUGH_C = min(DEPTH, 100)  # a debug build of 3.13 allows little more
STACK_OF_A_FRAME = 4096  # bytes of C stack; generous for a release build of 3.6 to 3.10
LARGEST_STACK = 1 << 30

gate = threading.Lock()


def single(depth):
    if depth == 0:
        gate.acquire()
    return single(depth - 1)


def even(depth):
    if depth == 0:
        gate.acquire()
    return odd(depth - 1)


def odd(depth):
    if depth == 0:
        gate.acquire()
    return even(depth - 1)


def through_c(depth):
    if depth == 0:
        gate.acquire()
    return sorted([depth - 1], key=through_c)


def main():
    report = truth.Report(sys.argv[1])
    gate.acquire()
    sys.setrecursionlimit(2 * DEPTH + 1000)
    size = min(max(DEPTH * STACK_OF_A_FRAME, 16 << 20), LARGEST_STACK)
    threading.stack_size(size // 4096 * 4096)
    for target, depth in ((single, DEPTH), (even, DEPTH), (through_c, THROUGH_C)):
        threading.Thread(target=target, args=(depth,), name=target.__name__, daemon=True).start()
    report.when_still(threads=4)
    gate.acquire()


main()
