"""A child forked by a worker thread: the worker has become the main thread.

The usual web server or multiprocessing pool. In the child the thread that called fork() is the
only one left and is the main thread, although its pthread id and its stack (threading's
_bootstrap at the bottom) are those of a worker; the parent's other threads have left their
states' memory behind. The truth is the child's; the parent waits for it.
"""

import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import truth

gate = threading.Lock()
bystander_gate = threading.Lock()


def child():
    report = truth.Report(sys.argv[1])
    truth.note_thread()  # threading still believes the parent's number
    threading.Thread(target=gate.acquire, name="child's worker", daemon=True).start()
    report.when_still(threads=2)
    gate.acquire()


def fork_in_worker():
    pid = os.fork()
    if pid == 0:
        child()
    os.waitpid(pid, 0)
    os._exit(0)


def main():
    gate.acquire()
    bystander_gate.acquire()
    threading.Thread(target=bystander_gate.acquire, name="parent's bystander", daemon=True).start()
    threading.Thread(target=fork_in_worker, name="forker").start()


main()
