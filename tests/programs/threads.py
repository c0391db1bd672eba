"""Every ordinary way for a thread to hang, once each.

The everyday case: a process whose workers all wait for something, and among them the one lock
that another thread holds. Each thread is named after what it waits for; one has no name at
all, others have names that a careless reader trips over. Nothing here depends on a version.
"""

import _thread
import os
import queue
import select
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import truth

A_MONTH = 30 * 86400

stolen_lock = threading.Lock()
stolen_rlock = threading.RLock()
never = threading.Event()
held = threading.Barrier(2)


def hold_both_locks():
    with stolen_lock:
        with stolen_rlock:
            held.wait()
            never.wait()


def want_lock_in_with():
    with stolen_lock:
        pass


def want_lock_by_call():
    stolen_lock.acquire()


def want_lock_with_timeout():
    stolen_lock.acquire(True, A_MONTH)


def want_rlock():
    with stolen_rlock:
        pass


class Mailbox:
    """A consumer as people write them: methods, a queue, a condition."""

    def __init__(self):
        self.letters = queue.Queue()
        self.full = queue.Queue(maxsize=1)
        self.full.put("the only letter that fits")
        self.changed = threading.Condition()

    def read_letter(self):
        return self.letters.get()

    def write_letter(self):
        self.full.put("one too many")

    def wait_for_change(self):
        with self.changed:
            self.changed.wait_for(lambda: False)

    @staticmethod
    def wait_for_event():
        never.wait(timeout=A_MONTH)

    @classmethod
    def wait_for_permit(cls):
        threading.Semaphore(0).acquire()


def wait_at_barrier():
    threading.Barrier(2).wait()


def sleep_long():
    time.sleep(A_MONTH)


def receive():
    ours, theirs = socket.socketpair()
    with theirs:
        ours.recv(1)


def select_socket():
    ours, theirs = socket.socketpair()
    with theirs:
        select.select([ours], [], [])


def poll_pipe():
    read_end, _write_end = os.pipe()
    poller = select.poll()
    poller.register(read_end)
    poller.poll()


def read_pipe():
    read_end, _write_end = os.pipe()
    os.read(read_end, 1)


def nameless():
    never.wait()


def chain(link, *rest):
    return link(*rest) if rest else link()


def start(name, target, *args, **options):
    def body():
        truth.note_thread()
        target(*args)

    thread = threading.Thread(target=body, name=name, **options)
    thread.start()
    return thread


def start_all(mailbox):
    holder = start("holder", hold_both_locks)
    held.wait()
    threads = [
        holder,
        start("wants lock, with", want_lock_in_with),
        start("wants lock, call", want_lock_by_call),
        start("wants lock, timeout", want_lock_with_timeout),
        start("wants rlock", want_rlock),
        start("queue-get", mailbox.read_letter),
        start("queue-put", mailbox.write_letter),
        start("condition", mailbox.wait_for_change),
        start("event", mailbox.wait_for_event),
        start("semaphore", mailbox.wait_for_permit),
        start("barrier", wait_at_barrier),
        start("sleeper", sleep_long),
        start("receiver", receive),
        start("selector", select_socket, daemon=True),
        start("poller", poll_pipe, daemon=True),
        start("pipe-reader", chain, chain, chain, read_pipe),
        start("joiner", holder.join),
        start("поток 7", never.wait),
        start("工作者 \U0001f40d", never.wait),
        start("caf\xe9", never.wait),
        start('quo"te\\ and\nnewline\x1b[31m', never.wait),
        start("surrogate \udcff", never.wait),
        start("long " + "x" * 300, never.wait),
    ]
    _thread.start_new_thread(nameless, ())
    threads[-1].name = ""
    return threads


def main():
    report = truth.Report(sys.argv[1])
    threads = start_all(Mailbox())
    report.when_still(threads=len(threads) + 2)
    threads[0].join()


main()
